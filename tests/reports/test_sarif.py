"""The report for code scanning."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest

from certgate.model.finding import Outcome, Severity
from certgate.model.target import Place
from certgate.model.verdict import Verdict
from certgate.reports import sarif


@pytest.fixture
def valid(schemas):
    schema = json.loads((schemas / "sarif-2.1.0.json").read_text())

    def check(text: str) -> dict:
        document = json.loads(text)
        jsonschema.Draft4Validator(schema).validate(document)
        return document["runs"][0]

    return check


def run_of(text: str) -> dict:
    return json.loads(text)["runs"][0]


def place_of(result: dict) -> tuple[str, int]:
    physical = result["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def test_the_whole_report(results, render, same_as_golden, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    same_as_golden("report.sarif", render("sarif", *results, root=tmp_path))


def test_the_report_is_valid_hostile_text_included(results, render, valid):
    valid(render("sarif", *results))


def test_a_clean_run_is_a_report_without_results(results, render, valid):
    run = valid(render("sarif", results[0]))
    assert run["results"] == []
    assert run["invocations"][0]["exitCode"] == 0
    assert len(run["tool"]["driver"]["rules"]) == 8


def test_failures_and_missing_answers_are_results_and_nothing_else_is(results, render):
    run = run_of(render("sarif", *results[:4]))
    assert [(r["ruleId"], r["level"], r["properties"]["outcome"]) for r in run["results"]] == [
        ("chain.complete", "error", "fail"),
        ("key.rsa-min", "error", "fail"),
        ("name.dns-syntax", "error", "fail"),
        ("name.dns-syntax", "error", "fail"),
        ("rev.status", "error", "not-checked"),
        ("target.observed", "error", "not-checked"),
        ("ocsp.fresh", "warning", "fail"),
        ("ocsp.fresh", "warning", "fail"),
        ("chain.root-sent", "note", "fail"),
    ]
    assert {r["kind"] for r in run["results"]} == {"fail"}


def test_a_rule_that_need_not_be_checked_is_no_result(endpoint, finding, render):
    unknown = finding("rev.status", Outcome.NOT_CHECKED, "no staple", required=False)
    run = run_of(render("sarif", endpoint("a.example", 1, Verdict.COMPLIANT, unknown, finding("key.rsa-min"))))
    assert run["results"] == []


def test_rules_have_help_and_a_severity_in_numbers_and_results_point_at_them(results, render):
    run = run_of(render("sarif", *results))
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"])
    stale = next(r for r in rules if r["id"] == "ocsp.fresh")
    assert stale["properties"] == {
        "tags": ["security", "certificate", "ocsp"],
        "precision": "very-high",
        "security-severity": "5.0",
    }
    assert stale["defaultConfiguration"] == {"level": "warning"}
    assert "**Fix:** let the server fetch a new staple" in stale["help"]["markdown"]


def test_each_result_is_at_the_line_that_declares_its_target_and_names_host_and_port(
    results, render, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    result = run_of(render("sarif", results[2], root=tmp_path))["results"][1]
    assert place_of(result) == ("certgate.yaml", 8)
    assert result["message"]["text"] == (
        "RSA 1024 is below 2048 bits (db.internal.example:8443, leaf CN=db.internal.example)."
    )
    assert result["locations"][0]["logicalLocations"] == [
        {"name": "db.internal.example:8443", "fullyQualifiedName": "db.internal.example:8443", "kind": "resource"}
    ]


def test_a_checked_file_is_the_place_at_the_line_of_its_certificate(pem_file, render, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert [place_of(r) for r in run_of(render("sarif", pem_file, root=tmp_path))["results"]] == [
        ("deploy/full%20chain.pem", 27)
    ]


def test_every_place_is_a_relative_uri_whatever_a_person_wrote(results, render, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = ["/etc/hosts.txt", "../up.yaml", "a:b.yaml", "-", "dir with space/%41#?.yaml", "ü.yaml", "\ud800.yaml"]
    for file in files:
        target = replace(results[2].target, place=Place(file, 0))
        for result in run_of(render("sarif", replace(results[2], target=target), root=tmp_path))["results"]:
            uri, line = place_of(result)
            assert not urlsplit(uri).scheme
            assert not uri.startswith(("/", ".."))
            assert unquote(uri) in {file, "certgate.yaml", "?.yaml"}
            assert line == 1


def test_fingerprints_survive_a_renewal_and_tell_two_problems_apart(results, render):
    renewed = replace(results[2], certificates=(), clock=results[2].clock + timedelta(days=30))
    before = [r["partialFingerprints"]["certgate/v1"] for r in run_of(render("sarif", results[2]))["results"]]
    after = [r["partialFingerprints"]["certgate/v1"] for r in run_of(render("sarif", renewed))["results"]]
    assert before == after
    assert len(set(before)) == len(before) == 6


def test_an_incomplete_target_is_a_notification_and_the_scan_still_a_successful_one(results, render):
    invocation = run_of(render("sarif", results[0], results[3]))["invocations"][0]
    assert invocation == {
        "executionSuccessful": True,
        "exitCode": 3,
        "exitCodeDescription": "no violation found, but 1 target could not be checked",
        "startTimeUtc": "2026-06-15T13:00:00Z",
        "properties": {
            "targets": {"compliant": 1, "violated": 0, "incomplete": 1},
            "excused": 0,
            "knownUnreachable": 0,
            "connections": 0,
            "account": {"declared": 2, "observed": 1, "noEndpoint": 0, "failed": 1, "leftOut": 0},
        },
        "toolExecutionNotifications": [
            {
                "descriptor": {"id": "target.incomplete"},
                "level": "warning",
                "message": {"text": "timed-out: no answer to connect within 10 s (mail.example:443)."},
            }
        ],
    }


def test_an_interrupted_run_says_so(summary, render, valid):
    cut_short = replace(summary(), verdict=Verdict.INCOMPLETE, interrupted=True)
    notifications = valid(render("sarif", summary=cut_short))["invocations"][0]["toolExecutionNotifications"]
    assert [n["descriptor"]["id"] for n in notifications] == ["run.interrupted"]


@pytest.mark.parametrize(
    ("most", "kept", "told"),
    [
        (3, ["error", "error", "warning"], []),
        (
            2,
            ["error", "error"],
            ["1 result left out, the least severe first; the reports json, jsonl and csv have all of them."],
        ),
    ],
)
def test_above_the_limit_the_worst_results_are_kept_and_the_rest_counted(
    endpoint, finding, render, monkeypatch, valid, most, kept, told
):
    monkeypatch.setattr(sarif, "MOST_RESULTS", most)
    levels = (Severity.WARNING, Severity.ERROR, Severity.ERROR)
    failures = [finding("key.rsa-min", Outcome.FAIL, "short", severity=s, key=str(n)) for n, s in enumerate(levels)]
    run = valid(render("sarif", endpoint("a.example", 1, Verdict.VIOLATED, *failures)))
    assert [r["level"] for r in run["results"]] == kept
    assert [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]] == told


def test_hostile_text_makes_no_links_no_placeholders_and_no_invisible_characters(hostile, render):
    text = render("sarif", hostile)
    message = run_of(text)["results"][0]["message"]["text"]
    assert text.isascii()
    assert message.isprintable()
    assert r"\[text\](https://evil.example)" in message
    assert "{{0}}" in message
    assert len(message) < 3_000


def test_two_runs_differ_in_nothing_but_their_start(results, render, header):
    first = render("sarif", *results, header=header())
    later = render("sarif", *results, header=replace(header(), started_at=header().started_at + timedelta(days=1)))
    assert first.replace("2026-06-15T13:00:00Z", "2026-06-16T13:00:00Z") == later


def test_a_runner_that_reads_the_report_finds_no_command_in_it(endpoint, finding, render):
    bad = finding("key.rsa-min", Outcome.FAIL, "##[group]x", evidence={"a": "##vso[task.complete]"})
    text = render("sarif", endpoint("a.example", 1, Verdict.VIOLATED, bad))
    assert "##" not in text


def test_what_validators_miss_and_code_scanning_refuses_is_not_there(results, hostile, render, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spaced = replace(results[2], target=replace(results[2].target, place=Place("dir with space/http:x.yaml", 3)))
    run = run_of(render("sarif", *results[:2], spaced, *results[3:], hostile, root=tmp_path))
    for result in run["results"]:
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        parts = urlsplit(physical["artifactLocation"]["uri"])
        assert (parts.scheme, parts.netloc) == ("", "")
        assert " " not in parts.path
        assert physical["region"]["startLine"] >= 1
    for rule in run["tool"]["driver"]["rules"]:
        assert 0 <= float(rule["properties"]["security-severity"]) <= 10
        assert " " not in rule["id"] + rule["name"]
        assert len(rule["properties"]["tags"]) <= 20
