"""A fence around each target: whatever comes up in its judging costs that target alone, which is then incomplete."""

from dataclasses import replace
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
from certgate.model.target import Target
from certgate.model.verdict import TargetResult, Verdict
from certgate.policy.packs import RESERVED_RULE

__all__ = ["excused", "foreseen", "judged"]


def judged(gate: Gate, target: Target, observation: Observation) -> TargetResult:
    """What the gate says of the observation."""
    try:
        return gate.judge(target, observation)
    except BaseException as error:
        return _unjudged(gate, target, observation, bug(error, "judging"))


def excused(gate: Gate, exceptions: Exceptions, result: TargetResult) -> TargetResult:
    """The result with what waivers and the baseline excuse."""
    try:
        return exceptions.apply(result, gate.waivers_of(result.target))
    except BaseException as error:
        return _unjudged(gate, result.target, result.observation, bug(error, "waivers and the baseline"))


def foreseen(gate: Gate, target: Target, observation: Observation, start: datetime, end: datetime) -> Foreseen:
    """What will start to fail at the target; that nothing can be foretold of it where this fails."""
    policy, fail_on = gate.judges[target.id].policy, gate.header.fail_on

    def judge(at: datetime) -> TargetResult:
        return waive(gate.judge(target, observation, at), gate.waivers_of(target), fail_on)[0]

    try:
        return foresee(target, observation, judge, policy, fail_on, start=start, end=end)
    except BaseException as error:
        return Foreseen(target.id, unseen=(f"{FailureKind.INTERNAL}: {bug(error, 'forecasting')}",))


def _unjudged(gate: Gate, target: Target, observation: Observation, detail: str) -> TargetResult:
    """An incomplete result with the one finding that says why. Made by hand: the ordinary way to one has failed."""
    failure = Failure(FailureKind.INTERNAL, Phase.JUDGE, detail)
    message = f"{failure.kind}: {detail}"
    finding = Finding(RESERVED_RULE, Observations(()).label, Outcome.NOT_CHECKED, Severity.ERROR, message)
    judge = gate.judges[target.id]
    bare = replace(observation, presented=(), staple=None, evidence=(), public_key=None, request=None, failure=failure)
    clock = gate.header.at or clock_of(observation)
    return TargetResult(target, Verdict.INCOMPLETE, (finding,), judge.policy.name, judge.stores, (), clock, bare)
