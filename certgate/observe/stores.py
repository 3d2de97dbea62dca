"""Trust stores as snapshots: Mozilla's, the system's, PEM files and folders, SPIFFE bundles."""

import re
import ssl
from functools import cache
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.spiffe_id import split_spiffe_id

__all__ = ["load_store", "public_keys"]

_SPIFFE = "spiffe://"
_SUFFIXES = frozenset({".pem", ".crt", ".cer"})
_MAX_BYTES = 64 * 1024 * 1024
_LABEL = rb"(?:X509 |TRUSTED )?CERTIFICATE"
"""What OpenSSL too takes for a certificate."""
_BEGIN = re.compile(rb"-----BEGIN " + _LABEL + rb"-----")
_BLOCK = re.compile(_BEGIN.pattern + rb".*?-----END " + _LABEL + rb"-----", re.DOTALL)


def load_store(words: tuple[str, ...]) -> TrustStore:
    """One exclusive store: the union of what `words` name.

    A word is `mozilla`, `system`, a PEM file, a folder of them, or the bundle of a SPIFFE trust domain:
    `spiffe://TRUST-DOMAIN=FILE`. Bundles are kept apart by trust domain, and go with nothing else.

    Raises UsageError for anything that cannot be read or holds no certificate: a store never shrinks in silence.
    """
    name = " + ".join(words)
    found = {word: _anchors(word) for word in words}
    anchors = {anchor.sha256: anchor for anchors in found.values() for anchor in anchors}
    bundled = [word for word in words if word.startswith(_SPIFFE)]
    if bundled and len(bundled) < len(words):
        other = next(word for word in words if word not in bundled)
        advice = f"and bundles go with nothing else; name it {_SPIFFE}TRUST-DOMAIN={other} if it is one"
        raise UsageError(f"trust store {name}: {other} is no bundle of a SPIFFE trust domain, {advice}")
    bundles: dict[str, TrustStore] = {}
    for word in bundled:
        domain = word.removeprefix(_SPIFFE).partition("=")[0]
        before = bundles[domain].anchors if domain in bundles else ()
        bundles[domain] = TrustStore(domain, (*before, *found[word]))
    return TrustStore(name, tuple(anchors.values()), bundles)


@cache
def public_keys() -> tuple[str, ...]:
    """The SHA-256 of the keys of Mozilla's anchors: the CAs that are public."""
    return tuple(anchor.key.sha256 for anchor in load_store(("mozilla",)).anchors)


def _anchors(word: str) -> list[Certificate]:
    if word == "mozilla":
        import certifi

        return _from_pem(Path(certifi.where()))
    if word == "system":
        return _system()
    if word.startswith(_SPIFFE):
        return _from_bundle(word)
    path = Path(word)
    return _from_folder(path) if path.is_dir() else _from_pem(path)


def _from_folder(path: Path) -> list[Certificate]:
    """All PEM files of a folder, not of those in it: names that end in .pem, .crt or .cer."""
    try:
        files = [f for f in sorted(path.iterdir()) if f.suffix.lower() in _SUFFIXES and not f.is_dir()]
    except OSError as error:
        raise UsageError(f"trust store {path}: cannot be read: {error.strerror}") from error
    if not files:
        raise UsageError(f"trust store {path}: is a folder without a file *.pem, *.crt or *.cer")
    return [anchor for file in files for anchor in _from_pem(file)]


def _from_bundle(word: str) -> list[Certificate]:
    domain, equals, file = word.removeprefix(_SPIFFE).partition("=")
    if not equals or not file:
        raise UsageError(f"trust store {word}: say which file holds the bundle, {_SPIFFE}{domain}=FILE")
    problem = split_spiffe_id(_SPIFFE + domain).trust_domain_problem()
    if problem or "/" in domain:
        raise UsageError(f"trust store {word}: {domain} {problem or 'has a path, so it is no trust domain'}")
    path = Path(file)
    content = _read(path)
    if content.lstrip()[:1] != b"{":
        return _from_pem(path)
    from certgate.observe.bundle import read_bundle

    return read_bundle(content, f"trust store {path}")


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UsageError(f"trust store {path}: is larger than {_MAX_BYTES // 1024 // 1024} MiB")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"trust store {path}: cannot be read: {error.strerror}") from error


def _from_pem(path: Path) -> list[Certificate]:
    content = _read(path)
    blocks = _BLOCK.findall(content)
    if len(_BEGIN.findall(content)) > len(blocks):
        raise UsageError(f"trust store {path}: a PEM block has no end; the file is cut short")
    if not blocks:
        raise UsageError(f"trust store {path}: holds no PEM certificate")
    return [_anchor(block, f"trust store {path}: certificate {n}") for n, block in enumerate(blocks, 1)]


def _anchor(block: bytes, where: str) -> Certificate:
    from base64 import b64decode
    from binascii import Error

    try:
        body = b"".join(block.replace(b"\r", b"").split(b"\n")[1:-1])
        certificate = parse_certificate(b64decode(body, validate=True))
        _ = certificate.native, certificate.subject.rdns
    except (Error, Malformed) as error:
        raise UsageError(f"{where}: {error}") from error
    return certificate


def _system() -> list[Certificate]:
    """The operating system's anchors; the environment (SSL_CERT_FILE) has no say in it."""
    paths = ssl.get_default_verify_paths()
    if Path(paths.openssl_cafile).is_file():
        return _from_pem(Path(paths.openssl_cafile))
    files = sorted(Path(paths.openssl_capath).glob("*")) if Path(paths.openssl_capath).is_dir() else []
    found = [anchor for file in files if file.suffix in {".pem", ".crt", ".0"} for anchor in _from_pem(file)]
    if not found and hasattr(ssl, "enum_certificates"):
        found = [parse_certificate(der) for der, form, trust in ssl.enum_certificates("ROOT") if trust is True]
    if not found:
        raise UsageError("trust store system: this system has none where OpenSSL looks; name a PEM file instead")
    return found
