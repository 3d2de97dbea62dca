"""What is counted, as OpenMetrics."""

import shutil
import subprocess
from datetime import UTC, datetime

from certgate.webhook.judgement import Decision, Judgement, Remark, Weight
from certgate.webhook.webhook_metrics import Metrics


def judgement(*rules):
    return Judgement(remarks=tuple(Remark(weight=Weight.VIOLATED, rule=rule, text="x") for rule in rules))


def test_decisions_rules_and_times_are_counted():
    metrics = Metrics()
    metrics.count(Decision.DENIED, judgement("a.rule", "b.rule", "a.rule"), 0.004)
    metrics.count(Decision.ALLOWED, judgement(), 60.0)
    metrics.refused["413"] += 1
    metrics.reloads["used"] += 1
    metrics.repeated += 3
    lines = metrics.text(under_way=2, not_after=datetime(2027, 1, 1, tzinfo=UTC)).splitlines()

    assert {
        'certgate_webhook_decisions_total{decision="denied"} 1',
        'certgate_webhook_decisions_total{decision="would-deny"} 0',
        'certgate_webhook_rules_total{rule="a.rule",decision="denied"} 1',
        'certgate_webhook_rules_total{rule="b.rule",decision="denied"} 1',
        "certgate_webhook_repeated_total 3",
        'certgate_webhook_refused_total{status="413"} 1',
        'certgate_webhook_duration_seconds_bucket{le="0.002"} 0',
        'certgate_webhook_duration_seconds_bucket{le="0.005"} 1',
        'certgate_webhook_duration_seconds_bucket{le="10.0"} 1',
        'certgate_webhook_duration_seconds_bucket{le="+Inf"} 2',
        "certgate_webhook_duration_seconds_sum 60.004000",
        "certgate_webhook_under_way 2",
        'certgate_webhook_certificate_reloads_total{result="used"} 1',
        "certgate_webhook_certificate_not_after_timestamp_seconds 1798761600",
    } <= set(lines)
    assert lines[-1] == "# EOF"


def test_rules_without_end_do_not_use_up_memory():
    metrics = Metrics()
    for number in range(3_000):
        metrics.count(Decision.DENIED, judgement(f"r{number}"), 0.0)
    metrics.count(Decision.DENIED, judgement("r0"), 0.0)

    assert len(metrics.rules) == 1_000
    assert metrics.rules["r0", Decision.DENIED] == 2


def test_a_scraper_reads_it():
    text = Metrics().text(under_way=0, not_after=None)
    families = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]

    assert len(families) == len(set(families)) == 7
    if promtool := shutil.which("promtool"):
        done = subprocess.run([promtool, "check", "metrics"], check=False, input=text, capture_output=True, text=True)
        assert "error" not in done.stderr.lower(), done.stderr
