"""Markdown, and the summary of a GitHub job."""

import io
import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from certgate.model.finding import Outcome
from certgate.model.observation import FailureKind
from certgate.model.verdict import Verdict
from certgate.reports.destinations import Destinations
from certgate.reports.github_summary import GitHubSummaryReport
from certgate.reports.output import Reports
from certgate.reports.spec import ReportSpec


def html(markdown: str) -> str:
    return MarkdownIt("commonmark").enable("table").render(markdown)


def test_the_whole_report(results, render, same_as_golden):
    same_as_golden("report.md", render("markdown", *results))


@pytest.mark.parametrize(
    ("number", "first"),
    [(0, "## ✓ certgate: compliant"), (2, "## ✗ certgate: violated"), (3, "## ? certgate: incomplete")],
)
def test_the_verdict_stands_first(results, render, number, first):
    assert render("markdown", results[number]).splitlines()[0] == first


def test_hostile_text_is_code_and_adds_no_cell_no_link_and_no_element(results, render):
    shown = html(render("markdown", *results))
    rows = re.findall(r"<tr>(.*?)</tr>", shown, flags=re.DOTALL)
    assert {row.count("<td>") for row in rows[1:] if "<td>" in row} == {4}
    links = re.findall(r'<a href="(.*?)"', shown)
    assert links
    assert all(link.startswith("https://github.com/OWNER/certgate/blob/main/docs/rules/") for link in links)
    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


@pytest.mark.parametrize(
    "text", ["`", "``a`", "\\|", "|", "\\", "a\\", "@someone", "www.evil.example", "<b>", "::error::x", "##[group]"]
)
def test_no_text_leaves_its_code_span(endpoint, finding, render, text):
    shown = html(
        render("markdown", endpoint("a.example", 1, Verdict.VIOLATED, finding("key.rsa-min", Outcome.FAIL, text)))
    )
    last = re.findall(r"<td>(.*?)</td>", shown)[3]
    assert re.fullmatch(r"<code>[^<]+</code>", last)
    assert "##[" not in last


def test_the_summary_is_added_to_what_is_in_its_file(results, header, summary, tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    specs = [ReportSpec("github-summary", str(path))]
    streams = {"stdout": io.StringIO(), "stderr": io.StringIO()}
    with Destinations() as destinations, Reports(specs, destinations, environ={}, **streams) as reports:
        destinations.claim()
        assert path.read_text() == "before\n"
        (report,) = [one for one in reports.listeners if one.name == "the github-summary report"]
        report.begin(header())
        report.add(results[0])
        report.end(summary(results[0]))
    assert path.read_text().startswith("before\n## ✓ certgate: compliant\n")
    assert [p.name for p in tmp_path.iterdir()] == ["summary.md"]


def test_a_summary_of_very_many_violations_stays_within_the_limit_and_counts_the_rest(endpoint, finding, render):
    bad = [
        finding("key.rsa-min", Outcome.FAIL, "RSA 1024 is below 2048 bits " + "x" * 200, key=str(n))
        for n in range(3000)
    ]
    away = [finding("rev.status", Outcome.NOT_CHECKED, "no staple " + "x" * 200, key=str(n)) for n in range(3000)]
    text = render("github-summary", endpoint("a.example", 1, Verdict.VIOLATED, *bad, *away))
    assert len(text.encode()) < sum(GitHubSummaryReport.most_bytes) + 10_000 < 1 << 20
    shown = text.count("RSA 1024 is below 2048 bits")
    assert f"{3000 - shown:,} more rows would not fit; the reports json, jsonl and csv have all of them." in text


def test_a_target_of_which_nothing_is_known_has_a_row(endpoint, render):
    text = render("markdown", endpoint("a.example", 1, Verdict.INCOMPLETE))
    assert "| `a.example:443` `tier=edge` |  | `target` | `no rule passed or failed` |" in text


def test_evidence_is_shown_where_the_advice_names_it(endpoint, finding, header, rules, render):
    fetched = replace(rules["chain.complete"], fix="append the intermediate from the URL in the evidence")
    bad = finding("chain.complete", Outcome.FAIL, "incomplete", evidence={"ca_issuers": "http://pki.example/ca.der"})
    head = header(rules={**rules, "chain.complete": fetched})
    text = render("markdown", endpoint("a.example", 1, Verdict.VIOLATED, bad), header=head)
    assert "`incomplete; ca_issuers = http://pki.example/ca.der`" in text


def test_targets_that_failed_differently_get_different_advice(results, endpoint, finding, render):
    away = results[3]
    failure = replace(away.observations[0].failure, kind=FailureKind.NOT_FOUND)
    gone = replace(away, observations=(replace(away.observations[0], failure=failure),))
    text = render("markdown", away, gone)
    assert text.count("- **[target.observed]**: ") == 2
    assert "create the file before certgate runs" in text


def test_a_check_that_is_not_required_and_gave_no_answer_is_listed_with_its_targets(endpoint, finding, render):
    unknown = finding("rev.status", Outcome.NOT_CHECKED, "no staple", "staple", required=False)
    text = render("markdown", *(endpoint(f"h{n}.example", n, Verdict.COMPLIANT, unknown) for n in range(2)))
    assert "### Not checked, not required\n\n- **[rev.status]** (2 targets): `no staple`\n" in text
    assert "### Warnings" not in text
