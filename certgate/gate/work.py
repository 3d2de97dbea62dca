"""What a run does about each target, behind a fence: whatever comes up in it costs that target alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from certgate.checks.subjects import Observations
from certgate.gate.planned import Gate
from certgate.judge.exceptions import Exceptions
from certgate.judge.judge import clock_of
from certgate.judge.outlook import Foreseen, foresee
from certgate.judge.waivers import waive
from certgate.model.bug import bug
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Failure, FailureKind, Observation, Phase
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.target import Target
from certgate.model.verdict import TargetResult, Verdict
from certgate.observe.clock import utc_now
from certgate.system.stop import Interrupted, Stop

__all__ = ["Foreseeing", "Judging", "Observe", "excused"]

Observe = Callable[[Iterator[Target]], Iterator[tuple[Target, Observation]]]
"""Observes targets, which it reads as it needs them."""


@dataclass(frozen=True)
class Judging:
    """Judges every target by its policy and store."""

    gate: Gate
    stop: Stop
    how: Observe
    heard: Callable[[Target, Observation], None]
    """Hears of every observation before it is judged."""

    def observe(self, targets: Iterator[Target]) -> Iterator[tuple[Target, Observation]]:
        """What is observed, `heard` already."""
        for target, observation in self.how(targets):
            self.heard(target, observation)
            yield target, observation

    def judge(self, target: Target, observation: Observation) -> TargetResult:
        """What the gate says of the observation; nothing once the run is to end."""
        failure = _interrupted(observation)
        if not self.stop.wanted:
            try:
                with self.stop.breakable:
                    return self.gate.judge(target, observation)
            except Interrupted:
                pass
            except BaseException as error:
                failure = Failure(FailureKind.INTERNAL, Phase.JUDGE, bug(error, "judging"))
        return _unjudged(self.gate, target, observation, failure)

    def unseen(self, target: Target, failure: Failure) -> TargetResult:
        """An incomplete result."""
        observation = Observation(target.id, utc_now(), failure=failure)
        self.heard(target, observation)
        return _unjudged(self.gate, target, observation, failure)


@dataclass(frozen=True)
class Foreseeing:
    """Judges every target by the clocks from `start` to `end`."""

    gate: Gate
    stop: Stop
    observe: Observe
    start: datetime
    end: datetime

    def judge(self, target: Target, observation: Observation) -> Foreseen:
        """What will start to fail; nothing once the run is to end."""
        failure = _interrupted(observation)
        if not self.stop.wanted:
            try:
                with self.stop.breakable:
                    return self._foreseen(target, observation)
            except Interrupted:
                pass
            except BaseException as error:
                failure = Failure(FailureKind.INTERNAL, Phase.JUDGE, bug(error, "forecasting"))
        return self.unseen(target, failure)

    def unseen(self, target: Target, failure: Failure) -> Foreseen:
        """That nothing can be foretold."""
        return Foreseen(target.id, unseen=(f"{failure.kind}: {failure.detail}",))

    def _foreseen(self, target: Target, observation: Observation) -> Foreseen:
        policy, fail_on = self.gate.judges[target.id].policy, self.gate.header.fail_on

        def judge(at: datetime) -> TargetResult:
            return waive(self.gate.judge(target, observation, at), self.gate.waivers_of(target), fail_on)[0]

        return foresee(target, observation, judge, policy, fail_on, start=self.start, end=self.end)


def excused(gate: Gate, exceptions: Exceptions, result: TargetResult) -> TargetResult:
    """The result with what waivers and the baseline excuse; incomplete where that fails."""
    try:
        return exceptions.apply(result, gate.waivers_of(result.target))
    except BaseException as error:
        failure = Failure(FailureKind.INTERNAL, Phase.JUDGE, bug(error, "waivers and the baseline"))
        return _unjudged(gate, result.target, result.observation, failure)


def _interrupted(observation: Observation) -> Failure:
    """That the run ended before the target was judged, or why it was not observed before that."""
    if observation.failure and not observation.presented:
        return observation.failure
    return Failure(FailureKind.INTERRUPTED, Phase.JUDGE, "the run was interrupted before this target was judged")


def _unjudged(gate: Gate, target: Target, observation: Observation, failure: Failure) -> TargetResult:
    """An incomplete result with the finding that says why. Made by hand: the ordinary way to one may have failed."""
    message = f"{failure.kind}: {failure.detail}"
    finding = Finding(TARGET_OBSERVED, Observations(()).label, Outcome.NOT_CHECKED, Severity.ERROR, message)
    judge = gate.judges.get(target.id)
    policy, stores = (judge.policy.name, judge.stores) if judge else ("", ())
    bare = replace(observation, presented=(), staple=None, evidence=(), public_key=None, request=None, failure=failure)
    clock = gate.header.at or clock_of(observation)
    return TargetResult(target, Verdict.INCOMPLETE, (finding,), policy, stores, (), clock, bare)
