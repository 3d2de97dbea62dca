"""Which certificate of the last run a leaf replaces."""

from dataclasses import replace

import pytest

from certgate.judge.chain import sent
from certgate.judge.observed_subjects import succession
from certgate.judge.seen import seen_certificate
from certgate.lab.pki import CLOCK, issue, make_key
from certgate.model.observation import Observation
from certgate.model.snapshot import LastSeen, SeenTarget
from certgate.x509.certificate import parse_certificate

KEY = make_key()
A, B = (issue(name, sans=[name]) for name in ("a.example", "b.example"))
RENEWED = issue("a.example", sans=["a.example"])
REKEYED_TWICE = issue("b.example", sans=["b.example"], key=KEY)
SAME_KEY = issue("a.example", sans=["other.example"], key=KEY)


def summary(credential):
    return sent(Observation(observed_at=CLOCK, presented=(credential.der,)))[0]


def before(leaf, *earlier, label="leaf"):
    """The fingerprint of the certificate that the leaf replaces."""
    certificates = tuple(replace(seen_certificate(summary(one)), label=label) for one in earlier)
    last = LastSeen(CLOCK, SeenTarget(id="a", certificates=certificates))
    return [pair.before.sha256 for pair in succession(parse_certificate(leaf.der), summary(leaf), last)]


@pytest.mark.parametrize(
    ("earlier", "replaced"),
    [
        ((A, B), A),
        ((B, A), A),
        ((B, RENEWED, A), RENEWED),
        ((B,), B),
    ],
)
def test_it_is_the_same_one_or_else_the_most_similar(earlier, replaced):
    assert before(RENEWED, *earlier) == [summary(replaced).sha256]


def test_two_that_are_alike_are_told_apart():
    twins = [issue("a.example", sans=["a.example"], key=KEY) for _ in range(2)]
    for order in (twins, twins[::-1]):
        assert before(twins[1], *order) == [summary(twins[1]).sha256]


def test_one_with_the_same_key_is_more_similar_than_one_with_the_same_names():
    assert before(SAME_KEY, A, REKEYED_TWICE) == [summary(REKEYED_TWICE).sha256]


def test_there_is_none_without_a_leaf_in_the_last_run_or_without_a_last_run():
    assert before(A) == before(A, B, label="issuer 1") == []
    assert list(succession(parse_certificate(A.der), summary(A), None)) == []


def test_a_leaf_for_one_type_of_key_replaces_only_one_for_that_type():
    first, rsa = (replace(seen_certificate(summary(A)), label=label) for label in ("leaf", "leaf with RSA key"))
    last = LastSeen(CLOCK, SeenTarget(id="a", certificates=(first, rsa)))
    leaf = parse_certificate(RENEWED.der)

    assert [pair.before for pair in succession(leaf, summary(RENEWED), last, "RSA")] == [rsa]
    assert list(succession(leaf, summary(RENEWED), last, "Ed25519")) == []
