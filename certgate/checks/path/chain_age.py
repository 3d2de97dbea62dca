"""Rules of the family chain from root programs: the lifetime of issuing CAs, the age of a root's key."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Annotated

from certgate.checks.framework.br import days, midnight
from certgate.checks.framework.registry import ISSUER, Answer, NotApplicable, Problem, Vocabulary, check
from certgate.checks.framework.subjects import CertificateInRole, CertificatePath

__all__: list[str] = []

_REMOVALS: Mapping[str, tuple[tuple[date, date], ...]] = MappingProxyType(
    {
        "Chrome": (
            (date(2008, 1, 1), date(2026, 4, 15)),
            (date(2010, 1, 1), date(2027, 4, 15)),
            (date(2012, 1, 1), date(2028, 4, 15)),
            (date(2014, 4, 15), date(2029, 4, 15)),
        ),
        "Mozilla": (
            (date(2006, 1, 1), date(2025, 4, 15)),
            (date(2008, 1, 1), date(2026, 4, 15)),
            (date(2010, 1, 1), date(2027, 4, 15)),
            (date(2012, 1, 1), date(2028, 4, 15)),
            (date(2014, 4, 15), date(2029, 4, 15)),
        ),
    }
)
"""(made before, no longer trusted on) for old roots: Chrome Root Program 1.8 §1.3.1.2, and the schedule to which
Mozilla Root Store Policy 3.1 §7.4 refers (wiki.mozilla.org/CA/Root_CA_Lifecycles)."""
_PROGRAMS = Vocabulary(tuple(_REMOVALS))
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


@check("chain.root-age", citation="Chrome Root Program 1.8 §1.3.1.2; Mozilla Root Store Policy 3.1 §7.4")
def root_age(
    path: CertificatePath,
    now: datetime,
    *,
    programs: Annotated[tuple[str, ...], _PROGRAMS] = _PROGRAMS.known,
) -> Iterator[Answer]:
    """The root's key is not older than the root programs accept.

    The root's notBefore stands for the day on which its key was made, which may be earlier. For keys made before
    2014-04-15 each of `programs` has a table: Mozilla's sets the end from 2025-04-15 (keys from before 2006) to
    2029-04-15, Chrome's from 2026-04-15 (keys from before 2008) to 2029-04-15. Later keys end after 15 years. The dates
    for mail, three years later, are not checked.

    Why: browsers remove old roots, and with them every chain that ends there.

    Fix: ask the CA for a path to its newer root.
    """
    if path.anchor is None:
        yield NotApplicable("the path has no trusted root")
        return
    made = path.anchor.not_before
    over: dict[datetime, list[str]] = {}
    for program in programs:
        end = _end(made, program)
        if now >= end:
            over.setdefault(end, []).append(program)
    if over:
        trusted = ", ".join(f"{' and '.join(names)} until {end:%Y-%m-%d}" for end, names in sorted(over.items()))
        message = f"the root {path.anchor.subject.short} dates from {made:%Y-%m-%d}; it is trusted by {trusted}"
        yield Problem(message, evidence={"not_before": made.isoformat()})


def _end(made: datetime, program: str) -> datetime:
    """The day on which the program ends its trust in a key that was made then."""
    listed = next((midnight(end) for before, end in _REMOVALS[program] if made < midnight(before)), None)
    return listed or made + _FIFTEEN_YEARS
