"""The comparison with other linters: what it counts, and that its tables name what exists."""

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.model.target import Role
from tests.twins.certificates import Sample, samples
from tests.twins.run import ALONE, Twins, _rows, coverage, is_comparable, rate, raw
from tests.twins.verdicts import UNREADABLE, Verdicts, judged

LEAF = Sample("a leaf", b"", Role.SERVER)


def verdicts(*failing, said=(), applied=("e_curve",), unchecked=(), kind=Role.SERVER, pkilint=()):
    failed = frozenset((rule, "") for rule in failing)
    sets = frozenset(unchecked), frozenset(said), frozenset(applied), frozenset(pkilint)
    return Verdicts(LEAF, failed, *sets, kind)


def compared(*given, reasons=()):
    twins = Twins("key.curve", "", {"e_curve"})
    for one in given:
        twins.compare(one, dict.fromkeys(reasons, "why"))
    return twins


def test_both_have_to_say_the_same():
    both, neither = verdicts("key.curve", said=["e_curve"]), verdicts()
    alone, silent = verdicts("key.curve"), verdicts(said=["e_curve"])
    twins = compared(both, neither, alone, silent)

    assert (twins.agree, dict(twins.differ)) == (2, {ALONE: 1, "e_curve": 1})
    assert rate([twins]) == 50.0


def test_a_difference_by_design_is_counted_apart():
    twins = compared(verdicts(), verdicts("key.curve"), reasons=[("key.curve", ALONE)])

    assert (rate([twins]), raw([twins])) == (100.0, 50.0)


def test_what_is_not_checked_is_no_disagreement_and_what_no_lint_is_about_is_not_counted():
    assert compared(verdicts(unchecked=["key.curve"], said=["e_curve"])).agree == 1
    assert compared(verdicts(applied=())).agree == 0


def test_what_zlint_cannot_read_or_takes_for_something_else_is_not_compared():
    assert is_comparable(verdicts())
    assert not is_comparable(verdicts(said=[UNREADABLE]))
    assert not is_comparable(verdicts(kind=Role.CA))
    assert not is_comparable(verdicts("ext.duplicate"))


def test_the_tables_name_rules_that_exist_and_differences_of_twins():
    twins = _rows("twins.tsv")
    names = {(name, code) for name, _, code in twins}
    assert {name.partition("#")[0] for name, _, _ in twins} - {""} <= all_checks().keys()
    for name, code, reason in _rows("by-design.tsv"):
        assert reason
        assert (name, code) in names or code == ALONE or any(code == other for _, _, other in twins), (name, code)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_each_change_makes_a_certificate_and_its_own_rules_see_what_pkilint_sees():
    covered = coverage(judged([*samples(780, 1, every=6)], None), {})

    assert covered.found.total() > 50
    assert covered.rate >= 80
