"""Run `pytest` in this folder, with certgate and this package installed."""

from datetime import UTC, datetime

import pytest
from acme_checks import ends_on_workday

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.framework.subjects import IssuedInRole
from certgate.lab.pki import issue
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate


def ending(day: int) -> IssuedInRole:
    """A server's leaf that expires on this day of June 2026, a month that begins on a Monday."""
    issued = issue("a.acme.example", sans=["a.acme.example"], not_before=datetime(2026, 5, day, tzinfo=UTC), days=32)
    return IssuedInRole(parse_certificate(issued.der), "leaf", frozenset({Role.SERVER}))


@pytest.mark.parametrize(("day", "name"), [(6, "Saturday"), (7, "Sunday")])
def test_expiry_on_a_day_off_is_a_problem(day: int, name: str) -> None:
    (problem,) = ends_on_workday(ending(day))
    assert isinstance(problem, Problem)
    assert problem.message == f"expires on a {name}"


@pytest.mark.parametrize("day", [5, 8])
def test_expiry_on_a_workday_is_fine(day: int) -> None:
    assert list(ends_on_workday(ending(day))) == []


def test_without_days_off_the_rule_does_not_apply() -> None:
    assert list(ends_on_workday(ending(6), days_off=())) == [NotApplicable("every day is a workday")]
