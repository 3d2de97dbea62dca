"""The report for monitoring: gauges as OpenMetrics text that Prometheus' own text format can be read as, too.

So it suits the textfile collector of node_exporter. Labels are target, certificate, rule, outcome and verdict: closed
sets for one configuration, so that no series comes and goes with the words of a message.
"""

from collections import Counter
from typing import TextIO

from certgate.model.finding import Outcome
from certgate.model.reserved import BASELINE_GONE, WAIVER_EXPIRING, WAIVER_UNUSED
from certgate.model.verdict import RunHeader, RunSummary, TargetResult, Verdict, exit_code
from certgate.reports.escape import for_openmetrics
from certgate.reports.facts import kind
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.spool import Spool

__all__ = ["OpenMetricsReport"]

_COUNTED = (Outcome.FAIL, Outcome.NOT_CHECKED, Outcome.CRASHED)
_EXCUSED = ("waived", "known")
_NOTICES = (WAIVER_EXPIRING, WAIVER_UNUSED, BASELINE_GONE)
_DAY = 86_400


class OpenMetricsReport(Report):
    """Spools what is told of each target, because the samples of one metric must stand together."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._verdicts = Spool()
        self._days = Spool()
        self._findings: Counter[tuple[str, str]] = Counter()

    def begin(self, header: RunHeader) -> None:
        """The time of the run; every rule counts from 0, so that a count can fall back to it."""
        self._gauge("run_timestamp_seconds", "When the run started.")
        self.sink.write(f"certgate_run_timestamp_seconds {header.started_at.timestamp():.0f}\n")
        self._rules = header.rules

    def add(self, result: TargetResult) -> None:
        """The verdict, and the days that are left to each certificate at the time of the judgement."""
        target = for_openmetrics(result.target.id)
        for verdict in Verdict:
            sample = f'certgate_target_verdict{{target="{target}",verdict="{verdict}"}}'
            self._verdicts.write(f"{sample} {int(verdict is result.verdict)}\n")
        for certificate in result.certificates:
            if certificate.not_after:
                days = (certificate.not_after - result.clock).total_seconds() / _DAY
                labels = f'target="{target}",certificate="{for_openmetrics(certificate.label)}"'
                labels += f',address="{for_openmetrics(certificate.vantage)}"' if certificate.vantage else ""
                self._days.write(f"certgate_certificate_days_left{{{labels}}} {days:.4f}\n")
        self._findings.update(
            (f.rule, kind(f) if f.excused else f.outcome) for f in result.findings if f.outcome in _COUNTED
        )

    def end(self, summary: RunSummary) -> None:
        """All samples, metric by metric."""
        write = self.sink.write
        self._gauge("exit_code", "What the gate said: 0 compliant, 1 violated, 3 incomplete.")
        write(f"certgate_exit_code {exit_code(summary.verdict)}\n")
        self._gauge("targets", "Targets by verdict.")
        for verdict in Verdict:
            write(f'certgate_targets{{verdict="{verdict}"}} {summary.targets.get(verdict, 0)}\n')
        self._gauge("target_verdict", "1 for the verdict on the target, 0 for the others.")
        self._verdicts.copy_to(self.sink)
        self._gauge("certificate_days_left", "Days until notAfter; negative after it.")
        self._days.copy_to(self.sink)
        self._gauge("findings", "Findings that are no pass, by rule.")
        for rule in self._rules:
            for outcome in (*_COUNTED, *_EXCUSED):
                count = self._findings[rule, outcome]
                write(f'certgate_findings{{rule="{for_openmetrics(rule)}",outcome="{outcome}"}} {count}\n')
        self._gauge("exceptions", "Waivers that end soon or excuse nothing, and entries of the baseline that are gone.")
        told = Counter(notice.rule for notice in summary.notices)
        for rule in _NOTICES:
            write(f'certgate_exceptions{{rule="{rule}"}} {told[rule]}\n')
        write("# EOF\n")

    def close(self) -> None:
        """Drop the spools."""
        self._verdicts.close()
        self._days.close()

    def _gauge(self, name: str, text: str) -> None:
        self.sink.write(f"# HELP certgate_{name} {text}\n# TYPE certgate_{name} gauge\n")
