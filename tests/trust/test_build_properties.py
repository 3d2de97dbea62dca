"""What holds of path building for every hierarchy, generated."""

from functools import cache
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from certgate.lab.pki import Credential, issue, make_key
from certgate.trust import build
from certgate.trust.build import build_paths
from certgate.trust.path import CertificatePath
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate, parse_certificate

AUTHORITIES = 5
"""The first two are anchors; each of the others is certified by some with a smaller number."""
ANCHORS = 2


@cache
def authority(number: int, issuer: int | None = None) -> Credential:
    """An authority's self-signed certificate, or the one that another authority made for its key."""
    if issuer is None:
        return issue(f"CA {number}", key=make_key(), ca=True)
    return issue(f"CA {number}", key=authority(number).key, issuer=authority(issuer), ca=True)


@cache
def leaf(issuer: int) -> Certificate:
    return parse_certificate(issue("leaf", issuer=authority(issuer)).der)


@cache
def certificate(number: int, issuer: int) -> Certificate:
    return parse_certificate(authority(number, issuer).der)


STORE = TrustStore("anchors", tuple(parse_certificate(authority(n).der) for n in range(ANCHORS)))
STRANGER = parse_certificate(issue("Stranger", ca=True).der)

links = st.sets(
    st.integers(ANCHORS, AUTHORITIES - 1).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))), max_size=8
)
"""(authority, who certified it): any set of these is a hierarchy, cross-certificates included."""
leaves = st.integers(0, AUTHORITIES - 1)


def presented(issuer: int, hierarchy: set[tuple[int, int]]) -> tuple[Certificate, ...]:
    return (leaf(issuer), *(certificate(*link) for link in sorted(hierarchy)))


def anchored(chain: tuple[Certificate, ...]) -> set[CertificatePath]:
    built = build_paths(chain, STORE)
    assert not built.limit
    assert built.paths
    return {path for path in built.paths if path.anchor}


def reachable(issuer: int, hierarchy: set[tuple[int, int]]) -> bool:
    """The same question asked of the numbers alone."""
    return issuer < ANCHORS or any(reachable(upper, hierarchy) for lower, upper in hierarchy if lower == issuer)


@settings(max_examples=75)
@given(leaves, links)
def test_a_path_is_found_exactly_where_there_is_one_and_all_its_links_hold(issuer, hierarchy):
    paths = anchored(presented(issuer, hierarchy))
    assert bool(paths) == reachable(issuer, hierarchy)
    for path in paths:
        assert set(path.signatures) == {None}
        assert all(lower.issuer == upper.subject for lower, upper in path.links)
        assert len({c.spki for c in path.certificates}) == len(path.certificates)


@settings(max_examples=50)
@given(leaves, links, st.randoms(use_true_random=False))
def test_a_shuffled_tail_gives_the_same_paths(issuer, hierarchy, random):
    first, *tail = presented(issuer, hierarchy)
    shuffled = random.sample(tail, len(tail))
    assert anchored((first, *shuffled)) == anchored((first, *tail))


@settings(max_examples=50)
@given(leaves, links, st.integers(0, 8))
def test_an_unrelated_certificate_changes_nothing(issuer, hierarchy, position):
    chain = presented(issuer, hierarchy)
    at = 1 + position % len(chain)
    assert build_paths((*chain[:at], STRANGER, *chain[at:]), STORE) == build_paths(chain, STORE)


@settings(max_examples=50)
@given(leaves, links)
def test_without_a_certificate_its_paths_are_gone_and_the_others_stay(issuer, hierarchy):
    chain = presented(issuer, hierarchy)
    paths = anchored(chain)
    for removed in chain[1:]:
        left = anchored(tuple(c for c in chain if c != removed))
        assert left == {path for path in paths if removed not in path.certificates}


@cache
def forged(number: int, issuer: int) -> Certificate:
    """As `certificate`, signed with a key that is not the issuer's."""
    return parse_certificate(
        issue(f"CA {number}", key=authority(number).key, issuer=issue(f"CA {issuer}", ca=True), ca=True).der
    )


@settings(max_examples=40)
@given(leaves, links, links, st.booleans())
def test_where_no_search_is_needed_it_would_find_the_same(issuer, hierarchy, false, is_last):
    chain = (*presented(issuer, hierarchy), *(forged(*link) for link in sorted(false)))
    chain = chain[::-1] if is_last else chain
    found = build_paths(chain, STORE)
    with patch.object(build._Search, "_only_path", lambda _: None):
        build_paths.cache_clear()
        assert build_paths(chain, STORE) == found
    build_paths.cache_clear()
