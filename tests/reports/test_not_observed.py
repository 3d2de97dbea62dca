"""Every report says which declared targets the run left out."""

import io

import pytest

from certgate.model.verdict import NotObserved, Verdict
from certgate.reports.interface import ReportOptions
from certgate.reports.quiet import QuietReport
from certgate.reports.spec import FORMATS

LEFT_OUT = NotObserved(12, ("a.example:443", "b.example:443"), "conf/\x1b[31m<b>certgate.yaml")


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_it_is_in_every_report(format, render, header, endpoint):
    told = render(format, endpoint("c.example", 0, Verdict.COMPLIANT), header=header(not_observed=LEFT_OUT))
    untold = render(format, endpoint("c.example", 0, Verdict.COMPLIANT), header=header())

    expected = "certgate_targets_not_observed 12" if format == "openmetrics" else "b.example:443"
    assert (expected in told, expected in untold) == (True, False)
    assert "\x1b" not in told
    assert format != "junit" or "<b>" not in told


def test_the_names_are_counted_where_there_are_more(render, header):
    told = " ".join(render("terminal", header=header(not_observed=LEFT_OUT)).split())

    assert "12 targets of conf/" in told
    assert "need a connection and are not observed (a.example:443, b.example:443 and 10 more)" in told


def test_a_quiet_run_says_it_too(header):
    sink = io.StringIO()

    QuietReport(sink, ReportOptions()).begin(header(not_observed=LEFT_OUT))

    assert "b.example:443" in sink.getvalue()
