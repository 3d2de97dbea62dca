"""One chain in a file: PEM with anything around the blocks, DER, or standard input."""

import sys
from typing import BinaryIO, cast

from certgate.model.observation import Failure, FailureKind, Observation, Phase
from certgate.model.target import File, Target
from certgate.observe.clock import Clock, utc_now
from certgate.observe.pem import BadPem, Block, read_blocks

__all__ = ["MAX_CERTIFICATES", "MAX_FILE_BYTES", "observe_file"]

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_CERTIFICATES = 100
"""Certificates in one chain: about what fits into a TLS handshake."""

_PKCS7_OID = bytes.fromhex("06092a864886f70d0107")
_TO_PEM = {
    "PKCS#7": "openssl pkcs7 -print_certs -in FILE",
    "PKCS#12": "openssl pkcs12 -nokeys -in FILE",
    "a Java key store": "keytool -list -rfc -keystore FILE",
}


class _Unusable(Exception):
    """The input gives no chain; becomes the observation's failure."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.failure = Failure(kind, Phase.READ, detail)


def observe_file(
    target: Target, *, max_bytes: int = MAX_FILE_BYTES, stdin: BinaryIO | None = None, now: Clock = utc_now
) -> Observation:
    """The certificates in the target's file, in file order; what is wrong with it is the observation's failure.

    At most `max_bytes` are read. `stdin` replaces the standard input for the path `-`. Never raises.
    """
    chain: tuple[bytes, ...] = ()
    lines: tuple[int, ...] = ()
    failure = None
    try:
        chain, lines = _chain(_read(cast("File", target.source).path, max_bytes, stdin))
    except _Unusable as unusable:
        failure = unusable.failure
    except BadPem as bad:
        failure = Failure(FailureKind.UNREADABLE, Phase.READ, str(bad))
    return Observation(
        target=target.id, observed_at=now(), presented=chain, lines=lines, failure=failure, from_file=True
    )


def _read(path: str, max_bytes: int, stdin: BinaryIO | None) -> bytes:
    try:
        if path == "-":
            data = (stdin or sys.stdin.buffer).read(max_bytes + 1)
        else:
            with open(path, "rb") as file:  # noqa: PTH123 (a path with a null byte fails here, not earlier)
                data = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise _Unusable(FailureKind.UNREADABLE, f"the input cannot be read: {reason}") from error
    if len(data) > max_bytes:
        raise _Unusable(FailureKind.LIMIT, f"the input is larger than {max_bytes} bytes, the limit of one chain")
    if not data.strip():
        raise _Unusable(FailureKind.NO_CERTIFICATE, "the input is empty")
    return data


def _chain(data: bytes) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    """The certificates, and for PEM the lines on which they begin."""
    if b"-----BEGIN " in data:
        return _from_pem(data)
    if data[:1] == b"\x30":
        return (_from_der(data),), ()
    if data.startswith((b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")):
        raise _container("a Java key store")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _Unusable(FailureKind.UNREADABLE, "the input is UTF-16 text: save it as plain ASCII")
    raise _Unusable(FailureKind.NO_CERTIFICATE, "the input holds neither a PEM block nor DER")


def _from_pem(data: bytes) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    certificates: list[bytes] = []
    lines: list[int] = []
    others: dict[str, None] = {}
    for block in read_blocks(data):
        if block.label != "CERTIFICATE":
            others[f"a {_harmless(block)} block"] = None
            continue
        if len(certificates) == MAX_CERTIFICATES:
            detail = f"the input holds more than {MAX_CERTIFICATES} certificates, the limit of one chain"
            raise _Unusable(FailureKind.LIMIT, detail)
        der = block.decode()
        if _is_cut_short(der):
            raise BadPem(f"line {block.line}: the CERTIFICATE block is truncated: the end of its contents is missing")
        certificates.append(der)
        lines.append(block.line)
    if not certificates:
        found = ", ".join(others) or "PEM boundaries that do not start their line"
        raise _Unusable(FailureKind.NO_CERTIFICATE, f"the input holds only {found}, no certificate")
    return tuple(certificates), tuple(lines)


def _harmless(block: Block) -> str:
    """The label of a block that can be skipped, since every server skips it."""
    if block.label in ("X509 CERTIFICATE", "TRUSTED CERTIFICATE"):
        raise BadPem(
            f"line {block.line}: some servers read a {block.label} block and others skip it; "
            "write it as CERTIFICATE (openssl x509 -in FILE)"
        )
    if block.label in ("PKCS7", "PKCS #7 SIGNED DATA", "CMS"):
        raise _container("PKCS#7")
    return block.label


def _from_der(data: bytes) -> bytes:
    """A single certificate. What else begins alike is told by its first element."""
    header, length = _header(data)
    first = data[header : header + 12]
    if first[:1] == b"\x02":
        if first[:3] == b"\x02\x01\x03":
            raise _container("PKCS#12")
        raise _Unusable(FailureKind.NO_CERTIFICATE, "the input holds only a private key, no certificate")
    if first.startswith(_PKCS7_OID):
        raise _container("PKCS#7")
    if _is_cut_short(data):
        detail = f"the input is truncated: {header + length} bytes of DER are announced, {len(data)} are there"
        raise _Unusable(FailureKind.UNREADABLE, detail)
    if rest := len(data) - header - length:
        detail = f"{rest} bytes follow the certificate: a DER file holds one, use PEM for a chain"
        raise _Unusable(FailureKind.UNREADABLE, detail)
    return data


def _is_cut_short(der: bytes) -> bool:
    """Whether bytes at the end of this DER element are missing."""
    header, length = _header(der)
    return header + length > len(der)


def _header(der: bytes) -> tuple[int, int]:
    """Length of the header of a DER element, and the length of contents that it announces (X.690 §8.1.3)."""
    octet = int.from_bytes(der[1:2])
    if octet < 0x80:
        return 2, octet
    size = octet & 0x7F
    return 2 + size, int.from_bytes(der[2 : 2 + size])


def _container(kind: str) -> _Unusable:
    detail = f"the input is {kind}, which is not read: convert it to PEM ({_TO_PEM[kind]})"
    return _Unusable(FailureKind.UNREADABLE, detail)
