"""Whether all addresses of a host serve the same."""

import re
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, NotChecked
from certgate.checks.framework.subjects import Vantages
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Severity
from certgate.model.observation import HandshakeFacts, Observation, Vantage
from certgate.model.target import Endpoint, FileSource, Target, Visit
from certgate.policy.packs import load_policy, pack_names
from certgate.policy.target_policy import TargetPolicies

AGREE = all_checks()["target.addresses-agree"]
ROOT = issue("Root", ca=True)
LEAF, OLD = (issue("a.example", issuer=ROOT, sans=["a.example"], days=days) for days in (90, 80))
EVERYWHERE = Visit(all_addresses=True, also=("b.example",))


def seen(address, chain=(LEAF, ROOT), *, name="a.example", version="TLSv1.3", staple=None):
    return Observation(
        observed_at=CLOCK,
        vantage=Vantage(address, name),
        presented=tuple(one.der for one in chain),
        handshake=HandshakeFacts(version, "x"),
        staple=staple,
    )


def ask(*observations, source=None):
    source = source or Endpoint("a.example", 443, "a.example", "", EVERYWHERE)
    return list(AGREE.run(Vantages(Target(id="t", ordinal=0, source=source), observations), CLOCK))


def test_addresses_that_serve_the_same_agree():
    assert ask(seen("192.0.2.1:443"), seen("192.0.2.2:443")) == []
    assert ask(seen("192.0.2.1:443")) == []


@pytest.mark.parametrize(
    ("other", "key", "severity"),
    [
        ({"chain": (OLD, ROOT)}, "leaf", None),
        ({"chain": (LEAF,)}, "chain", Severity.WARNING),
        ({"version": "TLSv1.2"}, "version", Severity.WARNING),
        ({"staple": make_staple(LEAF, ROOT)}, "staple", Severity.WARNING),
    ],
)
def test_what_one_address_serves_otherwise_is_a_problem_whatever_the_order(other, key, severity):
    first, second = seen("192.0.2.1:443"), seen("192.0.2.2:443", **other)

    (problem,) = ask(first, second)

    assert (problem.key, problem.severity) == (key, severity)
    assert "192.0.2.1:443" in problem.message
    assert "192.0.2.2:443" in problem.message
    assert ask(second, first) == [problem]


def test_a_leaf_is_told_by_the_first_digits_of_its_digest():
    unreadable = Observation(observed_at=CLOCK, vantage=Vantage("192.0.2.3:443", "a.example"), presented=(b"junk",))
    problem, *_ = ask(seen("192.0.2.1:443"), unreadable)
    told = re.findall(r"sha256 ([0-9a-f]+)", problem.message)

    assert sorted(told) == sorted(sha256(der).hexdigest()[:16] for der in (LEAF.der, b"junk"))


def test_a_staple_that_expired_at_one_address_is_told():
    ends = CLOCK - timedelta(hours=1)
    old = make_staple(LEAF, ROOT, this_update=ends - timedelta(days=1), next_update=ends)

    (problem,) = ask(
        seen("192.0.2.1:443", staple=make_staple(LEAF, ROOT)),
        seen("192.0.2.2:443", staple=old),
        seen("192.0.2.3:443", staple=b"x"),
    )

    assert problem.message == (
        "the staple differs between addresses: a fresh staple at 192.0.2.1:443; "
        "an expired staple at 192.0.2.2:443; a staple that cannot be read at 192.0.2.3:443"
    )


def test_each_name_is_compared_with_itself():
    assert ask(seen("192.0.2.1:443"), seen("192.0.2.1:443", (OLD, ROOT), name="b.example")) == []
    (problem,) = ask(
        seen("192.0.2.1:443"),
        seen("192.0.2.1:443", name="b.example"),
        seen("192.0.2.2:443"),
        seen("192.0.2.2:443", (OLD, ROOT), name="b.example"),
    )
    assert problem.key == "leaf b.example"


def test_an_address_without_a_certificate_leaves_it_open():
    (answer,) = ask(seen("192.0.2.1:443"), seen("192.0.2.2:443", ()), seen("", ()))
    assert answer == NotChecked("no certificate was seen at 192.0.2.2:443, further addresses")


@pytest.mark.parametrize("source", [Endpoint("a.example", 443), FileSource("a.pem")])
def test_it_is_about_targets_of_which_all_addresses_are_visited(source):
    assert [type(answer) for answer in ask(seen(""), source=source)] == [NotApplicable]


@pytest.mark.parametrize("name", pack_names())
def test_every_policy_holds_it_for_them_and_for_no_other(name):
    def holds(source):
        policy = TargetPolicies(load_policy(name)).of(Target(id="t", ordinal=0, source=source))
        return AGREE.id in {rule.id for rule in policy.rules}

    assert holds(Endpoint("a.example", 443, visit=EVERYWHERE))
    assert not holds(Endpoint("a.example", 443))


RSA, OLD_RSA = (issue("a.example", issuer=ROOT, sans=["a.example"], key="RSA-2048", days=days) for days in (90, 80))


def further(address, leaf, key_type, **facts):
    one = seen(address, (leaf, ROOT), **facts)
    return replace(one, vantage=replace(one.vantage, key_type=key_type))


def test_addresses_with_the_same_certificates_agree_whichever_they_show_first():
    here = [seen("192.0.2.1:443"), further("192.0.2.1:443", RSA, "RSA", version="TLSv1.2")]
    there = [seen("192.0.2.2:443", (RSA, ROOT)), further("192.0.2.2:443", LEAF, "EC")]

    assert ask(*here, *there) == []


def test_an_address_whose_certificate_for_one_type_of_key_differs_is_a_problem():
    here = [seen("192.0.2.1:443"), further("192.0.2.1:443", RSA, "RSA")]
    there = [seen("192.0.2.2:443"), further("192.0.2.2:443", OLD_RSA, "RSA")]

    (problem,) = ask(*here, *there)

    assert (problem.key, problem.severity) == ("leaf with RSA key", None)
    assert problem.message.startswith("the leaf with RSA key differs between addresses: sha256 ")


def test_an_address_without_a_certificate_that_another_has_is_a_problem():
    (problem,) = ask(seen("192.0.2.1:443"), further("192.0.2.1:443", RSA, "RSA"), seen("192.0.2.2:443"))

    assert problem.key == "leaf with RSA key"
    assert "no certificate at 192.0.2.2:443" in problem.message
