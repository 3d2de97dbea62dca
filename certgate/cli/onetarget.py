"""One target, declared as for scan and check, observed or taken from saved observations, and judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from certgate.cli.fetching import Fetching
from certgate.cli.options import parse_time
from certgate.gate import prepare
from certgate.model.errors import UsageError
from certgate.model.observation import Observed
from certgate.model.target import File, Revocation, Target
from certgate.model.verdict import TargetResult
from certgate.observe.files.chain_file import observe_file
from certgate.observe.saved import read_saved
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from certgate.policy.config import Config, load_config
from certgate.policy.mistakes import nearest
from certgate.policy.model import Policy
from certgate.policy.packs import DEFAULT_POLICY
from certgate.policy.targets import endpoint_targets, parse_argument, policy_word, trust_words

__all__ = ["Judged", "Wanted", "judge_one"]

_SECONDS = 10.0


@dataclass(frozen=True)
class Wanted:
    """What the command line says of the target: its id, `host[:port]` or a file, and where to look for it."""

    target: str
    config: str | None
    saved: str | None
    policy: str | None
    trust: Sequence[str]
    at: str | None


@dataclass(frozen=True)
class Judged:
    """The target's result, and its policy with what the target switched on."""

    result: TargetResult
    policy: Policy


def judge_one(wanted: Wanted) -> Judged:
    """Find the target, observe it unless it was saved, and judge it. Raises UsageError."""
    config = load_config(Path(wanted.config)) if wanted.config else Config(None, (), None, None, ())
    saved = _from_saved(wanted) if wanted.saved else None
    target = saved.target if saved else _declared(wanted, config)
    gate = prepare([replace(target, ordinal=0)], at=parse_time(wanted.at))
    (decided,) = gate.targets
    if saved:
        observed = Observed(decided, saved.observations)
    elif isinstance(decided.source, File):
        observed = Observed(decided, (observe_file(decided),))
    else:
        completion = Fetching().completion(gate.missing) if gate.fetches else None
        options = ObserveOptions(timeout=config.timeout or _SECONDS)
        (observed,) = observe_endpoints([decided], options, completion=completion)
    return Judged(gate.judge(observed), gate.judges[decided.id].policy)


def _declared(wanted: Wanted, config: Config) -> Target:
    here = Path()
    policy = policy_word(wanted.policy, here) if wanted.policy else config.policy or DEFAULT_POLICY
    trust = trust_words(wanted.trust, here) or config.trust or ("mozilla",)
    if not wanted.config and (wanted.target == "-" or _is_file(wanted.target)):
        return Target(wanted.target, 0, File(wanted.target), policy=policy, trust=trust)
    declarations = config.targets if wanted.config else [parse_argument(wanted.target)]
    revocation = config.revocation or Revocation.OFF
    targets = endpoint_targets(declarations, policy=policy, trust=trust, revocation=revocation)
    return targets[0] if not wanted.config else _named(wanted.target, targets, wanted.config)


def _is_file(text: str) -> bool:
    """Whether this names a file (or a pipe) rather than a host."""
    return Path(text).exists() and not Path(text).is_dir()


def _from_saved(wanted: Wanted) -> Observed:
    file = wanted.saved or ""
    saved = {observed.target.id: observed for observed in read_saved(file)}
    target = _named(wanted.target, [observed.target for observed in saved.values()], file)
    policy = policy_word(wanted.policy, Path()) if wanted.policy else target.policy
    decided = replace(target, policy=policy, trust=trust_words(wanted.trust, Path()) or target.trust)
    return replace(saved[target.id], target=decided)


def _named(text: str, targets: Iterable[Target], file: str) -> Target:
    """The target of this id, the port 443 left out or not. Raises UsageError."""
    by_id = {target.id: target for target in targets}
    found = by_id.get(text) or by_id.get(f"{text}:443")
    if found is None:
        raise UsageError(f'{file}: there is no target "{text}"{nearest(text, by_id)}')
    return found
