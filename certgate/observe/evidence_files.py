"""OCSP responses and CRLs that a person names as files. Whether they are what they should be is for rules to say."""

from certgate.model.errors import UsageError
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.observe.pem import BadPem, read_blocks

__all__ = ["MAX_BYTES", "read_crls", "read_staple"]

MAX_BYTES = 64 * 1024 * 1024
"""The largest file: a CRL of a million entries has about 40 MB."""


def read_staple(path: str) -> bytes:
    """The OCSP response in a file, DER, or PEM with one block; else the file as it is, which is no response.

    Raises UsageError if the file cannot be read.
    """
    data = _read("--staple", path)
    blocks = _blocks(data, "OCSP RESPONSE")
    return blocks[0] if len(blocks) == 1 else data


def read_crls(path: str) -> tuple[Evidence, ...]:
    """The CRLs in a file, one as DER or several as PEM. Raises UsageError if the file cannot be read."""
    data = _read("--crl", path)
    return tuple(Evidence(EvidenceKind.CRL, path, der) for der in _blocks(data, "X509 CRL") or (data,))


def _blocks(data: bytes, label: str) -> list[bytes]:
    """What PEM blocks with this label hold; nothing if any is damaged, so that the whole file is seen to be none."""
    try:
        return [block.decode() for block in read_blocks(data) if block.label == label] if b"-----BEGIN " in data else []
    except BadPem:
        return []


def _read(option: str, path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (a path with a null byte fails here, not earlier)
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UsageError(f"{option} {path}: cannot be read: {reason}") from error
    if len(data) > MAX_BYTES:
        raise UsageError(f"{option} {path}: is larger than {MAX_BYTES // 1024 // 1024} MiB")
    return data
