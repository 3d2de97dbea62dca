"""Trust stores as snapshots: Mozilla's, the system's, PEM files and folders, SPIFFE bundles."""

import ssl
from functools import cache
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.observe.files.formats import Form, contents, form_of, length_announced
from certgate.observe.files.pem import CERTIFICATES, CONTAINERS, BadPem, Block, looks_like_pem, only, read_blocks
from certgate.system.named_files import Unreadable, read_file
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.spiffe_id import split_spiffe_id

__all__ = ["load_store", "public_keys"]

_SPIFFE = "spiffe://"
_SUFFIXES = frozenset({".pem", ".crt", ".cer"})
_MAX_BYTES = 64 * 1024 * 1024
_TRUSTED = "TRUSTED CERTIFICATE"
_LIMITS = frozenset({b"\x30", b"\xa0"})
"""The first tags in OpenSSL's X509_CERT_AUX if it trusts or rejects for a purpose."""


def load_store(words: tuple[str, ...]) -> TrustStore:
    """One exclusive store: the union of what `words` name.

    A word is `mozilla`, `system`, a PEM file, a folder of them, or the bundle of a SPIFFE trust domain:
    `spiffe://TRUST-DOMAIN=FILE`. Bundles stay separate by trust domain, and cannot be mixed with other words.

    Raises UsageError for anything that cannot be read or has no certificate: a store never shrinks silently.
    """
    name = " + ".join(words)
    found = {word: _anchors(word) for word in words}
    anchors = {anchor.sha256: anchor for anchors in found.values() for anchor in anchors}
    bundled = [word for word in words if word.startswith(_SPIFFE)]
    if bundled and len(bundled) < len(words):
        other = next(word for word in words if word not in bundled)
        advice = f"and other stores cannot be mixed with bundles; name it {_SPIFFE}TRUST-DOMAIN={other} if it is one"
        raise UsageError(f"trust store {name}: {other} is not the bundle of a SPIFFE trust domain, {advice}")
    bundles: dict[str, TrustStore] = {}
    for word in bundled:
        domain = word.removeprefix(_SPIFFE).partition("=")[0]
        before = bundles[domain].anchors if domain in bundles else ()
        bundles[domain] = TrustStore(domain, (*before, *found[word]))
    return TrustStore(name, tuple(anchors.values()), bundles)


@cache
def public_keys() -> tuple[str, ...]:
    """The SHA-256 of the keys of the public CAs (Mozilla's anchors)."""
    return tuple(anchor.key.sha256 for anchor in load_store(("mozilla",)).anchors)


def _anchors(word: str) -> list[Certificate]:
    if word == "mozilla":
        import certifi

        return _from_file(Path(certifi.where()))
    if word == "system":
        return _system()
    if word.startswith(_SPIFFE):
        return _from_bundle(word)
    path = Path(word)
    return _from_folder(path) if path.is_dir() else _from_file(path)


def _from_folder(path: Path) -> list[Certificate]:
    """The certificates of all PEM files (.pem, .crt, .cer) in a folder, without its subfolders."""
    try:
        files = [f for f in sorted(path.iterdir()) if f.suffix.lower() in _SUFFIXES and not f.is_dir()]
    except OSError as error:
        raise UsageError(f"trust store {path}: cannot be read: {error.strerror}") from error
    if not files:
        raise UsageError(f"trust store {path}: is a folder without a file *.pem, *.crt or *.cer")
    return [anchor for file in files for anchor in _from_file(file)]


def _from_bundle(word: str) -> list[Certificate]:
    domain, equals, file = word.removeprefix(_SPIFFE).partition("=")
    if not equals or not file:
        raise UsageError(f"trust store {word}: name the file with the bundle: {_SPIFFE}{domain}=FILE")
    problem = split_spiffe_id(_SPIFFE + domain).trust_domain_problem()
    if problem or "/" in domain:
        raise UsageError(f"trust store {word}: {domain} {problem or 'has a path, so it is not a trust domain'}")
    path = Path(file)
    content = _read(path)
    if content.lstrip()[:1] != b"{":
        return _from_content(content, f"trust store {path}")
    from certgate.observe.stores.spiffe_bundle import read_bundle

    return read_bundle(content, f"trust store {path}")


