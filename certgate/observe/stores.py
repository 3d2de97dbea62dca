"""Trust stores as snapshots: Mozilla's, the system's, PEM files."""

import re
import ssl
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed

__all__ = ["load_store"]

_MAX_BYTES = 64 * 1024 * 1024
_BLOCK = re.compile(rb"-----BEGIN (?:TRUSTED )?CERTIFICATE-----.*?-----END (?:TRUSTED )?CERTIFICATE-----", re.DOTALL)


def load_store(words: tuple[str, ...]) -> TrustStore:
    """One exclusive store: the union of what `words` name (`mozilla`, `system`, or PEM files).

    Raises UsageError for anything that cannot be read or holds no certificate: a store never shrinks in silence.
    """
    anchors = {anchor.sha256: anchor for word in words for anchor in _anchors(word)}
    return TrustStore(" + ".join(words), tuple(anchors.values()))


def _anchors(word: str) -> list[Certificate]:
    if word == "mozilla":
        import certifi

        return _from_pem(Path(certifi.where()))
    if word == "system":
        return _system()
    return _from_pem(Path(word))


def _from_pem(path: Path) -> list[Certificate]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UsageError(f"trust store {path}: is larger than {_MAX_BYTES // 1024 // 1024} MiB")
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"trust store {path}: cannot be read: {error.strerror}") from error
    blocks = _BLOCK.findall(content)
    if content.count(b"-----BEGIN CERTIFICATE-----") > len(blocks):
        raise UsageError(f"trust store {path}: the last PEM block has no end; the file is cut short")
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
