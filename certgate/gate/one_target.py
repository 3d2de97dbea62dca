"""One target, observed and checked."""

from certgate.gate.clock_option import parse_time
from certgate.gate.fetch_options import FetchOptions
from certgate.gate.observing import Observing
from certgate.gate.planning import prepare
from certgate.gate.run_spec import RunSpec
from certgate.model.frozen import frozen
from certgate.model.target import Target
from certgate.model.verdict import TargetResult
from certgate.policy.model import TargetPolicy
from certgate.sources.interface import TargetSource
from certgate.system.stop import Stop

__all__ = ["JudgedTarget", "judge_one"]


@frozen()
class JudgedTarget:
    """The target's result, and its policy with the rules that the target switched on."""

    result: TargetResult
    policy: TargetPolicy


def judge_one(source: TargetSource, target: Target, *, at: str | None) -> JudgedTarget:
    """Observe and judge the target. Raises UsageError."""
    gate = prepare([target], RunSpec(at=parse_time(at)))
    judges = gate.judges
    decided = judges.decided(target)
    observe = Observing(source.observer(), judges, FetchOptions() if gate.fetches else None, Stop())
    (observed,) = observe(iter([decided]))
    return JudgedTarget(judges.judge(observed), judges.of(decided).policy)
