"""OCSP responses and CRLs that a person names as files. Whether they are what they should be is for rules to say."""

from certgate.model.errors import UsageError
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.observe.pem import BadPem, looks_like_pem, only, read_blocks

__all__ = ["MAX_BYTES", "read_crls", "read_staple"]

MAX_BYTES = 64 * 1024 * 1024
"""The largest file: a CRL of a million entries has about 40 MB."""


def read_staple(path: str) -> bytes:
    """The OCSP response in a file, DER, or PEM with one block. Raises UsageError if the file cannot be read."""
    found = _contents("--staple", path, "OCSP RESPONSE")
    if len(found) > 1:
        raise UsageError(f"--staple {path}: holds {len(found)} OCSP responses, and a server staples one")
    return found[0]


def read_crls(path: str) -> tuple[Evidence, ...]:
    """The CRLs in a file, one as DER or several as PEM. Raises UsageError if the file cannot be read."""
    return tuple(Evidence(EvidenceKind.CRL, path, der) for der in _contents("--crl", path, "X509 CRL"))


def _contents(option: str, path: str, label: str) -> list[bytes]:
    """What the PEM blocks with this label hold; of a file that holds no PEM, the file as it is."""
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
        with open(path, "rb") as file:  # noqa: PTH123 (a path with a null byte fails here, not earlier)
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UsageError(f"{option} {path}: cannot be read: {reason}") from error
    if len(data) > MAX_BYTES:
        raise UsageError(f"{option} {path}: is larger than {MAX_BYTES // 1024 // 1024} MiB")
    return data
