"""Whether it is known which certificates a server has."""

from dataclasses import replace

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, NotChecked
from certgate.checks.framework.subjects import Vantages
from certgate.lab.pki import CLOCK, issue
from certgate.model.observation import Failure, FailureKind, Observation, Phase, Vantage
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.target import Endpoint, FileSource, Probe, Target, Visit
from certgate.policy.packs import load_policy, pack_names
from certgate.policy.target_policy import TargetPolicies

RULE = all_checks()["tls.certificates"]
LEAF = issue("a.example", sans=["a.example"])
HERE, THERE = "192.0.2.1:443", "192.0.2.2:443"
WHAT = "certificate with a key other than EC"
NO = ProbeAnswer(what=WHAT, outcome=ProbeOutcome.REFUSED, alert=40)
RSA = ProbeAnswer(what=WHAT, outcome=ProbeOutcome.ACCEPTED, chosen="RSA")
NO_MORE = replace(NO, what=f"{WHAT}, RSA")
OTHER = ProbeAnswer(what="TLSv1", outcome=ProbeOutcome.REFUSED)


def seen(*probes, address=HERE, key_type=""):
    vantage = Vantage(address, "a.example", key_type=key_type)
    return Observation(observed_at=CLOCK, vantage=vantage, presented=(LEAF.der,), probes=probes)


def ask(*observations, source=None, **visit):
    source = source or Endpoint("a.example", 443, "a.example", "", Visit(**visit))
    return list(RULE.run(Vantages(Target(id="t", ordinal=0, source=source), observations)))


@pytest.mark.parametrize("answers", [(NO,), (RSA, NO_MORE), (OTHER, NO), (NO, OTHER)])
def test_a_server_that_has_no_other_certificate_is_known(answers):
    assert ask(seen(*answers), seen(key_type="RSA")) == []


@pytest.mark.parametrize("answers", [(), (RSA,), (OTHER,)])
def test_a_server_that_was_not_asked_to_the_end_is_unknown(answers):
    reason = f"the server at {HERE} was not asked for certificates with other types of keys"

    assert ask(seen(*answers)) == [NotChecked(reason)]
    assert ask(seen(*answers), may_probe=False) == [NotChecked(f"{reason}: probes are switched off")]


@pytest.mark.parametrize("outcome", [o for o in ProbeOutcome if o not in {ProbeOutcome.REFUSED, ProbeOutcome.ACCEPTED}])
def test_an_answer_that_is_not_clear_is_unknown(outcome):
    unclear = ProbeAnswer(what=WHAT, outcome=outcome, detail="it said nothing for 5 s")

    assert ask(seen(unclear)) == [
        NotChecked(f"asked for a {WHAT}, the server at {HERE} gave no clear answer: it said nothing for 5 s")
    ]


def test_each_address_and_name_must_be_known():
    assert ask(seen(NO), seen(NO, address=THERE)) == []
    assert ask(seen(NO), seen(address=THERE)) == [
        NotChecked(f"the server at {THERE} was not asked for certificates with other types of keys")
    ]


def test_a_target_that_showed_nothing_is_unknown():
    failure = Failure(FailureKind.REFUSED, Phase.CONNECT, "refused")

    assert ask(Observation(observed_at=CLOCK, failure=failure)) == [NotChecked("no certificate was seen")]


def test_a_file_has_no_other_certificates():
    assert ask(seen(), source=FileSource("a.pem")) == [NotApplicable("it is about endpoints")]


def test_only_policies_about_servers_as_a_whole_ask():
    target = Target(id="t", ordinal=0, source=Endpoint("a.example", 443, "a.example"))
    asking = {name for name in pack_names() if Probe.KEY_TYPES in TargetPolicies(load_policy(name)).of(target).probes}

    assert {name for name in asking if "@" not in name} == {
        "mozilla-intermediate",
        "mozilla-modern",
        "nist-800-52r2",
        "bsi-tr-02102",
        "pci-dss-4",
        "cnsa-2.0-strict",
        "cnsa-2.0-transition",
    }
    (rule,) = (r for r in TargetPolicies(load_policy("mozilla-modern")).of(target).rules if r.id == RULE.id)
    assert not rule.required
