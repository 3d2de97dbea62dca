"""Facts of one OCSP response (RFC 6960), each part read on its own. Nothing here is verified."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache, partial
from hashlib import new as new_hash
from hashlib import sha256
from itertools import chain

from certgate.model.cached import cached_property
from certgate.model.frozen import frozen
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.crl_entries import reason_name
from certgate.x509.der import Element, NotDer, guarded
from certgate.x509.errors import Malformed
from certgate.x509.extension import Extension
from certgate.x509.key import key_bits
from certgate.x509.name import Name
from certgate.x509.ocsp_der import BASIC_RESPONSE, read_basic_response, read_envelope, read_single
from certgate.x509.signature import SignatureAlgorithm, read_hash_algorithm, read_signature_algorithm
from certgate.x509.time import EncodedTime

__all__ = ["CertId", "OcspResponse", "SingleResponse", "parse_ocsp_response"]

MAX_CERTIFICATES = 16
"""The maximum number of embedded certificates that are read; a response needs one."""

_STATUSES = {1: "malformedRequest", 2: "internalError", 3: "tryLater", 5: "sigRequired", 6: "unauthorized"}
_WORST_FIRST = ("revoked", "unknown", "good")
_PROCESSED = frozenset({"1.3.6.1.5.5.7.48.1.2", "1.3.6.1.5.5.7.48.1.9"})
"""Extensions of a response: nonce, and extended-revoke, which limits nothing (RFC 6960 §4.4.1, §4.4.8)."""
_PROCESSED_IN_SINGLES = frozenset(
    {"1.3.6.1.5.5.7.48.1.3", "1.3.6.1.5.5.7.48.1.6", "1.3.6.1.4.1.11129.2.4.5", "2.5.29.21", "2.5.29.24"}
)
"""Of a single response: CRL references, archive cutoff, SCTs, reasonCode and invalidityDate (RFC 6960 §4.4.5)."""


@frozen(slots=True)
class CertId:
    """The certificate that a status is about (RFC 6960 §4.1.1). `hash_name` is None for an unknown hash."""

    hash_name: str | None
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: int

    def matches(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Whether it identifies `certificate`, issued by `issuer`. Raises Malformed for an unreadable issuer's key."""
        if self.hash_name is None or self.serial != certificate.serial:
            return False
        name, key = (
            new_hash(self.hash_name, data, usedforsecurity=False).digest()
            for data in (certificate.issuer.der, key_bits(issuer.spki))
        )
        return self.issuer_name_hash == name and self.issuer_key_hash == key


@frozen(slots=True, kw_only=True)
class SingleResponse:
    """The status of one certificate (RFC 6960 §4.2.1). Times are aware, UTC."""

    cert_id: CertId
    status: str
    """`good`, `revoked` or `unknown`."""
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None
    """None if the certificate is not revoked or the date is unreadable."""
    reason: str | None
    """Name of the CRLReason, None if there is none."""
    extensions: tuple[Extension, ...]


