"""Whether a certificate was replaced as its owner expects, at the boundaries."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import Succession
from certgate.judge.chain import sent
from certgate.judge.seen import seen_certificate
from certgate.lab.pki import CLOCK, issue, make_key
from certgate.model.observation import Observation
from certgate.x509.certificate import parse_certificate

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
KEY = make_key()
CA = issue("CA 1", ca=True, key=KEY)
BEFORE = issue("a.example", issuer=CA, sans=["a.example"], key=KEY, days=90)
R10 = x509.Name.from_rfc4514_string("CN=R10,O=Let's Encrypt,C=US")
NOW = issue("a.example", issuer=CA, sans=["a.example"], days=90)


def facts(credential, **changes):
    (summary,) = sent(Observation(observed_at=CLOCK, presented=(credential.der,)))
    return replace(seen_certificate(summary), **changes)


def ask(rule, now, before, *, at=CLOCK, before_at=CLOCK - DAY, **parameters):
    check = all_checks()[rule]
    pair = Succession(parse_certificate(now.der), before, before_at)
    clock = [at] if check.takes_clock else []
    return [type(answer) for answer in check.run(pair, *clock, **parameters)]


LIFETIME = facts(BEFORE).not_after - facts(BEFORE).not_before
END = facts(BEFORE).not_after


@pytest.mark.parametrize("rule", ["history.issuer-changed", "history.unexpected-change"])
def test_the_same_certificate_passes(rule):
    assert ask(rule, BEFORE, facts(BEFORE)) == []


@pytest.mark.parametrize("rule", ["history.key-reused", "history.renewal-late"])
def test_without_a_renewal_a_rule_on_renewals_does_not_apply(rule):
    assert ask(rule, BEFORE, facts(BEFORE)) == [NotApplicable]


@pytest.mark.parametrize(
    ("before", "parameters", "answers"),
    [
        ("CN=CA 1", {}, []),
        ("CN=CA 2", {}, [Problem]),
        ("CN=CA 1,O=CA", {}, [Problem]),
        ("", {}, [NotChecked]),
    ],
)
def test_the_issuer_is_the_one_of_the_last_run(before, parameters, answers):
    assert ask("history.issuer-changed", NOW, facts(BEFORE, issuer=before), **parameters) == answers


@pytest.mark.parametrize(
    ("before", "answers", "exact"),
    [
        ("CN=R3,O=Let's Encrypt,C=US", [], [Problem]),
        ("CN=R3,O=let's encrypt", [], [Problem]),
        ("CN=R3,O=Other", [Problem], [Problem]),
        ("CN=R3", [Problem], [Problem]),
        (r"CN=x\,O=Let's Encrypt", [Problem], [Problem]),
        ("CN=R10,O=Let's Encrypt,C=US", [], []),
    ],
)
def test_intermediates_of_one_organization_are_one_issuer_unless_asked_otherwise(before, answers, exact):
    now = issue("a.example", issuer=issue(R10, ca=True), sans=["a.example"])
    assert ask("history.issuer-changed", now, facts(BEFORE, issuer=before)) == answers
    assert ask("history.issuer-changed", now, facts(BEFORE, issuer=before), by_organization=False) == exact


@pytest.mark.parametrize(
    ("left", "fraction", "answers"),
    [
        (LIFETIME * 0.5, 0.5, []),
        (LIFETIME * 0.5 + SECOND, 0.5, [Problem]),
        (LIFETIME / 3, 0.5, []),
        (-DAY, 0.5, []),
        (LIFETIME * 0.5, 0.25, [Problem]),
        (LIFETIME, 1.0, []),
    ],
)
def test_a_change_is_expected_once_renewal_is_due(left, fraction, answers):
    at = END - left
    assert ask("history.unexpected-change", NOW, facts(BEFORE), at=at, window_fraction=fraction) == answers


@pytest.mark.parametrize(
    ("left", "parameters", "answers"),
    [
        (7 * DAY, {}, []),
        (7 * DAY - SECOND, {}, [Problem]),
        (-DAY, {}, [Problem]),
        (LIFETIME * 0.05, {"min_fraction": 0.05}, []),
        (LIFETIME * 0.05 - SECOND, {"min_fraction": 0.05}, [Problem]),
        (10 * DAY, {"min_days": 11.0, "min_fraction": 0.5}, [Problem]),
    ],
)
def test_a_renewal_is_late_if_the_last_run_still_saw_a_certificate_near_its_end(left, parameters, answers):
    before_at = END - left
    assert ask("history.renewal-late", NOW, facts(BEFORE), before_at=before_at, **parameters) == answers


@pytest.mark.parametrize("rule", ["history.unexpected-change", "history.renewal-late"])
@pytest.mark.parametrize("unknown", [{"not_before": None}, {"not_after": None}])
def test_what_an_older_history_does_not_tell_is_not_checked(rule, unknown):
    assert ask(rule, NOW, facts(BEFORE, **unknown)) == [NotChecked]


def test_a_renewed_certificate_has_a_new_key():
    reused = issue("a.example", issuer=CA, sans=["a.example"], key=KEY, days=91)
    assert ask("history.key-reused", NOW, facts(BEFORE)) == []
    assert ask("history.key-reused", reused, facts(BEFORE)) == [Problem]
    assert ask("history.key-reused", reused, facts(BEFORE, spki_sha256="")) == [NotChecked]
