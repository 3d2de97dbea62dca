"""The report for test readers."""

from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree

from certgate.model.finding import Outcome, Severity
from certgate.model.verdict import Verdict, exit_code
from certgate.reports import junit


@pytest.fixture
def valid(schemas):
    schema = etree.XMLSchema(etree.parse(schemas / "junit-10.xsd"))

    def check(text: str) -> ET.Element:
        schema.assertValid(etree.fromstring(text.encode()))
        return ET.fromstring(text)

    return check


def outcomes(root: ET.Element) -> dict[str, str]:
    """Case name → the tags below it; the target before the name where there are several."""
    several = len({c.get("classname") for c in root.iter("testcase")}) > 1
    return {
        f"{c.get('classname')} {c.get('name')}" if several else c.get("name"): " ".join(child.tag for child in c)
        or "pass"
        for c in root.iter("testcase")
    }


def test_the_whole_report(results, render, same_as_golden):
    same_as_golden("junit.xml", render("junit", *results))


def test_the_report_is_valid_hostile_text_included(results, render, valid):
    valid(render("junit", *results))


def test_each_rule_that_applied_is_one_case(results, render):
    root = ET.fromstring(render("junit", results[2]))
    assert outcomes(root) == {
        "chain.complete": "failure",
        "key.rsa-min": "failure",
        "name.dns-syntax": "failure",
        "rev.status": "error",
        "validity.expired": "pass",
        "ocsp.fresh": "system-out",
    }
    assert dict(root.attrib) == {"name": "certgate", "tests": "6", "failures": "3", "errors": "1"}


def test_one_failure_lists_all_problems_of_its_rule_and_says_what_to_do(results, render):
    root = ET.fromstring(render("junit", results[2]))
    failure = root.find(".//testcase[@name='name.dns-syntax']/failure")
    assert failure.get("message") == 'the name "_a.example" has an underscore (and 1 more)'
    assert failure.text.splitlines() == [
        'error: the name "_a.example" has an underscore (leaf CN=db.internal.example)',
        'error: the name "_b.example" has an underscore (leaf CN=db.internal.example)',
        "Why: clients refuse or ignore names of another form",
        "Fix: reissue the certificate with names of letters, digits and hyphens",
        "Source: RFC 5280 §4.2.1.6",
    ]


def test_no_two_cases_of_the_report_have_the_same_class_and_name(results, render):
    root = ET.fromstring(render("junit", *results))
    names = Counter((c.get("classname"), c.get("name")) for c in root.iter("testcase"))
    assert names.most_common(1)[0][1] == 1


def test_a_violation_wins_over_what_was_not_checked_in_the_same_case(endpoint, finding, render):
    both = (finding("key.rsa-min", Outcome.NOT_CHECKED, "unknown"), finding("key.rsa-min", Outcome.FAIL, "too short"))
    root = ET.fromstring(render("junit", endpoint("a.example", 1, Verdict.VIOLATED, *both)))
    failure = root.find(".//failure")
    assert (root.get("failures"), root.get("errors")) == ("1", "0")
    assert failure.get("message") == "too short (and 1 more)"
    assert failure.text.startswith("not-checked: unknown (leaf CN=a.example)\nerror: too short (leaf CN=a.example)\n")
    assert "Fix: make a new key of at least 2048 bits" in failure.text


def test_a_rule_that_need_not_be_checked_is_skipped(endpoint, finding, render, valid):
    unknown = finding("rev.status", Outcome.NOT_CHECKED, "no staple", required=False)
    root = valid(render("junit", endpoint("a.example", 1, Verdict.COMPLIANT, unknown, finding("key.rsa-min"))))
    assert outcomes(root)["rev.status"] == "skipped system-out"
    assert root.find("testsuite").get("skipped") == "1"


@pytest.mark.parametrize("fail_on", list(Severity))
def test_failures_and_errors_are_none_exactly_when_the_exit_code_is_0(
    endpoint, finding, header, summary, render, fail_on
):
    every = [
        (outcome, severity, required) for outcome in Outcome for severity in Severity for required in (True, False)
    ]
    for outcome, severity, required in every:
        found = finding("key.rsa-min", outcome, "message", severity=severity, required=required)
        violated, not_checked = found.violates(fail_on), found.not_checked
        decided = outcome in {Outcome.PASS, Outcome.FAIL}
        verdict = (
            Verdict.VIOLATED if violated else Verdict.COMPLIANT if decided and not not_checked else Verdict.INCOMPLETE
        )
        root = ET.fromstring(
            render("junit", endpoint("a.example", 1, verdict, found), header=replace(header(), fail_on=fail_on))
        )
        bad = int(root.get("failures")) + int(root.get("errors"))
        assert (bad == 0) == (exit_code(verdict) == 0), found


