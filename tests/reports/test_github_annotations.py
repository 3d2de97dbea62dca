"""Workflow commands."""

import re
from dataclasses import replace

import pytest

from certgate.model.finding import Outcome, Severity
from certgate.model.verdict import Verdict
from certgate.reports.github_annotations import MOST_OF_A_LEVEL

COMMAND = re.compile(r"::(error|warning|notice) (file=[^:,]+,line=\d+,)?title=[^:,]+::.+")


def test_the_worst_come_first_each_at_its_place(results, render, same_as_golden, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    same_as_golden("annotations.txt", render("github-annotations", *results[1:5], root=tmp_path))


def test_a_clean_run_says_nothing(results, render):
    assert render("github-annotations", results[0]) == ""


@pytest.mark.parametrize(
    ("number", "last"), [(10, "::notice file="), (11, "::notice title=certgate::2 more notices not shown here")]
)
def test_of_each_level_as_many_are_shown_as_the_runner_takes(endpoint, finding, render, number, last):
    notes = [finding("key.rsa-min", Outcome.FAIL, "x", severity=Severity.INFO, key=str(n)) for n in range(number)]
    lines = render("github-annotations", endpoint("a.example", 1, Verdict.COMPLIANT, *notes)).splitlines()
    assert len(lines) == MOST_OF_A_LEVEL
    assert lines[-1].startswith(last)


def test_foreign_text_makes_no_command_of_its_own(hostile, render):
    target = replace(hostile.target, id="::set-output name=a::b\n::error::c,%0A")
    lines = render("github-annotations", replace(hostile, target=target)).splitlines()
    assert len(lines) == 2
    for line in lines:
        assert COMMAND.fullmatch(line)
        assert line.isprintable()
        assert "%250A" in line
