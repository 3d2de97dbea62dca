"""The trust matrix: one chain as clients with different trust stores see it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from certgate.judge.chain import read_chain
from certgate.model.observation import Observed, vantage_labels
from certgate.model.vantage_label import seen_at
from certgate.model.verdict import PathState, TrustMatrixRow
from certgate.trust.store import TrustStore
from certgate.trust.validation import best, validate

__all__ = ["trust_matrix"]


_BEST_FIRST = (PathState.HOLDS, PathState.NOT_CHECKED, PathState.FAILS)


def trust_matrix(
    observed: Observed, stores: Sequence[TrustStore], now: datetime, purposes: tuple[str, ...]
) -> tuple[TrustMatrixRow, ...]:
    """For each store, whether the presented chain has a valid path at `now`, by RFC 5280 §6 alone.

    If there are several vantages, the worst result counts.
    """
    return tuple(
        _worst(observed, [_row(o.presented, store, now, purposes) for o in observed.looks]) for store in stores
    )


def _worst(observed: Observed, verdicts: Sequence[TrustMatrixRow]) -> TrustMatrixRow:
    worst = max(verdicts, key=lambda verdict: _BEST_FIRST.index(verdict.state))
    if all(verdict == worst for verdict in verdicts):
        return worst
    label = vantage_labels(observed.looks)[verdicts.index(worst)]
    return replace(worst, reason=f"{seen_at(label).lstrip()}: {worst.reason}")


@lru_cache(maxsize=1024)
def _row(presented: tuple[bytes, ...], store: TrustStore, now: datetime, purposes: tuple[str, ...]) -> TrustMatrixRow:
    if not presented:
        return TrustMatrixRow(store.name, PathState.NOT_CHECKED, "no chain was observed")
    chain = read_chain(presented, store)
    if chain.leaf_problem:
        return TrustMatrixRow(store.name, PathState.NOT_CHECKED, chain.leaf_problem)
    problems = best(validate(path, now, purposes) for path in chain.paths)
    if not problems:
        return TrustMatrixRow(store.name, PathState.HOLDS)
    if chain.limit:
        reason = f"the path search reached its limit {chain.limit}"
        return TrustMatrixRow(store.name, PathState.NOT_CHECKED, reason)
    certain = [problem for problem in problems if not problem.not_checked]
    if not certain:
        return TrustMatrixRow(store.name, PathState.NOT_CHECKED, problems[0].text)
    more = f" (and {len(certain) - 1} more)" if certain[1:] else ""
    return TrustMatrixRow(store.name, PathState.FAILS, f"{certain[0].kind}: {certain[0].text}{more}")
