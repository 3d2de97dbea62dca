"""Whether an endpoint serves the chain that was deployed to it: the leaf, its issuers, and nothing else."""

from datetime import timedelta

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.framework.subjects import ExpectedChain
from certgate.lab.pki import CLOCK, issue
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True)
MIDDLE, OTHER = (issue(name, issuer=ROOT, ca=True) for name in ("Middle", "Other"))
LEAF = issue("a.example", issuer=MIDDLE, sans=["a.example"], not_before=CLOCK - timedelta(days=2))
EARLIER = issue("a.example", issuer=MIDDLE, sans=["a.example"], not_before=CLOCK - timedelta(days=3))
SAME_DAY = issue("a.example", issuer=MIDDLE, sans=["a.example"], not_before=CLOCK - timedelta(days=2))
ELSEWHERE = issue("a.example", issuer=MIDDLE, sans=["b.example"], not_before=CLOCK - timedelta(days=3))
DEPLOYED = (LEAF, MIDDLE, ROOT)


def ask(rule, *presented):
    sent = [parse_certificate(one.der) for one in presented]
    deployed = tuple(parse_certificate(one.der) for one in DEPLOYED)
    chain = ExpectedChain(sent[0], tuple(one.sha256 for one in sent), deployed)
    return list(all_checks()[rule].run(chain))


def keys(*presented):
    return [answer.key for answer in ask("expected.served", *presented) if isinstance(answer, Problem)]


@pytest.mark.parametrize("presented", [(LEAF, MIDDLE), DEPLOYED, (LEAF, ROOT, MIDDLE)])
def test_what_was_deployed_may_be_served_without_its_root_and_in_any_order(presented):
    assert ask("expected.served", *presented) == []
    assert ask("expected.reloaded", *presented) == []


def test_an_issuer_that_was_deployed_must_be_served():
    assert keys(LEAF) == ["missing Middle"]


def test_what_was_not_deployed_is_told_with_its_number():
    assert keys(LEAF, MIDDLE, OTHER) == ["more"]
    (one,) = ask("expected.served", LEAF, MIDDLE, OTHER)
    (two,) = ask("expected.served", LEAF, MIDDLE, OTHER, SAME_DAY)
    assert "1 served certificate was" in one.message
    assert "2 served certificates were" in two.message


def test_an_earlier_leaf_of_the_same_names_was_not_reloaded():
    (problem,) = ask("expected.reloaded", EARLIER, MIDDLE)
    (served,) = ask("expected.served", EARLIER, MIDDLE)

    assert isinstance(problem, Problem)
    assert isinstance(served, NotApplicable)


@pytest.mark.parametrize("leaf", [SAME_DAY, ELSEWHERE])
def test_any_other_leaf_is_another_certificate(leaf):
    (reloaded,) = ask("expected.reloaded", leaf, MIDDLE)

    assert isinstance(reloaded, NotApplicable)
    assert keys(leaf, MIDDLE) == ["leaf"]
