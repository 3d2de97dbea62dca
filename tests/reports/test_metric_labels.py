"""Labels of the targets as labels of samples."""

import re
from dataclasses import replace

import pytest

from certgate.model.errors import UsageError
from certgate.reports.metric_labels import metric_labels
from certgate.reports.spec import ReportSpec

METRICS = [ReportSpec("json"), ReportSpec("openmetrics")]


def test_names_are_taken_in_their_order_and_once():
    assert metric_labels("team,tier,team", METRICS) == ("team", "tier")
    assert metric_labels(None, []) == ()


@pytest.mark.parametrize(
    ("said", "specs", "message"),
    [
        ("team,", METRICS, '--metrics-labels "team," has an empty name; write team,tier'),
        ("", METRICS, '--metrics-labels "" has an empty name; write team,tier'),
        ("team", METRICS[:1], "--metrics-labels needs --report openmetrics"),
        ("a-b,a.b", METRICS, '--metrics-labels "a-b,a.b": a-b and a.b are both label_a_b in a metric'),
    ],
)
def test_a_mistake_is_named(said, specs, message):
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        metric_labels(said, specs)


def test_the_samples_of_a_target_have_the_labels_that_are_named_and_no_others(results, render):
    target = replace(results[0].target, labels={"team": 'sh"op', "cost-centre": "7", "tier": "edge"})
    text = render("openmetrics", replace(results[0], target=target), results[1], metrics_labels=("team", "cost-centre"))
    own = ',label_team="sh\\"op",label_cost_centre="7"}'
    assert f'certgate_target_verdict{{target="api.example:443",verdict="compliant"{own} 1' in text
    assert (
        f'certgate_certificate_not_after_timestamp_seconds{{target="api.example:443",certificate="leaf"{own} ' in text
    )
    assert 'certgate_target_verdict{target="shop.example:443",verdict="compliant"} 1' in text
    assert "edge" not in text


def test_without_the_option_no_sample_has_a_label_of_a_target(results, render):
    assert "label_" not in render("openmetrics", *results[:2])
