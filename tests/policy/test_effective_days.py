"""Every day on which a rule of a shipped policy begins to hold, or a limit of it changes, to the second."""

from datetime import UTC, datetime, time, timedelta
from functools import cache

import pytest

from certgate.checks.framework.subjects import IssuedInRole
from certgate.judge.binding import bind
from certgate.lab.pki import issue
from certgate.model.finding import Outcome
from certgate.model.target import FileSource, Role, Target
from certgate.policy.model import BoundRule, Dated
from certgate.policy.packs import load_policy, pack_names
from certgate.policy.target_policy import TargetPolicies
from certgate.x509.certificate import parse_certificate

TARGET = Target(id="a.pem", ordinal=0, source=FileSource("a.pem"))
SECOND = timedelta(seconds=1)


@cache
def subject():
    return IssuedInRole(parse_certificate(issue("a.example").der), "leaf", frozenset({Role.SERVER}))


def midnight(day):
    return datetime.combine(day, time(), UTC)


def on(rule, moment):
    """The rule on this moment, by which the certificate is issued and judged."""
    return bind(rule, subject(), "leaf", moment, as_issued=moment)


@cache
def rules(pack):
    return TargetPolicies(load_policy(pack)).of(TARGET).rules


BEGINNINGS = [(pack, rule) for pack in pack_names() for rule in rules(pack) if rule.since]
CHANGES = [
    (pack, rule, name, earlier, later)
    for pack in pack_names()
    for rule in rules(pack)
    for name, value in rule.parameters.items()
    if isinstance(value, Dated)
    for earlier, later in zip(value.rows, value.rows[1:], strict=False)
]


@pytest.mark.parametrize(
    ("pack", "rule"), [pytest.param(pack, rule, id=f"{pack} {rule.id}") for pack, rule in BEGINNINGS]
)
def test_a_rule_holds_from_the_first_second_of_its_day(pack, rule):
    day = midnight(rule.since.day)

    assert on(rule, day - SECOND).outcome is Outcome.NOT_EFFECTIVE
    assert isinstance(on(rule, day), BoundRule) or on(rule, day).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("rule", "name", "earlier", "later"),
    [pytest.param(*found, id=f"{pack} {found[0].id} {found[2][0]}") for pack, *found in CHANGES],
)
def test_a_limit_changes_with_the_first_second_of_its_day(rule, name, earlier, later):
    (before, value), (_, following) = earlier, later

    assert on(rule, midnight(before) - SECOND).parameters[name] == value
    assert on(rule, midnight(before)).parameters[name] == following
    assert value != following


def test_there_are_days_to_test():
    assert len(BEGINNINGS) > 20
    assert len(CHANGES) > 8
