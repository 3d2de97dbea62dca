"""A forecast is today's facts judged by later clocks: each change is found to the second, and told once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.judge.exceptions import waive
from certgate.judge.forecast.change_dates import change_dates
from certgate.judge.forecast.changes import Change, changes
from certgate.judge.forecast.forecast_run import Event, Forecast, MissingForecast, TargetForecast, forecast_target
from certgate.judge.forecast.renewal import renewals
from certgate.judge.judge import Judge
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Endpoint, Target
from certgate.model.verdict import CertificateSummary, TargetResult, Verdict
from certgate.model.waiver import Waiver
from certgate.policy.model import Dated, Day, TargetPolicy, TargetRule
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True, days=3650)
LEAF = issue("a.example", issuer=ROOT, sans=["a.example"], days=90)
STORE = TrustStore("test", (parse_certificate(ROOT.der),))
TARGET = Target(id="a.example:443", ordinal=0, source=Endpoint("a.example", 443, "a.example"), names=("a.example",))
SEEN = Observation(observed_at=CLOCK, presented=(LEAF.der,))
END = parse_certificate(LEAF.der).not_after
SHORT = Finding(
    rule="key.rsa-min",
    subject="leaf",
    outcome=Outcome.FAIL,
    severity=Severity.ERROR,
    message="RSA key of 1024 bits, at least 2048 required",
)
LATER = CLOCK + timedelta(days=365)


def rule(id, severity=Severity.ERROR, since=None, until=None, **parameters):
    check = all_checks()[id]
    usual = {name: p.default for name, p in check.parameters.items()}
    return TargetRule(
        check=check, severity=severity, required=True, parameters=usual | parameters, since=since, until=until
    )


def policy(*rules, waivers=()):
    return TargetPolicy("test", (rule("target.observed"), *rules), waivers)


def outlook(held, seen=SEEN, start=CLOCK, end=LATER):
    found = Forecast(start=start, end=end)
    judge, observed = Judge(held, STORE), Observed(TARGET, (seen,))

    def waived(at):
        return waive(judge.judge(observed, at), held.waivers, Severity.ERROR)[0]

    found.add(forecast_target(observed, waived, held, Severity.ERROR, start=start, end=end))
    return found


def told(held, **options):
    return [(event.at, event.rule, event.kind) for event, _ in outlook(held, **options).events()]


# --- changes ---


def by_clock(*failing):
    """A judge for which each finding of `failing` fails within its span."""

    def judge(at):
        findings = tuple(finding for begin, end, finding in failing if begin <= at < end)
        return TargetResult(
            target=TARGET, verdict=Verdict.VIOLATED, findings=findings, policy="test", stores=(), certificates=(),
            clock=at, observations=(SEEN,),
        )  # fmt: skip

    return judge


@pytest.mark.parametrize("seconds", [1, 2, 59, 86_400, 29 * 86_400, 30 * 86_400 - 1, 30 * 86_400])
def test_a_change_between_two_moments_is_found_to_the_second(seconds):
    moment = CLOCK + timedelta(seconds=seconds)
    judge = by_clock((moment, LATER, SHORT))
    found = list(changes(judge, [CLOCK, CLOCK + timedelta(days=30)]))
    assert found == [Change(moment, TARGET.id, SHORT)]


def test_what_fails_already_and_what_stops_to_fail_is_no_change():
    judge = by_clock((CLOCK, CLOCK + timedelta(days=3), SHORT))
    assert list(changes(judge, [CLOCK, CLOCK + timedelta(days=30)])) == []


def test_several_changes_between_two_moments_come_in_order():
    days = [5, 20, 11]
    failing = [(CLOCK + timedelta(days=d), LATER, replace(SHORT, key=str(d))) for d in days]
    found = list(changes(by_clock(*failing), [CLOCK, CLOCK + timedelta(days=30)]))
    assert [(c.at, c.finding.key) for c in found] == [(CLOCK + timedelta(days=d), str(d)) for d in sorted(days)]


def test_a_warning_that_becomes_an_error_is_told_twice_and_the_way_back_not_at_all():
    day = timedelta(days=1)
    warning = replace(SHORT, severity=Severity.WARNING)
    failing = [(CLOCK + day, CLOCK + 2 * day, warning), (CLOCK + 2 * day, CLOCK + 3 * day, SHORT),
               (CLOCK + 3 * day, LATER, warning)]  # fmt: skip
    found = [c.finding.severity for c in changes(by_clock(*failing), [CLOCK + n * day for n in range(5)])]
    assert found == [Severity.WARNING, Severity.ERROR]


def test_an_answer_that_will_be_missing_is_told():
    missing = replace(SHORT, outcome=Outcome.NOT_CHECKED)
    (found,) = changes(by_clock((LATER, LATER + timedelta(days=1), missing)), [CLOCK, LATER])
    assert (found.at, found.finding) == (LATER, missing)


# --- moments ---


def test_moments_are_the_dates_that_are_written_and_never_more_than_30_days_apart():
    held = policy(
        rule("validity.max-lifetime", max_days=Dated(((date(2026, 7, 1), 398), (None, 47)))),
        rule("eku.client-auth-public", error_from=date(2026, 8, 1)),
        rule("chain.depth", since=Day("clock", date(2026, 9, 1)), until=Day("clock", date(2026, 10, 1))),
    )
    waiver = Waiver(rule="x", target="*", reason="x", owner="x", expires=date(2026, 11, 1))
    certificates = [
        CertificateSummary(label="leaf", subject="CN=a", not_before=CLOCK - timedelta(days=1), not_after=END)
    ]
    found = change_dates(CLOCK, LATER, held, [waiver], certificates)
    days = {moment.date() for moment in found}
    assert {date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 2)} <= days
    assert END in found
    assert (found[0], found[-1]) == (CLOCK, LATER)
    assert found == sorted(found)
    assert max(b - a for a, b in pairwise(found)) <= timedelta(days=30)


def test_a_waiver_without_an_end_in_the_calendar_is_no_moment():
    forever = Waiver(rule="x", target="*", reason="x", owner="x", expires=date.max)
    assert change_dates(CLOCK, CLOCK + timedelta(days=1), policy(), [forever], []) == [CLOCK, CLOCK + timedelta(days=1)]


# --- with real rules ---


def test_expiry_and_its_warnings_come_in_order():
    third, tenth = timedelta(days=90) / 3, timedelta(days=7)
    second = timedelta(seconds=1)
    assert told(policy(rule("validity.remaining"), rule("validity.expired"))) == [
        (END - third + second, "validity.remaining", "warning"),
        (END - tenth + second, "validity.remaining", "error"),
        (END + second, "validity.expired", "error"),
    ]


@pytest.mark.parametrize(("seconds", "seen"), [(0, False), (1, True)])
def test_the_horizon_is_kept_to_the_second(seconds, seen):
    end = END + timedelta(seconds=seconds)
    assert bool(told(policy(rule("validity.expired")), end=end)) is seen


def test_the_end_of_a_waiver_is_told_on_the_day_after():
    waiver = Waiver(
        rule="validity.max-lifetime",
        target=TARGET.id,
        reason="old device",
        owner="ops@acme.example",
        expires=date(2026, 6, 30),
    )
    held = policy(rule("validity.max-lifetime", max_days=30), waivers=(waiver,))
    day_after = datetime(2026, 7, 1, tzinfo=UTC)
    assert told(held) == [
        (day_after, "validity.max-lifetime", "error"),
        (day_after, "waiver.expired", "error"),
    ]


def test_a_rule_that_starts_on_a_day_is_told_for_that_day():
    held = policy(rule("validity.max-lifetime", max_days=30, since=Day("clock", date(2026, 9, 1))))
    assert told(held)[0] == (datetime(2026, 9, 1, tzinfo=UTC), "validity.max-lifetime", "error")


def test_a_problem_that_passes_between_two_dates_is_seen():
    start = datetime(2028, 6, 1, tzinfo=UTC)
    held = policy(rule("validity.upcoming-cap", severity=Severity.INFO))
    assert told(held, start=start, end=start + timedelta(days=700)) == [
        (datetime(2028, 11, 15, tzinfo=UTC), "validity.upcoming-cap", "info")
    ]


def test_what_fails_today_is_counted_and_not_told():
    found = outlook(policy(rule("validity.max-lifetime", max_days=30)))
    assert (list(found.events()), found.failing, found.targets, found.unseen) == ([], 1, 1, [])


def test_a_target_that_was_not_observed_is_named():
    failure = Failure(FailureKind.REFUSED, Phase.CONNECT, "nobody listens")
    found = outlook(policy(rule("validity.expired")), seen=replace(SEEN, presented=(), failure=failure))
    found.add(TargetForecast("b.example:443", unseen=("timed out",)))
    assert found.unseen == [
        MissingForecast(TARGET.id, "refused: nobody listens"),
        MissingForecast("b.example:443", "timed out"),
    ]
    assert (found.targets, found.failing) == (2, 0)
    assert list(found.events()) == []


def test_the_same_event_at_many_targets_is_told_once():
    held = policy(rule("validity.expired"))
    found = Forecast(start=CLOCK, end=LATER)
    judge = Judge(held, STORE)
    for number in range(3):
        target = replace(TARGET, id=f"{number}.example:443", ordinal=number)
        observed = Observed(target, (SEEN,))
        at = partial(judge.judge, observed)
        found.add(forecast_target(observed, at, held, Severity.ERROR, start=CLOCK, end=LATER))
    ((event, targets),) = found.events()
    assert event == Event(
        END + timedelta(seconds=1), "validity.expired", "error", "leaf CN=a.example",
        f"expired just now ({END:%Y-%m-%d %H:%M:%S} UTC)", renewal=False,
    )  # fmt: skip
    assert targets == ["0.example:443", "1.example:443", "2.example:443"]


# --- renewals ---

TABLE = Dated(((date(2026, 3, 15), 398), (date(2027, 3, 15), 200), (date(2029, 3, 15), 100), (None, 47)))


def renewed(held, leaf, end=CLOCK + timedelta(days=1200), start=CLOCK):
    seen = replace(SEEN, presented=(leaf.der,))
    return [(c.at, c.finding.message) for c in renewals(Observed(TARGET, (seen,)), held, start, end)]


@pytest.mark.parametrize(
    ("days", "limits"),
    [
        (47, []),
        (48, [(date(2029, 3, 15), 47)]),
        (100, [(date(2029, 3, 15), 47)]),
        (101, [(date(2027, 3, 15), 100), (date(2029, 3, 15), 47)]),
    ],
)
def test_a_renewal_of_the_same_lifetime_fails_from_the_day_of_the_limit(days, limits):
    leaf = issue("a.example", issuer=ROOT, sans=["a.example"], days=days)
    held = policy(rule("validity.max-lifetime", max_days=TABLE))
    assert renewed(held, leaf) == [
        (datetime(day.year, day.month, day.day, tzinfo=UTC), f"valid for {days} days, at most {limit} allowed")
        for day, limit in limits
    ]


def test_a_renewal_that_would_fail_already_today_is_told_for_today():
    old = issue("a.example", issuer=ROOT, sans=["a.example"], not_before=datetime(2026, 3, 1, tzinfo=UTC), days=398)
    held = policy(rule("validity.max-lifetime", max_days=TABLE))
    assert renewed(held, old, end=CLOCK + timedelta(days=1)) == [(CLOCK, "valid for 398 days, at most 200 allowed")]


def test_what_the_leaf_fails_as_it_was_issued_is_no_matter_of_its_renewal():
    long = issue("a.example", issuer=ROOT, sans=["a.example"], days=90)
    assert renewed(policy(rule("validity.max-lifetime", max_days=30)), long) == []


def test_a_rule_for_certificates_issued_from_a_day_on_fails_renewals_from_then():
    held = policy(rule("validity.max-lifetime", max_days=30, since=Day("issued", date(2026, 9, 1))))
    assert renewed(held, LEAF) == [(datetime(2026, 9, 1, tzinfo=UTC), "valid for 90 days, at most 30 allowed")]


def test_a_rule_that_ends_on_the_day_of_a_limit_never_reaches_it():
    day = date(2026, 9, 1)
    table = Dated(((day, 398), (None, 30)))
    held = policy(rule("validity.max-lifetime", max_days=table, until=Day("issued", day)))
    assert renewed(held, LEAF) == []
    held = policy(rule("validity.max-lifetime", max_days=table, until=Day("issued", day + timedelta(days=1))))
    assert renewed(held, LEAF) == [(datetime(2026, 9, 1, tzinfo=UTC), "valid for 90 days, at most 30 allowed")]


def test_a_renewal_is_held_to_what_its_target_declares():
    held = policy(rule("policy.expected", since=Day("issued", date(2027, 1, 1)), oids=("1.2.3",)))
    declaring = replace(TARGET, policy_oids=("2.3.4",))
    found = renewals(Observed(declaring, (SEEN,)), held, CLOCK, CLOCK + timedelta(days=400))
    assert ["2.3.4" in change.finding.message for change in found] == [True]


def test_a_rule_of_the_clock_says_nothing_of_a_renewal():
    leaf = issue("a.example", issuer=ROOT, sans=["a.example"], days=47)
    assert renewed(policy(rule("validity.max-lifetime", max_days=TABLE), rule("validity.expired")), leaf) == []


def test_the_leaf_is_renewed_wherever_it_stands_in_its_file():
    leaf = issue("a.example", issuer=ROOT, sans=["a.example"], days=101)
    seen = Observation(observed_at=CLOCK, presented=(ROOT.der, leaf.der))
    held = policy(rule("validity.max-lifetime", max_days=TABLE))
    found = renewals(Observed(TARGET, (seen,)), held, CLOCK, CLOCK + timedelta(days=400))
    assert [change.finding.message for change in found] == ["valid for 101 days, at most 100 allowed"]


def test_an_unreadable_leaf_has_no_renewal():
    held = policy(rule("validity.max-lifetime", max_days=TABLE))
    assert list(renewals(Observed(TARGET, (replace(SEEN, presented=(b"junk",)),)), held, CLOCK, LATER)) == []
    assert list(renewals(Observed(TARGET, (replace(SEEN, presented=()),)), held, CLOCK, LATER)) == []


def test_the_day_on_which_the_root_ends_is_told_and_the_day_from_which_it_ends_soon():
    root = issue("Root", ca=True, days=100)
    leaf = issue("a.example", issuer=root, sans=["a.example"], days=300)
    end = parse_certificate(root.der).not_after
    found = list(
        changes(
            lambda at: Judge(
                policy(rule("trust.anchor-expiry")), TrustStore("r", (parse_certificate(root.der),))
            ).judge(Observed(TARGET, (replace(SEEN, presented=(leaf.der,)),)), at),
            [CLOCK, LATER],
        )
    )
    assert [(change.at, change.finding.severity) for change in found] == [
        (end - timedelta(days=10) + timedelta(seconds=1), Severity.WARNING),
        (end + timedelta(seconds=1), Severity.ERROR),
    ]
