"""The targets of the last run."""

import gzip
import pickle
from io import StringIO

import pytest

from certgate.gate.history.folder import OBSERVATIONS, REPORT, HistoryFolder, NewRun
from certgate.gate.history.last_run import LastRun
from certgate.gate.history.record import Unusable
from certgate.judge.seen import seen_target
from certgate.lab.pki import CLOCK
from certgate.model.finding import Severity
from certgate.model.verdict import RunRecord, RunSummary, Verdict
from certgate.reports.interface import ReportOptions
from certgate.reports.jsonl import JsonLinesReport
from tests.gate.world import Heard, run_gate, several


@pytest.fixture
def kept(target, tmp_path):
    """kept(change=) keeps a run over three targets; `change` changes the text of its report."""

    def keep(change=lambda text: text):
        (tmp_path / "h").mkdir()
        new = NewRun(tmp_path / "h")
        lines = Lines()
        run_gate(several(target, 3), listeners=[lines])
        with new.open(REPORT) as stream:
            stream.write(gzip.compress(change(lines.text).encode()))
        new.open(OBSERVATIONS).close()
        summary = RunSummary(verdict=Verdict.COMPLIANT)
        new.complete(RunRecord(name=new.name, started_at=CLOCK, declared=(), is_whole=True, summary=summary), "1.2.3")
        folder = HistoryFolder(str(tmp_path / "h"))
        (record,) = folder.runs().runs
        return (folder, record), lines

    return keep


class Lines(Heard):
    """The text of the JSON lines report."""

    def begin(self, header):
        self._sink = StringIO()
        self._report = JsonLinesReport(self._sink, ReportOptions())
        self._report.begin(header)
        super().begin(header)

    def add(self, result):
        self._report.add(result)
        super().add(result)

    def end(self, summary):
        self._report.end(summary)
        self.text = self._sink.getvalue()


def test_each_target_is_found_as_it_was_seen_in_any_order_and_in_another_process(kept):
    place, lines = kept()
    last = LastRun(*place)
    seen = {result.target.id: seen_target(result, Severity.ERROR) for result in lines.results}
    for one in (last, pickle.loads(pickle.dumps(last))):
        assert list(one.ids()) == list(seen)
        assert {id: one.get(id) for id in reversed(list(seen))} == seen
        assert one.get("other") is None
        assert one.run.targets == 3
        one.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.partition('{"summary"')[0],
        lambda text: text + text.splitlines()[1] + "\n",
        lambda text: text.replace(text.splitlines()[2], text.splitlines()[1]),
        lambda text: text.replace('"report_version": 2', '"report_version": 99'),
        lambda text: text.replace('"interrupted": false', '"interrupted": true'),
        lambda text: "",
        lambda text: "[]",
    ],
)
def test_a_report_that_is_not_whole_is_unusable(kept, change):
    place, _ = kept(change)
    with pytest.raises(Unusable, match=r"^is damaged: (report\.jsonl\.gz|its report)"):
        LastRun(*place)
