"""Revocation by CRLs: what a set of lists says of one certificate (RFC 5280 §6.3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from cryptography import x509

from certgate.trust.links import verify_signed
from certgate.x509.certificate import Certificate
from certgate.x509.crl import Crl
from certgate.x509.errors import Malformed
from certgate.x509.name import Name

__all__ = ["CrlState", "CrlStatus", "crl_status"]

_ALL_REASONS = frozenset(x509.ReasonFlags) - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl}

Signers = Mapping[Certificate, bytes]


class CrlState(StrEnum):
    """The answer for one certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class CrlStatus:
    """`reason` is that of the revocation, or why the state could not be determined."""

    state: CrlState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Point:
    """A distribution point with its names made absolute."""

    names: tuple[object, ...]
    issuers: tuple[Name, ...]
    """cRLIssuer; empty if the certificate's issuer issues the CRL."""
    reasons: frozenset[x509.ReasonFlags]


class _UnusableError(Exception):
    """The CRL says nothing of this certificate at this distribution point; the message says why."""


def crl_status(certificate: Certificate, crls: Sequence[Crl], signers: Signers, now: datetime) -> CrlStatus:
    """What `crls` say of `certificate` at `now` (aware, UTC).

    `signers` are certificates of CRL issuers (the anchor included), with the public keys to use, that hold themselves,
    up to the anchor of the path that the certificate is on: the caller sees to that. A CRL counts if it is in time,
    covers the certificate and some reasons, and is signed by one of them that may sign CRLs. Delta CRLs are joined to
    the base they fit. The answer is good only if all reasons are covered; if it is not, what a CRL that is out of date
    lists stays revoked. Never raises.
    """
    covered: set[x509.ReasonFlags] = set()
    obstacles: dict[str, None] = {}
    try:
        points = list(_points(certificate))
    except Malformed as error:
        return CrlStatus(CrlState.UNDETERMINED, str(error))
    for point in points:
        for crl in crls:
            try:
                reasons, revoked = _ask(certificate, point, crl, crls, signers, now)
            except (_UnusableError, Malformed) as error:
                obstacles[str(error)] = None
                continue
            if revoked:
                return CrlStatus(CrlState.REVOKED, revoked.value)
            covered |= reasons
    if covered >= _ALL_REASONS:
        return CrlStatus(CrlState.GOOD)
    for point in points:
        for crl in crls:
            if reason := _once_revoked(certificate, point, crl, signers, now):
                return CrlStatus(CrlState.REVOKED, f"{reason.value}, by a CRL that is out of date")
    return CrlStatus(CrlState.UNDETERMINED, "; ".join(obstacles) or "no CRL covers all reasons")


def _once_revoked(
    certificate: Certificate, point: _Point, crl: Crl, signers: Signers, now: datetime
) -> x509.ReasonFlags | None:
    """The reason for which a CRL from before `now` lists the certificate, by the time at which it was issued."""
    try:
        if crl.this_update > now:
            return None
        return _ask(certificate, point, crl, (crl,), signers, crl.this_update)[1]
    except (_UnusableError, Malformed):
        return None


def _ask(
    certificate: Certificate,
    point: _Point,
    crl: Crl,
    crls: Sequence[Crl],
    signers: Signers,
    now: datetime,
) -> tuple[frozenset[x509.ReasonFlags], x509.ReasonFlags | None]:
    """The reasons that one complete CRL covers (RFC 5280 §6.3.3), and the reason for which it is revoked, if it is."""
    if crl.base_number is not None:
        raise _UnusableError("a delta CRL alone says nothing")
    _demand_scope(certificate, point, crl)
    _demand_use(crl, signers, now)
    reasons = point.reasons & ((crl.scope and crl.scope.only_some_reasons) or _ALL_REASONS)
    newest_first = sorted((c for c in crls if _joins(c, crl, signers, now)), key=lambda d: d.number or 0, reverse=True)
    answers = (c.entry(certificate.issuer, certificate.serial) for c in (*newest_first, crl))
    entry = next((answer for answer in answers if answer), None)
    if entry is None or entry.reason is x509.ReasonFlags.remove_from_crl:
        return reasons, None
    return reasons, entry.reason


