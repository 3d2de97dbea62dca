"""Trust stores as snapshots: Mozilla's, the system's, PEM files and folders, SPIFFE bundles."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from certgate.model.bundle_facts import BundleFacts
from certgate.model.errors import UsageError
from certgate.observe.stores.anchor_file import from_content, from_file, key_digests, read_store_file
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate, parse_certificate

if TYPE_CHECKING:
    from certgate.observe.stores.named_bundle import NamedBundle

__all__ = ["load_store", "public_keys"]

_SPIFFE = "spiffe://"
_SUFFIXES = frozenset({".pem", ".crt", ".cer"})


def load_store(words: tuple[str, ...], named: "Callable[[str], NamedBundle] | None" = None) -> TrustStore:
    """One exclusive store: the union of what `words` name.

    A word is `mozilla`, `system`, a PEM file, a folder of them, or the bundle of a SPIFFE trust domain:
    `spiffe://TRUST-DOMAIN=FILE`, or `=URL` for its bundle endpoint. Bundles stay separate by trust domain, and cannot
    be mixed with other words. `named` reads or fetches them.

    Raises UsageError for anything that cannot be read or has no certificate: a store never shrinks silently. A trust
    domain of which one bundle cannot be fetched is not in `bundles`, and the store says why.
    """
    bundled = [word for word in words if word.startswith(_SPIFFE)]
    if bundled and len(bundled) < len(words):
        name, other = " + ".join(words), next(word for word in words if word not in bundled)
        advice = f"and other stores cannot be mixed with bundles; name it {_SPIFFE}TRUST-DOMAIN={other} if it is one"
        raise UsageError(f"trust store {name}: {other} is not the bundle of a SPIFFE trust domain, {advice}")
    if not bundled:
        return _plain(words)
    from certgate.observe.stores.named_bundle import named_bundle

    return _of_bundles(words, [(named or named_bundle)(word) for word in words])


def _plain(words: tuple[str, ...]) -> TrustStore:
    anchors: list[Certificate] = []
    origins: list[BundleFacts] = []
    for word in words:
        found, facts = _anchors(word)
        anchors += found
        origins += facts
    return TrustStore(" + ".join(words), _once(anchors), origins=tuple(origins))


def _of_bundles(words: tuple[str, ...], found: "list[NamedBundle]") -> TrustStore:
    domains: dict[str, list[Certificate]] = {}
    for bundle in found:
        domains.setdefault(bundle.facts.trust_domain, []).extend(bundle.anchors)
    for facts in (bundle.facts for bundle in found):
        if facts.failure:
            domains.pop(facts.trust_domain, None)
    bundles = {domain: TrustStore(domain, _once(anchors)) for domain, anchors in domains.items()}
    everything = _once([anchor for bundle in bundles.values() for anchor in bundle.anchors])
    return TrustStore(" + ".join(words), everything, bundles, tuple(bundle.facts for bundle in found))


def _once(anchors: list[Certificate]) -> tuple[Certificate, ...]:
    return tuple({anchor.sha256: anchor for anchor in anchors}.values())


@cache
def public_keys() -> tuple[str, ...]:
    """The SHA-256 of the keys of the public CAs (Mozilla's anchors)."""
    return key_digests(_mozilla())


def _anchors(word: str) -> tuple[list[Certificate], list[BundleFacts]]:
    """The anchors of a plain store and, if it is a SPIFFE bundle as JSON, the facts about it."""
    if word == "mozilla":
        return from_file(_mozilla()), []
    if word == "system":
        return _system(), []
    path = Path(word)
    if path.is_dir():
        return _from_folder(path), []
    content = read_store_file(path)
    if content.lstrip()[:1] != b"{":
        return from_content(content, f"trust store {path}"), []
    from certgate.observe.stores.named_bundle import bundle_in_file

    bundle = bundle_in_file(path, "", content=content)
    return list(bundle.anchors), [bundle.facts]


def _mozilla() -> Path:
    import certifi

    return Path(certifi.where())


def _from_folder(path: Path) -> list[Certificate]:
    """The certificates of all PEM files (.pem, .crt, .cer) in a folder, without its subfolders."""
    try:
        files = [f for f in sorted(path.iterdir()) if f.suffix.lower() in _SUFFIXES and not f.is_dir()]
    except OSError as error:
        raise UsageError(f"trust store {path}: cannot be read: {error.strerror}") from error
    if not files:
        raise UsageError(f"trust store {path}: is a folder without a file *.pem, *.crt or *.cer")
    return [anchor for file in files for anchor in from_file(file)]


def _system() -> list[Certificate]:
    """The operating system's anchors; ignores the environment (SSL_CERT_FILE)."""
    import ssl

    paths = ssl.get_default_verify_paths()
    if Path(paths.openssl_cafile).is_file():
        return from_file(Path(paths.openssl_cafile))
    files = sorted(Path(paths.openssl_capath).glob("*")) if Path(paths.openssl_capath).is_dir() else []
    found = [anchor for file in files if file.suffix in {".pem", ".crt", ".0"} for anchor in from_file(file)]
    if not found and hasattr(ssl, "enum_certificates"):
        found = [parse_certificate(der) for der, form, trust in ssl.enum_certificates("ROOT") if trust is True]
    if not found:
        raise UsageError("trust store system: OpenSSL finds no store on this system; name a PEM file instead")
    return found