def test_a_target_of_which_nothing_is_known_is_an_error(endpoint, finding, render, valid):
    nothing = endpoint("a.example", 1, Verdict.INCOMPLETE, finding("ocsp.fresh", Outcome.NOT_APPLICABLE))
    root = valid(render("junit", nothing))
    assert outcomes(root) == {"verdict": "error"}


def test_a_run_that_was_interrupted_before_its_first_target_is_an_error(summary, render, valid):
    cut_short = replace(summary(), verdict=Verdict.INCOMPLETE, interrupted=True)
    root = valid(render("junit", summary=cut_short))
    assert outcomes(root) == {"run": "error"}
    assert root.get("errors") == "1"


def test_the_report_is_never_empty(summary, render, valid):
    root = valid(render("junit", summary=replace(summary(), verdict=Verdict.COMPLIANT)))
    assert outcomes(root) == {"run": "pass"}


@pytest.mark.parametrize(("most", "names"), [(4, ["key.rsa-min", "rev.status"]), (3, ["passes"])])
def test_above_the_limit_the_passes_of_each_target_are_one_case(
    endpoint, finding, render, monkeypatch, valid, most, names
):
    monkeypatch.setattr(junit, "MOST_CASES", most)
    passes = finding("key.rsa-min"), finding("rev.status")
    targets = [endpoint(host, i, Verdict.COMPLIANT, *passes) for i, host in enumerate(("a.example", "b.example"))]
    root = valid(render("junit", *targets))
    assert list(outcomes(root)) == [f"{host}:443 {n}" for host in ("a.example", "b.example") for n in names]


def test_above_the_limit_failures_and_notes_keep_their_cases(results, render, monkeypatch):
    monkeypatch.setattr(junit, "MOST_CASES", 1)
    root = ET.fromstring(render("junit", results[1], results[2]))
    assert outcomes(root) == {
        "shop.example:443 chain.root-sent": "system-out",
        "shop.example:443 ocsp.fresh": "system-out",
        "shop.example:443 passes": "system-out",
        "db.internal.example:8443 chain.complete": "failure",
        "db.internal.example:8443 key.rsa-min": "failure",
        "db.internal.example:8443 name.dns-syntax": "failure",
        "db.internal.example:8443 rev.status": "error",
        "db.internal.example:8443 ocsp.fresh": "system-out",
        "db.internal.example:8443 passes": "system-out",
    }


def test_a_runner_that_reads_the_report_finds_no_command_in_it(endpoint, finding, render):
    bad = finding("key.rsa-min", Outcome.FAIL, "##[group]x", evidence={"a": "##vso[task.complete]"})
    text = render("junit", endpoint("a.example", 1, Verdict.VIOLATED, bad))
    assert "##" not in text


def test_a_second_reader_reads_the_same(results, render):
    text = render("junit", *results)
    read = JUnitXml.fromstring(text.encode())
    assert [suite.name for suite in read] == [suite.get("name") for suite in ET.fromstring(text)]
    cases = [case for suite in read for case in suite]
    assert (read.tests, read.failures, read.errors) == (
        len(cases),
        sum(isinstance(r, Failure) for case in cases for r in case.result),
        sum(isinstance(r, Error) for case in cases for r in case.result),
    )
    assert read.failures > 0 < read.errors
    assert len({(case.classname, case.name) for case in cases}) == len(cases)
    for case in cases:
        for said in case.result:
            assert said.message
            assert said.text or isinstance(said, Skipped) or said.type == "incomplete"


def test_compliant_targets_and_others_beyond_the_limit_are_counted_and_the_report_says_where_they_are(
    results, render, monkeypatch
):
    monkeypatch.setattr(junit, "MOST_TARGETS", 1)
    text = render("junit", *results[:3], *results[2:4], complete=("r.jsonl",))
    assert [suite.get("name") for suite in ET.fromstring(text) if suite.get("name") == "left out"] == ["left out"] * 2
    assert "1 more compliant target left out; r.jsonl has all of them" in text
    assert "2 more violated or incomplete targets left out; r.jsonl has all of them" in text
