"""Every declared target is counted once, whatever happens."""

from dataclasses import replace
from itertools import islice

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certgate.model.account import Account
from certgate.model.observation import Failure, FailureKind, Phase
from certgate.model.verdict import Verdict
from certgate.system.stop import Stop
from tests.gate.world import run_gate, seen, several

REFUSED = Failure(FailureKind.REFUSED, Phase.CONNECT, "refused")
SILENT = Failure(FailureKind.TIMED_OUT, Phase.HANDSHAKE, "accepted the connection, then sent nothing")
FATES = ("observed", "no_endpoint", "refused", "silent", "lost")


def observe_as(fates):
    """Observe each target as its fate says; one that is lost has no observation at all."""

    def observe(targets):
        for one in targets:
            match fates[one.ordinal]:
                case "observed":
                    yield seen(one)
                case "silent":
                    yield seen(one, presented=(), failure=SILENT, connections=2)
                case "no_endpoint" | "refused":
                    yield seen(one, presented=(), failure=REFUSED, connections=1)

    return observe


def declared(target, fates):
    in_range = {"observed", "no_endpoint", "silent"}
    return [
        replace(one, range="10.0.0.0/24" if fate in in_range else "")
        for one, fate in zip(several(target, len(fates)), fates, strict=True)
    ]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=12), stopped_after=st.none() | st.integers(0, 12))
def test_declared_is_observed_and_without_an_endpoint_and_failed_and_left_out(target, fates, stopped_after):
    stop = Stop()
    observing = observe_as(fates)

    def observe(targets):
        yield from islice(observing(targets), stopped_after)
        if stopped_after is not None:
            stop.want()

    summary, heard = run_gate(declared(target, fates), observe, stop=stop)
    account = summary.account
    assert account.missing == summary.missing == 0
    assert account.declared == len(fates)
    assert account.no_endpoint + len(heard.results) == len(fates)
    if stopped_after is None:
        assert account.observed == fates.count("observed")
        assert account.no_endpoint == fates.count("no_endpoint")
        assert summary.connections == fates.count("no_endpoint") + fates.count("refused") + 2 * fates.count("silent")


def test_a_run_in_which_nothing_answers_is_incomplete(target):
    fates = ["no_endpoint"] * 3
    summary, heard = run_gate(declared(target, fates), observe_as(fates))
    assert (summary.verdict, heard.results) == (Verdict.INCOMPLETE, [])
    assert summary.account == Account(declared=3, no_endpoint=3)


def test_one_compliant_endpoint_in_a_range_is_a_compliant_run(target):
    fates = ["no_endpoint", "observed", "no_endpoint"]
    summary, _ = run_gate(declared(target, fates), observe_as(fates))
    assert (summary.verdict, summary.account) == (Verdict.COMPLIANT, Account(declared=3, observed=1, no_endpoint=2))


def test_what_was_planned_and_is_not_declared_again_is_missing(target):
    class Shrinks(list):
        def __iter__(self):
            found = list(super().__iter__())
            del self[-1:]
            return iter(found)

    summary, _ = run_gate(Shrinks(several(target, 3)))
    assert (summary.verdict, summary.missing) == (Verdict.INCOMPLETE, 1)
    assert summary.account == Account(declared=3, observed=2)
