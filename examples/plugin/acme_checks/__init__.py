"""Acme's own rules: copy this package, and change the names and the checks."""

from collections.abc import Iterator
from datetime import UTC
from typing import Annotated

from certgate.checks.framework.registry import Answer, NotApplicable, Problem, Vocabulary, check
from certgate.checks.framework.subjects import IssuedInRole
from certgate.model.target import Role

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@check("acme.ends-on-workday", citation="Acme PKI handbook, 4.2", roles=frozenset({Role.SERVER}))
def ends_on_workday(
    subject: IssuedInRole, *, days_off: Annotated[tuple[str, ...], Vocabulary(_DAYS)] = ("Saturday", "Sunday")
) -> Iterator[Answer]:
    """A server certificate does not expire on one of the `days_off`.

    Why: on a day off nobody is there to fix a renewal that failed.

    Fix: renew a day earlier or later, so that the certificate expires on a workday.
    """
    day = _DAYS[subject.certificate.not_after.astimezone(UTC).weekday()]
    if not days_off:
        yield NotApplicable("every day is a workday")
    elif day in days_off:
        yield Problem(f"expires on a {day}", evidence={"not_after": f"{subject.certificate.not_after:%Y-%m-%d}"})
