"""Progress: a bar that is drawn below what is reported and gone when the run is over, or lines of text."""

import io
import time
from itertools import count

import pytest

from certgate.gate.listeners import Listeners
from certgate.lab.pki import CLOCK
from certgate.model.listener import Listener
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Endpoint, Target
from certgate.model.verdict import TargetResult, Verdict
from certgate.reports import progress
from certgate.reports.progress import with_progress

ERASE = "\r\x1b[K"


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Report(Listener):
    def __init__(self, stream):
        self.stream = stream

    def begin(self, header):
        self.stream.write("[header]")

    def add(self, result):
        self.stream.write(f"[{result.target.id}]")

    def end(self, summary):
        self.stream.write("[summary]")


def target(n, *, range=""):
    return Target(id=f"t{n}", ordinal=n, source=Endpoint(f"10.0.0.{n}", 443), range=range)


def observed(n, failure=None, range=""):
    return Observed(target(n, range=range), (Observation(observed_at=CLOCK, failure=failure),))


def result(n, verdict=Verdict.COMPLIANT):
    return TargetResult(
        target=target(n), verdict=verdict, findings=(), policy="", stores=(), certificates=(), clock=CLOCK, observations=()
    )  # fmt: skip


def told(stream, choice="auto", *, total=2, seconds=10.0, quiet=False):
    """A run over two targets in which each step takes some seconds."""
    ticks = count(0.0, seconds)
    listeners = Listeners(with_progress([Report(stream)], stream, total, choice, quiet=quiet, now=lambda: next(ticks)))
    listeners.begin(None)
    listeners.observed(observed(1))
    listeners.observed(observed(2))
    listeners.add(result(1))
    listeners.add(result(2, Verdict.VIOLATED))
    listeners.end(None)
    return listeners


def drawn(stream):
    return [part for part in stream.getvalue().split(ERASE) if part and not part.startswith("[")]


def test_the_bar_is_erased_before_every_report_and_at_the_end():
    stream = Terminal()
    told(stream)
    shown = stream.getvalue()
    assert shown.startswith(f"[header]{ERASE}{'-' * 20} 0 of 2 targets observed")
    assert shown.endswith(f"{ERASE}[summary]")
    assert f"{ERASE}[t1]" in shown
    assert f"{ERASE}[t2]" in shown


def test_the_bar_has_the_count_and_the_verdicts(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    stream = Terminal()
    told(stream)
    assert drawn(stream)[1].startswith(f"{'#' * 10}{'-' * 10} 1 of 2 targets observed")
    assert drawn(stream)[-1] == f"{'#' * 20} 2 of 2 targets observed; 1 compliant, 1 violated"


def test_the_bar_keeps_within_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    stream = Terminal()
    told(stream)
    assert max(map(len, drawn(stream))) == 29


def test_what_comes_in_quick_succession_is_drawn_once():
    stream = Terminal()
    told(stream, seconds=0.001)
    assert len(drawn(stream)) == 1


def test_the_rate_the_time_left_and_addresses_without_an_endpoint_are_told():
    now = iter([0.0, *[10.0] * 999])
    counts = progress._Counts(1_000, lambda: next(now))
    refused = Failure(FailureKind.REFUSED, Phase.CONNECT, "refused")
    for n in range(100):
        counts.observed(observed(n, refused, "10.0.0.0/24") if n % 2 else observed(n))
    assert counts.text() == (
        "100 of 1,000 targets observed, 10 a second, 1 min 30 s left; 50 without an endpoint"
    )  # fmt: skip


@pytest.mark.parametrize(("choice", "quiet"), [("none", False), ("auto", True)])
def test_no_bar_is_drawn_if_nobody_wants_it(choice, quiet):
    stream = Terminal()
    told(stream, choice, quiet=quiet)
    assert stream.getvalue() == "[header][t1][t2][summary]"


def test_no_bar_is_drawn_where_there_is_no_terminal():
    stream = io.StringIO()
    told(stream)
    assert stream.getvalue() == "[header][t1][t2][summary]"


def test_plain_progress_is_a_line_from_time_to_time(monkeypatch):
    monkeypatch.setattr(progress, "_EVERY", 0.01)
    said = io.StringIO()
    listeners = Listeners(with_progress([], said, 2, "plain", quiet=True))
    listeners.begin(None)
    listeners.observed(observed(1))
    until = time.monotonic() + 10
    while "1 of 2" not in said.getvalue() and time.monotonic() < until:
        time.sleep(0.01)
    listeners.end(None)
    assert "certgate: 1 of 2 targets observed\n" in said.getvalue()


def test_a_terminal_that_went_away_is_no_fault_of_the_run():
    class Gone(Terminal):
        def flush(self):
            raise OSError(5, "Input/output error")

    assert told(Gone()).faults == []
