"""OCSP responses and CRLs that the user names as files; rules check their contents."""

from certgate.model.errors import UsageError
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.observe.files.pem import BadPem, looks_like_pem, only, read_blocks
from certgate.system.named_files import Unreadable, read_file

__all__ = ["MAX_BYTES", "read_crls", "read_staple"]

MAX_BYTES = 64 * 1024 * 1024
"""The largest file: a CRL of a million entries has about 40 MB."""


def read_staple(path: str) -> bytes:
    """The OCSP response in a file, DER, or PEM with one block. Raises UsageError if the file cannot be read."""
    found = _contents("--staple", path, "OCSP RESPONSE")
    if len(found) > 1:
        raise UsageError(f"--staple {path}: holds {len(found)} OCSP responses, but a server staples one")
    return found[0]


def read_crls(path: str) -> tuple[Evidence, ...]:
    """The CRLs in a file, one as DER or several as PEM. Raises UsageError if the file cannot be read."""
    return tuple(
        Evidence(kind=EvidenceKind.CRL, source=path, content=der) for der in _contents("--crl", path, "X509 CRL")
    )


def _contents(option: str, path: str, label: str) -> list[bytes]:
    """The contents of the PEM blocks with this label; the whole file if it is not PEM."""
    data = _read(option, path)
    if not looks_like_pem(data):
        return [data]
    try:
        blocks = list(read_blocks(data))
        found = [block.whole() for block in blocks if block.label == label]
    except BadPem as bad:
        raise UsageError(f"{option} {path}: {bad}") from None
    if not found:
        raise UsageError(f"{option} {path}: holds {only(blocks)}, no {label} block")
    return found


def _read(option: str, path: str) -> bytes:
    try:
        return read_file(path, MAX_BYTES)
    except Unreadable as error:
        raise UsageError(f"{option} {path}: {error}") from error
