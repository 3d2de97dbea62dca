"""What is excused stays in every report, marked, and fails nothing; exceptions that need a look are told."""

import csv
import io
import json
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from certgate.model.finding import Outcome
from certgate.model.reserved import RESERVED, TARGET_OBSERVED, WAIVER_EXPIRED
from certgate.model.target import Place
from certgate.model.verdict import DisabledRule, Notice, Verdict
from certgate.model.waiver import Waiver
from tests.schemas import report_schema

WAIVER = Waiver(
    rule="key.rsa-min",
    target="till-1.example:443",
    reason="firmware cannot renew before the spring update",
    owner="tills@corp.example",
    expires=date(2027, 4, 30),
    ticket="TILL-7",
    place=Place("team.yaml", 9, 5),
)
WAIVED = "waived until 2027-04-30 by tills@corp.example: firmware cannot renew before the spring update, TILL-7"
NOTICES = (
    Notice("waiver.expiring", "the waiver of key.rsa-min ends in 20 days, on 2027-04-30", WAIVER.place),
    Notice("waiver.unused", "the waiver of key.* by \x1b[31m: it excuses nothing", Place("team.yaml", 15, 5)),
    Notice("baseline.gone", "validity.expired at a.example:443, leaf, is gone: expired 2 days ago"),
)


@pytest.fixture
def excused(endpoint, finding):
    """A target that is compliant for a waiver and a baseline, and one that would be without a third failure."""
    short = finding("key.rsa-min", Outcome.FAIL, "RSA 1024 is below 2048 bits")
    old = finding("validity.expired", Outcome.FAIL, "expired 2 days ago")
    both = [finding("chain.complete", subject="path"), replace(short, waiver=WAIVER), replace(old, known=True)]
    bad = finding("name.dns-syntax", Outcome.FAIL, 'the name "_a.example" has an underscore', key="_a.example")
    return (
        endpoint("till-1.example", 1, Verdict.COMPLIANT, *both, is_excused=True),
        endpoint("till-2.example", 2, Verdict.VIOLATED, *both, bad),
    )


@pytest.fixture
def end(summary, excused):
    return replace(summary(*excused), excused=1, waived=2, known=2, warnings=0, notices=NOTICES)


@pytest.fixture
def head(header):
    return header(waivers=2, baseline="baseline.json, 2 known violations")


def test_the_terminal_shows_what_is_excused_by_whom_until_when(excused, render, end, head, same_as_golden):
    same_as_golden("terminal-excused.txt", render("terminal", *excused, summary=end, header=head))


def test_the_terminal_says_that_waivers_are_ignored(excused, render, header):
    assert "waivers are ignored (--no-waivers)" in render("terminal", *excused, header=header(waivers=None))


def test_many_notices_are_cut_short_unless_all_are_asked_for(excused, render, end):
    many = replace(end, notices=NOTICES[:1] * 7)
    assert "and 1 more (--verbose shows them)" in render("terminal", *excused, summary=many)
    assert "more (--verbose" not in render("terminal", *excused, summary=many, verbose=True)


def test_json_holds_the_waiver_and_keeps_to_its_schema(excused, render, end, head):
    report = json.loads(render("json", *excused, summary=end, header=head))
    report_schema().validate(report)
    short, old = report["targets"][0]["findings"]
    assert short["waiver"] == {
        "reason": "firmware cannot renew before the spring update",
        "owner": "tills@corp.example",
        "expires": "2027-04-30",
        "ticket": "TILL-7",
        "place": {"file": "team.yaml", "line": 9, "column": 5},
    }
    assert (short["outcome"], short["violation"], short["known"]) == ("fail", False, False)
    assert (old["waiver"], old["violation"], old["known"]) == (None, False, True)
    assert (report["waivers"], report["baseline"]) == (2, "baseline.json, 2 known violations")
    assert [n["rule"] for n in report["summary"]["notices"]] == ["waiver.expiring", "waiver.unused", "baseline.gone"]
    assert report["summary"]["notices"][2]["place"] is None
    assert {"waiver.expiring", "waiver.unused", "baseline.gone"} <= set(report["rules"])
    assert (report["summary"]["waived"], report["summary"]["known"]) == (2, 2)


