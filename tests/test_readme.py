"""What README.md says is so, and it says no more than people read."""

import re
from pathlib import Path

from certgate.cli import main as cli
from certgate.model.verdict import Verdict, exit_code

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_it_is_read_in_a_few_minutes():
    assert README.count("\n") <= 150


def test_it_names_the_exit_codes_that_there_are():
    codes = {int(code) for code in re.findall(r"^\| (\d) \|", README, re.MULTILINE)}
    assert codes == {2} | {exit_code(verdict) for verdict in Verdict}


def test_every_option_that_it_names_exists(capsys):
    helps = ""
    for command in (["scan", "--help-all"], ["check", "--help-all"], ["init", "--help"], ["--help"]):
        assert cli.run(command) == 0
        helps += capsys.readouterr().out
    options = {option for line in re.findall(r"certgate .*", README) for option in re.findall(r"\s(--[a-z-]+)", line)}
    assert [option for option in sorted(options) if option not in helps] == []
