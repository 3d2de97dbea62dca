"""What the webhook counts, as OpenMetrics text."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from certgate.reports.escape import for_openmetrics
from certgate.webhook.judgement import Decision, Judgement

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds."""
_MOST_RULES = 1_000


@dataclass(kw_only=True)
class Metrics:
    """Counts by a closed set of labels: decisions, rules of the policy, reasons. No name of an object is a label."""

    decisions: Counter[Decision] = field(default_factory=Counter)
    rules: Counter[tuple[str, Decision]] = field(default_factory=Counter)
    """By rule and decision."""
    refused: Counter[str] = field(default_factory=Counter)
    """Requests that are no reviews within the limits, by the HTTP status of the answer."""
    repeated: int = 0
    """Objects that were judged before, within the minute."""
    reloads: Counter[str] = field(default_factory=Counter)
    """New contents of the certificate's files: `used` or `refused`."""
    _spent: list[int] = field(default_factory=lambda: [0] * (len(_BUCKETS) + 1))
    _seconds: float = 0.0

    def count(self, decision: Decision, judgement: Judgement, seconds: float) -> None:
        """Count an answer."""
        self.decisions[decision] += 1
        for rule in {one.rule for one in judgement.remarks if one.rule}:
            if (rule, decision) in self.rules or len(self.rules) < _MOST_RULES:
                self.rules[rule, decision] += 1
        self._spent[bisect_left(_BUCKETS, seconds)] += 1
        self._seconds += seconds

    def text(self, *, under_way: int, not_after: datetime | None) -> str:
        """The exposition (OpenMetrics 1.0)."""
        return "".join(f"{line}\n" for line in self._lines(under_way, not_after))

    def _lines(self, under_way: int, not_after: datetime | None) -> Iterator[str]:
        yield from _header("decisions", "counter", "Answers to the API server, by decision.")
        for decision in Decision:
            yield f'certgate_webhook_decisions_total{{decision="{decision}"}} {self.decisions[decision]}'
        yield from _header("rules", "counter", "Answers that name a rule, by rule and decision.")
        for (rule, decision), count in sorted(self.rules.items()):
            labels = f'rule="{for_openmetrics(rule)}",decision="{decision}"'
            yield f"certgate_webhook_rules_total{{{labels}}} {count}"
        yield from _header("repeated", "counter", "Objects that were not judged again within the minute.")
        yield f"certgate_webhook_repeated_total {self.repeated}"
        yield from _header("refused", "counter", "Requests that got no decision, by HTTP status.")
        for status, count in sorted(self.refused.items()):
            yield f'certgate_webhook_refused_total{{status="{status}"}} {count}'
        yield from _header("duration_seconds", "histogram", "Time from a request to its decision.", unit="seconds")
        below = 0
        for bound, count in zip((*(f"{one:g}" for one in _BUCKETS), "+Inf"), self._spent, strict=True):
            below += count
            yield f'certgate_webhook_duration_seconds_bucket{{le="{_float(bound)}"}} {below}'
        yield f"certgate_webhook_duration_seconds_count {below}"
        yield f"certgate_webhook_duration_seconds_sum {self._seconds:.6f}"
        yield from _header("under_way", "gauge", "Requests that wait for their decision.")
        yield f"certgate_webhook_under_way {under_way}"
        yield from _header("certificate_reloads", "counter", "Changes of the webhook's own certificate, by result.")
        for result in ("used", "refused"):
            yield f'certgate_webhook_certificate_reloads_total{{result="{result}"}} {self.reloads[result]}'
        if not_after:
            name = "certificate_not_after_timestamp_seconds"
            yield from _header(name, "gauge", "When the webhook's own certificate expires.", unit="seconds")
            yield f"certgate_webhook_{name} {not_after.timestamp():.0f}"
        yield "# EOF"


def _header(name: str, kind: str, text: str, unit: str = "") -> Iterator[str]:
    yield f"# TYPE certgate_webhook_{name} {kind}"
    if unit:
        yield f"# UNIT certgate_webhook_{name} {unit}"
    yield f"# HELP certgate_webhook_{name} {text}"


def _float(bound: str) -> str:
    """A bound as OpenMetrics writes it: `1.0`, never `1`."""
    return bound if "." in bound or bound == "+Inf" else f"{bound}.0"
