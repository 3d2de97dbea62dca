"""The rule trust.engines-agree: whether other verifiers agree with certgate."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import Answer, NotChecked, Problem, check
from certgate.checks.framework.subjects import PresentedChain
from certgate.trust.engines.interface import Engine, EngineResult, EngineState, PathQuestion
from certgate.trust.problem import PathProblem
from certgate.trust.validation import validate

__all__: list[str] = []


@check(
    "trust.engines-agree",
    citation="certgate: two implementations rarely err alike",
    binds={"purposes": Setting.PURPOSES},
)
def engines_agree(chain: PresentedChain, now: datetime, *, purposes: tuple[str, ...] = ("server",)) -> Iterator[Answer]:
    """OpenSSL and cryptography say of the chain as sent what certgate's own path validation says.

    Each is asked for a path from the leaf to the trust store at the same time, for the same purposes. What an engine
    cannot judge, or judges by a policy of its own, is no disagreement; docs/trust.md lists it.

    Why: clients are built on these engines, so some of them will not do what the others do.

    Fix: look at the engines' reasons in the evidence; most often the chain has a form that not every client can read.
    """
    from certgate.trust.engines import ENGINES

    leaf, *others = chain.certificates
    if chain.problems or leaf is None:
        yield NotChecked("not every certificate that was sent can be read")
        return
    own = [validate(path, now, purposes) for path in chain.paths]
    if chain.limit or (all(own) and any(problem.not_checked for problems in own for problem in problems)):
        yield NotChecked("certgate's own path validation has no result to compare")
        return
    question = PathQuestion(leaf, tuple(c for c in others if c), chain.store.for_leaf(leaf), now, purposes)
    results = {engine: engine.judge(question) for engine in ENGINES}
    evidence = {"certgate": _own_word(own)} | {engine.name: str(result) for engine, result in results.items()}
    if all(result.state is EngineState.UNSUPPORTED for result in results.values()):
        yield NotChecked(
            "; ".join(f"{engine.name} cannot judge it: {result.words}" for engine, result in results.items())
        )
        return
    for engine, result in results.items():
        if _disagrees(engine, result, own, question):
            message = f"{engine.name} {_verb(result)}, where certgate's own path validation {_own_word(own)}"
            yield Problem(message, key=engine.name, evidence=evidence)


def _disagrees(
    engine: Engine, result: EngineResult, own: Sequence[tuple[PathProblem, ...]], question: PathQuestion
) -> bool:
    if result.state is EngineState.UNSUPPORTED:
        return False
    if result.state is EngineState.FAIL or not all(own):
        return (result.state is EngineState.PASS) == all(own)
    return not any(all(engine.overlooked(problem.kind, question) for problem in problems) for problems in own)


def _verb(result: EngineResult) -> str:
    return "finds a path that holds" if result.state is EngineState.PASS else str(result)


def _own_word(own: Sequence[tuple[PathProblem, ...]]) -> str:
    if not all(own):
        return "finds a path that holds"
    first = own[0][0]
    return f"says no by {first.kind}: {first.text}"
