"""The dated tables of webpki-public, on the days on which they change, in both directions."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography import x509

from certgate.checks.framework.subjects import IssuedInRole
from certgate.judge.apply import RuleIndex
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Outcome
from certgate.model.target import FileSource, Role, Target
from certgate.policy.packs import load_policy
from certgate.policy.target_policy import TargetPolicies
from certgate.x509.certificate import parse_certificate

TARGET = Target(id="a.pem", ordinal=0, source=FileSource("a.pem"))
RULES = RuleIndex(TargetPolicies(load_policy("webpki-public")).of(TARGET))
ISSUER = issue("Root", ca=True, days=9000)
DAY = timedelta(days=1)


def outcomes(issued, days=10, **contents):
    """The outcome of each rule on a leaf that was issued on a day, for some days."""
    start = datetime.combine(date.fromisoformat(issued), datetime.min.time(), UTC)
    leaf = issue("a.example", issuer=ISSUER, sans=["a.example"], not_before=start, days=days, **contents)
    subject = IssuedInRole(parse_certificate(leaf.der), "leaf", frozenset({Role.SERVER}))
    return {f.rule: f.outcome for f in RULES.evaluate(subject, CLOCK)}


@pytest.mark.parametrize(
    ("issued", "most"),
    [
        ("2018-02-28", 1188), ("2018-03-01", 825), ("2020-08-31", 825), ("2020-09-01", 398), ("2026-03-14", 398),
        ("2026-03-15", 200), ("2027-03-14", 200), ("2027-03-15", 100), ("2029-03-14", 100), ("2029-03-15", 47),
    ],
)  # fmt: skip
def test_the_limit_of_the_day_of_issue_is_allowed_and_a_day_more_is_not(issued, most):
    assert outcomes(issued, most)["validity.max-lifetime"] is Outcome.PASS
    assert outcomes(issued, most + 1)["validity.max-lifetime"] is Outcome.FAIL


@pytest.mark.parametrize(
    ("issued", "most"),
    [("2020-09-01", 397), ("2026-03-14", 397), ("2026-03-15", 199), ("2027-03-15", 99), ("2029-03-15", 46)],
)
def test_a_day_less_than_the_limit_is_recommended(issued, most):
    assert outcomes(issued, most)["validity.max-lifetime-should"] is Outcome.PASS
    assert outcomes(issued, most + 1)["validity.max-lifetime-should"] is Outcome.FAIL


def test_before_september_2020_nothing_less_than_the_limit_is_recommended():
    assert outcomes("2020-08-31", 825)["validity.max-lifetime-should"] is Outcome.PASS


@pytest.mark.parametrize(
    ("issued", "most"), [("2024-03-14", 0), ("2024-03-15", 10), ("2026-03-14", 10), ("2026-03-15", 7)]
)
def test_short_lived_certificates_need_no_revocation_pointer_since_march_2024(issued, most):
    bare = {"extensions": {x509.CRLDistributionPoints: None}}
    if most:
        assert outcomes(issued, most, **bare)["rev.pointer"] is Outcome.NOT_APPLICABLE
    assert outcomes(issued, most + 1, **bare)["rev.pointer"] is Outcome.FAIL


@pytest.mark.parametrize(
    ("rule", "first", "contents"),
    [
        ("policy.reserved-oid", "2020-09-30", {"policies": ()}),
        ("name.dv-subject", "2023-09-15", {}),
        ("rev.aia-form", "2023-09-15", {}),
        ("name.ip-reverse-zone", "2026-03-15", {}),
    ],
)
def test_a_rule_is_effective_from_its_day_on_and_not_a_day_before(rule, first, contents):
    before = (date.fromisoformat(first) - DAY).isoformat()

    assert outcomes(before, **contents)[rule] is Outcome.NOT_EFFECTIVE
    assert outcomes(first, **contents)[rule] is not Outcome.NOT_EFFECTIVE


@pytest.mark.parametrize(("issued", "outcome"), [("2023-09-14", Outcome.PASS), ("2023-09-15", Outcome.FAIL)])
def test_basic_constraints_of_a_leaf_are_critical_since_the_profiles_of_2023(issued, outcome):
    lax = {x509.BasicConstraints: (x509.BasicConstraints(ca=False, path_length=None), False)}
    assert outcomes(issued, extensions=lax)["bc.leaf"] is outcome
