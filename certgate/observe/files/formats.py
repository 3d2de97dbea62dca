"""The format of a file without PEM, by its first bytes."""

from enum import Enum

__all__ = ["Form", "contents", "form_of", "is_cut_short", "length_announced"]

_PKCS7_OID = bytes.fromhex("06092a864886f70d0107")
_JAVA = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Form(Enum):
    """A format, as messages name it, and the command that converts its certificates to PEM."""

    ELEMENT = "one element of DER", ""
    """A certificate, a request, a CRL …"""
    PKCS7 = "a PKCS#7 container", "openssl pkcs7 -inform DER -print_certs -in FILE -out FILE.pem"
    PKCS12 = "a PKCS#12 container", "openssl pkcs12 -nokeys -in FILE -out FILE.pem"
    JAVA = "a Java key store", "keytool -list -rfc -keystore FILE > FILE.pem"
    KEY = "a private key", ""
    OCSP = "an OCSP response", ""
    UTF_16 = "UTF-16 text", "iconv -f UTF-16 -t ASCII FILE > FILE.pem"
    UNKNOWN = "neither a PEM block nor DER", ""

    @property
    def text(self) -> str:
        """The name of the format in messages."""
        return self.value[0]

    @property
    def command(self) -> str:
        """The command that converts it to PEM; empty if there is none."""
        return self.value[1]


def form_of(data: bytes) -> Form:
    """The format of bytes that are not PEM."""
    if data.startswith(_JAVA):
        return Form.JAVA
    if data.startswith(_UTF_16):
        return Form.UTF_16
    if data[:1] != b"\x30":
        return Form.UNKNOWN
    inside = contents(data[:32])
    if inside.startswith(_PKCS7_OID):
        return Form.PKCS7
    if inside.startswith(b"\x02\x01\x03"):
        return Form.PKCS12
    return {0x02: Form.KEY, 0x0A: Form.OCSP}.get(int.from_bytes(inside[:1]), Form.ELEMENT)


def contents(der: bytes) -> bytes:
    """The contents of a DER element, as far as they exist."""
    header, length = _header(der)
    return der[header : header + length]


def is_cut_short(der: bytes) -> bool:
    """Whether the DER element is truncated."""
    return length_announced(der) > len(der)


def length_announced(der: bytes) -> int:
    """The length of a DER element by its own header (X.690 §8.1.3), including the header."""
    return sum(_header(der))


def _header(der: bytes) -> tuple[int, int]:
    octet = int.from_bytes(der[1:2])
    if octet < 0x80:
        return 2, octet
    size = octet & 0x7F
    return 2 + size, int.from_bytes(der[2 : 2 + size])
