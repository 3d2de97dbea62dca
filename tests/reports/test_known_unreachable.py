"""Targets that are known not to answer: shown in every report, apart from new ones, and quiet once that is accepted."""

import csv
import io
import json
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from certgate.model.verdict import Verdict
from tests.schemas import report_schema

UNTIL = date(2026, 12, 31)
KNOWN = "known not to answer: listed in the baseline"
ACCEPTED = f"{KNOWN}, accepted until 2026-12-31"
SAID = "timed-out: no answer to connect within 10 s"


@pytest.fixture
def new(results):
    return replace(results[3], is_unreachable=True)


@pytest.fixture
def known(new):
    target = replace(new.target, id="db-3.example:443")
    return replace(new, target=target, findings=tuple(replace(f, known=True) for f in new.findings))


@pytest.fixture
def accepted(known):
    return replace(known, findings=tuple(replace(f, accepted_until=UNTIL) for f in known.findings))


@pytest.fixture
def compliant(results):
    return results[0]


@pytest.fixture
def end(summary):
    """The summary of a run with so many known and accepted targets."""

    def made(*results):
        told = summary(*results)
        accepted = sum(result.is_accepted for result in results)
        known = sum(result.is_known for result in results)
        is_clean = told.verdict is Verdict.INCOMPLETE and accepted == told.targets[Verdict.INCOMPLETE]
        verdict = Verdict.COMPLIANT if is_clean else told.verdict
        return replace(told, verdict=verdict, known=accepted, known_unreachable=known, accepted_unreachable=accepted)

    return made


@pytest.fixture
def tell(render, end):
    return lambda form, *results, **options: render(form, *results, summary=end(*results), **options)


def plain(text):
    return " ".join(text.split())


def test_the_terminal_says_of_each_whether_it_is_known(tell, compliant, known, new):
    text = plain(tell("terminal", compliant, known, new))
    assert f"{SAID} ({KNOWN})" in text
    assert text.count(SAID) == 2
    assert "1 compliant, 0 violated, 2 incomplete (1 known)" in text
    assert "no violation found, but 2 targets could not be checked, 1 of them known" in text


def test_the_terminal_groups_new_ones_before_known_ones(tell, known, new):
    more = [replace(known, target=replace(known.target, id=f"db-{n}.example:443")) for n in range(3)]
    text = plain(tell("terminal", *more, new, group_by="rule"))
    assert text.index(f"mail.example:443: {SAID}") < text.index(f"3 targets: {SAID} (known)")


def test_the_terminal_has_a_line_for_an_accepted_one_and_the_reason_once(tell, compliant, accepted):
    text = tell("terminal", compliant, accepted)
    assert "? db-3.example:443  incomplete  known not to answer\n" in text
    assert f"{ACCEPTED}\n" in text
    assert "✓ compliant  2 targets: 1 compliant, 0 violated, 1 incomplete (1 known)" in text


def test_a_reason_counts_no_accepted_ones(tell, accepted, known, new):
    assert "but 1 target could not be checked\n" in tell("text", accepted, new)
    assert "but 2 targets could not be checked, 1 of them known\n" in tell("text", accepted, known, new)


def test_the_terminal_says_when_the_acceptance_is_over(render, end, header, known):
    text = plain(render("terminal", known, summary=end(known), header=header(accepted_until=date(2026, 6, 14))))
    assert "the acceptance of known targets that do not answer ended on 2026-06-14" in text


def test_a_quiet_run_is_silent_about_accepted_ones(end, header, compliant, accepted, new):
    from certgate.reports.interface import ReportOptions
    from certgate.reports.quiet import QuietReport

    def quiet(*results):
        sink = io.StringIO()
        report = QuietReport(sink, ReportOptions())
        report.begin(header())
        for result in results:
            report.add(result)
        report.end(end(*results))
        return sink.getvalue()

    assert quiet(compliant, accepted) == ""
    assert "db-3.example" not in quiet(compliant, accepted, new).partition("Waived or known")[0]


