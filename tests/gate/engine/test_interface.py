"""The seam of engines: order, what waits for a slow target, and two runs in one process."""

from dataclasses import dataclass, field
from itertools import islice

import pytest

from certgate.gate import Engine, prepare, run
from certgate.gate.engine.inline import Inline
from certgate.gate.ledger import Ledger
from certgate.model.target import Endpoint, Target
from certgate.model.verdict import Verdict
from certgate.system.stop import Stop
from tests.gate.world import Heard, see, seen, several


def stream(count):
    return (Target(id=str(n), ordinal=n, source=Endpoint("a.example", 443)) for n in range(count))


@dataclass
class Waiting:
    """Work on targets of which one is seen last of all that are read with it; notes how far ahead others are read."""

    slow: int
    ledger: Ledger
    stop: Stop = field(default_factory=Stop)
    furthest: int = 0
    parts: int = 0

    def observe(self, targets):
        self.parts += 1
        last = None
        for target in targets:
            self.furthest = max(self.furthest, self.ledger.declared - self.ledger.handed_on)
            if target.ordinal == self.slow:
                last = target
            else:
                yield seen(target)
        if last:
            yield seen(last)

    def judge(self, observed):
        return observed.target.ordinal

    def unseen(self, observed):
        return f"{observed.target.ordinal} is lost"


def test_no_more_than_ten_thousand_targets_are_read_from_a_slow_one_on():
    ledger = Ledger()
    work = Waiting(0, ledger)
    assert list(Inline().run(work, stream(25_000), ledger)) == [*range(25_000)]
    assert (work.furthest, work.parts) == (10_000, 2)
    assert (ledger.missing, ledger.faults) == (0, ())


@pytest.mark.parametrize("slow", [0, 1, 4, 5, 6, 13])
@pytest.mark.parametrize("ahead", [1, 2, 5, 14, 15])
def test_wherever_the_slow_one_is_and_whatever_the_bound_every_result_comes_in_order(slow, ahead):
    ledger = Ledger()
    work = Waiting(slow, ledger)
    assert list(Inline(ahead=ahead).run(work, stream(14), ledger)) == [*range(14)]
    assert work.furthest <= ahead


def test_results_that_wait_for_nothing_are_handed_on_before_the_next_target_is_read():
    ledger = Ledger()
    work = Waiting(-1, ledger)
    assert list(Inline(ahead=1).run(work, stream(5), ledger)) == [*range(5)]
    assert (work.furthest, work.parts) == (1, 1)


class Losing(Waiting):
    """Never sees the slow target."""

    def observe(self, targets):
        return (seen(target) for target in targets if target.ordinal != self.slow)


def test_a_target_that_is_lost_is_told_when_the_bound_is_reached_and_others_go_on():
    ledger = Ledger()
    heard = []
    found = list(Inline(ahead=3).run(Losing(1, ledger), stream(9), ledger, heard.append))
    assert found == [0, "1 is lost", *range(2, 9)]
    assert [one.target.ordinal for one in heard] == [0, 2, 3, 1, *range(4, 9)]


class Idle(Engine):
    def results(self, work, targets):
        return iter(())


class Together(Engine):
    """Results arrive four at a time."""

    def results(self, work, targets):
        while several := [*islice(targets, 4)]:
            yield [(seen(one), one.ordinal) for one in several]


def test_all_that_arrives_together_is_heard_of_before_any_of_it_is_handed_on():
    ledger, heard = Ledger(), []
    found = Together().run(Waiting(-1, ledger), stream(10), ledger, heard.append)
    assert [(result, len(heard)) for result in found] == [(n, min(10, n // 4 * 4 + 4)) for n in range(10)]


def test_an_engine_that_reads_nothing_ends():
    ledger = Ledger()
    assert list(Idle().run(Waiting(0, ledger), stream(3), ledger)) == [f"{n} is lost" for n in range(3)]


def test_two_runs_in_one_process_are_stopped_each_by_itself(target):
    stops = Stop(), Stop()
    targets = several(target, 4)
    gates = prepare(targets), prepare(targets)

    def observe(one):
        yield from see(islice(one, 2))
        other = run(gates[1], targets, see, [heard], stop=stops[1])
        assert (other.verdict, other.interrupted) == (Verdict.COMPLIANT, False)
        stops[0].want()

    heard = Heard()
    summary = run(gates[0], targets, observe, [], stop=stops[0])
    assert (summary.interrupted, stops[1].wanted) == (True, False)
    assert (summary.targets[Verdict.COMPLIANT], summary.targets[Verdict.INCOMPLETE]) == (2, 2)
    assert len(heard.results) == 4