def test_the_schema_knows_every_rule_that_a_notice_may_be_about(excused, render, end, head):
    for rule in RESERVED - {TARGET_OBSERVED, WAIVER_EXPIRED}:
        told = replace(end, notices=(Notice(rule, "it ends"),))
        report_schema().validate(json.loads(render("json", *excused, summary=told, header=head)))


def test_junit_skips_what_is_excused_and_says_why(excused, render, end, head):
    root = ET.fromstring(render("junit", *excused, summary=end, header=head))
    first, second = root.iterfind("testsuite")
    assert (first.get("failures"), first.get("errors"), first.get("skipped")) == ("0", "0", "2")
    assert second.get("failures") == "1"
    messages = [s.get("message") for s in first.iter("skipped")]
    assert messages == [WAIVED, "known: listed in the baseline"]
    assert "RSA 1024 is below 2048 bits" in first.find("testcase[2]/system-out").text


def test_sarif_leaves_out_what_is_excused(excused, render, end, head):
    (run,) = json.loads(render("sarif", *excused, summary=end, header=head))["runs"]
    assert [r["ruleId"] for r in run["results"]] == ["name.dns-syntax"]
    told = run["invocations"][0]["toolExecutionNotifications"]
    assert [n["descriptor"]["id"] for n in told] == ["waiver.expiring", "waiver.unused", "baseline.gone"]
    assert {n["level"] for n in told} == {"note"}
    described = {n["id"] for n in run["tool"]["driver"]["notifications"]}
    assert {n["descriptor"]["id"] for n in told} <= described


def test_sarif_shows_it_as_suppressed_on_demand(excused, render, end, head):
    (run,) = json.loads(render("sarif", excused[0], summary=end, header=head, suppressed=True))["runs"]
    assert [(r["ruleId"], r["suppressions"]) for r in run["results"]] == [
        ("key.rsa-min", [{"kind": "external", "status": "accepted", "justification": WAIVED}]),
        (
            "validity.expired",
            [{"kind": "external", "status": "accepted", "justification": "known: listed in the baseline"}],
        ),
    ]


def test_csv_says_by_what_it_is_excused(excused, render):
    rows = list(csv.DictReader(io.StringIO(render("csv", excused[0]))))
    assert [(r["violation"], r["excuse"]) for r in rows] == [("no", WAIVED), ("no", "known: listed in the baseline")]


def test_markdown_has_a_table_of_what_is_excused(excused, render, end, head):
    text = render("markdown", *excused, summary=end, header=head)
    assert f"RSA 1024 is below 2048 bits ({WAIVED})" in text.partition("### Waived or known")[2]
    assert "### Warnings" not in text
    assert r"it excuses nothing" in text.partition("### Waivers and baseline")[2]
    assert "\x1b" not in text


def test_markdown_counts_the_notices_beyond_50(excused, render, end):
    text = render("markdown", *excused, summary=replace(end, notices=NOTICES[:1] * 52))
    assert text.count("**waiver.expiring**") == 50
    assert "- and 2 more\n" in text


def test_gitlab_has_it_as_information(excused, render):
    found = json.loads(render("gitlab", excused[0]))
    assert {issue["severity"] for issue in found} == {"info"}
    assert found[0]["description"].startswith(f"RSA 1024 is below 2048 bits ({WAIVED}) (")


def test_annotations_have_it_as_a_notice(excused, render):
    lines = render("github-annotations", excused[0]).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("::notice ") for line in lines)
    assert f"::RSA 1024 is below 2048 bits ({WAIVED}) (" in lines[0]


def test_metrics_count_it_apart_from_failures(excused, render, end):
    text = render("openmetrics", *excused, summary=end)
    assert 'certgate_findings{rule="key.rsa-min",outcome="fail"} 0\n' in text
    assert 'certgate_findings{rule="key.rsa-min",outcome="waived"} 2\n' in text
    assert 'certgate_findings{rule="validity.expired",outcome="known"} 2\n' in text
    assert 'certgate_exceptions{rule="waiver.expiring"} 1\n' in text


COUNTED = "2 targets: 0 compliant, 1 excused, 1 violated, 0 incomplete"


@pytest.mark.parametrize("form", ["terminal", "markdown"])
def test_targets_that_only_exceptions_make_compliant_are_counted_apart(excused, render, end, head, form):
    assert COUNTED in render(form, *excused, summary=end, header=head)


@pytest.mark.parametrize("form", ["text", "slack"])
def test_messages_count_them_apart_too(excused, render, end, head, form):
    assert COUNTED.replace(":", ",") in render(form, *excused, summary=end, header=head)


