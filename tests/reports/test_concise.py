"""One finding a line, for editors and log searches."""

import re
from dataclasses import replace
from datetime import date

import pytest

from certgate.cli import main as cli
from certgate.model.finding import Outcome
from certgate.model.verdict import Verdict
from certgate.model.waiver import Waiver


def test_the_whole_report(results, render, same_as_golden):
    same_as_golden("concise.txt", render("concise", *results[:5]))


def test_a_target_that_nobody_declares_in_a_file_is_named_by_its_id(results, render):
    violated = replace(results[2], target=replace(results[2].target, place=None))
    first, *_ = render("concise", violated).splitlines()
    assert first.startswith("db.internal.example:8443: error chain.complete the path ends at")
    assert first.endswith("(path; tier=edge)")


def test_a_checked_file_is_named_at_the_line_of_its_certificate_though_a_list_declares_it(pem_file, results, render):
    declared = replace(pem_file, target=replace(pem_file.target, place=results[0].target.place))
    assert render("concise", declared).startswith("deploy/full chain.pem:27:1: error validity.expired ")


def test_a_crashed_check_is_not_checked(endpoint, finding, render):
    text = render(
        "concise", endpoint("a.example", 1, Verdict.INCOMPLETE, finding("key.rsa-min", Outcome.CRASHED, "KeyError: 1"))
    )
    assert (
        ": not-checked key.rsa-min the check crashed: KeyError: 1 (a.example:443, leaf CN=a.example; tier=edge)\n"
        in text
    )


def test_a_target_of_which_nothing_is_known_has_a_line(endpoint, finding, render):
    text = render(
        "concise", endpoint("a.example", 1, Verdict.INCOMPLETE, finding("key.rsa-min", Outcome.NOT_APPLICABLE))
    )
    assert text == "a.example:443: not-checked target.incomplete no rule passed or failed\n"


def test_what_is_excused_is_shown_only_with_verbose(endpoint, finding, render):
    waiver = Waiver(rule="key.rsa-min", target="*", reason="old", owner="me", expires=date(2027, 4, 30))
    failure = finding("key.rsa-min", Outcome.FAIL, "RSA 1024 is below 2048 bits", waiver=waiver)
    target = endpoint("a.example", 1, Verdict.COMPLIANT, failure)
    assert render("concise", target) == ""
    assert ": waived key.rsa-min RSA 1024 is below 2048 bits (waived until " in render("concise", target, verbose=True)


def test_every_line_of_a_hostile_target_has_its_form(hostile, render):
    lines = render("concise", hostile).splitlines()
    assert len(lines) == 2
    assert all(line.isprintable() and not line.lstrip().startswith("::") for line in lines)
    assert all(re.fullmatch(r".+:\d+:\d+: (error|not-checked) [a-z.-]+ .+", line) for line in lines)


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_beside_it_standard_error_has_the_summary_alone(capsys, tmp_path, quiet):
    (tmp_path / "none.pem").write_text("nothing")
    assert cli.run(["check", str(tmp_path / "none.pem"), "--report", "concise", *quiet]) == 3
    out, err = capsys.readouterr()
    assert out.startswith(f"{tmp_path}/none.pem:1:1: not-checked target.observed ")
    assert "why" not in err
    assert "1 incomplete; exit code 3" in err.splitlines()[-1]
