"""Runs, without a network: order, what is lost or interrupted, what fails, the verdict."""

from dataclasses import replace
from itertools import islice

import pytest

from certgate.gate import Engine, prepare
from certgate.gate.forecasting import forecast
from certgate.gate.judges import Judges
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Severity
from certgate.model.listener import Listener
from certgate.model.observation import Failure, FailureKind, Phase
from certgate.model.verdict import Verdict
from certgate.system.stop import Stop
from tests.gate.world import LEAF, ROOT, run_gate, see, seen, several

BUG = "please report it, run again with --traceback to see where"


def test_results_are_handed_on_in_the_order_of_declaration_whatever_the_order_of_observing(target):
    def backwards(targets):
        return (seen(one) for one in reversed(list(targets)))

    summary, heard = run_gate(several(target, 5), backwards)
    assert [r.target.ordinal for r in heard.results] == [0, 1, 2, 3, 4]
    assert summary.verdict is Verdict.COMPLIANT
    assert summary.targets == {Verdict.COMPLIANT: 5, Verdict.VIOLATED: 0, Verdict.INCOMPLETE: 0}
    assert heard.summary is summary


def test_an_interrupted_run_reports_what_was_judged_and_the_rest_as_incomplete(target):
    stop = Stop()

    def stops_after_two(targets):
        yield from see(islice(targets, 2))
        stop.want()

    summary, heard = run_gate(several(target, 5), stops_after_two, stop=stop)
    assert [r.verdict for r in heard.results[:2]] == [Verdict.COMPLIANT] * 2
    assert {r.verdict for r in heard.results[2:]} == {Verdict.INCOMPLETE}
    assert "interrupted" in heard.results[4].findings[0].message
    assert (summary.verdict, summary.interrupted) == (Verdict.INCOMPLETE, True)


def test_a_violation_wins_over_what_could_not_be_told(target):
    failure = Failure(FailureKind.REFUSED, Phase.CONNECT, "refused")
    stranger = issue("b.example", sans=["b.example"])

    def observe(targets):
        first, second = targets
        yield seen(first, presented=(), failure=failure)
        yield seen(second, presented=(stranger.der,))

    summary, _ = run_gate(several(target, 2), observe)
    assert summary.verdict is Verdict.VIOLATED
    assert (summary.targets[Verdict.INCOMPLETE], summary.targets[Verdict.VIOLATED]) == (1, 1)
    assert summary.not_checked == 1


def test_a_run_whose_rules_are_all_left_out_is_incomplete(target):
    assert run_gate([target], ignore=("*",))[0].verdict is Verdict.INCOMPLETE


def test_fail_on_sets_what_stops_the_pipeline(target, tmp_path):
    (tmp_path / "p.yaml").write_text("rules: [{rule: chain.root-sent, severity: info}, {rule: trust.anchor}]")

    def observe(targets):
        return (seen(one, presented=(LEAF.der, ROOT.der)) for one in targets)

    lenient, _ = run_gate([target], observe)
    strict, _ = run_gate([target], observe, fail_on=Severity.INFO)
    assert (lenient.verdict, lenient.violations, lenient.warnings) == (Verdict.COMPLIANT, 0, 1)
    assert (strict.verdict, strict.violations, strict.warnings) == (Verdict.VIOLATED, 1, 0)


def forget_second(targets):
    return (seen(one) for one in targets if one.ordinal != 1)


def test_a_target_that_the_observer_loses_is_incomplete_and_holds_up_no_other(target):
    summary, heard = run_gate(several(target, 3), forget_second)
    assert [r.verdict for r in heard.results] == [Verdict.COMPLIANT, Verdict.INCOMPLETE, Verdict.COMPLIANT]
    (finding,) = heard.results[1].findings
    assert finding.message == (
        "internal: a bug in certgate: this target was lost while it was observed; please report it"
    )
    assert (summary.verdict, summary.missing, summary.is_whole) == (Verdict.INCOMPLETE, 0, True)


def test_a_target_in_hand_when_the_run_is_interrupted_is_incomplete_too(target):
    stop = Stop()

    def in_hand(targets):
        first, _ = islice(targets, 2)
        yield seen(first)
        stop.want()

    summary, heard = run_gate(several(target, 4), in_hand, stop=stop)
    assert [r.verdict for r in heard.results] == [Verdict.COMPLIANT, *[Verdict.INCOMPLETE] * 3]
    assert {r.observations[0].failure.kind for r in heard.results[1:]} == {FailureKind.INTERRUPTED}
    assert (summary.verdict, summary.is_whole) == (Verdict.INCOMPLETE, False)


def test_an_interrupted_run_is_never_compliant_even_when_everything_was_judged(target):
    stop = Stop()

    def late(targets):
        yield from see(targets)
        stop.want()

    assert run_gate([target], late, stop=stop)[0].verdict is Verdict.INCOMPLETE


