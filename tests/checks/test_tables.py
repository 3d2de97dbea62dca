"""Every rule at its boundaries: a table per family, and in it for each rule what just passes and what just fails."""

import importlib
import pkgutil

import pytest

from certgate.checks.framework.catalogue import all_rules
from tests.checks import tables
from tests.checks.tables.one_sided import ONE_SIDED

TABLES = {
    name: importlib.import_module(f"{tables.__name__}.{name}").TABLE
    for _, name, _ in pkgutil.iter_modules(tables.__path__)
    if name in {doc.family for doc in all_rules().values()}
}
ROWS = {rule: rows for table in TABLES.values() for rule, rows in table.items()}


@pytest.mark.parametrize("rule", ROWS)
def test_a_rule_answers_at_its_boundaries(rule):
    rows = ROWS[rule]

    assert {row.what: row.answers(rule) for row in rows} == {row.what: list(row.expected) for row in rows}


@pytest.mark.parametrize("family", TABLES)
def test_a_table_holds_the_rules_of_its_family(family):
    assert {rule for rule in TABLES[family] if rule.partition(".")[0] != family} == set()
    assert {
        rule: len(rows) - len({row.what for row in rows}) for rule, rows in TABLES[family].items()
    } == dict.fromkeys(TABLES[family], 0)


def missing_sides(rule):
    rows = ROWS.get(rule, ())
    sides = {"passes": any(row.passes for row in rows), "fails": any(row.fails for row in rows)}
    return {side for side, found in sides.items() if not found}


def test_every_rule_has_a_row_that_passes_and_a_row_that_fails():
    expected = {rule: ONE_SIDED.get(rule, ("", set()))[1] for rule in all_rules()}

    assert {rule: missing_sides(rule) for rule in all_rules()} == expected
