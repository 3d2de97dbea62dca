"""One chain in the eyes of clients with different trust stores."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from certgate.checks.path_validity import judge_paths
from certgate.judge.chain import read_chain
from certgate.model.verdict import PathState, StoreVerdict
from certgate.trust.store import TrustStore

__all__ = ["trust_matrix"]


def trust_matrix(
    presented: tuple[bytes, ...], stores: Sequence[TrustStore], now: datetime, purposes: tuple[str, ...]
) -> tuple[StoreVerdict, ...]:
    """For each store, whether a path for the chain as presented holds at `now`, by RFC 5280 §6 alone."""
    return tuple(_verdict(presented, store, now, purposes) for store in stores)


@lru_cache(maxsize=1024)
def _verdict(presented: tuple[bytes, ...], store: TrustStore, now: datetime, purposes: tuple[str, ...]) -> StoreVerdict:
    if not presented:
        return StoreVerdict(store.name, PathState.UNDECIDED, "no chain was observed")
    chain = read_chain(presented, store)
    if chain.leaf_problem:
        return StoreVerdict(store.name, PathState.UNDECIDED, chain.leaf_problem)
    verdict = judge_paths(chain.paths, now, purposes)
    if verdict.holds:
        return StoreVerdict(store.name, PathState.HOLDS)
    if verdict.undecided or chain.limit:
        reason = verdict.undecided or f"the search for a path was ended by its limit {chain.limit}"
        return StoreVerdict(store.name, PathState.UNDECIDED, reason)
    rule, message = verdict.problems[0]
    more = f" (and {len(verdict.problems) - 1} more)" if verdict.problems[1:] else ""
    return StoreVerdict(store.name, PathState.FAILS, f"{rule}: {message}{more}")
