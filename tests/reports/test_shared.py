"""What targets share is made once: each report is the same as if every target had its own."""

import io
import pickle
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certgate.judge.run_counters import RunCounters
from certgate.model.finding import Severity
from certgate.model.verdict import Verdict
from certgate.reports.interface import ReportOptions
from certgate.reports.spec import FORMATS, ReportSpec

MIXED = st.lists(st.tuples(*[st.integers(0, 5)] * 3, st.booleans(), st.sampled_from(Verdict)), min_size=1, max_size=12)
"""For each target: whose declaration, findings and certificates it has, whether it is excused, and its verdict."""
few = settings(max_examples=12)


def targets(results, mixed):
    """Targets of which many have the same findings and certificates."""
    for number, (declared, found, certificates, is_excused, verdict) in enumerate(mixed):
        made = replace(
            results[declared],
            findings=results[found].findings,
            certificates=results[certificates].certificates,
            is_excused=is_excused,
            verdict=verdict,
        )
        yield replace(made, target=replace(made.target, id=f"{number}.{made.target.id}", ordinal=number))


def own(result):
    """The same result, which shares nothing with another."""
    return pickle.loads(pickle.dumps(result))


def text(format, results, header, summary, **options):
    sink = io.StringIO()
    report = ReportSpec.parse(format).report(sink, ReportOptions(**options))
    report.begin(header)
    for result in results:
        report.add(result)
    report.end(summary)
    report.close()
    return sink.getvalue()


@pytest.mark.parametrize("format", FORMATS)
def test_a_report_is_the_same_whether_targets_share_or_each_has_its_own(format, results, header, summary):
    @few
    @given(mixed=MIXED, verbose=st.booleans(), many=st.booleans())
    def is_the_same(mixed, verbose, many):
        shared = list(targets(results, mixed))
        begun, ended = header(targets=1_000 if many else len(shared)), summary(*shared)
        written = [text(format, every, begun, ended, verbose=verbose) for every in (shared, map(own, shared))]
        assert written[0] == written[1]

    is_the_same()


def test_targets_are_counted_the_same_whether_they_share_or_not(results):
    def counted(every):
        counters = RunCounters(Severity.ERROR)
        for result in every:
            counters.add(result)
        return counters.summary(counters.account(12))

    @few
    @given(mixed=MIXED)
    def are_the_same(mixed):
        shared = list(targets(results, mixed))
        assert counted(shared) == counted(map(own, shared))

    are_the_same()