class OcspResponse:
    """A successful basic OCSP response. Equal when the DER is equal.

    Properties that interpret further untrusted bytes raise Malformed if they cannot.
    """

    def __init__(self, der: bytes) -> None:
        """Read the outer structures. Raises Malformed, also for an error response (tryLater …)."""
        body = _basic_response(der)
        basic = guarded("the OCSP response", lambda: read_basic_response(body))
        if basic.version != 1:
            raise Malformed(f"the OCSP response has the unknown version {basic.version}")
        self.der = der
        self.sha256 = sha256(der).hexdigest()
        self.signed = basic.signed
        self.signature = basic.signature
        self.produced_at = guarded("producedAt of the OCSP response", lambda: _moment(basic.produced_at))
        self.responder_name = None if basic.responder_name is None else Name(basic.responder_name)
        self.responder_key_hash = basic.responder_key_hash
        self.extensions = basic.extensions
        self._produced_at = basic.produced_at
        self._algorithm = basic.algorithm
        self._singles = basic.singles
        self._certificates = basic.certificates

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
        """The readable certificates among the first 16 embedded ones. Never raises."""
        found = []
        for element in self._certificates[:MAX_CERTIFICATES]:
            try:
                found.append(parse_certificate(element))
            except Malformed:
                continue
        return tuple(found)

    @cached_property
    def singles(self) -> tuple[SingleResponse, ...]:
        """The statuses, at least one. Raises Malformed."""
        if not self._singles:
            raise Malformed("the OCSP response is about no certificate")
        return tuple(map(_single, self._singles))

    @property
    def unread_certificates(self) -> int:
        """The number of embedded certificates that cannot be read, or are too many to be."""
        return len(self._certificates) - len(self.certificates)

    @property
    def times(self) -> Iterator[tuple[str, EncodedTime]]:
        """All its times as encoded, by name. Raises Malformed."""
        yield "producedAt", EncodedTime(*self._produced_at[:2])
        for der in self._singles:
            raw = guarded("a status in the OCSP response", partial(read_single, der))
            named = {"thisUpdate": raw.this_update, "nextUpdate": raw.next_update, "revocationTime": raw.revoked_at}
            yield from ((name, EncodedTime(*time[:2])) for name, time in named.items() if time)

    def status_of(self, certificate: Certificate, issuer: Certificate) -> SingleResponse | None:
        """The status of this certificate, None if the response has none. Raises Malformed.

        Returns the worst of several, so that a contradiction never counts as good.
        """
        matches = [s for s in self.singles if s.cert_id.matches(certificate, issuer)]
        return min(matches, key=lambda s: _WORST_FIRST.index(s.status), default=None)

    def unknown_critical(self, single: SingleResponse) -> str | None:
        """The OID of a critical extension, of the response or of `single`, that certgate does not process; else None.

        A response with such an extension must not be used (RFC 6960 §4.4).
        """
        of_response = (e.oid for e in self.extensions if e.critical and e.oid not in _PROCESSED)
        of_single = (e.oid for e in single.extensions if e.critical and e.oid not in _PROCESSED_IN_SINGLES)
        return next(chain(of_response, of_single), None)

    def is_responder(self, certificate: Certificate) -> bool:
        """Whether the responder identifies itself by the name or key of `certificate` (RFC 6960 §4.2.2.3)."""
        if self.responder_name is not None:
            return self.responder_name == certificate.subject
        try:
            bits = key_bits(certificate.spki)
        except Malformed:
            return False
        return self.responder_key_hash == new_hash("sha1", bits, usedforsecurity=False).digest()


def _basic_response(der: bytes) -> bytes:
    try:
        status, body = read_envelope(der)
    except NotDer as error:
        raise Malformed(f"not a DER OCSP response: {error}") from error
    if status:
        name = _STATUSES.get(status, f"the unknown status {status}")
        raise Malformed(f"the OCSP responder answered with the error {name}")
    if body is None:
        raise Malformed("the OCSP response is empty")
    kind, response = body
    if kind != BASIC_RESPONSE:
        raise Malformed(f"the OCSP response has the unknown type {kind}")
    return response


def _single(der: bytes) -> SingleResponse:
    raw = guarded("a status in the OCSP response", lambda: read_single(der))
    return SingleResponse(
        cert_id=CertId(read_hash_algorithm(raw.hash_algorithm), raw.issuer_name_hash, raw.issuer_key_hash, raw.serial),
        status=raw.status,
        this_update=guarded("thisUpdate of the OCSP response", lambda: _moment(raw.this_update)),
        next_update=guarded("nextUpdate of the OCSP response", lambda: raw.next_update and _moment(raw.next_update)),
        revoked_at=_date(raw.revoked_at),
        reason=None if raw.reason is None else reason_name(raw.reason),
        extensions=raw.extensions,
    )


def _moment(time: Element) -> datetime:
    return EncodedTime(time.tag, time.content).moment()


def _date(time: Element | None) -> datetime | None:
    """The date of a revocation; None if it is unreadable, which does not undo the revocation."""
    try:
        return time and _moment(time)
    except NotDer:
        return None


@lru_cache(maxsize=1024)
def parse_ocsp_response(der: bytes) -> OcspResponse:
    """The response in `der`; the same object for the same bytes. Raises Malformed."""
    return OcspResponse(der)
