"""Rule trust.engines-agree: whether other verifiers reach certgate's result."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from datetime import datetime

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import Answer, NotChecked, Problem, check
from certgate.checks.framework.subjects import PresentedChain
from certgate.trust.engines.interface import Engine, EngineResult, EngineState, PathQuestion
from certgate.trust.problem import PathProblem
from certgate.trust.validation import validate
from certgate.x509.errors import Malformed

__all__: list[str] = []

_MOST_ACCEPTED = 256
_accepted: OrderedDict[Hashable, None] = OrderedDict()
"""Engines with the shape of a question: those for which certgate accepted a path, and none of them refused it."""


@check(
    "trust.engines-agree",
    citation="certgate: two implementations rarely err alike",
    binds={"purposes": Setting.PURPOSES},
    judges_trust=True,
)
def engines_agree(chain: PresentedChain, now: datetime, *, purposes: tuple[str, ...] = ("server",)) -> Iterator[Answer]:
    """OpenSSL and cryptography reach the same result as certgate's own path validation.

    Each builds a path from the leaf to the trust store, at the same time and for the same purposes. Where an engine
    cannot check a path, or applies a policy of its own, that is not a disagreement;
    docs/concepts/trust.md lists these cases.

    Why: clients are built on these engines, so clients will differ as well.

    Fix: look at the engines' reasons in the evidence; most often not every client can read the form of the chain.
    """
    from certgate.trust.engines import ENGINES

    leaf = chain.leaf
    if chain.problems or leaf is None:
        raise Malformed("a certificate that was sent cannot be read")
    others = tuple(c for c in chain.certificates if c and c != leaf)
    question = PathQuestion(leaf, others, chain.store.for_leaf(leaf), now, purposes)
    asked = None if chain.limit or question.shape is None else (ENGINES, question.shape)
    if asked in _accepted:
        return
    own = [validate(path, now, purposes) for path in chain.paths]
    if chain.limit or (all(own) and any(problem.not_checked for problems in own for problem in problems)):
        yield NotChecked("certgate's own path validation has no result")
        return
    results = {engine: engine.judge(question) for engine in ENGINES}
    evidence = {"certgate": _own_verdict(own)} | {engine.name: str(result) for engine, result in results.items()}
    if all(result.state is EngineState.UNSUPPORTED for result in results.values()):
        yield NotChecked(
            "; ".join(f"{engine.name} cannot check it: {result.words}" for engine, result in results.items())
        )
        return
    for engine, result in results.items():
        if _disagrees(engine, result, own, question):
            message = f"{engine.name} {_verb(result)}, but certgate {_own_verdict(own)}"
            yield Problem(message, key=engine.name, evidence=evidence)
    if asked and not all(own) and not any(result.state is EngineState.FAIL for result in results.values()):
        _accepted[asked] = None
        if len(_accepted) > _MOST_ACCEPTED:
            _accepted.popitem(last=False)


def _disagrees(
    engine: Engine, result: EngineResult, own: Sequence[tuple[PathProblem, ...]], question: PathQuestion
) -> bool:
    if result.state is EngineState.UNSUPPORTED:
        return False
    if result.state is EngineState.FAIL or not all(own):
        return (result.state is EngineState.PASS) == all(own)
    return not any(all(engine.overlooked(problem.kind, question) for problem in problems) for problems in own)


def _verb(result: EngineResult) -> str:
    return "finds a valid path" if result.state is EngineState.PASS else str(result)


def _own_verdict(own: Sequence[tuple[PathProblem, ...]]) -> str:
    if not all(own):
        return "finds a valid path"
    first = own[0][0]
    return f"finds none ({first.kind}: {first.text})"
