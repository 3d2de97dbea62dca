"""The rule of the family edge on the trust in the origin's chain."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from certgate.checks.framework.needs import Demand, Need, Setting
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import Vantages
from certgate.checks.target.edge_pair import Pair, compared
from certgate.model.observation import Observation
from certgate.trust.build import build_paths
from certgate.trust.problem import Kind
from certgate.trust.store import TrustStore
from certgate.trust.validation import best, validate
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed

__all__: list[str] = []

_OF_THE_LEAF = frozenset({Kind.EXPIRED, Kind.NOT_YET_VALID})
"""Problems of the leaf that edge.expiry reports."""


@check("edge.origin-trusted", citation="RFC 5280 §6", needs=[Need.ORIGIN], demanded_by=[Demand(Setting.ORIGIN)])
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
        answers = list(_problems(seen, store, now))
        if answers:
            yield from answers
            return


def _problems(seen: Observation, store: TrustStore, now: datetime) -> Iterator[Answer]:
    """What is wrong with the best path of one chain. Raises Malformed if the leaf cannot be read."""
    leaf = parse_certificate(seen.presented[0])
    built = build_paths((leaf, *_readable(seen.presented[1:], leaf)), store.for_leaf(leaf))
    found = [
        problem
        for problem in best(validate(path, now) for path in built.paths)
        if problem.index or problem.kind not in _OF_THE_LEAF
    ]
    certain = [problem for problem in found if not problem.not_checked]
    if found and built.limit:
        yield NotChecked(f"the search for a path reached its limit {built.limit}")
    elif certain:
        for problem in certain:
            yield Problem(f"the origin's chain: {problem.text}", key=f"{problem.kind} {problem.key}".rstrip())
    elif found:
        yield NotChecked(f"the origin's chain: {found[0].text}")


def _readable(presented: Sequence[bytes], leaf: Certificate) -> Iterator[Certificate]:
    """The certificates that can be read, without copies of the leaf."""
    for der in presented:
        try:
            certificate = parse_certificate(der)
        except Malformed:
            continue
        if certificate != leaf:
            yield certificate