def test_grouped_targets_count_them_apart_too(excused, render, end, head):
    text = render("terminal", *excused, summary=end, header=head, group_by="label.tier")
    assert "✓ 1 compliant target (1 excused); " in text
    assert "label.tier=edge  2 targets: 1 excused, 1 violated\n" in text


def test_programs_learn_which_targets_are_compliant_only_by_exceptions(excused, render, end, head):
    report = json.loads(render("json", *excused, summary=end, header=head))
    assert [target["excused"] for target in report["targets"]] == [True, False]
    assert (report["summary"]["targets"], report["summary"]["excused"]) == (
        {"compliant": 1, "violated": 1, "incomplete": 0},
        1,
    )
    (run,) = json.loads(render("sarif", *excused, summary=end, header=head))["runs"]
    assert run["invocations"][0]["properties"] == {
        "targets": {"compliant": 1, "violated": 1, "incomplete": 0},
        "excused": 1,
        "knownUnreachable": 0,
        "connections": 0,
        "account": {"declared": 2, "observed": 2, "noEndpoint": 0, "failed": 0, "leftOut": 0},
    }
    rows = list(csv.DictReader(io.StringIO(render("csv", *excused))))
    assert {(row["target"], row["excused"]) for row in rows} == {
        ("till-1.example:443", "yes"),
        ("till-2.example:443", "no"),
    }
    suites = ET.fromstring(render("junit", *excused, summary=end)).iterfind("testsuite")
    assert [suite.find("properties/property[@name='excused']") is not None for suite in suites] == [True, False]
    metrics = render("openmetrics", *excused, summary=end)
    assert "certgate_targets_excused 1\n" in metrics
    assert 'certgate_target_excused{target="till-1.example:443"} 1\n' in metrics
    assert 'certgate_target_excused{target="till-2.example:443"} 0\n' in metrics


OFF = (
    DisabledRule("payments", "name.cn-in-san", "old tills read \x1b[31m the CN"),
    DisabledRule("payments", "chain.depth", "a lab", "labels.tier is edge"),
    DisabledRule("payments", "chain.depth", "a test", "target is test-*"),
)


@pytest.fixture
def switched_off(render, excused, end, header):
    return lambda form: render(form, *excused, header=header(disabled=OFF), summary=end)


def test_sarif_notes_each_rule_that_is_off_with_its_reason(switched_off, schemas):
    document = json.loads(switched_off("sarif"))
    jsonschema.validate(document, json.loads((schemas / "sarif-2.1.0.json").read_text()))
    told = document["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert [(n["level"], n["message"]["text"]) for n in told if n["descriptor"]["id"] == "rule.off"] == [
        ("note", "name.cn-in-san is off in payments: old tills read \\\\x1b\\[31m the CN."),
        ("note", "chain.depth is off in payments where labels.tier is edge: a lab."),
        ("note", "chain.depth is off in payments where target is test-*: a test."),
    ]


def test_junit_skips_each_rule_that_is_off_with_its_reason_and_counts_no_failure_for_it(switched_off):
    root = ET.fromstring(switched_off("junit"))
    suite = root.find("testsuite[@name='payments']")
    assert [(c.get("name"), c.find("skipped").get("message")) for c in suite] == [
        ("name.cn-in-san", "off in payments: old tills read \\x1b[31m the CN"),
        (
            "chain.depth",
            "off in payments where labels.tier is edge: a lab; off in payments where target is test-*: a test",
        ),
    ]
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("0", "0", "2")


def test_markdown_lists_each_rule_that_is_off_with_its_reason(switched_off):
    listed = switched_off("markdown").split("### Rules that are off\n\n")[1].split("\n\n")[0]
    assert listed.splitlines() == [
        "- **name.cn-in-san** `off in payments: old tills read \\x1b[31m the CN`",
        "- **chain.depth** `off in payments where labels.tier is edge: a lab`",
        "- **chain.depth** `off in payments where target is test-*: a test`",
    ]


def test_the_terminal_tells_each_rule_that_is_off_with_its_reason(switched_off):
    shown = " ".join(switched_off("terminal").split())
    assert "name.cn-in-san is off in payments: old tills read \\x1b[31m the CN" in shown
    assert "chain.depth is off in payments where labels.tier is edge: a lab" in shown
