"""A rule holds for the certificates and on the days that its policy says, and nowhere else."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import Problem
from certgate.checks.framework.subjects import CertificateInRole, Handshake, Observations, PresentedChain
from certgate.judge.effective import issued
from certgate.judge.rules import apply
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import HandshakeFacts, Observation
from certgate.model.target import Role
from certgate.policy.effective import merge_entries
from certgate.policy.model import Entry
from certgate.policy.when import When
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

START = datetime(2026, 6, 1, tzinfo=UTC)
LEAF = parse_certificate(issue("a.example", issuer=issue("Corp CA", ca=True), not_before=START).der)
SUBJECT = CertificateInRole(LEAF, "leaf", frozenset({Role.SERVER}))


def always(_subject, **_parameters):
    yield Problem("seen")


CHECK = replace(
    all_checks()["validity.no-expiry"],
    doc=replace(all_checks()["validity.no-expiry"].doc, id="x.y"),
    run=always,
    takes_clock=False,
)


def finding(*entries, now=CLOCK, subject=SUBJECT):
    (found,) = apply(merge_entries(CHECK, entries, (e for e in entries if e.when is None)), subject, "leaf", now, {})
    return found


def when(**conditions):
    return When.of(conditions, judges_certificates=True)


@pytest.mark.parametrize(
    ("keys", "outcome", "message"),
    [
        ({"since": {"issued": date(2026, 6, 1)}}, Outcome.FAIL, "seen"),
        (
            {"since": {"issued": date(2026, 6, 2)}}, Outcome.NOT_EFFECTIVE,
            "effective for certificates issued since 2026-06-02",
        ),
        ({"until": {"issued": date(2026, 6, 2)}}, Outcome.FAIL, "seen"),
        (
            {"until": {"issued": date(2026, 6, 1)}}, Outcome.NOT_EFFECTIVE,
            "effective for certificates issued until 2026-06-01",
        ),
        ({"disabled": "why not"}, Outcome.NOT_EFFECTIVE, "disabled: why not"),
    ],
)  # fmt: skip
def test_a_rule_is_effective_from_the_day_of_since_to_before_the_day_of_until(keys, outcome, message):
    assert finding(Entry(keys)) == Finding(
        rule="x.y", subject="leaf", outcome=outcome, severity=Severity.ERROR, message=message
    )


@pytest.mark.parametrize(
    ("keys", "seconds", "outcome"),
    [
        ({"since": {"clock": date(2026, 6, 20)}}, -1, Outcome.NOT_EFFECTIVE),
        ({"since": {"clock": date(2026, 6, 20)}}, 0, Outcome.FAIL),
        ({"until": {"clock": date(2026, 6, 20)}}, -1, Outcome.FAIL),
        ({"until": {"clock": date(2026, 6, 20)}}, 0, Outcome.NOT_EFFECTIVE),
    ],
)
def test_a_day_of_the_clock_begins_at_midnight_utc(keys, seconds, outcome):
    moment = datetime(2026, 6, 20, tzinfo=UTC) + timedelta(seconds=seconds)
    assert finding(Entry(keys), now=moment).outcome is outcome


def test_an_entry_for_certificates_lays_its_keys_over_where_they_match():
    base = Entry({"severity": "warning"})
    assert finding(base, Entry({"severity": "info"}, when(issuer="*Corp*"))).severity is Severity.INFO
    assert finding(base, Entry({"severity": "info"}, when(issuer="*Other*"))).severity is Severity.WARNING
    assert finding(base, Entry({"severity": "info"}, when(role="server"))).severity is Severity.INFO
    assert finding(base, Entry({"disabled": "x"}, when(key_type="EC"))).outcome is Outcome.NOT_EFFECTIVE


def test_a_rule_that_no_entry_holds_for_a_certificate_does_not_apply_to_it():
    assert finding(Entry({}, when(key_type="RSA"))) == Finding(
        rule="x.y",
        subject="leaf",
        outcome=Outcome.NOT_APPLICABLE,
        severity=Severity.ERROR,
        message="no entry of the policy holds for this certificate",
    )


def test_without_a_certificate_no_condition_on_it_holds():
    nothing = Observations((Observation(observed_at=CLOCK),))
    assert finding(Entry({}, when(key_type="*")), subject=nothing).outcome is Outcome.NOT_APPLICABLE


def test_the_day_of_issue_is_that_of_the_subjects_certificate_or_else_of_the_leaf():
    store = TrustStore("test", ())
    assert issued(SUBJECT, CLOCK) == START
    assert issued(Handshake(HandshakeFacts("TLSv1.3", "x"), LEAF), CLOCK) == START
    assert issued(PresentedChain(certificates=(LEAF,), paths=(), store=store), CLOCK) == START
    assert issued(Observations(()), CLOCK) == CLOCK
