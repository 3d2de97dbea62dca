"""The summary alone, on standard error."""

import io

import pytest

from certgate.reports.interface import ReportOptions
from certgate.reports.quiet import QuietSummaryReport, SummaryReport


@pytest.fixture
def written(results, header, summary):
    def write(kind, *targets):
        sink = io.StringIO()
        report = kind(sink, ReportOptions())
        report.begin(header())
        for target in targets:
            report.add(target)
        report.end(summary(*targets))
        return sink.getvalue()

    return write


def test_it_says_the_counts_and_the_verdict_and_nothing_else(results, written):
    assert written(SummaryReport, *results[:4]).splitlines() == [
        "4 errors, 2 warnings, 1 info, 2 not checked",
        "✗ violated  4 targets: 2 compliant, 1 violated, 1 incomplete; exit code 1",
    ]


def test_the_quiet_one_says_so_only_of_a_run_that_is_not_compliant(results, written):
    assert written(QuietSummaryReport, *results[:4]) == written(SummaryReport, *results[:4])
    assert written(QuietSummaryReport, *results[:2]) == ""
    assert written(SummaryReport, *results[:2]) != ""
