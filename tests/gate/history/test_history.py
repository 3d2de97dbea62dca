"""A run with a history: what is kept of it, and with what it is compared."""

import pickle
from dataclasses import replace

import pytest

from certgate.gate import RunSpec, prepare, run
from certgate.gate.history.changes import Changes
from certgate.gate.history.history import History
from certgate.gate.observing import Observing
from certgate.model.verdict import Verdict
from certgate.reports.destinations import Destinations
from certgate.sources.interface import Observer
from certgate.system.stop import Stop
from tests.gate.world import Heard, see, several


class Seeing(Observer):
    """Sees the same leaf everywhere."""

    def observe(self, targets, *, completion, stop):
        return see(targets)


@pytest.fixture
def run_with(tmp_path):
    """run_with(targets, stop=) runs with the history in h; returns the header and the summary."""

    def once(targets, *, stop=None, change=lambda header: header, break_off=False, keep=90):
        stop = stop or Stop()
        heard = Heard()
        with Destinations() as destinations, History(str(tmp_path / "h"), destinations, keep=keep) as history:
            gate = prepare(targets, RunSpec())
            gate = replace(gate, header=change(gate.header))
            found = history.find(gate.header, ("scan", "hosts.txt"))
            gate = replace(gate, header=replace(gate.header, history=found))
            changes = Changes(history.last, gate.header) if history.last else None
            if break_off and history.last:
                history.last.close()
            observe = Observing(Seeing(), gate.judges, None, stop, history.last)
            summary = run(gate, targets, observe, [heard, history.recorder], stop=stop, changes=changes)
        return gate.header, summary

    return once


def test_an_interrupted_run_is_kept_never_compared_and_never_compared_with(run_with, target):
    run_with(several(target, 2))
    header, summary = run_with(several(target, 3), stop=Stop(wanted=True))
    assert (summary.interrupted, summary.difference) == (True, None)
    header, summary = run_with(several(target, 3))
    assert (len(header.history.earlier), summary.difference.appeared) == (1, ["2.example:443"])


def test_interrupted_runs_never_displace_the_last_whole_one(run_with, target, tmp_path):
    run_with(several(target, 2), keep=1)
    for _ in range(2):
        run_with(several(target, 2), stop=Stop(wanted=True), keep=1)
    assert len(list((tmp_path / "h").iterdir())) == 2
    header, _ = run_with(several(target, 2), keep=1)
    assert header.history.last
    assert len(list((tmp_path / "h").iterdir())) == 1


def test_a_comparison_that_breaks_is_a_fault_and_no_difference(run_with, target):
    run_with(several(target, 2))
    _, summary = run_with(several(target, 2), break_off=True)
    assert (summary.verdict, summary.difference, len(summary.faults)) == (Verdict.INCOMPLETE, None, 1)
    assert "the comparison with the last run" in summary.faults[0]


def test_runs_over_a_part_are_compared_with_whole_ones_for_their_own_targets(run_with, target):
    run_with(several(target, 3))
    _, summary = run_with(several(target, 1), change=lambda header: replace(header, only=("0.example",)))
    assert summary.difference.is_empty
    _, summary = run_with(several(target, 2))
    assert summary.difference.vanished == ["2.example:443"]


def test_an_observer_sees_the_last_run_in_another_process_too(run_with, target, tmp_path):
    rules = (tmp_path / "p.yaml").read_text()
    (tmp_path / "p.yaml").write_text(f"{rules}  - rule: history.key-reused\n")
    run_with(several(target, 2))
    with Destinations() as destinations, History(str(tmp_path / "h"), destinations, keep=90) as history:
        gate = prepare(several(target, 2), RunSpec())
        history.find(gate.header, ("scan", "hosts.txt"))
        observing = Observing(Seeing(), gate.judges, None, Stop(), history.last)
        for one in (observing, pickle.loads(pickle.dumps(observing))):
            seen = list(one(map(gate.judges.decided, several(target, 2))))
            assert [found.last.target.id for found in seen] == ["0.example:443", "1.example:443"]
            assert {found.last.at for found in seen} == {history.last.record.started_at}
        one._last.close()