def test_junit_skips_known_ones_and_the_run_is_an_error_unless_that_is_accepted(tell, compliant, known, accepted, new):
    root = ET.fromstring(tell("junit", compliant, known))
    assert [s.get("message") for s in root.iter("skipped")] == [f"{SAID} ({KNOWN})"]
    assert [(c.get("classname"), c.find("error").get("message")) for c in root.iter("testcase") if c.find("error")
            is not None] == [("certgate", "no violation found, but 1 target could not be checked, 1 of them known")]  # fmt: skip
    suites = root.iterfind("testsuite")
    assert [s.find("properties/property[@name='known']") is not None for s in suites] == [False, True, False]
    root = ET.fromstring(tell("junit", compliant, accepted))
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert [s.get("message") for s in root.iter("skipped")] == [f"{SAID} ({ACCEPTED})"]
    root = ET.fromstring(tell("junit", compliant, known, new))
    assert [e.get("classname") for e in root.iter("testcase") if e.find("error") is not None] == ["mail.example:443"]


def test_json_marks_target_and_finding_and_keeps_to_its_schema(tell, header, end, render, compliant, known, accepted):
    report = json.loads(
        render("json", compliant, known, accepted, summary=end(compliant, known, accepted),
               header=header(accepted_until=UNTIL, baseline="known.json"))
    )  # fmt: skip
    report_schema().validate(report)
    assert [(t["verdict"], t["known"], t["accepted"]) for t in report["targets"]] == [
        ("compliant", False, False),
        ("incomplete", True, False),
        ("incomplete", True, True),
    ]
    assert [t["findings"][0]["known"] for t in report["targets"][1:]] == [True, True]
    assert (report["accept_known_unreachable"], "baseline.expiring" in report["rules"]) == ("2026-12-31", True)
    assert (report["summary"]["known_unreachable"], report["summary"]["accepted_unreachable"]) == (2, 1)


def test_code_scanning_keeps_an_alert_for_each_and_notes_known_ones(tell, known, accepted, new):
    (run,) = json.loads(tell("sarif", known, accepted, new))["runs"]
    assert [(r["level"], r["properties"].get("known"), "suppressions" in r) for r in run["results"]] == [
        ("note", True, False),
        ("note", True, False),
        ("error", None, False),
    ]
    told = run["invocations"][0]["toolExecutionNotifications"]
    assert [(n["descriptor"]["id"], n["level"]) for n in told] == [
        ("target.incomplete", "note"),
        ("target.incomplete", "warning"),
    ]


def test_other_alerts_for_known_ones_are_information(tell, known, accepted, new):
    assert [i["severity"] for i in json.loads(tell("gitlab", known, accepted, new))] == ["info", "info", "critical"]
    levels = [line.partition(" ")[0] for line in tell("github-annotations", known, accepted, new).splitlines()]
    assert levels == ["::error", "::notice", "::notice"]


def test_lines_and_cells_say_what_is_known(tell, known, accepted):
    rows = list(csv.DictReader(io.StringIO(tell("csv", known, accepted))))
    assert [(r["outcome"], r["violation"], r["excuse"]) for r in rows] == [
        ("not-checked", "no", KNOWN),
        ("not-checked", "no", ACCEPTED),
    ]
    assert f"not-checked target.observed {SAID} ({KNOWN})" in tell("concise", known)
    assert tell("concise", accepted) == ""
    assert f"known target.observed {SAID} ({ACCEPTED})" in tell("concise", accepted, verbose=True)


def test_markdown_lists_accepted_ones_among_what_is_known(tell, known, accepted):
    text = tell("markdown", known, accepted)
    assert f"{SAID} ({KNOWN})" in text.partition("### Waived or known")[0]
    assert f"{SAID} ({ACCEPTED})" in text.partition("### Waived or known")[2]


def test_messages_count_known_ones_apart_and_leave_out_accepted_ones(tell, compliant, known, accepted, new):
    lines = tell("text", compliant, known, accepted, new).splitlines()
    assert lines.index("not checked target.observed: mail.example:443 (tier=edge)") + 1 == lines.index(
        "not checked, known target.observed: db-3.example:443 (tier=edge)"
    )
    assert "db-3" not in tell("text", compliant, accepted).partition("Next to expire")[0]
    assert "no violation found; 1 known target without an answer is accepted" in tell("slack", compliant, accepted)


def test_metrics_count_known_ones(tell, known, accepted, new):
    text = tell("openmetrics", known, accepted, new)
    assert "certgate_targets_known_unreachable 2\n" in text
    assert 'certgate_findings{rule="target.observed",outcome="not-checked"} 2\n' in text
    assert 'certgate_findings{rule="target.observed",outcome="known"} 1\n' in text
