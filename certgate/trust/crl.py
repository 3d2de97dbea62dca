"""Revocation by CRLs: the status of one certificate by a set of lists (RFC 5280 §6.3)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from certgate.model.frozen import frozen
from certgate.trust.links import verify_signed
from certgate.x509.certificate import Certificate
from certgate.x509.crl import Crl, CrlEntry
from certgate.x509.distribution_point import (
    ALL_REASONS,
    DistributionPoint,
    PointName,
    read_distribution_points,
)
from certgate.x509.errors import Malformed
from certgate.x509.general_names import GeneralName
from certgate.x509.oids import extension_name
from certgate.x509.signature import WEAK_HASHES

__all__ = ["CrlState", "CrlStatus", "crl_status"]

_DISTRIBUTION_POINTS = "2.5.29.31"
_NO_SKEW = timedelta()

Signers = Mapping[Certificate, bytes]


class CrlState(StrEnum):
    """The revocation state of one certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNDETERMINED = "undetermined"


@frozen(slots=True)
class CrlStatus:
    """`reason` is the reason for the revocation, or why the state could not be determined."""

    state: CrlState
    reason: str = ""


@frozen(slots=True)
class _CrlResult:
    """What one valid, applicable CRL says about the certificate for one distribution point."""

    crl: Crl
    reasons: frozenset[str]
    """The reasons that the CRL covers."""
    entry: CrlEntry | None
    is_delta: bool
    doubt: str
    """Why it cannot show that the certificate is good; empty if it can."""


@frozen(slots=True)
class _Limits:
    """The limits for dates and hashes of a CRL; None for times if dates are ignored."""

    now: datetime | None
    latest: datetime | None
    broken: Collection[str]


class _UnusableError(Exception):
    """The CRL does not apply to this certificate and distribution point; the message says why."""


def crl_status(
    certificate: Certificate,
    crls: Sequence[Crl],
    signers: Signers,
    now: datetime | None,
    skew: timedelta = _NO_SKEW,
    *,
    broken: Collection[str] = WEAK_HASHES,
) -> CrlStatus:
    """The status of `certificate` by `crls` at `now` (aware, UTC); None ignores dates.

    `signers` are certificates of CRL issuers (including the anchor) with the public keys to use. The caller ensures
    that they are valid up to the anchor of the certificate's path. A CRL counts if it covers the certificate and some
    reasons, has no unknown critical extension, and is signed by a signer that may sign CRLs. Delta CRLs are combined
    with a matching base CRL. The status is good only if current CRLs without a broken hash cover all reasons. A
    revocation counts whatever the CRL's dates and hash, unless a newer, current CRL does not list it. `skew` tolerates
    clocks that run ahead of this one. RFC 5280 refuses no hash; `broken` are the hashes that clients refuse. Never
    raises.
    """
    results: list[_CrlResult] = []
    obstacles: dict[str, None] = {}
    try:
        points = _points(certificate)
    except Malformed as error:
        return CrlStatus(CrlState.UNDETERMINED, str(error))
    latest = None if now is None else now + skew
    for point in points:
        for crl in crls:
            try:
                results.append(_evaluate(certificate, point, crl, signers, _Limits(now, latest, broken)))
            except (_UnusableError, Malformed) as error:
                obstacles[str(error)] = None
    return _combine(results, obstacles, latest)


def _evaluate(
    certificate: Certificate,
    point: DistributionPoint,
    crl: Crl,
    signers: Signers,
    limits: _Limits,
) -> _CrlResult:
    """Evaluate one CRL (RFC 5280 §6.3.3). Raises _UnusableError and Malformed."""
    _require_scope(certificate, point, crl)
    _require_signature(crl, signers)
    reasons = point.reasons & (crl.scope.reasons if crl.scope else ALL_REASONS)
    entry = crl.entry(certificate.issuer, certificate.serial)
    doubt = _date_problem(crl, limits.now, limits.latest)
    if not doubt and crl.signature_hash in limits.broken:
        doubt = f"the CRL is signed with {crl.signature_hash}, which is not secure"
    is_delta = crl.base_number is not None
    if not is_delta and not doubt and entry and entry.removes_entry:
        doubt = "the CRL uses the reason removeFromCRL, which only a delta CRL may use"
    return _CrlResult(crl, reasons, entry, is_delta, doubt)


def _combine(results: Sequence[_CrlResult], obstacles: dict[str, None], latest: datetime | None) -> CrlStatus:
    """The state that follows from all CRLs together."""
    cleared: list[_CrlResult] = []
    for base in (w for w in results if not w.is_delta and not w.doubt):
        used = [*_deltas_of(base, results), base]
        entry = next((w.entry for w in used if w.entry), None)
        if entry and not entry.removes_entry:
            return CrlStatus(CrlState.REVOKED, entry.reason)
        cleared += used
    for result in (w for w in results if w not in cleared):
        doubt = result.doubt or "no base CRL fits the delta CRL"
        if entry := _revocation(result, cleared, latest):
            return CrlStatus(CrlState.REVOKED, f"{entry.reason}; {doubt}")
        obstacles[doubt] = None
    if frozenset[str]().union(*(result.reasons for result in cleared)) >= ALL_REASONS:
        return CrlStatus(CrlState.GOOD)
    return CrlStatus(CrlState.UNDETERMINED, "; ".join(obstacles) or "no CRL covers all reasons")


