"""A rule holds for the certificates and on the days that its policy says, and nowhere else."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import Parameter
from certgate.checks.framework.subjects import CertificateInRole, Handshake, Observations, PresentedChain
from certgate.judge.binding import bind, issued
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import HandshakeFacts, Observation
from certgate.model.target import Role
from certgate.policy.model import BoundRule, Entry, TargetRule
from certgate.policy.when import When
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

START = datetime(2026, 6, 1, tzinfo=UTC)
LEAF = parse_certificate(issue("a.example", issuer=issue("Corp CA", ca=True), not_before=START).der)
SUBJECT = CertificateInRole(LEAF, "leaf", frozenset({Role.SERVER}))


CHECK = replace(
    all_checks()["validity.no-expiry"],
    doc=replace(all_checks()["validity.no-expiry"].doc, id="x.y"),
    parameters={"names": Parameter("names", tuple[str, ...], ()), "days": Parameter("days", int, 1)},
)


def bound(*entries, now=CLOCK, subject=SUBJECT, **more):
    rule = TargetRule.merge(CHECK, entries, [entry for entry in entries if entry.when is None])
    return bind(rule, subject, "leaf", now, **more)


def outcome(*entries, **more):
    """The outcome of the finding that says why there is no bound rule; None where there is one."""
    found = bound(*entries, **more)
    return None if isinstance(found, BoundRule) else found.outcome


def when(**conditions):
    return When.of(conditions, judges_certificates=True)


@pytest.mark.parametrize(
    ("keys", "outcome", "message"),
    [
        ({"since": {"issued": date(2026, 6, 1)}}, None, None),
        (
            {"since": {"issued": date(2026, 6, 2)}}, Outcome.NOT_EFFECTIVE,
            "effective for certificates issued since 2026-06-02",
        ),
        ({"until": {"issued": date(2026, 6, 2)}}, None, None),
        (
            {"until": {"issued": date(2026, 6, 1)}}, Outcome.NOT_EFFECTIVE,
            "effective for certificates issued until 2026-06-01",
        ),
        ({"disabled": "why not"}, Outcome.NOT_EFFECTIVE, "disabled: why not"),
    ],
)  # fmt: skip
def test_a_rule_is_effective_from_the_day_of_since_to_before_the_day_of_until(keys, outcome, message):
    expected = outcome and Finding(
        rule="x.y", subject="leaf", outcome=outcome, severity=Severity.ERROR, message=message
    )
    found = bound(Entry(keys))
    assert (None if isinstance(found, BoundRule) else found) == expected


@pytest.mark.parametrize(
    ("keys", "seconds", "expected"),
    [
        ({"since": {"clock": date(2026, 6, 20)}}, -1, Outcome.NOT_EFFECTIVE),
        ({"since": {"clock": date(2026, 6, 20)}}, 0, None),
        ({"until": {"clock": date(2026, 6, 20)}}, -1, None),
        ({"until": {"clock": date(2026, 6, 20)}}, 0, Outcome.NOT_EFFECTIVE),
    ],
)
def test_a_day_of_the_clock_begins_at_midnight_utc(keys, seconds, expected):
    moment = datetime(2026, 6, 20, tzinfo=UTC) + timedelta(seconds=seconds)
    assert outcome(Entry(keys), now=moment) is expected


def test_the_keys_of_an_entry_for_certificates_replace_those_before_where_they_match():
    base = Entry({"severity": "warning"})
    assert bound(base, Entry({"severity": "info"}, when(issuer="*Corp*"))).severity is Severity.INFO
    assert bound(base, Entry({"severity": "info"}, when(issuer="*Other*"))).severity is Severity.WARNING
    assert bound(base, Entry({"severity": "info"}, when(role="server"))).severity is Severity.INFO
    assert outcome(base, Entry({"disabled": "x"}, when(key_type="EC"))) is Outcome.NOT_EFFECTIVE


def test_a_rule_that_no_entry_holds_for_a_certificate_does_not_apply_to_it():
    assert bound(Entry({}, when(key_type="RSA"))) == Finding(
        rule="x.y",
        subject="leaf",
        outcome=Outcome.NOT_APPLICABLE,
        severity=Severity.ERROR,
        message="no entry of the policy applies to this certificate",
    )


def test_without_a_certificate_no_condition_on_it_holds():
    nothing = Observations((Observation(observed_at=CLOCK),))
    assert outcome(Entry({}, when(key_type="*")), subject=nothing) is Outcome.NOT_APPLICABLE


def test_the_day_of_issue_is_that_of_the_subjects_certificate_or_else_of_the_leaf():
    store = TrustStore("test", ())
    assert issued(SUBJECT, CLOCK) == START
    assert issued(Handshake(HandshakeFacts("TLSv1.3", "x"), LEAF), CLOCK) == START
    other = parse_certificate(issue("other", not_before=CLOCK).der)
    assert issued(PresentedChain(certificates=(LEAF, other), paths=(), store=store), CLOCK) == START
    assert issued(PresentedChain(certificates=(other, LEAF), paths=(), store=store, leaf_at=1), CLOCK) == START
    assert issued(Observations(()), CLOCK) == CLOCK


def table(first):
    return [{"issued_before": first, "value": 398}, {"issued_before": date(2029, 3, 15), "value": 200}]


def test_a_dated_parameter_takes_the_row_of_the_certificates_own_date():
    assert bound(Entry({"days": table(date(2026, 6, 2))})).parameters["days"] == 398
    assert bound(Entry({"days": table(date(2026, 6, 1))})).parameters["days"] == 200


def test_a_certificate_that_no_row_covers_makes_the_rule_not_effective():
    assert outcome(Entry({"days": [{"issued_before": date(2020, 1, 1), "value": 398}]})) is Outcome.NOT_EFFECTIVE


def test_a_rule_can_be_bound_as_if_the_certificate_were_issued_on_another_day():
    dated = Entry({"days": table(date(2026, 6, 2)), "until": {"issued": date(2028, 1, 1)}})
    assert bound(dated, as_issued=datetime(2027, 1, 1, tzinfo=UTC)).parameters["days"] == 200
    assert outcome(dated, as_issued=datetime(2028, 1, 1, tzinfo=UTC)) is Outcome.NOT_EFFECTIVE


def test_a_rule_that_is_the_same_for_all_subjects_at_all_times_is_bound_once():
    plain = TargetRule.merge(CHECK, [Entry({})], [Entry({})])
    assert bind(plain, SUBJECT, "leaf", CLOCK) is bind(plain, SUBJECT, "leaf", CLOCK) is plain.always
    for entry in (Entry({"since": {"clock": date(2020, 1, 1)}}), Entry({"days": table(date(2026, 6, 2))})):
        assert TargetRule.merge(CHECK, [entry], [entry]).always is None
