"""One element of DER: a certificate, a request, a PKCS#7 or a PKCS#12 container."""

from certgate.model.observation import FailureKind
from certgate.observe.contents import Contents, Unusable
from certgate.observe.pkcs import read_pkcs7, read_pkcs12
from certgate.x509.errors import Malformed
from certgate.x509.request import Request

__all__ = ["is_cut_short", "read_der"]

_PKCS7_OID = bytes.fromhex("06092a864886f70d0107")


def read_der(data: bytes, password: bytes | None) -> Contents:
    """What the element is told to be by its first parts. Raises Unusable."""
    header, length = _header(data)
    first = data[header : header + 12]
    if first[:3] == b"\x02\x01\x03":
        return read_pkcs12(data, password)
    if first[:1] == b"\x02":
        raise Unusable(FailureKind.NO_CERTIFICATE, "the input holds only a private key, no certificate")
    if first.startswith(_PKCS7_OID):
        return read_pkcs7(data)
    if is_cut_short(data):
        detail = f"the input is truncated: {header + length} bytes of DER are announced, {len(data)} are there"
        raise Unusable(FailureKind.UNREADABLE, detail)
    if rest := len(data) - header - length:
        detail = f"{rest} bytes follow the certificate: a DER file holds one, use PEM for a chain"
        raise Unusable(FailureKind.UNREADABLE, detail)
    return Contents(request=data) if _is_request(data) else Contents((data,))


def _is_request(data: bytes) -> bool:
    try:
        Request(data)
    except Malformed:
        return False
    return True


def is_cut_short(der: bytes) -> bool:
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
