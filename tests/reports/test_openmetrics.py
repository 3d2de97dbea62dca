"""The report for monitoring."""

import re
from dataclasses import replace
from datetime import timedelta

from certgate.model.verdict import Verdict

LINE = re.compile(
    r'# (HELP|TYPE) [a-z_]+ .+|# EOF|[a-z_]+(\{[a-z_]+="([^"\\\n]|\\["\\n])*"(,[a-z_]+="([^"\\\n]|\\["\\n])*")*\})? -?\d+(\.\d+)?'
)


def samples(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    pairs = [line.rpartition(" ") for line in lines]
    assert len({name for name, _, _ in pairs}) == len(pairs)
    return {name: float(value) for name, _, value in pairs}


def test_the_whole_report(results, render, same_as_golden):
    same_as_golden("openmetrics.txt", render("openmetrics", *results[:4]))


def test_every_line_keeps_to_the_grammar_and_the_samples_of_a_metric_stand_together(results, render):
    lines = render("openmetrics", *results).splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert lines[-1] == "# EOF"
    names = [re.match(r"[a-z_]+", line)[0] for line in lines if not line.startswith("#")]
    assert len([n for n, before in zip(names, ["", *names], strict=False) if n != before]) == len(set(names))


def test_days_are_those_from_the_judgement_to_the_end(results, render):
    leaf, issuer = results[0].certificates
    expired = replace(leaf, not_after=results[0].clock - timedelta(hours=12))
    read = samples(render("openmetrics", replace(results[0], certificates=(expired, replace(issuer, not_after=None)))))
    days = {name: value for name, value in read.items() if "days_left" in name}
    assert days == {'certgate_certificate_days_left{target="api.example:443",certificate="leaf"}': -0.5}


def test_one_verdict_is_1_and_the_others_are_0(results, render):
    read = samples(render("openmetrics", results[3]))
    shown = [read[f'certgate_target_verdict{{target="mail.example:443",verdict="{v}"}}'] for v in Verdict]
    assert shown == [0, 0, 1]
    assert read["certgate_exit_code"] == 3


def test_a_rule_without_findings_counts_0_so_that_alerts_end(results, render):
    read = samples(render("openmetrics", results[0]))
    assert read['certgate_findings{rule="key.rsa-min",outcome="fail"}'] == 0
    assert sum("certgate_findings" in name for name in read) == 8 * 5
