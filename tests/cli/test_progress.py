"""Progress is drawn below what is reported, and gone when the run is over."""

import io

from certgate.cli.progress import WithProgress


class Inner:
    def __init__(self, stream):
        self.stream = stream

    def begin(self, header):
        self.stream.write(f"[{header}]")

    add = end = begin


def test_the_line_is_erased_before_every_report_and_at_the_end():
    stream = io.StringIO()
    progress = WithProgress(Inner(stream), stream, 2)
    progress.begin("header")
    progress.add("one")
    progress.add("two")
    progress.end("summary")
    erase = "\r\x1b[K"
    assert stream.getvalue() == (
        f"[header]observed 0 of 2{erase}[one]observed 1 of 2{erase}[two]observed 2 of 2{erase}[summary]"
    )
