"""Saved observations as snapshots, to be compared."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest

from certgate.gate.snapshots import evaluated, observed
from certgate.lab.pki import CLOCK, issue, pem
from certgate.model.errors import CertgateError, UsageError
from certgate.model.finding import Severity
from certgate.model.observation import (
    Failure,
    FailureKind,
    HandshakeFacts,
    Observation,
    Observed,
    Phase,
    Vantage,
)
from certgate.model.target import Endpoint, Target
from certgate.model.verdict import RunHeader, RunSummary, Verdict
from certgate.observe.saved import SavedObservations
from certgate.sources.check import declare_check
from certgate.sources.context import FileOptions
from certgate.system.stop import Stop

ROOT = issue("Root", ca=True, days=3650)
LEAF = issue("a.example", issuer=ROOT, sans=["a.example"])
OTHER = issue("other.example", issuer=ROOT, sans=["other.example"])
TARGET = Target(id="a.example:443", ordinal=0, source=Endpoint("a.example", 443, "a.example"))
SEEN = Observation(
    observed_at=CLOCK,
    vantage=Vantage("192.0.2.1:443", "a.example"),
    presented=(LEAF.der, ROOT.der),
    handshake=HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", "X25519"),
)


def snapshot(*observations):
    return observed("seen.jsonl", [Observed(TARGET, observations)])


def test_it_shows_certificates_as_they_were_sent_and_what_was_negotiated():
    found = snapshot(SEEN)
    target = found.targets["a.example:443"]
    assert [(c.label, c.subject, c.names) for c in target.certificates] == [
        ("leaf", "CN=a.example", ("DNS:a.example",)),
        ("sent 2", "CN=Root", ()),
    ]
    assert (target.protocols, target.groups, target.unreachable) == (("TLSv1.3",), ("X25519",), "")
    assert (found.run.rules, found.run.at) == (None, CLOCK)


def test_certificates_and_protocols_of_a_probe_are_not_those_of_the_target():
    probe = replace(
        SEEN,
        vantage=Vantage("192.0.2.1:443", None, "no-sni"),
        presented=(OTHER.der,),
        handshake=HandshakeFacts("TLSv1.2", "AES128-SHA", "P-256"),
    )
    assert snapshot(SEEN, probe).targets == snapshot(SEEN).targets


def test_two_addresses_that_show_the_same_count_once():
    there = replace(SEEN, vantage=Vantage("192.0.2.2:443", "a.example"), observed_at=CLOCK - timedelta(minutes=1))
    found = snapshot(SEEN, there)
    assert found.targets == snapshot(SEEN).targets
    assert found.run.at == CLOCK - timedelta(minutes=1)


def test_what_was_not_observed_says_why():
    failure = Failure(FailureKind.TIMED_OUT, Phase.CONNECT, "no answer within 10 s")
    away = replace(SEEN, presented=(), handshake=None, failure=failure)
    assert snapshot(away).targets["a.example:443"].unreachable == "no answer within 10 s"


def test_a_certificate_that_cannot_be_read_is_still_told_apart():
    one, other = (snapshot(replace(SEEN, presented=(der,))).targets["a.example:443"] for der in (b"\x30\x00", b"\x30"))
    assert [c.subject for c in (*one.certificates, *other.certificates)] == ["(unreadable)"] * 2
    assert one != other


def test_a_file_without_an_observation_is_refused():
    with pytest.raises(UsageError, match=r"^seen\.jsonl: contains no observation$"):
        observed("seen.jsonl", [])


@pytest.fixture
def saved(tmp_path):
    """A file of one observation that is expected to be evaluated by a policy of one rule."""
    sink = io.StringIO()
    saver = SavedObservations(sink)
    saver.begin(RunHeader(version="1", started_at=CLOCK, fail_on=Severity.ERROR, policies=(), rules={}))
    saver.observed(Observed(TARGET, (SEEN,)))
    saver.end(RunSummary(verdict=Verdict.COMPLIANT, targets={Verdict.COMPLIANT: 1}))
    (tmp_path / "seen.jsonl").write_text(sink.getvalue())
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    (tmp_path / "p.yaml").write_text("rules: [{rule: validity.max-lifetime, max_days: 10}]")
    trust = (str(tmp_path / "root.pem"),)
    options = FileOptions(policy=str(tmp_path / "p.yaml"), trust=trust, at_given=True)
    return declare_check([str(tmp_path / "seen.jsonl")], options, tell=print)


def test_what_is_evaluated_has_paths_and_findings(saved):
    found = evaluated("seen.jsonl", saved, Stop())
    target = found.targets["a.example:443"]
    assert [c.label for c in target.certificates] == ["leaf", "anchor"]
    assert [(f.rule, f.violates) for f in target.findings] == [("validity.max-lifetime", True)]
    assert "validity.max-lifetime" in found.run.rules


def test_an_interruption_is_no_usage_error(saved):
    with pytest.raises(CertgateError, match="could not be evaluated: interrupted") as caught:
        evaluated("seen.jsonl", saved, Stop(wanted=True))
    assert not isinstance(caught.value, UsageError)
