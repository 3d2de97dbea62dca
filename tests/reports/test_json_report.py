"""The report for programs."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from certgate.model.finding import Outcome, Severity
from certgate.model.verdict import DisabledRule, Verdict
from tests.schemas import report_schema


def valid(text: str) -> dict:
    document = json.loads(text)
    report_schema().validate(document)
    return document


def test_the_whole_report_keeps_to_its_schema(results, render, same_as_golden):
    text = render("json", *results[:-1])
    valid(text)
    same_as_golden("report.json", text)


def test_passes_are_counted_and_only_verbose_lists_them(results, render):
    plain = valid(render("json", *results))["targets"][0]
    verbose = valid(render("json", *results, verbose=True))["targets"][0]
    assert (plain["counts"]["pass"], plain["findings"]) == (4, [])
    assert [f["outcome"] for f in verbose["findings"]] == ["pass"] * 4


def test_rules_that_a_policy_switched_off_are_listed_with_the_reason(header, render):
    off = DisabledRule("payments", "ku.ec-leaf", "until the move", "labels.tier is edge")
    assert valid(render("json", header=header(disabled=(off,))))["disabled"] == [
        {"policy": "payments", "rule": "ku.ec-leaf", "reason": "until the move", "where": "labels.tier is edge"}
    ]


def test_a_run_without_targets_is_a_report_too(render, summary):
    document = valid(render("json", summary=replace(summary(), verdict=Verdict.INCOMPLETE, interrupted=True)))
    assert document["targets"] == []
    assert document["summary"]["exit_code"] == 3


@pytest.mark.parametrize(("fail_on", "violation"), [(Severity.WARNING, True), (Severity.ERROR, False)])
def test_a_finding_says_whether_it_is_a_violation(endpoint, finding, header, render, fail_on, violation):
    result = endpoint(
        "a.example", 1, Verdict.COMPLIANT, finding("key.rsa-min", Outcome.FAIL, severity=Severity.WARNING)
    )
    document = valid(render("json", result, header=replace(header(), fail_on=fail_on)))
    assert document["targets"][0]["findings"][0]["violation"] is violation


def test_two_runs_differ_in_nothing_but_their_start(results, render, header):
    first = render("json", *results, header=header())
    later = render("json", *results, header=replace(header(), started_at=header().started_at + timedelta(days=1)))
    assert first != later
    assert {**json.loads(first), "started_at": 0} == {**json.loads(later), "started_at": 0}


def test_hostile_text_is_kept_but_for_what_is_no_text_and_what_is_too_long(hostile, render):
    text = render("json", hostile)
    subject = valid(text)["targets"][0]["certificates"][0]["subject"]
    assert text.isascii()
    assert subject.startswith("CN=\x1b[31mred")
    assert "\\ud800\u202e" in subject
    assert subject.endswith("A… (65,678 characters)")
    subject.encode()


def test_a_lone_surrogate_is_shown_even_in_a_short_report(endpoint, finding, render):
    result = endpoint("a.example", 1, Verdict.VIOLATED, finding("key.rsa-min", Outcome.FAIL, "\ud800"))
    assert valid(render("json", result))["targets"][0]["findings"][0]["message"] == "\\ud800"


def test_a_runner_that_reads_the_report_finds_no_command_in_it(endpoint, finding, render):
    bad = finding("key.rsa-min", Outcome.FAIL, "##[group]x", evidence={"a": "##vso[task.complete]"})
    text = render("json", endpoint("a.example", 1, Verdict.VIOLATED, bad))
    assert "##" not in text
