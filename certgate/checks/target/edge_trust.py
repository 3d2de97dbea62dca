"""The rule of the family edge on the trust in the origin's chain."""

from collections.abc import Iterator
from datetime import datetime

from certgate.checks.framework.needs import Need
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, check
from certgate.checks.framework.subjects import Vantages
from certgate.checks.target.chain_answers import chain_answers
from certgate.checks.target.edge_pair import Pair, compared
from certgate.trust.problem import Kind
from certgate.trust.store import TrustStore

__all__: list[str] = []

_OF_THE_LEAF = frozenset({Kind.EXPIRED, Kind.NOT_YET_VALID})
"""Problems of the leaf that edge.expiry reports."""


@check("edge.origin-trusted", citation="RFC 5280 §6", needs=[Need.ORIGIN])
def origin_trusted(target: Vantages, now: datetime) -> Iterator[Answer]:
    """The origin's chain leads to the trust stores that the target names for it.

    Stores are named in `trust` of the origin. Without them the rule does not apply: the CA of an origin is often a
    private one, and certgate cannot know which one the edge trusts. edge.expiry checks the dates of the leaf. Every
    policy has this rule for targets that declare an origin.

    Why: an edge that verifies its origin stops forwarding; if it does not verify, anyone in between can read and
    change what it forwards.

    Fix: deploy the chain of the expected CA on the origin, or correct `trust`.
    """
    store = target.origin_store
    if target.target.origin and not target.target.origin.trust:
        yield NotApplicable("the target names no trust store for its origin")
        return
    yield from compared(target, lambda pair: _untrusted(pair, store, now))


def _untrusted(pair: Pair, store: TrustStore | None, now: datetime) -> Iterator[Answer]:
    if store is None:
        yield NotChecked("the trust store for the origin was not read")
        return
    for seen in pair.origin:
        answers = list(chain_answers(seen.presented, store, now, what="the origin's chain", not_of_leaf=_OF_THE_LEAF))
        if answers:
            yield from answers
            return
