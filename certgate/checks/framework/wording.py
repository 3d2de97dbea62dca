"""Wording of messages: foreign data shortened, and path problems as answers."""

from collections.abc import Iterable, Iterator

from certgate.checks.framework.registry import Answer, NotChecked, Problem
from certgate.trust.limit import LimitExceeded
from certgate.trust.problem import PathProblem

__all__ = ["answers", "capped", "listed", "shortened"]

_MOST = 5
_LONGEST = 100
_MOST_PROBLEMS = 20


def shortened(text: str) -> str:
    """`text`, cut at 100 characters."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def listed(items: Iterable[str]) -> str:
    """`a, b, c`; after five items, the number of the rest; `none` if there are none."""
    texts = list(items)
    shown = ", ".join(shortened(t) for t in texts[:_MOST])
    return f"{shown} and {len(texts) - _MOST} more" if len(texts) > _MOST else shown or "none"


def capped(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The first 20 problems, then one that counts the rest."""
    rest = 0
    for number, problem in enumerate(problems):
        if number < _MOST_PROBLEMS:
            yield problem
        else:
            rest += 1
    if rest:
        yield Problem(f"{rest} further problems of this kind", key="further")


def answers(problems: Iterable[PathProblem]) -> Iterator[Answer]:
    """The problems from path validation as answers of a check. Raises Malformed if `problems` does."""
    try:
        for problem in problems:
            if problem.not_checked:
                yield NotChecked(problem.text)
                return
            yield Problem(problem.text, key=problem.key, evidence=problem.evidence, cause=problem.cause)
    except LimitExceeded as error:
        yield NotChecked(str(error))
