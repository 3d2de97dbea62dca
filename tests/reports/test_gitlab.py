"""Code Quality JSON."""

import json

from certgate.model.finding import Outcome
from certgate.model.verdict import Verdict


def test_each_failure_and_each_missing_answer_is_an_issue(results, render, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    issues = json.loads(render("gitlab", *results[:5], root=tmp_path))
    assert [
        (i["check_name"], i["severity"], i["location"]["path"], i["location"]["lines"]["begin"]) for i in issues
    ] == [
        ("chain.root-sent", "info", "certgate.yaml", 7),
        ("ocsp.fresh", "minor", "certgate.yaml", 7),
        ("chain.complete", "critical", "certgate.yaml", 8),
        ("key.rsa-min", "critical", "certgate.yaml", 8),
        ("name.dns-syntax", "critical", "certgate.yaml", 8),
        ("name.dns-syntax", "critical", "certgate.yaml", 8),
        ("rev.status", "critical", "certgate.yaml", 8),
        ("ocsp.fresh", "minor", "certgate.yaml", 8),
        ("target.observed", "critical", "certgate.yaml", 9),
        ("validity.expired", "critical", "deploy/full chain.pem", 27),
    ]
    assert issues[6]["description"] == "not checked: no staple was sent (db.internal.example:8443, staple; tier=edge)"
    assert len({i["fingerprint"] for i in issues}) == len(issues)


def test_a_clean_run_is_an_empty_list(results, render):
    assert json.loads(render("gitlab", results[0])) == []


def test_hostile_text_is_shown_and_not_obeyed(hostile, render):
    text = render("gitlab", hostile)
    assert text.isascii()
    assert all(i["description"].isprintable() for i in json.loads(text))


def test_a_runner_that_reads_the_report_finds_no_command_in_it(endpoint, finding, render):
    text = render(
        "gitlab", endpoint("a.example", 1, Verdict.VIOLATED, finding("key.rsa-min", Outcome.FAIL, "##[group]x"))
    )
    assert "##" not in text
