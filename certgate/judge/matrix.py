"""One chain in the eyes of clients with different trust stores."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from certgate.judge.chain import read_chain
from certgate.model.observation import Observed
from certgate.model.verdict import PathState, StoreVerdict
from certgate.trust.store import TrustStore
from certgate.trust.validation import best, validate

__all__ = ["trust_matrix"]


_BEST_FIRST = (PathState.HOLDS, PathState.UNDECIDED, PathState.FAILS)


def trust_matrix(
    observed: Observed, stores: Sequence[TrustStore], now: datetime, purposes: tuple[str, ...]
) -> tuple[StoreVerdict, ...]:
    """For each store, whether a path for the chain as presented holds at `now`, by RFC 5280 §6 alone.

    Of several addresses the one counts whose chain does worst.
    """
    return tuple(
        _worst(observed, [_verdict(o.presented, store, now, purposes) for o in observed.observations])
        for store in stores
    )


def _worst(observed: Observed, verdicts: Sequence[StoreVerdict]) -> StoreVerdict:
    worst = max(verdicts, key=lambda verdict: _BEST_FIRST.index(verdict.state))
    if all(verdict == worst for verdict in verdicts):
        return worst
    address = observed.observations[verdicts.index(worst)].vantage.address
    return replace(worst, reason=f"at {address}: {worst.reason}")


@lru_cache(maxsize=1024)
def _verdict(presented: tuple[bytes, ...], store: TrustStore, now: datetime, purposes: tuple[str, ...]) -> StoreVerdict:
    if not presented:
        return StoreVerdict(store.name, PathState.UNDECIDED, "no chain was observed")
    chain = read_chain(presented, store)
    if chain.leaf_problem:
        return StoreVerdict(store.name, PathState.UNDECIDED, chain.leaf_problem)
    problems = best(validate(path, now, purposes) for path in chain.paths)
    if not problems:
        return StoreVerdict(store.name, PathState.HOLDS)
    if chain.limit:
        reason = f"the search for a path was ended by its limit {chain.limit}"
        return StoreVerdict(store.name, PathState.UNDECIDED, reason)
    certain = [problem for problem in problems if not problem.undecided]
    if not certain:
        return StoreVerdict(store.name, PathState.UNDECIDED, problems[0].text)
    more = f" (and {len(certain) - 1} more)" if certain[1:] else ""
    return StoreVerdict(store.name, PathState.FAILS, f"{certain[0].kind}: {certain[0].text}{more}")
