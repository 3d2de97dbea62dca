"""Recognises certificates and other data by their content, in any encoding and under any name."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from enum import Enum

from certgate.observe.files.pem import looks_like_pem

__all__ = ["SHORTEST", "Appearance", "appearance_of", "from_base64", "is_mention"]

SHORTEST = 100
"""Bytes; every certificate is larger in any encoding."""
_TWICE = 3
"""Levels of base64 that are decoded to see the contents."""
_BOM = b"\xef\xbb\xbf"
_WIDE_BEGIN = tuple("-----BEGIN CERT".encode(codec) for codec in ("utf-16-le", "utf-16-be"))
_BEGIN = re.compile(rb"^(?:\xef\xbb\xbf)?-{4,6}BEGIN ([A-Z0-9 #.]{1,60}?)-{4,6}[ \t\r]*$", re.MULTILINE)
_OTHER_LABEL = re.compile(rb"PGP .*|SSH2 .*|AGE .*|.*(KEY|KEY V1|PARAMETERS|CRL|MESSAGE|SIGNATURE|FILE)")
_WITHIN = re.compile(
    rb"-----BEGIN (?:[A-Z0-9#]{1,16} ){0,3}(?:CERTIFICATE|PKCS7|CMS)[A-Z ]{0,16}-----"
    rb"(?:\\{1,4}[rn]|\s){0,200}[A-Za-z0-9+/=]{16}"
)
_ENCODED_BEGIN = re.compile(rb"LS0tLS1CRUdJTi[A-Za-z0-9+/]{30,80}")
_ENCODED_DER = re.compile(rb"(?<![A-Za-z0-9+/])MI[IL][A-Za-z0-9+/]{120}")
_BODY = re.compile(rb"^[A-Za-z0-9+/]{40}", re.MULTILINE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s_-]+={0,2}")
_ENDINGS_OF_LINES = re.compile(r"[\r\n]")
_KEY_STORES = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")
_PKCS7 = bytes.fromhex("06092a864886f70d0107")


class Appearance(Enum):
    """What a value looks like."""

    EMPTY = "nothing"
    CERTIFICATES = "certificates or a request, in PEM, DER or a container"
    WITHIN = "text with a certificate somewhere within it"
    ENCODED = "base64 of certificates"
    OTHER = "something else that is known: a private key, a public key, parameters, a CRL"
    UNKNOWN = "unknown"

    @property
    def shows_certificate(self) -> bool:
        """Whether it contains a certificate."""
        return self in {Appearance.CERTIFICATES, Appearance.WITHIN, Appearance.ENCODED}


def appearance_of(data: bytes, depth: int = 0) -> Appearance:
    """What the bytes look like. Never raises."""
    bare = data.removeprefix(_BOM).strip()
    if not bare:
        return Appearance.EMPTY
    labels = set(_BEGIN.findall(data))
    if any(not _OTHER_LABEL.fullmatch(label) for label in labels):
        return Appearance.CERTIFICATES
    if any(begin in data for begin in _WIDE_BEGIN):
        return Appearance.CERTIFICATES
    if _WITHIN.search(data) or _has_encoded(data):
        return Appearance.ENCODED if _is_encoded(bare, depth) else Appearance.WITHIN
    if labels:
        return Appearance.OTHER
    if b"CERT" in data.upper() and _BODY.search(data) and looks_like_pem(data):
        return Appearance.CERTIFICATES
    if data[:1] == b"\x30" and (of_der := _appearance_of_der(data)):
        return of_der
    if data.startswith(_KEY_STORES):
        return Appearance.CERTIFICATES
    return Appearance.ENCODED if _is_encoded(bare, depth) else Appearance.UNKNOWN


def is_mention(data: bytes) -> bool:
    """Whether the text only mentions a PEM block, without its contents."""
    return b"BEGIN" in data and _WITHIN.search(data) is None and not _ENCODED_BEGIN.search(data)


def from_base64(text: str) -> bytes | None:
    """Decode base64 as the API server does: ignores line ends, refuses blanks. None if the text is not base64.

    Source: Go, encoding/base64, StdEncoding.
    """
    try:
        return b64decode(_ENDINGS_OF_LINES.sub("", text), validate=True)
    except (Base64Error, ValueError):
        return None


def _is_encoded(bare: bytes, depth: int) -> bool:
    if depth >= _TWICE or len(bare) < SHORTEST or not _BASE64.fullmatch(bare):
        return False
    packed = b"".join(bare.split()).translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    try:
        inner = b64decode(packed + b"=" * (-len(packed) % 4))
    except (Base64Error, ValueError):
        return False
    return appearance_of(inner, depth + 1) in {Appearance.CERTIFICATES, Appearance.ENCODED}


def _has_encoded(data: bytes) -> bool:
    """Whether a text contains PEM or DER in base64."""
    if any(b"CERT" in _decoded(token) for token in _ENCODED_BEGIN.findall(data)):
        return True
    found = (_appearance_of_der(_decoded(token)) for token in _ENCODED_DER.findall(data))
    return any(each is Appearance.CERTIFICATES for each in found)


def _decoded(token: bytes) -> bytes:
    try:
        return b64decode(token[: len(token) // 4 * 4])
    except (Base64Error, ValueError):
        return b""


def _appearance_of_der(data: bytes) -> Appearance | None:
    """What a DER sequence of 128 bytes or more looks like, by its first parts (X.690 §8.1); None for anything else."""
    if not 0x81 <= int.from_bytes(data[1:2]) <= 0x83:
        return None
    body = data[2 + (data[1] & 0x7F) :]
    if body[:3] == b"\x02\x01\x03" or body.startswith(_PKCS7):
        return Appearance.CERTIFICATES
    if body[:1] == b"\x02":
        return Appearance.OTHER
    if body[:1] != b"\x30" or len(body) < 2:
        return None
    inner = body[2 + (body[1] & 0x7F if body[1] & 0x80 else 0) :]
    return {b"\x06": Appearance.OTHER, b"\xa0": Appearance.CERTIFICATES, b"\x02": Appearance.CERTIFICATES}.get(
        inner[:1]
    )