def _revocation(result: _CrlResult, cleared: Sequence[_CrlResult], latest: datetime | None) -> CrlEntry | None:
    """The entry of a doubtful CRL, if the revocation is in force and no newer CRL omits it."""
    entry, issued = result.entry, result.crl.this_update
    if entry is None or entry.removes_entry:
        return None
    if latest is not None and issued > latest and entry.revoked_at is not None and entry.revoked_at > latest:
        return None
    overruled = any(w.crl.this_update >= issued and w.reasons >= result.reasons for w in cleared)
    return None if overruled else entry


def _deltas_of(base: _CrlResult, results: Sequence[_CrlResult]) -> list[_CrlResult]:
    """The delta CRLs that match a complete CRL, the newest first."""
    found = (w for w in results if w.is_delta and not w.doubt and _fits(w.crl, base.crl))
    return sorted(found, key=lambda w: w.crl.number or 0, reverse=True)


def _date_problem(crl: Crl, now: datetime | None, latest: datetime | None) -> str:
    """Why the CRL's dates do not cover `now` (RFC 5280 §6.3.3(a)); empty if they do."""
    if now is None or latest is None:
        return ""
    if crl.this_update > latest:
        return "the CRL is not valid yet"
    if crl.next_update is None:
        return "the CRL has no nextUpdate"
    return f"the CRL expired at {crl.next_update:%Y-%m-%d %H:%M:%S} UTC" if crl.next_update < now else ""


def _require_signature(crl: Crl, signers: Signers) -> None:
    """Check critical extensions and the signature by an authorised signer (RFC 5280 §5.2, §6.3.3(f), (g))."""
    if crl.unknown_critical:
        raise _UnusableError(f"the CRL has the unknown critical extension {extension_name(crl.unknown_critical[0])}")
    named = [s for s in signers if s.subject == crl.issuer]
    allowed = [s for s in named if s.key_usage is None or "cRLSign" in s.key_usage]
    if not any(_is_signed(crl, signers[signer]) for signer in allowed):
        foreign = "comes from an issuer that " + ("lacks cRLSign" if named else "is not on the path")
        lack = "has a bad signature" if allowed else foreign
        raise _UnusableError(f"the CRL of {crl.issuer.text} {lack}")


@lru_cache(maxsize=256)
def _is_signed(crl: Crl, spki: bytes) -> bool:
    """Cached, so that a list of a million entries is verified once, not once for each certificate."""
    return verify_signed(crl.der, spki) is None


def _require_scope(certificate: Certificate, point: DistributionPoint, crl: Crl) -> None:
    """Check that the CRL covers this certificate and this distribution point (RFC 5280 §6.3.3(b))."""
    scope = crl.scope
    if point.issuers:
        if crl.issuer not in point.issuers or scope is None or not scope.indirect:
            raise _UnusableError("the CRL is not the indirect CRL that the distribution point names")
    elif crl.issuer != certificate.issuer:
        raise _UnusableError("the CRL is from another issuer")
    if scope is None:
        return
    names = scope.name.made_absolute(crl.issuer)
    own = point.name.made_absolute(point.issuers[0] if point.issuers else certificate.issuer)
    if names and not set(names) & set(own or (GeneralName("DirName", issuer) for issuer in point.issuers)):
        raise _UnusableError("the CRL is for another distribution point")
    if scope.only_user_certificates and certificate.is_ca:
        raise _UnusableError("the CRL covers only end-entity certificates")
    if scope.only_ca_certificates and not certificate.is_ca:
        raise _UnusableError("the CRL covers only CA certificates")
    if scope.only_attribute_certificates:
        raise _UnusableError("the CRL covers only attribute certificates")


def _fits(delta: Crl, base: Crl) -> bool:
    """Whether the delta CRL matches this complete CRL (RFC 5280 §5.2.4, §6.3.3(c))."""
    try:
        if delta.base_number is None or delta.number is None or base.number is None:
            return False
        same = (delta.issuer, delta.scope, delta.key_identifier) == (base.issuer, base.scope, base.key_identifier)
    except Malformed:
        return False
    return same and delta.base_number <= base.number < delta.number


def _points(certificate: Certificate) -> tuple[DistributionPoint, ...]:
    """The certificate's distribution points, then one for its issuer (RFC 5280 §6.3.3, last paragraph)."""
    own = PointName((GeneralName("DirName", certificate.issuer),))
    named = certificate.value(_DISTRIBUTION_POINTS, read_distribution_points) or ()
    return (*named, DistributionPoint(own, ALL_REASONS, ()))
