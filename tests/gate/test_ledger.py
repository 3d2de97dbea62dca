"""The law of a run, for every way in which targets and results can come."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certgate.gate.ledger import Ledger
from certgate.model.errors import UsageError
from certgate.model.target import Endpoint, Target


def targets(count):
    return [Target(id=f"{n}.example:443", ordinal=n, source=Endpoint(f"{n}.example", 443)) for n in range(count)]


@st.composite
def runs(draw):
    """How many are declared, how many of them are read, and of which results come, in which order and how often."""
    count = draw(st.integers(0, 8))
    read = draw(st.integers(0, count))
    came = draw(st.lists(st.integers(0, count + 1), max_size=2 * count + 2))
    return count, read, came


def go(count, read, came):
    """The ledger after that run, and what was handed on; the one of a declaration is its ordinal."""
    ledger, handed_on = Ledger(), []
    everything = targets(count + 2)
    stream = ledger.declare(everything[:count])
    list(islice(stream, read))
    for number in came:
        target = everything[number]
        if ledger.awaits(target):
            ledger.settle(target, number)
            handed_on += ledger.due()
    return ledger, handed_on, stream


@given(runs())
def test_what_is_handed_on_is_the_beginning_of_what_was_declared_each_once(run):
    ledger, handed_on, _ = go(*run)
    assert handed_on == list(range(len(handed_on)))
    assert ledger.handed_on == len(handed_on)


@given(runs())
def test_nothing_waits_for_anything_but_a_target_before_it(run):
    _, read, came = run
    _, handed_on, _ = go(*run)
    first_without_result = next((n for n in range(read) if n not in came), read)
    assert len(handed_on) == first_without_result


@given(runs())
def test_declared_is_handed_on_and_missing_and_the_missing_are_named(run):
    ledger, handed_on, _ = go(*run)
    assert ledger.declared == run[1] == len(handed_on) + ledger.missing
    named = tuple(f"{n}.example:443" for n in range(len(handed_on), ledger.declared))
    assert ledger.missing_ids == named[:5]


@given(runs())
def test_every_result_but_the_first_of_an_open_target_is_a_stray(run):
    _, read, came = run
    ledger, _, _ = go(*run)
    first = {n for n in came if n < read}
    assert len(ledger.strays) == len(came) - len(first)
    assert bool(ledger.faults) is bool(ledger.strays)


@given(runs())
def test_after_the_unsettled_and_the_unread_are_settled_nothing_is_missing(run):
    count, _, _ = run
    ledger, handed_on, stream = go(*run)
    for target in (*ledger.unsettled, *stream):
        assert ledger.awaits(target)
        ledger.settle(target, target.ordinal)
        handed_on += ledger.due()
    assert handed_on == list(range(count))
    assert (ledger.missing, ledger.missing_ids) == (0, ())


def test_a_name_that_two_open_targets_share_is_refused():
    with pytest.raises(UsageError, match=r"0\.example:443 is declared twice; give one of them another name"):
        list(Ledger().declare(targets(1) * 2))


def test_what_is_settled_is_forgotten():
    ledger = Ledger()
    for target in ledger.declare(targets(1000)):
        ledger.settle(target, target.ordinal)
        assert list(ledger.due()) == [target.ordinal]
        assert not ledger.unsettled
        assert len(vars(ledger)["_open"]) == 0


def test_a_target_that_was_planned_and_is_not_declared_again_is_missing():
    ledger = Ledger(3)
    for target in ledger.declare(targets(2)):
        ledger.settle(target, "done")
        assert list(ledger.due()) == ["done"]
    assert ledger.missing == 1
