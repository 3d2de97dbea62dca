"""What a run does about each target, behind a fence: whatever comes up in it costs that target alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from certgate.checks.framework.subjects import Observations
from certgate.gate.planned import Gate
from certgate.judge.exceptions import Exceptions, waive
from certgate.judge.forecast.forecast_run import Foreseen, foresee
from certgate.judge.judge import clock_of
from certgate.model.bug import bug
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.target import Target
from certgate.model.verdict import TargetResult, Verdict
from certgate.observe.clock import utc_now
from certgate.system.stop import Interrupted, Stop

__all__ = ["Foreseeing", "Judging", "Observe", "excused"]

Observe = Callable[[Iterator[Target]], Iterator[Observed]]
"""Observes targets, which it reads as it needs them."""


@dataclass(frozen=True)
class Judging:
    """Judges every target by its policy and store."""

    gate: Gate
    stop: Stop
    how: Observe
    heard: Callable[[Observed], None]
    """Hears of what was observed before it is judged."""

    def observe(self, targets: Iterator[Target]) -> Iterator[Observed]:
        """What is observed, `heard` already."""
        for observed in self.how(targets):
            self.heard(observed)
            yield observed

    def judge(self, observed: Observed) -> TargetResult:
        """What the gate says of what was observed; nothing once the run is to end."""
        failure = _interrupted(observed)
        if not self.stop.wanted:
            try:
                with self.stop.breakable:
                    return self.gate.judge(observed)
            except Interrupted:
                pass
            except BaseException as error:
                failure = Failure(FailureKind.INTERNAL, Phase.JUDGE, bug(error, "judging"))
        return _unjudged(self.gate, observed, failure)

    def unseen(self, target: Target, failure: Failure) -> TargetResult:
        """An incomplete result."""
        observed = Observed(target, (Observation(observed_at=utc_now(), failure=failure),))
        self.heard(observed)
        return _unjudged(self.gate, observed, failure)


@dataclass(frozen=True)
class Foreseeing:
    """Judges every target by the clocks from `start` to `end`."""

    gate: Gate
    stop: Stop
    observe: Observe
    start: datetime
    end: datetime

    def judge(self, observed: Observed) -> Foreseen:
        """What will start to fail; nothing once the run is to end."""
        failure = _interrupted(observed)
        if not self.stop.wanted:
            try:
                with self.stop.breakable:
                    return self._foreseen(observed)
            except Interrupted:
                pass
            except BaseException as error:
                failure = Failure(FailureKind.INTERNAL, Phase.JUDGE, bug(error, "forecasting"))
        return self.unseen(observed.target, failure)

    def unseen(self, target: Target, failure: Failure) -> Foreseen:
        """That nothing can be foretold."""
        return Foreseen(target.id, unseen=(f"{failure.kind}: {failure.detail}",))

    def _foreseen(self, observed: Observed) -> Foreseen:
        policy, fail_on = self.gate.judges[observed.target.id].policy, self.gate.header.fail_on

        def judge(at: datetime) -> TargetResult:
            return waive(self.gate.judge(observed, at), self.gate.waivers_of(observed.target), fail_on)[0]

        return foresee(observed, judge, policy, fail_on, start=self.start, end=self.end)


def excused(gate: Gate, exceptions: Exceptions, result: TargetResult) -> TargetResult:
    """The result with what waivers and the baseline excuse; incomplete where that fails."""
    try:
        return exceptions.apply(result, gate.waivers_of(result.target))
    except BaseException as error:
        failure = Failure(FailureKind.INTERNAL, Phase.JUDGE, bug(error, "waivers and the baseline"))
        return _unjudged(gate, Observed(result.target, result.observations), failure)


def _interrupted(observed: Observed) -> Failure:
    """That the run ended before the target was judged, or why it was not observed before that."""
    for observation in observed.observations:
        if observation.failure and not observation.presented:
            return observation.failure
    return Failure(FailureKind.INTERRUPTED, Phase.JUDGE, "the run was interrupted before this target was judged")


def _unjudged(gate: Gate, observed: Observed, failure: Failure) -> TargetResult:
    """An incomplete result with the finding that says why. Made by hand: the ordinary way to one may have failed."""
    message = f"{failure.kind}: {failure.detail}"
    finding = Finding(
        rule=TARGET_OBSERVED,
        subject=Observations(()).label,
        outcome=Outcome.NOT_CHECKED,
        severity=Severity.ERROR,
        message=message,
    )
    judge = gate.judges.get(observed.target.id)
    policy, stores = (judge.policy.name, judge.stores) if judge else ("", ())
    return TargetResult(
        target=observed.target,
        verdict=Verdict.INCOMPLETE,
        findings=(finding,),
        policy=policy,
        stores=stores,
        certificates=(),
        clock=gate.header.at or clock_of(observed),
        observations=observed.each(lambda seen: replace(seen.without_content(), failure=failure)).observations,
    )
