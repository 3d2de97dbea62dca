"""Reserved rules on exceptions: waivers that ended, end soon or excuse nothing, and what a baseline holds in vain."""

from collections.abc import Iterator
from datetime import datetime

from certgate.checks.registry import Answer, Problem, check
from certgate.model.baseline import KnownUse
from certgate.model.waiver import WaiverUse

__all__: list[str] = []

_ANNOUNCED = 30
"""Days before its end from which on the end of a waiver is announced."""


@check("waiver.expired", citation="certgate: an exception ends on its day")
def expired(use: WaiverUse, now: datetime) -> Iterator[Answer]:
    """No waiver of a failure has expired.

    The failure that it excused counts again. The day of `expires` still belongs to the waiver, in UTC. This rule
    belongs to every policy; it has the severity of what the waiver excused, and nothing excuses it.

    Why: an exception that nobody ends becomes the rule.

    Mend: mend what was waived, then remove the waiver; or have its owner agree on a new day and a new reason.
    """
    waiver = use.waiver
    if use.failures and not waiver.holds_at(now):
        yield Problem(
            f"the waiver of {waiver.rule} by {waiver.owner} ended on {waiver.expires}: {waiver.reason}",
            key=f"{waiver.rule} {waiver.target} {waiver.certificate}",
            evidence={"expires": waiver.expires.isoformat()},
        )


@check("waiver.expiring", citation="certgate: an exception ends on its day")
def expiring(use: WaiverUse, now: datetime) -> Iterator[Answer]:
    """No waiver in use ends within 30 days.

    This rule belongs to every policy. It tells, and fails nothing.

    Why: on the day after, the pipeline stops.

    Mend: mend what is waived before that day, or have the waiver's owner agree on a new one.
    """
    waiver = use.waiver
    left = (waiver.expires - now.date()).days
    if use.failures and 0 <= left <= _ANNOUNCED:
        when = "today" if left == 0 else f"in {left} day{'' if left == 1 else 's'}, on {waiver.expires}"
        yield Problem(f"the waiver of {waiver.rule} for {waiver.target} by {waiver.owner} ends {when}")


@check("waiver.unused", citation="certgate: an exception ends on its day")
def unused(use: WaiverUse) -> Iterator[Answer]:
    """Every waiver excuses something.

    This rule belongs to every policy. It tells, and fails nothing.

    Why: a waiver that excuses nothing today excuses tomorrow what nobody has looked at.

    Mend: remove it from the policy, or correct its rule, target or certificate.
    """
    if use.failures:
        return
    waiver = use.waiver
    if not use.targets:
        reason = "no target of this run is meant"
    elif use.undecided:
        reason = "it excuses nothing that is known, but not everything could be judged"
    else:
        reason = "it excuses nothing"
    yield Problem(f"the waiver of {waiver.rule} for {waiver.target} by {waiver.owner}: {reason}")


@check("baseline.gone", citation="certgate: an exception ends on its day")
def gone(use: KnownUse) -> Iterator[Answer]:
    """Every entry of the baseline is still a violation.

    This rule belongs to every policy. It tells, and fails nothing.

    Why: an entry that is no violation any more would hide the same one when it comes back.

    Mend: write the baseline anew with `--write-baseline`.
    """
    known = use.known
    reason = "is gone" if use.judged else "is about no target of this run"
    yield Problem(f"{known.rule} at {known.target}, {known.subject}, {reason}: {known.message}", key=known.fingerprint)
