"""The report for monitoring."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from certgate.model.verdict import RunHistory, RunRecord, RunSummary, Verdict

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


def test_a_date_that_cannot_be_read_has_no_sample(results, render):
    leaf, issuer = results[0].certificates
    read = samples(render("openmetrics", replace(results[0], certificates=(leaf, replace(issuer, not_after=None)))))
    dates = {name: value for name, value in read.items() if name.startswith("certgate_certificate_")}
    labels = 'target="api.example:443",certificate='
    assert dates == {
        f'certgate_certificate_not_before_timestamp_seconds{{{labels}"leaf"}}': leaf.not_before.timestamp(),
        f'certgate_certificate_not_before_timestamp_seconds{{{labels}"issuer 1"}}': leaf.not_before.timestamp(),
        f'certgate_certificate_not_after_timestamp_seconds{{{labels}"leaf"}}': leaf.not_after.timestamp(),
    }


GOOD, BAD, LOST = (RunSummary(verdict=verdict) for verdict in Verdict)


@pytest.mark.parametrize(
    ("now", "only", "earlier", "good"),
    [
        (GOOD, (), (), 0),
        (BAD, (), (), None),
        (BAD, (), (BAD, GOOD, LOST), 2),
        (BAD, (), (GOOD, GOOD, BAD), 2),
        (GOOD, ("a",), (), None),
        (GOOD, ("a",), (GOOD,), 1),
        (replace(GOOD, interrupted=True), (), (GOOD,), 1),
    ],
)
def test_the_last_good_run_is_the_last_whole_and_compliant_one(results, header, render, now, only, earlier, good):
    start = header().started_at
    runs = tuple(
        RunRecord(
            name=str(n),
            started_at=start - timedelta(days=len(earlier) - n),
            declared=(),
            is_whole=True,
            summary=summary,
        )
        for n, summary in enumerate(earlier)
    )
    history = RunHistory(folder="h", last=runs[-1] if runs else None, earlier=runs)
    read = samples(render("openmetrics", results[0], header=header(history=history, only=only), summary=now))
    expected = None if good is None else (start - timedelta(days=good)).timestamp()
    assert read.get("certgate_last_good_run_timestamp_seconds") == expected


def test_without_a_history_the_last_good_run_is_not_known(results, render):
    assert "last_good" not in render("openmetrics", results[0])


def test_one_verdict_is_1_and_the_others_are_0(results, render):
    read = samples(render("openmetrics", results[3]))
    shown = [read[f'certgate_target_verdict{{target="mail.example:443",verdict="{v}"}}'] for v in Verdict]
    assert shown == [0, 0, 1]
    assert read["certgate_exit_code"] == 3


def test_a_rule_without_findings_counts_0_so_that_alerts_end(results, render):
    read = samples(render("openmetrics", results[0]))
    assert read['certgate_findings{rule="key.rsa-min",outcome="fail"}'] == 0
    assert sum("certgate_findings" in name for name in read) == 8 * 5