def out_of_time_after(count):
    """A stop, and a way to observe: after so many targets the time of the run is over."""
    times = iter([0.0, *[1.0] * count])
    stop = Stop(seconds=10, now=lambda: next(times, 20.0))

    def observe(targets):
        while not stop.begins_no_more:
            yield seen(next(targets))

    return stop, observe


def test_targets_that_the_run_has_no_time_for_are_incomplete_and_named(target):
    stop, observe = out_of_time_after(2)
    summary, heard = run_gate(several(target, 5), observe, stop=stop)
    assert [r.verdict for r in heard.results] == [*[Verdict.COMPLIANT] * 2, *[Verdict.INCOMPLETE] * 3]
    (finding,) = heard.results[4].findings
    assert (heard.results[4].target.id, finding.message) == (
        "4.example:443",
        "not-visited: the time of the run (--max-time) was over before this target was visited",
    )
    assert (summary.verdict, summary.not_visited, summary.interrupted) == (Verdict.INCOMPLETE, 3, False)
    assert (summary.missing, summary.is_whole) == (0, False)


def test_a_run_with_time_for_all_is_whole(target):
    stop, _ = out_of_time_after(0)
    summary, _ = run_gate(several(target, 3), stop=stop)
    assert (summary.verdict, summary.not_visited, summary.is_whole) == (Verdict.COMPLIANT, 0, True)


def test_a_violation_wins_over_an_interruption(target):
    stop = Stop()

    def stops(targets):
        first = next(targets)
        yield seen(first, presented=(issue("b.example", sans=["b.example"]).der,))
        stop.want()

    assert run_gate(several(target, 2), stops, stop=stop)[0].verdict is Verdict.VIOLATED


def test_what_is_observed_and_not_judged_when_the_run_is_to_end_is_incomplete(target):
    stop = Stop()

    def late(targets):
        stop.want()
        return see(targets)

    summary, heard = run_gate([target], late, stop=stop)
    (finding,) = heard.results[0].findings
    assert finding.message == "interrupted: the run was interrupted before this target was checked"
    assert summary.verdict is Verdict.INCOMPLETE
    assert heard.seen == [seen(target)]


def test_judging_that_takes_too_long_when_the_run_is_to_end_is_broken_off(target, monkeypatch):
    stop = Stop()

    def endless(*_):
        stop.want()
        while True:
            stop.breakable.break_off()

    monkeypatch.setattr(Judges, "judge", endless)
    summary, heard = run_gate(several(target, 3), stop=stop)
    assert [r.verdict for r in heard.results] == [Verdict.INCOMPLETE] * 3
    assert {r.observations[0].failure.kind for r in heard.results} == {FailureKind.INTERRUPTED}
    assert (summary.verdict, summary.interrupted, summary.faults) == (Verdict.INCOMPLETE, True, ())


def test_an_engine_decides_neither_the_order_nor_what_is_handed_on(target):
    class Careless(Engine):
        def results(self, work, targets):
            results = [(observed, work.judge(observed)) for observed in work.observe(targets)]
            return [[*reversed([*results[:1], *results[2:], results[0]])]]

    summary, heard = run_gate(several(target, 4), engine=Careless())
    assert [r.target.ordinal for r in heard.results] == [0, 1, 2, 3]
    assert [r.verdict is Verdict.COMPLIANT for r in heard.results] == [True, False, True, True]
    assert summary.verdict is Verdict.INCOMPLETE
    assert summary.faults == ("a bug in certgate: unexpected results arrived for 0.example:443; please report it",)


def test_targets_are_read_as_they_are_needed(target):
    read = []

    def one_by_one(targets):
        for one in targets:
            read.append(one.ordinal)
            yield seen(one)

    class Counting(Listener):
        def add(self, result):
            assert read[-1] == result.target.ordinal

    assert run_gate(several(target, 3), one_by_one, listeners=[Counting()])[0].faults == ()


@pytest.mark.parametrize("id", ["a.example:443", "stranger"])
def test_a_second_result_and_one_of_an_undeclared_target_make_the_run_incomplete(target, id):
    def observe(targets):
        yield from see(targets)
        yield seen(replace(target, id=id))

    summary, heard = run_gate([target], observe)
    assert [r.verdict for r in heard.results] == [Verdict.COMPLIANT]
    assert [r.target.id for r in heard.results] == [target.id]
    assert summary.verdict is Verdict.INCOMPLETE
    assert summary.faults == (f"a bug in certgate: unexpected results arrived for {id}; please report it",)


def test_a_forecast_names_targets_in_the_order_of_declaration_and_what_was_lost(target):
    def backwards(targets):
        return (seen(one) for one in reversed(list(targets)) if one.ordinal != 1)

    targets = several(target, 4)
    outlook = forecast(prepare(targets), targets, backwards, start=CLOCK, end=CLOCK.replace(year=2028))
    assert [unseen.target for unseen in outlook.unseen] == ["1.example:443"]
    assert {tuple(targets) for _, targets in outlook.events()} == {("0.example:443", "2.example:443", "3.example:443")}
