"""A rule applied to a subject: every answer becomes the right outcome, and nothing escapes as an exception."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, NotChecked, Passed, Problem
from certgate.checks.framework.subjects import CertificateInRole, IssuedInRole
from certgate.judge.apply import MAX_PROBLEMS, RuleIndex, apply
from certgate.judge.binding import bind
from certgate.lab.pki import CLOCK, issue, make_key
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.target import Role
from certgate.policy.model import BoundRule, Entry, TargetPolicy, TargetRule
from certgate.policy.when import When
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from tests.trust.leaves import leaves

LEAF = CertificateInRole(parse_certificate(issue("a.example").der), "leaf", frozenset({Role.SERVER}))


def outcome(answers, severity=Severity.ERROR):
    def run(_subject):
        yield from answers() if callable(answers) else answers

    check = replace(
        all_checks()["validity.no-expiry"],
        doc=replace(all_checks()["validity.no-expiry"].doc, id="x.y"),
        run=run,
        takes_clock=False,
    )
    return apply(BoundRule(check=check, severity=severity, required=True, parameters={}), LEAF, "leaf", CLOCK)


def test_saying_nothing_is_a_pass():
    assert outcome([]) == (Finding(rule="x.y", subject="leaf", outcome=Outcome.PASS, severity=Severity.ERROR),)


def test_a_pass_is_one_object_for_a_rule_and_a_label_and_no_other():
    check = replace(all_checks()["validity.no-expiry"], run=lambda _subject: iter(()), takes_clock=False)
    error = BoundRule(check=check, severity=Severity.ERROR, required=True, parameters={})
    ((leaf,), (again,), (issuer,)) = (apply(error, LEAF, label, CLOCK) for label in ("leaf", "leaf", "issuer 1"))
    assert leaf is again
    assert (leaf.subject, issuer.subject) == ("leaf", "issuer 1")
    assert apply(replace(error, severity=Severity.WARNING), LEAF, "leaf", CLOCK)[0].severity is Severity.WARNING
    assert apply(replace(error, required=False), LEAF, "leaf", CLOCK)[0].required is False


def test_what_the_target_supplies_wins_over_the_policy():
    def run(_subject, *, names, days):
        yield Problem(f"{names} {days}")

    check = replace(all_checks()["validity.no-expiry"], run=run, takes_clock=False)
    parameters = {"names": ("policy",), "days": 2}
    rule = BoundRule(check=check, severity=Severity.ERROR, required=True, parameters=parameters)
    (found,) = apply(rule, LEAF, "leaf", CLOCK, {"names": ("target",)})
    assert (found.message, rule.parameters) == ("('target',) 2", parameters)


def test_each_problem_is_a_finding_of_its_own_with_key_and_evidence():
    problems = [Problem("a", key="1", evidence={"bits": "9"}), Problem("b", key="2")]
    assert outcome(problems) == (
        Finding(
            rule="x.y",
            subject="leaf",
            outcome=Outcome.FAIL,
            severity=Severity.ERROR,
            message="a",
            key="1",
            evidence={"bits": "9"},
        ),
        Finding(rule="x.y", subject="leaf", outcome=Outcome.FAIL, severity=Severity.ERROR, message="b", key="2"),
    )


def test_a_problem_can_lower_the_severity_of_its_rule_and_never_raise_it():
    assert outcome([Problem("a", severity=Severity.INFO)])[0].severity is Severity.INFO
    assert outcome([Problem("a", severity=Severity.ERROR)], Severity.WARNING)[0].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (NotApplicable("why"), Outcome.NOT_APPLICABLE),
        (NotChecked("why"), Outcome.NOT_CHECKED),
        (Passed("why"), Outcome.PASS),
    ],
)
def test_not_applicable_and_not_checked_keep_their_reason(answer, expected):
    assert outcome([answer]) == (
        Finding(rule="x.y", subject="leaf", outcome=expected, severity=Severity.ERROR, message="why"),
    )


def test_a_fact_that_cannot_be_read_is_not_checked():
    def answers():
        raise Malformed("extension X cannot be read")

    (finding,) = outcome(answers)
    assert (finding.outcome, finding.message) == (Outcome.NOT_CHECKED, "extension X cannot be read")


def test_a_crashing_check_is_never_a_pass_and_keeps_what_it_found():
    def answers():
        yield Problem("seen before the crash")
        raise KeyError("x")

    (seen, crashed) = outcome(answers)
    assert (seen.outcome, seen.message) == (Outcome.FAIL, "seen before the crash")
    assert crashed.outcome is Outcome.CRASHED
    assert crashed.not_checked
    assert crashed.message == "the check crashed: KeyError; run again with --traceback to see where"


def test_endless_problems_are_cut_and_the_cut_is_said():
    def answers():
        while True:
            yield Problem("again")

    findings = outcome(answers)
    assert len(findings) == MAX_PROBLEMS + 1
    assert findings[-1].message == "only the first 100 problems are listed"


OF_TEMPLATES = [c for c in all_checks().values() if c.of_template]


def rules(*checks):
    return tuple(
        TargetRule(
            check=c,
            severity=Severity.ERROR,
            required=True,
            parameters={name: p.default for name, p in c.parameters.items()},
        )
        for c in checks
    )


def in_role(der, role=Role.SERVER):
    return IssuedInRole(parse_certificate(der), "leaf", frozenset({role}))


def test_a_rule_on_what_certificates_have_in_common_says_of_each_what_it_says_of_it_alone():
    every = rules(*OF_TEMPLATES)
    index = RuleIndex(TargetPolicy("test", every))
    assert len(every) > 20
    told = set()
    for number, der in enumerate(leaves(120, seed=1)):
        try:
            subject = in_role(der, list(Role)[number % 4])
        except Malformed:
            continue
        alone = [
            finding
            for rule in every
            if rule.check.roles & subject.roles
            for finding in apply(rule.always, subject, "leaf", CLOCK)
        ]
        assert list(index.evaluate(subject, CLOCK)) == alone
        told.update((f.rule, f.outcome) for f in alone)
    assert {outcome for _, outcome in told} == set(Outcome) - {Outcome.CRASHED, Outcome.NOT_EFFECTIVE}


def test_it_runs_once_for_all_of_them_and_again_for_another_role():
    seen = []

    def run(subject):
        seen.append(subject.label)
        yield from ()

    check = replace(all_checks()["ku.encoding"], run=run)
    index = RuleIndex(TargetPolicy("test", rules(check)))
    for name in ("a.example", "b.example"):
        index.evaluate(in_role(issue(name, sans=[name]).der), CLOCK)
        index.evaluate(in_role(issue(name, sans=[name]).der, Role.CLIENT), CLOCK)

    assert len(seen) == 2
    (other,) = index.evaluate(replace(in_role(issue("a.example").der), label="issuer 1"), CLOCK)
    assert other.subject == "issuer 1"


def test_it_cannot_look_at_anything_else():
    def run(subject):
        yield Problem(str(subject.certificate.san))

    check = replace(all_checks()["ku.encoding"], run=run)
    (found,) = RuleIndex(TargetPolicy("test", rules(check))).evaluate(in_role(issue("a.example").der), CLOCK)

    assert found.outcome is Outcome.CRASHED


FIRST, SECOND = date(2026, 5, 1), date(2026, 5, 20)
ENTRIES = (
    [Entry({"since": {"issued": FIRST}})],
    [Entry({"until": {"issued": SECOND}})],
    [Entry({"since": {"clock": FIRST}, "until": {"clock": SECOND}})],
    [Entry({"allowed": [{"issued_before": FIRST, "value": ["RSA"]}, {"issued_before": SECOND, "value": ["EC"]}]})],
    [Entry({}, When.of({"role": "client"}, judges_certificates=True))],
    [Entry({}), Entry({"severity": "info"}, When.of({"key_type": "Ed*"}, judges_certificates=True))],
    [Entry({}), Entry({"since": {"issued": SECOND}}, When.of({"issuer": "*One*"}, judges_certificates=True))],
)


def test_rules_that_depend_on_dates_keys_and_issuers_are_bound_as_for_each_certificate_alone():
    checks = [all_checks()["key.type"], replace(all_checks()["key.type"], of_template=False)]
    every = [
        TargetRule.merge(check, entries, [entry for entry in entries if not entry.when])
        for check in checks
        for entries in ENTRIES
    ]
    index = RuleIndex(TargetPolicy("test", tuple(every)))
    begins = [datetime(2026, 5, 1, tzinfo=UTC) + timedelta(days=days, seconds=s) for days in (0, 19) for s in (-1, 0)]
    shared = make_key()
    issuers = [issue(name, ca=True, key=shared, not_before=begins[0]) for name in ("CA One", "CA Two")]
    ders = [
        issue("a.example", sans=["a.example"], issuer=issuer, key=key, not_before=begin).der
        for issuer in issuers
        for key in (make_key(), make_key("Ed25519"))
        for begin in begins
    ]
    told = set()
    for der in ders:
        for now in begins:
            subject = in_role(der)
            alone = []
            for rule in every:
                bound = bind(rule, subject, "leaf", now)
                alone += [bound] if isinstance(bound, Finding) else apply(bound, subject, "leaf", now)
            assert list(index.evaluate(subject, now)) == alone
            told.update(f.outcome for f in alone)
    assert told == {Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE, Outcome.NOT_EFFECTIVE}


def test_a_certificate_without_a_readable_date_is_bound_alone():
    every = [
        TargetRule.merge(all_checks()["key.type"], [entry], [entry])
        for entry in (Entry({"since": {"issued": FIRST}}), Entry({"until": {"clock": SECOND}}))
    ]
    der = issue("a.example", sans=["a.example"], not_before=datetime(2026, 4, 30, tzinfo=UTC)).der
    broken = der.replace(b"\x17\x0d260430", b"\x17\x0d26043x")
    index = RuleIndex(TargetPolicy("test", tuple(every)))
    days = (datetime(2026, 5, 19, tzinfo=UTC), datetime(2026, 5, 20, tzinfo=UTC))
    outcomes = [[f.outcome for f in index.evaluate(in_role(one), day)] for day in days for one in (der, broken)]
    assert outcomes == [
        [Outcome.NOT_EFFECTIVE, Outcome.PASS],
        [Outcome.NOT_CHECKED, Outcome.PASS],
        [Outcome.NOT_EFFECTIVE, Outcome.NOT_EFFECTIVE],
        [Outcome.NOT_CHECKED, Outcome.NOT_EFFECTIVE],
    ]
