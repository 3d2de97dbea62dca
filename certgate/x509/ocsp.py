"""Facts of one OCSP response (RFC 6960), each part read in its own guard. Nothing here is verified."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from hashlib import new as new_hash
from hashlib import sha256
from itertools import chain

from cryptography.hazmat import asn1

from certgate.x509.certificate import Certificate, Extension, parse_certificate
from certgate.x509.der import RawExtension, tlv
from certgate.x509.errors import Malformed
from certgate.x509.key import key_bits
from certgate.x509.name import Name
from certgate.x509.ocsp_der import (
    BASIC_RESPONSE,
    RawRevoked,
    RawSingle,
    RawTbsResponse,
    read_basic_response,
    read_envelope,
)
from certgate.x509.signature import SignatureAlgorithm, read_hash_algorithm, read_signature_algorithm

__all__ = ["CertId", "OcspResponse", "SingleResponse", "parse_ocsp_response"]

MAX_CERTIFICATES = 16
"""Embedded certificates that are looked at; a response needs one."""

_STATUSES = {
    0: "successful", 1: "malformedRequest", 2: "internalError", 3: "tryLater", 5: "sigRequired", 6: "unauthorized",
}  # fmt: skip
_REASONS = {
    0: "unspecified", 1: "keyCompromise", 2: "cACompromise", 3: "affiliationChanged", 4: "superseded",
    5: "cessationOfOperation", 6: "certificateHold", 8: "removeFromCRL", 9: "privilegeWithdrawn", 10: "aACompromise",
}  # fmt: skip
_WORST_FIRST = ("revoked", "unknown", "good")
_PROCESSED = frozenset({"1.3.6.1.5.5.7.48.1.2", "1.3.6.1.5.5.7.48.1.9"})
"""Of a response: nonce, and extended-revoke, which takes nothing back (RFC 6960 §4.4.1, §4.4.8)."""
_PROCESSED_IN_SINGLES = frozenset(
    {"1.3.6.1.5.5.7.48.1.3", "1.3.6.1.5.5.7.48.1.6", "1.3.6.1.4.1.11129.2.4.5", "2.5.29.21", "2.5.29.24"}
)
"""Of a single answer: CRL references, archive cutoff, timestamps; reasonCode and invalidityDate (RFC 6960 §4.4.5)."""


@dataclass(frozen=True, slots=True)
class CertId:
    """Which certificate a status is about (RFC 6960 §4.1.1). `hash_name` is None for a hash that is not known."""

    hash_name: str | None
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: int

    def matches(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Whether it names `certificate` as issued by `issuer`. Raises Malformed if the issuer's key is unreadable."""
        if self.hash_name is None or self.serial != certificate.serial:
            return False
        name, key = (
            new_hash(self.hash_name, data, usedforsecurity=False).digest()
            for data in (certificate.issuer.der, key_bits(issuer.spki))
        )
        return self.issuer_name_hash == name and self.issuer_key_hash == key


@dataclass(frozen=True, slots=True)
class SingleResponse:
    """The status of one certificate (RFC 6960 §4.2.1). Times are aware, UTC."""

    cert_id: CertId
    status: str
    """`good`, `revoked` or `unknown`."""
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None
    reason: str | None
    """Name of the CRLReason, None if none is given."""
    extensions: tuple[Extension, ...]


