"""JSON lines: the members of the JSON report, one line for each target as it comes."""

import json

import pytest

from certgate.reports.interface import ReportOptions
from certgate.reports.jsonl import JsonLinesReport


def test_the_lines_together_are_the_json_report(results, render):
    whole = json.loads(render("json", *results, verbose=True))
    first, *targets, last = map(json.loads, render("jsonl", *results, verbose=True).splitlines())
    assert {**first["run"], "targets": [t["target"] for t in targets], "summary": last["summary"]} == whole


def test_each_line_has_one_member_which_names_its_kind(results, render):
    kinds = [list(json.loads(line)) for line in render("jsonl", *results[:2]).splitlines()]
    assert kinds == [["run"], ["target"], ["target"], ["summary"]]


def test_a_target_is_handed_on_before_the_next_is_known(results, header):
    class Pipe:
        text, seen = "", ""

        def write(self, text):
            self.text += text

        def flush(self):
            self.seen = self.text

    pipe = Pipe()
    report = JsonLinesReport(pipe, ReportOptions())
    report.begin(header())
    report.add(results[0])
    assert json.loads(pipe.seen.splitlines()[-1])["target"]["id"] == "api.example:443"


@pytest.mark.parametrize("which", range(6))
def test_a_line_holds_no_line_end_and_no_command(results, render, which):
    text = render("jsonl", results[which])
    assert text.isascii()
    assert len(text.splitlines()) == 3
    assert "##[" not in text
