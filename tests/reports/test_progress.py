"""Progress is drawn below what is reported, and gone when the run is over."""

import io

from certgate.gate.listeners import Listeners
from certgate.model.listener import Listener
from certgate.reports.progress import with_progress


class Report(Listener):
    def __init__(self, stream):
        self.stream = stream

    def begin(self, header):
        self.stream.write(f"[{header}]")

    add = end = begin


def told(stream):
    listeners = Listeners(with_progress([Report(stream)], stream, 2))
    listeners.begin("header")
    listeners.observed("two")
    listeners.observed("one")
    listeners.add("one")
    listeners.add("two")
    listeners.end("summary")
    return listeners


def test_the_line_is_erased_before_every_report_and_at_the_end():
    stream = io.StringIO()
    told(stream)
    none, one, two = (f"\r\x1b[K{count} of 2 targets observed" for count in range(3))
    erase = "\r\x1b[K"
    assert stream.getvalue() == f"[header]{none}{one}{two}{erase}[one]{two}{erase}[two]{two}{erase}[summary]"


def test_a_terminal_that_went_away_is_no_fault_of_the_run():
    class Gone(io.StringIO):
        def flush(self):
            raise OSError(5, "Input/output error")

    assert told(Gone()).faults == []