def _read(path: Path) -> bytes:
    try:
        return read_file(path, _MAX_BYTES)
    except Unreadable as error:
        raise UsageError(f"trust store {path}: {error}") from error


def _from_file(path: Path) -> list[Certificate]:
    return _from_content(_read(path), f"trust store {path}")


def _from_content(content: bytes, where: str) -> list[Certificate]:
    try:
        return _from_pem(content, where) if looks_like_pem(content) else [_from_der(content, where)]
    except BadPem as bad:
        raise UsageError(f"{where}: {bad}") from None


def _from_pem(content: bytes, where: str) -> list[Certificate]:
    """The certificates of all blocks; skips no block that may contain one. Raises UsageError, BadPem."""
    blocks = list(read_blocks(content))
    for block in blocks:
        if block.label in CONTAINERS:
            command = "openssl pkcs7 -print_certs -in FILE -out FILE.pem"
            raise UsageError(f"{where}: line {block.line}: holds a {block.label} block; convert it: {command}")
    found = [_of_block(block, f"{where}: line {block.line}") for block in blocks if block.label in CERTIFICATES]
    if not found:
        raise UsageError(f"{where}: holds {only(blocks)}, no certificate")
    return found


def _from_der(content: bytes, where: str) -> Certificate:
    form = form_of(content)
    if form is Form.ELEMENT:
        return _anchor(content, where)
    if form.command:
        raise UsageError(f"{where}: is {form.text}; convert it: {form.command}")
    if form is not Form.UNKNOWN:
        raise UsageError(f"{where}: holds only {form.text}, no certificate")
    if content.lstrip().startswith(b"{"):
        raise UsageError(f"{where}: is JSON; name the bundle of a SPIFFE trust domain as {_SPIFFE}TRUST-DOMAIN=FILE")
    raise UsageError(f"{where}: " + (f"holds {form.text}" if content.strip() else "is empty"))


def _of_block(block: Block, where: str) -> Certificate:
    """The certificate of a block. Raises UsageError, BadPem.

    OpenSSL's TRUSTED CERTIFICATE may restrict the trust after the certificate: ignoring that would widen the trust.
    """
    der = block.whole()
    size = length_announced(der)
    if block.label == _TRUSTED and contents(der[size:])[:1] not in _LIMITS:
        return _anchor(der[:size], where)
    if block.label == _TRUSTED:
        advice = "write it as CERTIFICATE to trust it for everything: openssl x509 -in FILE -out FILE.pem"
        raise UsageError(f"{where}: the {_TRUSTED} block limits its trust, which certgate does not read; {advice}")
    return _anchor(der, where)


def _anchor(der: bytes, where: str) -> Certificate:
    try:
        certificate = parse_certificate(der)
        _ = certificate.subject.rdns
    except Malformed as error:
        raise UsageError(f"{where}: {error}") from error
    return certificate


def _system() -> list[Certificate]:
    """The operating system's anchors; ignores the environment (SSL_CERT_FILE)."""
    paths = ssl.get_default_verify_paths()
    if Path(paths.openssl_cafile).is_file():
        return _from_file(Path(paths.openssl_cafile))
    files = sorted(Path(paths.openssl_capath).glob("*")) if Path(paths.openssl_capath).is_dir() else []
    found = [anchor for file in files if file.suffix in {".pem", ".crt", ".0"} for anchor in _from_file(file)]
    if not found and hasattr(ssl, "enum_certificates"):
        found = [parse_certificate(der) for der, form, trust in ssl.enum_certificates("ROOT") if trust is True]
    if not found:
        raise UsageError("trust store system: OpenSSL finds no store on this system; name a PEM file instead")
    return found
