"""What the page says about earlier runs: what changed since the last one, and the trend."""

from datetime import timedelta

import pytest

from certgate.model.difference import Difference
from certgate.model.snapshot import ComparedRun
from certgate.model.verdict import RunHistory, RunRecord, RunSummary, Verdict
from tests.reports.web.reading import section, text


@pytest.fixture
def run_of(header):
    """run_of(days, …) was that many days before this run, with these numbers of targets."""

    def made(days, **counts):
        at = header().started_at - timedelta(days=days)
        targets = {verdict: counts.get(verdict.value, 0) for verdict in Verdict}
        totals = RunSummary(verdict=Verdict.COMPLIANT, targets=targets, excused=counts.get("excused", 0))
        return RunRecord(name="r", started_at=at, declared=(), is_whole=True, summary=totals)

    return made


def test_what_changed_since_the_last_run_is_told_with_what_of_the_history_is_left_out(
    results, page, header, summary, run_of
):
    last = run_of(1, compliant=6)
    old, new = (
        ComparedRun(name="", at=at, rules=frozenset(header().rules), targets=6) for at in (last.started_at,) * 2
    )
    end = summary(*results, difference=Difference(old=old, new=new, appeared=["new.example:443"]))
    history = RunHistory(folder="h", last=last, earlier=(last,), problems=("h/x is damaged",))

    changes = text(section(page(*results, header=header(history=history), summary=end), "changes"))

    assert changes.startswith(
        "What changed Since 2026-06-14 13:00 UTC: 0 new, 0 fixed; 0 still there; 1 target appeared."
    )
    assert "Appeared (1) new.example:443" in changes
    assert "Left out of the history h/x is damaged" in changes


def test_without_an_earlier_run_there_is_nothing_to_compare_with_and_no_trend(results, page, header):
    tree = page(*results, header=header(history=RunHistory(folder="h", last=None, earlier=())))

    assert "Nothing to compare with: h has no whole run of these targets and policies." in text(
        section(tree, "changes")
    )
    assert not tree.xpath("//section[@id='trend']")


def test_the_trend_has_a_bar_for_each_run_and_the_numbers_in_a_table(results, page, header, run_of):
    earlier = (run_of(2, compliant=6, excused=2), run_of(1, violated=6))
    history = RunHistory(folder="h", last=earlier[-1], earlier=earlier)

    shown = section(page(*results, header=header(history=history)), "trend")

    bars = [[(bar.get("class"), float(bar.get("height"))) for bar in run.xpath("./rect[@class!='none']")]
            for run in shown.xpath(".//svg/g")]  # fmt: skip
    assert bars == [[], [("violated", 120.0)], [("violated", 60.0), ("incomplete", 20.0)]]
    numbers = [text(row) for row in shown.xpath(".//tbody/tr")]
    assert numbers == [
        "2026-06-15 13:00 UTC 3 1 0 2",
        "2026-06-14 13:00 UTC 6 0 0 0",
        "2026-06-13 13:00 UTC 0 0 2 4",
    ]
