"""The ASN.1 structure of an OCSP response (RFC 6960 §4.2.1)."""

from typing import NamedTuple

from certgate.x509.der import (
    ENUMERATED,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    Element,
    NotDer,
    bits,
    content_of,
    elements,
    integer,
    number,
    oid,
    only,
    sequence,
)
from certgate.x509.extension import Extension, read_extension, tagged

__all__ = [
    "BASIC_RESPONSE",
    "BasicResponse",
    "Single",
    "read_basic_response",
    "read_envelope",
    "read_single",
]

BASIC_RESPONSE = "1.3.6.1.5.5.7.48.1.1"
"""id-pkix-ocsp-basic, the only response type in use."""
_REVOKED = 0xA1
_STATUSES = {0x80: "good", _REVOKED: "revoked", 0x82: "unknown"}


class BasicResponse(NamedTuple):
    """BasicOCSPResponse and the ResponseData in it."""

    signed: bytes
    """ResponseData as encoded, which is what is signed."""
    version: int
    responder_name: bytes | None
    responder_key_hash: bytes | None
    """The SHA-1 of the responder's key, if the responder is not identified by name."""
    produced_at: Element
    singles: tuple[bytes, ...]
    extensions: tuple[Extension, ...]
    algorithm: bytes
    signature: bytes
    certificates: tuple[bytes, ...]


class Single(NamedTuple):
    """SingleResponse."""

    hash_algorithm: bytes
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: int
    status: str
    """`good`, `revoked` or `unknown`."""
    revoked_at: Element | None
    reason: bytes | None
    """A CRLReason, DER."""
    this_update: Element
    next_update: Element | None
    extensions: tuple[Extension, ...]


def read_envelope(der: bytes) -> tuple[int, tuple[str, bytes] | None]:
    """The status of an OCSPResponse, and the type and DER of the response in it, if any. Raises NotDer."""
    status, *rest = sequence(der) or [Element(0, b"", b"")]
    code = number(content_of(status, ENUMERATED))
    body = tagged(rest, 0xA0)
    _nothing_left(rest)
    if body is None:
        return code, None
    parts = elements(only(body, SEQUENCE))
    if len(parts) != 2:
        raise NotDer("its response is not a type and a value")
    return code, (oid(parts[0]), content_of(parts[1], OCTET_STRING))


def read_basic_response(der: bytes) -> BasicResponse:
    """Read a BasicOCSPResponse. Raises NotDer."""
    parts = sequence(der)
    if len(parts) < 3 or parts[0].tag != SEQUENCE:
        raise NotDer("it is not the signed part, an algorithm and a signature")
    tbs, algorithm, signature, *rest = parts
    certificates = tagged(rest, 0xA0)
    _nothing_left(rest)
    octets, unused = bits(content_of(signature, 3))
    if unused:
        raise NotDer("its signature is not a whole number of octets")
    data = elements(tbs.content)
    version = tagged(data, 0xA0)
    name, key_hash = tagged(data, 0xA1), tagged(data, 0xA2)
    if (name is None) == (key_hash is None) or len(data) < 2:
        raise NotDer("the signed part is not that of an OCSP response")
    produced_at, listed, *rest = data
    extensions = _extensions(rest)
    return BasicResponse(
        tbs.der,
        1 if version is None else number(only(version, INTEGER)) + 1,
        name,
        None if key_hash is None else only(key_hash, OCTET_STRING),
        produced_at,
        tuple(element.der for element in elements(content_of(listed, SEQUENCE))),
        extensions,
        algorithm.der,
        octets,
        tuple(element.der for element in sequence(certificates)) if certificates else (),
    )


def read_single(der: bytes) -> Single:
    """Read a SingleResponse. Raises NotDer."""
    parts = sequence(der)
    if len(parts) < 3 or parts[1].tag not in _STATUSES:
        raise NotDer("it is not a certificate, a status and a time")
    cert_id, status, this_update, *rest = parts
    if status.tag != _REVOKED and status.content:
        raise NotDer("its status is not a NULL")
    named = elements(content_of(cert_id, SEQUENCE))
    if len(named) != 4:
        raise NotDer("the certificate in it is not named by two hashes and a serial number")
    end = tagged(rest, 0xA0)
    revoked_at, reason = _revocation(status) if status.tag == _REVOKED else (None, None)
    return Single(
        named[0].der,
        content_of(named[1], OCTET_STRING),
        content_of(named[2], OCTET_STRING),
        integer(named[3]),
        _STATUSES[status.tag],
        revoked_at,
        reason,
        this_update,
        None if end is None else _only_element(end),
        _extensions(rest),
    )


def _revocation(status: Element) -> tuple[Element, bytes | None]:
    when, *rest = elements(status.content) or [Element(0, b"", b"")]
    reason = tagged(rest, 0xA0)
    _nothing_left(rest)
    return when, reason


def _extensions(rest: list[Element]) -> tuple[Extension, ...]:
    """The extensions in `rest`, which is an explicit [1] or empty. Raises NotDer."""
    listed = tagged(rest, 0xA1)
    _nothing_left(rest)
    return tuple(read_extension(element) for element in sequence(listed)) if listed else ()


def _nothing_left(rest: list[Element]) -> None:
    if rest:
        raise NotDer("it has unknown parts")


def _only_element(content: bytes) -> Element:
    found = elements(content)
    if len(found) != 1:
        raise NotDer("a time in it is not one element")
    return found[0]