def _demand_use(crl: Crl, signers: Signers, now: datetime) -> None:
    """RFC 5280 §6.3.3(a), (f), (g): it is in time, is understood, and is signed by who may sign it."""
    if crl.this_update > now:
        raise _UnusableError("the CRL is not valid yet")
    if crl.next_update is None or crl.next_update < now:
        raise _UnusableError("the CRL is out of date")
    if crl.unknown_critical:
        raise _UnusableError(f"the CRL has the critical extension {crl.unknown_critical[0]}, which is unknown")
    named = [s for s in signers if s.subject == crl.issuer]
    allowed = [s for s in named if s.key_usage is None or "cRLSign" in s.key_usage]
    if not any(_is_signed(crl, signers[signer]) for signer in allowed):
        lack = "has a bad signature" if allowed else "has no issuer that holds" + (" and has cRLSign" if named else "")
        raise _UnusableError(f"the CRL of {crl.issuer.text} {lack}")


@lru_cache(maxsize=256)
def _is_signed(crl: Crl, spki: bytes) -> bool:
    """A list of a million entries is verified once, not once for each certificate."""
    return verify_signed(crl.der, spki) is None


def _demand_scope(certificate: Certificate, point: _Point, crl: Crl) -> None:
    """RFC 5280 §6.3.3(b): the CRL is about this certificate and this distribution point."""
    scope = crl.scope
    if point.issuers:
        if crl.issuer not in point.issuers or scope is None or not scope.indirect_crl:
            raise _UnusableError("the CRL is not the indirect CRL that the distribution point names")
    elif crl.issuer != certificate.issuer:
        raise _UnusableError("the CRL is not the certificate issuer's")
    if scope is None:
        return
    names = _names(scope.full_name, scope.relative_name, crl.issuer)
    if names and not set(names) & set(point.names or point.issuers):
        raise _UnusableError("the CRL is for another distribution point")
    if scope.only_contains_user_certs and certificate.is_ca:
        raise _UnusableError("the CRL covers end-entity certificates only")
    if scope.only_contains_ca_certs and not certificate.is_ca:
        raise _UnusableError("the CRL covers CA certificates only")
    if scope.only_contains_attribute_certs:
        raise _UnusableError("the CRL covers attribute certificates only")


def _joins(delta: Crl, base: Crl, signers: Signers, now: datetime) -> bool:
    """Whether the delta CRL can be used, and joined to this complete one (RFC 5280 §5.2.4, §6.3.3(c))."""
    try:
        if delta.base_number is None or delta.number is None or base.number is None:
            return False
        same = (delta.issuer, delta.scope, delta.key_identifier) == (base.issuer, base.scope, base.key_identifier)
        if not same or not delta.base_number <= base.number < delta.number:
            return False
        _demand_use(delta, signers, now)
    except (_UnusableError, Malformed):
        return False
    return True


def _points(certificate: Certificate) -> Iterator[_Point]:
    """The certificate's distribution points, then its issuer as one (RFC 5280 §6.3.3, last paragraph)."""
    for point in certificate.read(x509.CRLDistributionPoints) or ():
        issuers = tuple(
            Name(n.value.public_bytes()) for n in point.crl_issuer or () if isinstance(n, x509.DirectoryName)
        )
        base = issuers[0] if issuers else certificate.issuer
        names = _names(point.full_name, point.relative_name, base)
        yield _Point(names, issuers, point.reasons or _ALL_REASONS)
    yield _Point((certificate.issuer,), (), _ALL_REASONS)


def _names(
    full: Sequence[x509.GeneralName] | None, relative: x509.RelativeDistinguishedName | None, base: Name
) -> tuple[object, ...]:
    """Names of a distribution point, comparable: directory names as RFC 5280 §7.1 has it, others as encoded."""
    if relative is not None:
        return (Name(x509.Name([*base.native.rdns, relative]).public_bytes()),)
    return tuple(Name(n.value.public_bytes()) if isinstance(n, x509.DirectoryName) else n for n in full or ())
