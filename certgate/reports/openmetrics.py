"""The report for monitoring: gauges as OpenMetrics text, which readers of Prometheus' text format accept too.

It suits the textfile collector of node_exporter. Labels are target, certificate, rule, outcome and verdict: closed
sets for one configuration, so that no series depends on the wording of a message.
"""

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from typing import TextIO

from certgate.model.finding import Outcome
from certgate.model.reserved import BASELINE_EXPIRING, BASELINE_GONE, WAIVER_EXPIRING, WAIVER_UNUSED
from certgate.model.vantage_label import label_parts
from certgate.model.verdict import RunHeader, RunSummary, TargetResult, Verdict, exit_code
from certgate.reports.escape import for_openmetrics
from certgate.reports.facts import kind
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.metric_labels import sample_labels
from certgate.reports.spool import Spool

__all__ = ["OpenMetricsReport"]

_COUNTED = (Outcome.FAIL, Outcome.NOT_CHECKED, Outcome.CRASHED)
_EXCUSED = ("waived", "known")
_NOTICES = (WAIVER_EXPIRING, WAIVER_UNUSED, BASELINE_GONE, BASELINE_EXPIRING)


class OpenMetricsReport(Report):
    """Spools the samples of each target, because the samples of one metric must stand together."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._verdicts = Spool()
        self._excused = Spool()
        self._starts = Spool()
        self._ends = Spool()
        self._findings: Counter[tuple[str, str]] = Counter()

    def begin(self, header: RunHeader) -> None:
        """The time of the run; every rule counts from 0, so that a count can fall back to it."""
        self._gauge("run_timestamp_seconds", "When the run started.")
        self.sink.write(f"certgate_run_timestamp_seconds {header.started_at.timestamp():.0f}\n")
        self._header = header
        self._rules = header.rules
        self._not_observed = header.not_observed.count if header.not_observed else 0

    def add(self, result: TargetResult) -> None:
        """The verdict, and the dates of each certificate."""
        target = for_openmetrics(result.target.id)
        own = sample_labels(self.options.metrics_labels, result.target.labels)
        for verdict in Verdict:
            sample = f'certgate_target_verdict{{target="{target}",verdict="{verdict}"{own}}}'
            self._verdicts.write(f"{sample} {int(verdict is result.verdict)}\n")
        self._excused.write(f'certgate_target_excused{{target="{target}"{own}}} {int(result.is_excused)}\n')
        for certificate in result.certificates:
            where, key_type = label_parts(certificate.vantage)
            labels = f'target="{target}",certificate="{for_openmetrics(certificate.label)}"'
            labels += f',address="{for_openmetrics(where)}"' if where else ""
            labels += f',key_type="{for_openmetrics(key_type)}"' if key_type else ""
            for name, spool, date in (
                ("not_before", self._starts, certificate.not_before),
                ("not_after", self._ends, certificate.not_after),
            ):
                if date:
                    metric = f"certgate_certificate_{name}_timestamp_seconds"
                    spool.write(f"{metric}{{{labels}{own}}} {date.timestamp():.0f}\n")
        if result.wrong:
            self._findings.update((f.rule, kind(f) if f.excused else f.outcome) for f in result.wrong)

    def end(self, summary: RunSummary) -> None:
        """All samples, metric by metric."""
        write = self.sink.write
        if good := _last_good(self._header, summary):
            self._gauge("last_good_run_timestamp_seconds", "When the last run started that was whole and compliant.")
            write(f"certgate_last_good_run_timestamp_seconds {good.timestamp():.0f}\n")
        self._gauge("exit_code", "The exit code: 0 compliant, 1 violated, 3 incomplete.")
        write(f"certgate_exit_code {exit_code(summary.verdict)}\n")
        self._gauge("targets", "Targets by verdict.")
        for verdict in Verdict:
            write(f'certgate_targets{{verdict="{verdict}"}} {summary.targets.get(verdict, 0)}\n')
        self._gauge("targets_declared", "Declared targets by state, each counted once.")
        for state, number in asdict(summary.account).items():
            if state != "declared":
                write(f'certgate_targets_declared{{state="{state}"}} {number}\n')
        self._gauge("targets_excused", "Compliant targets that only waivers or the baseline make compliant.")
        write(f"certgate_targets_excused {summary.excused}\n")
        self._gauge("targets_known_unreachable", "Incomplete targets that are known not to answer.")
        write(f"certgate_targets_known_unreachable {summary.known_unreachable}\n")
        self._gauge("connections", "Connections made, or tried, to endpoints in the run.")
        write(f"certgate_connections {summary.connections}\n")
        self._gauge("targets_not_observed", "Declared targets that are left out, because they need a connection.")
        write(f"certgate_targets_not_observed {self._not_observed}\n")
        self._gauge("target_verdict", "1 for the target's verdict, 0 for the other verdicts.")
        self._verdicts.copy_to(self.sink)
        self._gauge("target_excused", "1 if only waivers or the baseline make the target compliant.")
        self._excused.copy_to(self.sink)
        self._gauge("certificate_not_before_timestamp_seconds", "When the certificate becomes valid.")
        self._starts.copy_to(self.sink)
        self._gauge("certificate_not_after_timestamp_seconds", "When the certificate expires.")
        self._ends.copy_to(self.sink)
        self._gauge("findings", "Failures and missing answers, by rule and outcome.")
        for rule in self._rules:
            for outcome in (*_COUNTED, *_EXCUSED):
                count = self._findings[rule, outcome]
                write(f'certgate_findings{{rule="{for_openmetrics(rule)}",outcome="{outcome}"}} {count}\n')
        self._gauge("exceptions", "Notices about waivers and the baseline, by their rule.")
        counts = Counter(notice.rule for notice in summary.notices)
        for rule in _NOTICES:
            write(f'certgate_exceptions{{rule="{rule}"}} {counts[rule]}\n')
        write("# EOF\n")

    def close(self) -> None:
        """Drop the spools."""
        self._verdicts.close()
        self._excused.close()
        self._starts.close()
        self._ends.close()

    def _gauge(self, name: str, text: str) -> None:
        self.sink.write(f"# HELP certgate_{name} {text}\n# TYPE certgate_{name} gauge\n")


def _last_good(header: RunHeader, summary: RunSummary) -> datetime | None:
    """When the last compliant run over all targets started, this one or an earlier one; None without a history."""
    if header.history is None:
        return None
    if summary.verdict is Verdict.COMPLIANT and summary.is_whole and not header.only:
        return header.started_at
    good = (run.started_at for run in reversed(header.history.earlier) if run.summary.verdict is Verdict.COMPLIANT)
    return next(good, None)