class OcspResponse:
    """A successful basic OCSP response. Equal when the DER is equal.

    Every property that has to interpret foreign bytes further raises Malformed when it cannot.
    """

    def __init__(self, der: bytes) -> None:
        """Read the outer structures. Raises Malformed, also for a response that is an error (tryLater …)."""
        basic = read_basic_response(_basic_response(der))
        if basic.signature.padding_bits():
            raise Malformed("the OCSP response's signature is no whole number of octets")
        try:
            tbs = asn1.decode_der(RawTbsResponse, tlv(basic.tbs))
        except ValueError as error:
            raise Malformed(f"the OCSP response's data cannot be read: {error}") from error
        if tbs.version != 0:
            raise Malformed(f"the OCSP response has the unknown version {tbs.version + 1}")
        self.der = der
        self.sha256 = sha256(der).hexdigest()
        self.signed = tlv(basic.tbs)
        self.signature = basic.signature.as_bytes()
        self.produced_at = _moment(tbs.produced_at)
        self.responder_name: Name | None = None
        self.responder_key_hash: bytes | None = None
        if isinstance(tbs.responder.value, bytes):
            self.responder_key_hash = tbs.responder.value
        else:
            self.responder_name = Name(tlv(tbs.responder.value))
        self.extensions = tuple(_extensions(tbs.extensions))
        self._algorithm = tlv(basic.signature_algorithm)
        self._singles = tuple(tbs.responses)
        self._certificates = tuple(basic.certificates or ())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OcspResponse) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.sha256)

    @cached_property
    def signature_algorithm(self) -> SignatureAlgorithm:
        """Raises Malformed if it is unreadable or unknown."""
        return read_signature_algorithm(self._algorithm)

    @cached_property
    def certificates(self) -> tuple[Certificate, ...]:
        """The embedded certificates that can be read, of the first 16. Never raises."""
        found = []
        for element in self._certificates[:MAX_CERTIFICATES]:
            try:
                found.append(parse_certificate(tlv(element)))
            except Malformed:
                continue
        return tuple(found)

    @cached_property
    def singles(self) -> tuple[SingleResponse, ...]:
        """The statuses, at least one. Raises Malformed."""
        if not self._singles:
            raise Malformed("the OCSP response speaks of no certificate")
        return tuple(_single(tlv(element)) for element in self._singles)

    def status_of(self, certificate: Certificate, issuer: Certificate) -> SingleResponse | None:
        """The status of this certificate, None if the response has none. Raises Malformed.

        Of several the worst: a contradiction is never to the good.
        """
        matches = [s for s in self.singles if s.cert_id.matches(certificate, issuer)]
        return min(matches, key=lambda s: _WORST_FIRST.index(s.status), default=None)

    def unknown_critical(self, single: SingleResponse) -> str | None:
        """The OID of a critical extension, of the response or of `single`, that certgate does not process; else None.

        With one of them the answer must not be used (RFC 6960 §4.4).
        """
        of_response = (e.oid for e in self.extensions if e.critical and e.oid not in _PROCESSED)
        of_single = (e.oid for e in single.extensions if e.critical and e.oid not in _PROCESSED_IN_SINGLES)
        return next(chain(of_response, of_single), None)

    def is_responder(self, certificate: Certificate) -> bool:
        """Whether the responder calls itself by the name or key of `certificate` (RFC 6960 §4.2.2.3)."""
        if self.responder_name is not None:
            return self.responder_name == certificate.subject
        try:
            bits = key_bits(certificate.spki)
        except Malformed:
            return False
        return self.responder_key_hash == new_hash("sha1", bits, usedforsecurity=False).digest()


def _basic_response(der: bytes) -> bytes:
    envelope = read_envelope(der)
    if envelope.status.tag_bytes != b"\x0a":
        raise Malformed("not a DER OCSP response: its status is no ENUMERATED")
    number = int.from_bytes(bytes(envelope.status.data), "big", signed=True)
    if number != 0:
        status = _STATUSES.get(number, f"the unknown status {number}")
        raise Malformed(f"the OCSP response is an error: the responder answered {status}")
    body = envelope.response_bytes
    if body is None:
        raise Malformed("the OCSP response is empty")
    if body.response_type != BASIC_RESPONSE:
        raise Malformed(f"the OCSP response is of the unknown type {body.response_type.dotted_string}")
    return body.response


def _single(der: bytes) -> SingleResponse:
    try:
        raw = asn1.decode_der(RawSingle, der)
    except ValueError as error:
        raise Malformed(f"a status in the OCSP response cannot be read: {error}") from error
    cert_id = CertId(
        read_hash_algorithm(tlv(raw.cert_id.algorithm)),
        raw.cert_id.issuer_name_hash,
        raw.cert_id.issuer_key_hash,
        raw.cert_id.serial,
    )
    revoked = raw.status.value if isinstance(raw.status.value, RawRevoked) else None
    return SingleResponse(
        cert_id,
        raw.status.tag,
        _moment(raw.this_update),
        None if raw.next_update is None else _moment(raw.next_update),
        _moment(revoked.time) if revoked else None,
        _reason(tlv(revoked.reason.value)) if revoked and revoked.reason else None,
        tuple(_extensions(raw.extensions)),
    )


def _reason(der: bytes) -> str:
    return _REASONS.get(der[-1], f"reason {der[-1]}") if der[:2] == b"\x0a\x01" else "unreadable reason"


def _moment(time: asn1.GeneralizedTime) -> datetime:
    return time.as_datetime().replace(tzinfo=UTC)


def _extensions(entries: list[RawExtension] | None) -> Iterator[Extension]:
    for entry in entries or ():
        yield Extension(entry.extn_id.dotted_string, entry.critical, entry.extn_value)


@lru_cache(maxsize=1024)
def parse_ocsp_response(der: bytes) -> OcspResponse:
    """The response in `der`; the same object for the same bytes. Raises Malformed."""
    return OcspResponse(der)
