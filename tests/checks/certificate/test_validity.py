"""Dates and lifetimes, each limit from both sides."""

from datetime import UTC, datetime, timedelta

import pytest

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Severity
from certgate.model.target import Role

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def lasting(lifetime: timedelta, *, left: timedelta | None = None):
    """A certificate of this lifetime, both ends included; of it, `left` remains at the lab's clock."""
    end = CLOCK + (left if left is not None else lifetime / 2)
    return issue("a.example", sans=["a.example"], not_before=end - lifetime + SECOND, not_after=end)


def test_a_certificate_is_valid_to_its_last_second(ask):
    assert ask("validity.expired", lasting(90 * DAY, left=timedelta(0))) == []


def test_a_certificate_expired_one_second_ago_fails(ask):
    assert ask("validity.expired", lasting(90 * DAY, left=-SECOND)) == [
        Problem("expired just now (2026-06-15 11:59:59 UTC)", evidence={"not_after": "2026-06-15T11:59:59+00:00"})
    ]


def test_a_certificate_expired_by_a_fraction_of_a_second_fails(ask):
    [problem] = ask("validity.expired", lasting(90 * DAY, left=timedelta(0)), now=CLOCK + timedelta(microseconds=1))
    assert problem.message.startswith("expired just now")


def test_an_expired_intermediate_is_judged_like_the_leaf(ask):
    root = issue("Root", ca=True)
    old = issue("Sub", ca=True, issuer=root, not_before=CLOCK - 400 * DAY, days=365)
    [problem] = ask("validity.expired", old, Role.ISSUER)
    assert problem.message.startswith("expired 35 days ago")


def test_a_clock_that_differs_by_the_skew_is_forgiven(ask):
    certificate = issue("a.example", not_before=CLOCK + timedelta(seconds=300))
    assert ask("validity.not-yet-valid", certificate) == []


def test_a_certificate_from_the_future_fails(ask):
    certificate = issue("a.example", not_before=CLOCK + timedelta(seconds=301))
    assert ask("validity.not-yet-valid", certificate) == [
        Problem(
            "is not valid until 2026-06-15 12:05:01 UTC, in 5 minutes",
            evidence={"not_before": "2026-06-15T12:05:01+00:00"},
        )
    ]


@pytest.mark.parametrize(
    ("lifetime", "left", "severity"),
    [
        (90 * DAY, 30 * DAY, "pass"),
        (90 * DAY, 30 * DAY - SECOND, Severity.WARNING),
        (90 * DAY, 7 * DAY, Severity.WARNING),
        (90 * DAY, 7 * DAY - SECOND, None),
        (6 * DAY, 2 * DAY, "pass"),
        (6 * DAY, 2 * DAY - SECOND, Severity.WARNING),
        (6 * DAY, timedelta(hours=14, minutes=24), Severity.WARNING),
        (6 * DAY, timedelta(hours=14, minutes=24) - SECOND, None),
        (90 * DAY, timedelta(0), None),
    ],
)
def test_what_must_remain_depends_on_the_lifetime(ask, lifetime, left, severity):
    found = ask("validity.remaining", lasting(lifetime, left=left))
    assert [answer.severity for answer in found] == ([] if severity == "pass" else [severity])


def test_the_message_of_a_short_remainder_names_what_was_asked(ask):
    [problem] = ask("validity.remaining", lasting(90 * DAY, left=DAY))
    assert problem.message == "1 day of 90 days left, at least 7 days required"
    [warning] = ask("validity.remaining", lasting(90 * DAY, left=7 * DAY))
    assert warning.message == "7 days of 90 days left, at least 30 days required"


def test_thresholds_can_be_set_for_workload_certificates(ask):
    workload = lasting(timedelta(hours=24), left=timedelta(hours=5, minutes=59))
    [problem] = ask("validity.remaining", workload, Role.SPIFFE, error_fraction=0.25)
    assert (problem.message, problem.severity) == ("5 hours of 1 day left, at least 6 hours required", None)


def test_an_expired_certificate_is_not_about_to_expire_as_well(ask):
    assert ask("validity.remaining", lasting(90 * DAY, left=-SECOND)) == [NotApplicable("the certificate has expired")]


def test_a_lifetime_of_exactly_the_limit_passes(ask):
    assert ask("validity.max-lifetime", lasting(398 * DAY)) == []


def test_one_second_over_the_limit_is_a_day_more(ask):
    assert ask("validity.max-lifetime", lasting(398 * DAY + SECOND)) == [
        Problem("valid for 399 days, at most 398 allowed")
    ]


def test_the_recommended_limit_is_a_day_less(ask):
    assert ask("validity.max-lifetime-should", lasting(397 * DAY)) == []
    assert ask("validity.max-lifetime-should", lasting(397 * DAY + SECOND)) == [
        Problem("valid for 398 days, at most 397 recommended", cause="validity.max-lifetime")
    ]


