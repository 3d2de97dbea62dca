"""Rules of the family validity: dates and lifetimes."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from certgate.checks.framework.br import VALIDITY_CAPS, days, midnight
from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import CLIENT, LEAF, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole, IssuedInRole
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.trust import dates
from certgate.trust.dates import span
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.facts import CertificateFacts

__all__: list[str] = []

_ENDLESS = 9999
"""The year of notAfter in a certificate without an expiry date."""


@check("validity.expired", citation="RFC 5280 §6.1.3(a)(2); PCI DSS 4.0.1 4.2.1", is_essential=True)
def expired(subject: IssuedInRole, now: datetime) -> Iterator[Answer]:
    """The certificate has not expired.

    Every certificate on the path is checked, because an expired intermediate breaks the chain like an expired leaf. The
    second of notAfter still belongs to the validity period.

    Why: clients refuse an expired certificate, so the service is down for them.

    Fix: renew it and reload the server; for an intermediate, install the CA's current one.
    """
    if text := dates.expired(subject.certificate, now):
        evidence = {"not_after": subject.certificate.not_after.isoformat()}
        yield Problem(text, evidence=evidence, cause=_reversed(subject.certificate))


@check("validity.not-yet-valid", citation="RFC 5280 §6.1.3(a)(2)")
def not_yet_valid(subject: IssuedInRole, now: datetime, *, skew_s: int = 300) -> Iterator[Answer]:
    """The certificate is already valid.

    `skew_s` seconds are allowed for clocks that differ.

    Why: clients refuse a certificate before its notBefore.

    Fix: deploy it after notBefore, or correct the clock of the CA or of this machine.
    """
    if text := dates.not_yet_valid(subject.certificate, now, skew_s=skew_s):
        evidence = {"not_before": subject.certificate.not_before.isoformat()}
        yield Problem(text, evidence=evidence, cause=_reversed(subject.certificate))


@check("validity.order", citation="RFC 5280 §4.1.2.5")
def order(subject: IssuedInRole) -> Iterator[Answer]:
    """notAfter is not before notBefore.

    Why: such a certificate is never valid.

    Fix: correct the CA's software or clock, then reissue the certificate.
    """
    certificate = subject.certificate
    if certificate.not_after < certificate.not_before:
        yield Problem(f"notAfter ({certificate.not_after:%Y-%m-%d}) is before notBefore")


def _reversed(certificate: Certificate) -> str:
    """The rule that reports notAfter before notBefore; empty if that is not the cause."""
    try:
        return "validity.order" if certificate.not_after < certificate.not_before else ""
    except Malformed:
        return ""


@check("validity.remaining", citation="certgate: renewal at two thirds of the lifetime", roles=LEAF)
def remaining(
    subject: IssuedInRole,
    now: datetime,
    *,
    warn_fraction: float = 1 / 3,
    error_fraction: float = 0.1,
    error_days: float = 7.0,
) -> Iterator[Answer]:
    """The certificate is renewed in time.

    The rule fails with less than `error_fraction` of the lifetime or `error_days` days left, whichever is shorter, so
    that a six-day certificate does not fail all its life. It warns with less than `warn_fraction` left: by then
    automatic renewal should have happened.

    Why: a renewal that silently stopped working is found before it causes an outage.

    Fix: renew now, and find out why automation did not (`cmctl status certificate NAME`, `certbot renew --dry-run`).
    """
    certificate = subject.certificate
    left = certificate.not_after - now
    if left < timedelta(0):
        yield NotApplicable("the certificate has expired")
        return
    error_below = min(certificate.lifetime * error_fraction, timedelta(days=error_days))
    warn_below = certificate.lifetime * warn_fraction
    if left < max(error_below, warn_below):
        limit = error_below if left < error_below else warn_below
        yield Problem(
            f"{span(left)} of {span(certificate.lifetime)} left, at least {span(limit)} required",
            severity=None if left < error_below else Severity.WARNING,
            evidence={"not_after": certificate.not_after.isoformat()},
        )


@check("validity.max-lifetime", citation="CA/B BR §6.3.2 (SC-081v3)", roles=LEAF, presumes=[Premise.TLS, Premise.LEAF])
def max_lifetime(subject: CertificateInRole, *, max_days: int = 398, max_client_days: int = 0) -> Iterator[Answer]:
    """The certificate is valid for at most `max_days` days.

    A day is 86,400 seconds, both ends count, and any excess counts as another day. `max_client_days`, unless it is 0,
    is the limit for a certificate that is for a client alone.

    Why: clients refuse public certificates above the limit, and a stolen key remains useful for as long.

    Fix: reissue it with a shorter validity, and automate the renewal.
    """
    found = days(subject.certificate.lifetime)
    max_days = max_client_days if max_client_days and subject.roles - {Role.REQUEST} == {Role.CLIENT} else max_days
    if found > max_days:
        cause = "validity.no-expiry" if _is_endless(subject.certificate) else ""
        yield Problem(f"valid for {found} days, at most {max_days} allowed", cause=cause)


@check(
    "validity.max-lifetime-should", citation="CA/B BR §6.3.2 (SC-081v3)", roles=LEAF - CLIENT, presumes=[Premise.TLS]
)
def max_lifetime_should(subject: CertificateInRole, *, max_days: int = 397) -> Iterator[Answer]:
    """The certificate's lifetime is at least one day below the limit.

    Leap seconds and rounding can add a day to the intended lifetime.

    Why: a certificate issued for exactly the limit exceeds it by one second of rounding.

    Fix: configure the CA to issue for at least one day less than the limit.
    """
    found = days(subject.certificate.lifetime)
    if found > max_days:
        yield Problem(f"valid for {found} days, at most {max_days} recommended", cause="validity.max-lifetime")


@check("validity.upcoming-cap", citation="CA/B BR §6.3.2 (SC-081v3)", roles=frozenset({Role.SERVER}))
def upcoming_cap(subject: CertificateInRole, now: datetime, *, lookahead_days: int = 120) -> Iterator[Answer]:
    """The next certificate can have the same lifetime.

    The rule looks ahead to the next day on which the lifetime limit of public certificates shrinks, if it is within
    `lookahead_days` days.

    Why: from that day the CA issues for a shorter time, and manual renewal will come too late.

    Fix: automate the renewal (ACME) before the day in the message.
    """
    until = now + timedelta(days=lookahead_days)
    coming = [(day, cap) for day, cap in VALIDITY_CAPS if now < midnight(day) <= until]
    if not coming:
        yield NotApplicable(f"no limit changes within {lookahead_days} days")
        return
    found = days(subject.certificate.lifetime)
    exceeded = next(((day, cap) for day, cap in coming if found > cap), None)
    if exceeded:
        yield Problem(f"valid for {found} days, at most {exceeded[1]} allowed from {exceeded[0]}")


@check("validity.root-lifetime", citation="CA/B BR §7.1.2.1.1", roles=frozenset({Role.CA}))
def root_lifetime(subject: CertificateInRole, *, min_days: int = 2922, max_days: int = 9132) -> Iterator[Answer]:
    """A root certificate is valid for `min_days` to `max_days` days: 8 to 25 years by default.

    The rule checks self-issued certificates with the role `ca`, not the trusted root of a path.

    Why: a root that lasts too long outlives its algorithm, one that ends too soon is not distributed in time; root
    programs refuse both.

    Fix: reissue the root with a notAfter within the range.
    """
    if not subject.is_root:
        yield NotApplicable("the certificate is not a root")
        return
    found = days(subject.certificate.lifetime)
    if found > max_days:
        yield Problem(f"valid for {found} days, at most {max_days} allowed")
    elif found < min_days:
        yield Problem(f"valid for {found} days, at least {min_days} required")


@check("validity.time-encoding", citation="RFC 5280 §4.1.2.5")
def time_encoding(subject: IssuedInRole) -> Iterator[Answer]:
    """The dates have the required encoding.

    Dates to 2049 are UTCTime, later ones GeneralizedTime, with seconds, without fractions, ending in Z.

    Why: strict clients refuse the certificate, others read a wrong date.

    Fix: correct the CA's software, then reissue the certificate.
    """
    for name, time in zip(("notBefore", "notAfter"), subject.certificate.times, strict=True):
        if problem := time.problem():
            yield Problem(f"{name} {problem}", key=name)


@check("validity.no-expiry", citation="RFC 5280 §4.1.2.5", roles=LEAF)
def no_expiry(subject: IssuedInRole) -> Iterator[Answer]:
    """The certificate has an expiry date.

    notAfter 99991231235959Z means that a certificate has no well-defined expiry date.

    Why: a certificate without an expiry date is never renewed, and its key is trusted forever.

    Fix: reissue it with a real notAfter.
    """
    if _is_endless(subject.certificate):
        yield Problem("no expiry date: notAfter is in the year 9999")


def _is_endless(certificate: CertificateFacts) -> bool:
    return isinstance(certificate, Certificate) and certificate.not_after.year == _ENDLESS
