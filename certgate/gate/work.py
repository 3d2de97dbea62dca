"""The work on each target, fenced so that an unforeseen error affects that target alone."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from certgate.checks.framework.subjects import Observations
from certgate.gate.judges import Judges
from certgate.judge.exceptions import Exceptions
from certgate.model.bug import bug
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.frozen import frozen
from certgate.model.observation import Failure, FailureKind, Observed, Phase
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.target import Target
from certgate.model.verdict import NoEndpoint, TargetResult, Verdict
from certgate.system.stop import Interrupted, Stop

__all__ = ["Judging", "Observe", "excused", "fenced", "interrupted"]

T = TypeVar("T")

Observe = Callable[[Iterator[Target]], Iterator[Observed]]
"""Observes targets, and reads them as it needs them."""


@frozen()
class Judging:
    """Judges every target by its policy and store."""

    judges: Judges
    stop: Stop
    observe: Observe

    def judge(self, observed: Observed) -> TargetResult | NoEndpoint:
        """The result of the observations; incomplete once the run is stopping."""
        if observed.has_no_endpoint:
            return NoEndpoint(observed.connections)
        found = fenced(self.stop, self.judges.judge, observed, "judging")
        return _unjudged(self.judges, observed, found) if isinstance(found, Failure) else found

    def unseen(self, observed: Observed) -> TargetResult:
        """An incomplete result."""
        return _unjudged(self.judges, observed, interrupted(observed))


def excused(judges: Judges, exceptions: Exceptions, result: TargetResult) -> TargetResult:
    """The result with waivers and the baseline applied; incomplete if that fails."""
    try:
        return exceptions.apply(result, judges.waivers(result.target))
    except BaseException as error:
        failure = Failure(FailureKind.INTERNAL, Phase.JUDGE, bug(error, "waivers and the baseline"))
        return _unjudged(judges, Observed(result.target, result.observations), failure)


def fenced(stop: Stop, judge: Callable[[Observed], T], observed: Observed, doing: str) -> T | Failure:
    """What `judge` makes of the observations; why there is nothing once the run is stopping, or if that fails."""
    if not stop.wanted:
        try:
            with stop.breakable:
                return judge(observed)
        except Interrupted:
            pass
        except BaseException as error:
            return Failure(FailureKind.INTERNAL, Phase.JUDGE, bug(error, doing))
    return interrupted(observed)


def interrupted(observed: Observed) -> Failure:
    """The reason for a missing result: the target's own failure, or else the interruption of the run."""
    for observation in observed.observations:
        if observation.failure and not observation.presented:
            return observation.failure
    return Failure(FailureKind.INTERRUPTED, Phase.JUDGE, "the run was interrupted before this target was checked")


def _unjudged(judges: Judges, observed: Observed, failure: Failure) -> TargetResult:
    """An incomplete result with the finding that says why. Avoids the usual code, which may be what failed."""
    message = f"{failure.kind}: {failure.detail}"
    finding = Finding(
        rule=TARGET_OBSERVED,
        subject=Observations(()).label,
        outcome=Outcome.NOT_CHECKED,
        severity=Severity.ERROR,
        message=message,
    )
    judge = judges.of(observed.target)
    return TargetResult(
        target=observed.target,
        verdict=Verdict.INCOMPLETE,
        findings=(finding,),
        policy=judge.policy.name,
        stores=judge.stores,
        certificates=(),
        clock=judges.clock(observed),
        observations=observed.each(lambda seen: replace(seen.without_content(), failure=failure)).observations,
    )