@pytest.mark.parametrize(
    ("now", "lifetime", "expected"),
    [
        (datetime(2026, 11, 15, tzinfo=UTC), 101 * DAY, [Problem("valid for 101 days, at most 100 allowed from 2027-03-15")]),
        (datetime(2026, 11, 15, tzinfo=UTC), 100 * DAY, []),
        (datetime(2026, 11, 15, tzinfo=UTC) - SECOND, 101 * DAY, [NotApplicable("no limit changes within 120 days")]),
        (datetime(2027, 3, 15, tzinfo=UTC), 101 * DAY, [NotApplicable("no limit changes within 120 days")]),
        (datetime(2026, 3, 15, tzinfo=UTC) - SECOND, 201 * DAY, [Problem("valid for 201 days, at most 200 allowed from 2026-03-15")]),
        (datetime(2026, 3, 15, tzinfo=UTC) - SECOND, 200 * DAY, []),
        (datetime(2026, 3, 15, tzinfo=UTC), 201 * DAY, [NotApplicable("no limit changes within 120 days")]),
        (datetime(2029, 1, 1, tzinfo=UTC), 48 * DAY, [Problem("valid for 48 days, at most 47 allowed from 2029-03-15")]),
        (datetime(2029, 1, 1, tzinfo=UTC), 47 * DAY, []),
    ],
)  # fmt: skip
def test_the_next_limit_is_announced_120_days_ahead(ask, now, lifetime, expected):
    assert ask("validity.upcoming-cap", lasting(lifetime), now=now) == expected


def test_a_longer_look_ahead_finds_the_first_limit_that_is_exceeded(ask):
    found = ask("validity.upcoming-cap", lasting(90 * DAY), lookahead_days=2000)
    assert found == [Problem("valid for 90 days, at most 47 allowed from 2029-03-15")]


def test_a_root_lives_8_to_25_years(ask):
    def root(days):
        return issue("Root", ca=True, days=days)

    assert ask("validity.root-lifetime", root(2922), Role.CA) == []
    assert ask("validity.root-lifetime", root(9132), Role.CA) == []
    assert ask("validity.root-lifetime", root(2921), Role.CA) == [Problem("valid for 2921 days, 2922 to 9132 required")]
    assert ask("validity.root-lifetime", root(9133), Role.CA) == [Problem("valid for 9133 days, 2922 to 9132 required")]


def test_the_lifetime_of_a_root_is_not_asked_of_an_intermediate(ask):
    sub = issue("Sub", ca=True, issuer=issue("Root", ca=True))
    assert ask("validity.root-lifetime", sub, Role.CA) == [NotApplicable("the certificate is not a root")]


def test_dates_around_2050_change_their_encoding(ask):
    certificate = issue("a.example", not_before=datetime(2049, 12, 31, tzinfo=UTC), days=2)
    assert ask("validity.time-encoding", certificate) == []


@pytest.mark.parametrize(
    ("encoded", "problem"),
    [
        (b"\x18\x0f20491231235959Z", "is a GeneralizedTime for the year 2049, UTCTime required before 2050"),
        (b"\x18\x1120500101000000.5Z", "is not a GeneralizedTime of the form YYYYMMDDHHMMSSZ"),
        (b"\x18\x0d205001010000Z", "is not a GeneralizedTime of the form YYYYMMDDHHMMSSZ"),
        (b"\x17\x0b2606151200Z", "is not a UTCTime of the form YYMMDDHHMMSSZ"),
        (b"\x17\x11260615120000+0100", "is not a UTCTime of the form YYMMDDHHMMSSZ"),
        (b"\x0c\x0d260615120000Z", "has the tag 0xc, neither UTCTime nor GeneralizedTime"),
    ],
)
def test_dates_encoded_otherwise_fail(ask, rework, encoded, problem):
    body = b"\x17\x0d260101000000Z" + encoded
    certificate = rework(issue("a.example"), validity=bytes([0x30, len(body)]) + body)
    assert ask("validity.time-encoding", certificate) == [Problem(f"notAfter {problem}", key="notAfter")]


def test_a_leaf_without_an_end_fails(ask):
    endless = issue("a.example", not_after=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert ask("validity.no-expiry", endless) == [Problem("no expiry date: notAfter is in the year 9999")]
    assert ask("validity.no-expiry", issue("a.example")) == []


@pytest.mark.parametrize(
    ("start", "problems"), [(SECOND, ["notAfter (2026-06-15) is before notBefore"]), (0 * DAY, [])]
)
def test_a_certificate_ends_after_it_begins(ask, start, problems):
    reversed_dates = issue("a", not_before=CLOCK + start, not_after=CLOCK)
    assert [p.message for p in ask("validity.order", reversed_dates)] == problems


@pytest.mark.parametrize("rule", ["validity.expired", "validity.not-yet-valid"])
def test_reversed_dates_are_the_cause_of_other_failures(ask, rule):
    now = CLOCK + DAY if rule == "validity.expired" else CLOCK - DAY
    [problem] = ask(rule, issue("a", not_before=CLOCK + SECOND, not_after=CLOCK), now=now)
    assert problem.cause == "validity.order"
    [problem] = ask(rule, issue("a", not_before=CLOCK, not_after=CLOCK), now=now)
    assert problem.cause == ""
