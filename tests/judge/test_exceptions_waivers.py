"""Waivers excuse the failures that they name, for as long as they hold, and nothing else."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from certgate.judge.exceptions import Exceptions, WaiverTally, waive
from certgate.lab.pki import CLOCK
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.target import Place
from certgate.model.verdict import Notice, Verdict
from certgate.model.waiver import Waiver, WaiverUse
from certgate.x509.certificate import parse_certificate
from tests.judge.addresses import GOOD, MIDDLE, OLD, OLDER, A, B, at, judged
from tests.judge.excusable import NOON, PASSED, SHORT, UNSEEN, result

LAST_DAY = date(2027, 4, 30)
LAST_SECOND = datetime(2027, 4, 30, 23, 59, 59, tzinfo=UTC)
DAY_AFTER = datetime(2027, 5, 1, tzinfo=UTC)
WAIVER = Waiver(
    rule="key.rsa-min",
    target="a.example:443",
    reason="old device",
    owner="ops@acme.example",
    expires=LAST_DAY,
    place=Place("team.yaml", 9, 5),
)
UNKNOWN = Finding(
    rule="key.rsa-min",
    subject="leaf",
    outcome=Outcome.NOT_CHECKED,
    severity=Severity.ERROR,
    message="the key cannot be read",
)


def waived(findings, *waivers, clock=NOON):
    return waive(result(*findings, clock=clock), waivers, Severity.ERROR)


def test_a_failure_is_marked_and_fails_nothing():
    done, uses = waived([PASSED, SHORT], WAIVER)
    assert done.findings == (PASSED, replace(SHORT, waiver=WAIVER))
    assert done.verdict is Verdict.COMPLIANT
    assert uses == (WaiverUse(WAIVER, failures=1, targets=1),)


def test_the_whole_last_day_belongs_to_the_waiver():
    done, _ = waived([PASSED, SHORT], WAIVER, clock=LAST_SECOND)
    assert done.verdict is Verdict.COMPLIANT


def test_on_the_day_after_the_failure_counts_again_and_the_waiver_says_so():
    done, uses = waived([PASSED, SHORT], WAIVER, clock=DAY_AFTER)
    assert done.verdict is Verdict.VIOLATED
    assert done.findings == (
        PASSED,
        SHORT,
        Finding(
            rule="waiver.expired",
            subject="leaf",
            outcome=Outcome.FAIL,
            severity=Severity.ERROR,
            message="the waiver of key.rsa-min by ops@acme.example expired on 2027-04-30: old device",
            key="key.rsa-min a.example:443 ",
            evidence={"expires": "2027-04-30"},
        ),
    )
    assert uses == (WaiverUse(WAIVER, failures=1, targets=1),)


def test_an_expired_waiver_is_as_severe_as_what_it_excused():
    warning = replace(SHORT, severity=Severity.WARNING)
    done, _ = waived([PASSED, warning], WAIVER, clock=DAY_AFTER)
    assert done.findings[-1].severity is Severity.WARNING
    assert done.verdict is Verdict.COMPLIANT


def test_an_expired_waiver_for_nothing_fails_nothing():
    done, uses = waived([PASSED], WAIVER, clock=DAY_AFTER)
    assert done.findings == (PASSED,)
    assert uses == (WaiverUse(WAIVER, failures=0, targets=1),)


@pytest.mark.parametrize(
    "other",
    [
        replace(WAIVER, target="b.example:443"),
        replace(WAIVER, target="*.example"),
        replace(WAIVER, rule="key.*-max"),
        replace(WAIVER, certificate="cd" * 32),
        replace(WAIVER, certificate="77"),
    ],
)
def test_a_waiver_for_something_else_touches_nothing(other):
    done, _ = waived([PASSED, SHORT], other)
    assert done.findings == (PASSED, SHORT)
    assert done.verdict is Verdict.VIOLATED


@pytest.mark.parametrize(
    ("subject", "certificate"),
    [
        ("leaf", "ab" * 32),
        ("leaf", "4a1b"),
        ("issuer 1", "cd" * 32),
        ("issuer 1", "77"),
        ("path", "ab" * 32),
        ("handshake", "4a1b"),
    ],
)
def test_a_finding_without_a_certificate_of_its_own_is_about_the_leaf(subject, certificate):
    done, _ = waived([PASSED, replace(SHORT, subject=subject)], replace(WAIVER, certificate=certificate))
    assert done.verdict is Verdict.COMPLIANT


@pytest.mark.parametrize("target", ["a.example:443", "*.example:443", "*", "?.example:*"])
def test_a_target_is_named_by_id_or_glob(target):
    assert waived([PASSED, SHORT], replace(WAIVER, target=target))[0].verdict is Verdict.COMPLIANT


def test_an_address_in_brackets_is_its_own_pattern():
    seen = result(PASSED, SHORT, id="[2001:db8::1]:443")
    done, _ = waive(seen, [replace(WAIVER, target="[2001:db8::1]:443")], Severity.ERROR)
    assert done.verdict is Verdict.COMPLIANT


def test_what_is_not_known_cannot_be_waived():
    everything = replace(WAIVER, rule="*", target="*")
    done, uses = waived([UNSEEN, PASSED, UNKNOWN], everything)
    assert done.findings == (UNSEEN, PASSED, UNKNOWN)
    assert uses == (WaiverUse(everything, failures=0, targets=1, not_checked=1),)


@pytest.mark.parametrize(
    ("missing", "not_checked"), [(UNSEEN, 1), (UNKNOWN, 1), (replace(UNKNOWN, rule="name.dns-syntax"), 0)]
)
def test_a_waiver_may_be_of_use_where_its_rule_or_the_whole_target_could_not_be_checked(missing, not_checked):
    (use,) = waived([PASSED, missing], WAIVER)[1]
    assert use.not_checked == not_checked


def test_of_several_waivers_the_one_that_holds_longest_is_used():
    longer = replace(WAIVER, expires=date(2027, 6, 30))
    done, uses = waived([PASSED, SHORT], WAIVER, longer, clock=DAY_AFTER)
    assert done.findings[-1].waiver == longer
    assert {use.waiver.expires: use.failures for use in uses} == {LAST_DAY: 0, longer.expires: 1}


# --- what is told at the end of the run ---


def told(*uses, clock=NOON, waivers=(WAIVER,)):
    tally = WaiverTally(waivers)
    for use in uses:
        tally.add([use], clock)
    return list(tally.notices())


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (31, None),
        (30, "ends in 30 days, on 2027-04-30"),
        (1, "ends in 1 day, on 2027-04-30"),
        (0, "ends today"),
        (-1, None),
    ],
)
def test_the_end_of_a_waiver_in_use_is_announced_for_30_days(days, words):
    clock = datetime(2027, 4, 30, 18, tzinfo=UTC) - timedelta(days=days)
    message = f"the waiver of key.rsa-min for a.example:443 by ops@acme.example {words}"
    expected = [Notice("waiver.expiring", message, WAIVER.place)] if words else []
    assert told(WaiverUse(WAIVER, 1, 1), clock=clock) == expected


@pytest.mark.parametrize(
    ("uses", "reason"),
    [
        ((), "matches no target of this run"),
        ((WaiverUse(WAIVER, 0, 1), WaiverUse(WAIVER, 0, 1)), "is unused"),
        ((WaiverUse(WAIVER, 0, 1), WaiverUse(WAIVER, 0, 1, 1)), "is unused, but not every rule could be checked"),
    ],
)
def test_an_unused_waiver_is_reported(uses, reason):
    message = f"the waiver of key.rsa-min for a.example:443 by ops@acme.example {reason}"
    assert told(*uses) == [Notice("waiver.unused", message, WAIVER.place)]


def test_a_waiver_used_at_one_of_many_targets_is_used():
    assert told(WaiverUse(WAIVER, 0, 1), WaiverUse(WAIVER, 2, 1), WaiverUse(WAIVER, 0, 1, 1)) == [
        Notice(
            "waiver.expiring",
            "the waiver of key.rsa-min for a.example:443 by ops@acme.example ends in 29 days, on 2027-04-30",
            WAIVER.place,
        )
    ]


@pytest.mark.parametrize(
    ("left_out", "is_part", "reported"), [((), False, True), ((), True, False), (["chain.depth"], False, False)]
)
def test_a_run_over_a_part_of_the_targets_or_rules_reports_no_unused_waiver(left_out, is_part, reported):
    exceptions = Exceptions([WAIVER], [], fail_on=Severity.ERROR, left_out=left_out)
    exceptions.apply(result(PASSED), [WAIVER])
    assert [notice.rule for notice in exceptions.notices(is_part=is_part)] == ["waiver.unused"] * reported


@pytest.mark.parametrize(
    ("findings", "fail_on", "is_excused"),
    [
        ([PASSED, SHORT], Severity.ERROR, True),
        ([PASSED], Severity.ERROR, False),
        ([PASSED, replace(SHORT, severity=Severity.WARNING)], Severity.ERROR, False),
        ([PASSED, replace(SHORT, severity=Severity.WARNING)], Severity.WARNING, True),
        ([PASSED, SHORT, replace(SHORT, rule="key.weak")], Severity.ERROR, False),
        ([PASSED, SHORT, UNSEEN], Severity.ERROR, False),
    ],
)
def test_a_target_is_excused_if_it_is_compliant_and_would_not_be_otherwise(findings, fail_on, is_excused):
    exceptions = Exceptions([WAIVER], [], fail_on=fail_on)
    assert exceptions.apply(result(*findings), [WAIVER]).is_excused is is_excused


def test_a_run_over_a_part_still_announces_the_end_of_a_waiver():
    exceptions = Exceptions([WAIVER], [], fail_on=Severity.ERROR)
    exceptions.apply(result(PASSED, SHORT), [WAIVER])
    assert [notice.rule for notice in exceptions.notices(is_part=True)] == ["waiver.expiring"]


def test_a_waiver_for_one_certificate_excuses_it_alone():
    serial = f"{parse_certificate(OLD.der).serial:x}"
    waiver = Waiver(rule="validity.*", target="*", reason="x", owner="x", expires=CLOCK.date(), certificate=serial)
    verdicts = [
        waive(judged(*seen), [waiver], Severity.ERROR)[0].verdict
        for seen in (
            (at(A, GOOD, MIDDLE), at(B, OLD, MIDDLE)),
            (at(A, OLD, MIDDLE), at(B, OLD, MIDDLE)),
            (at(A, OLDER, MIDDLE), at(B, OLD, MIDDLE)),
        )
    ]
    assert verdicts == [Verdict.COMPLIANT, Verdict.COMPLIANT, Verdict.VIOLATED]
