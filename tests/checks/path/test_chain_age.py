"""How long issuing CAs live, and how old the anchor is."""

from datetime import UTC, datetime, timedelta

import pytest

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.path.chain_age import root_age
from certgate.lab.pki import CLOCK, issue
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate

LEAF = parse_certificate(issue("leaf").der)


def path(made: datetime) -> CertificatePath:
    return CertificatePath((LEAF,), parse_certificate(issue("Root", ca=True, not_before=made, days=9132).der))


def test_three_years_of_an_intermediate_pass_and_a_second_more_fails(ask):
    assert ask("chain.subca-lifetime", issue("CA", ca=True, days=1096), Role.ISSUER) == []
    longer = issue("CA", ca=True, not_before=CLOCK, not_after=CLOCK + timedelta(days=1096))
    assert ask("chain.subca-lifetime", longer, Role.ISSUER) == [Problem("valid for 1097 days, at most 1096 allowed")]


@pytest.mark.parametrize(
    ("made", "end"),
    [
        (datetime(2007, 12, 31, tzinfo=UTC), datetime(2026, 4, 15, tzinfo=UTC)),
        (datetime(2008, 1, 1, tzinfo=UTC), datetime(2027, 4, 15, tzinfo=UTC)),
        (datetime(2009, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2027, 4, 15, tzinfo=UTC)),
        (datetime(2010, 1, 1, tzinfo=UTC), datetime(2028, 4, 15, tzinfo=UTC)),
        (datetime(2011, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2028, 4, 15, tzinfo=UTC)),
        (datetime(2012, 1, 1, tzinfo=UTC), datetime(2029, 4, 15, tzinfo=UTC)),
        (datetime(2014, 4, 14, tzinfo=UTC), datetime(2029, 4, 15, tzinfo=UTC)),
        (datetime(2014, 4, 15, tzinfo=UTC), datetime(2029, 4, 15, tzinfo=UTC)),
        (datetime(2014, 4, 16, tzinfo=UTC), datetime(2029, 4, 16, tzinfo=UTC)),
        (datetime(2020, 6, 15, tzinfo=UTC), datetime(2035, 6, 16, tzinfo=UTC)),
    ],
)
def test_an_anchor_is_trusted_until_its_day(made, end):
    assert list(root_age(path(made), end - timedelta(seconds=1))) == []
    assert list(root_age(path(made), end)) == [
        Problem(
            f"the root Root dates from {made:%Y-%m-%d}: Chrome trusts such a key until {end:%Y-%m-%d}",
            evidence={"not_before": made.isoformat()},
        )
    ]


def test_a_path_without_anchor_has_no_age():
    assert list(root_age(CertificatePath((LEAF,)), CLOCK)) == [NotApplicable("the path has no trusted root")]
