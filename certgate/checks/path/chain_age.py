"""Rules of the family chain from Chrome's root program: the lifetime of issuing CAs, the age of a root's key."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from certgate.checks.framework.br import days, midnight
from certgate.checks.framework.registry import ISSUER, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole, CertificatePath

__all__: list[str] = []

_REMOVALS: tuple[tuple[date, date], ...] = (
    (date(2008, 1, 1), date(2026, 4, 15)),
    (date(2010, 1, 1), date(2027, 4, 15)),
    (date(2012, 1, 1), date(2028, 4, 15)),
    (date(2014, 4, 15), date(2029, 4, 15)),
)
"""(created before, removed on) for old roots (Chrome Root Program 1.8 §1.3.1.2)."""
_FIFTEEN_YEARS = timedelta(days=5479)


@check("chain.subca-lifetime", citation="Chrome Root Program 1.8 §1.3.1.3", roles=ISSUER)
def subca_lifetime(subject: CertificateInRole, *, max_days: int = 1096) -> Iterator[Answer]:
    """An intermediate is valid for at most `max_days` days.

    A self-issued certificate with the role `ca` is a root, which validity.root-lifetime checks.

    Why: an intermediate that is replaced often can be replaced quickly in an emergency.

    Fix: have the CA issue from a newer intermediate, and let automation install it with each renewal.
    """
    if subject.is_root:
        yield NotApplicable("the certificate is a root")
        return
    found = days(subject.certificate.lifetime)
    if found > max_days:
        yield Problem(f"valid for {found} days, at most {max_days} allowed")


@check("chain.root-age", citation="Chrome Root Program 1.8 §1.3.1.2")
def root_age(path: CertificatePath, now: datetime) -> Iterator[Answer]:
    """The root's key is not older than Chrome accepts.

    The root's notBefore stands for the day on which its key was made, which may be earlier. For keys made before
    2014-04-15 a table sets the end, from 2026-04-15 to 2029-04-15; later keys end after 15 years.

    Why: Chrome removes old roots, and with them every chain that ends there.

    Fix: ask the CA for a path to its newer root.
    """
    if path.anchor is None:
        yield NotApplicable("the path has no trusted root")
        return
    made = path.anchor.not_before
    listed = next((midnight(end) for before, end in _REMOVALS if made < midnight(before)), None)
    end = listed or made + _FIFTEEN_YEARS
    if now >= end:
        name = path.anchor.subject.short
        message = f"the root {name} dates from {made:%Y-%m-%d}: Chrome trusts such a key until {end:%Y-%m-%d}"
        yield Problem(message, evidence={"not_before": made.isoformat()})
