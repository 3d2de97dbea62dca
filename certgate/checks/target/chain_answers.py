"""What is wrong with a chain that somebody else verifies by a store of its own."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from certgate.checks.framework.registry import Answer, NotChecked, Problem
from certgate.trust.build import build_paths
from certgate.trust.problem import Kind
from certgate.trust.store import TrustStore
from certgate.trust.validation import best, validate
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed

__all__ = ["chain_answers"]


def chain_answers(
    presented: Sequence[bytes],
    store: TrustStore,
    now: datetime,
    *,
    what: str,
    not_of_leaf: Collection[Kind] = (),
    clients: Collection[str] = (),
) -> Iterator[Answer]:
    """The problems of the best path, each behind `what`; no answer for a valid path.

    `not_of_leaf` are kinds that do not count for the leaf. Raises Malformed if the leaf cannot be read.
    """
    leaf = parse_certificate(presented[0])
    built = build_paths((leaf, *_readable(presented[1:], leaf)), store.for_leaf(leaf))
    found = [
        problem
        for problem in best(validate(path, now, clients=clients) for path in built.paths)
        if problem.index or problem.kind not in not_of_leaf
    ]
    certain = [problem for problem in found if not problem.not_checked]
    if found and built.limit:
        yield NotChecked(f"the search for a path reached its limit {built.limit}")
    elif certain:
        for problem in certain:
            yield Problem(f"{what}: {problem.text}", key=f"{problem.kind} {problem.key}".rstrip())
    elif found:
        yield NotChecked(f"{what}: {found[0].text}")


def _readable(presented: Sequence[bytes], leaf: Certificate) -> Iterator[Certificate]:
    """The certificates that can be read, without copies of the leaf."""
    for der in presented:
        try:
            certificate = parse_certificate(der)
        except Malformed:
            continue
        if certificate != leaf:
            yield certificate
