"""The help: what a command is for, examples, and its options by subject; the common ones alone if there are many."""

import re

import pytest
import typer

from certgate.cli import main as cli
from certgate.cli.commands import command_tree
from certgate.cli.help import PANELS


def commands(command=None, path=()):
    command = command or typer.main.get_command(command_tree([]))
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


ALL = list(commands())


@pytest.fixture
def told(capsys, monkeypatch):
    """`told(*words)`: what is printed for them, at 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words, code=0):
        assert cli.run(list(words)) == code
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) or "certgate" for path, _ in ALL])
def test_every_option_has_a_heading_and_a_word_for_its_value(path, command, told):
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    names = [next(name for name in option.opts if name.startswith("--")) for option in options]
    whole = told(*path, "--help-all" if "--help-all" in names else "--help")

    assert [name for name in names if name[2:] not in PANELS] == []
    assert [name for name in names if not re.search(rf"^ +(-\w, )?{name}\b", whole, re.MULTILINE)] == []
    assert not re.search(r"^ +(-\w, +)?--[a-z-]+ VALUE\b", whole, re.MULTILINE)
    assert max(map(len, whole.splitlines())) <= 100


def test_the_help_of_scan_fits_on_60_lines_and_says_how_many_options_it_leaves_out(told):
    few, whole = told("scan", "--help"), told("scan", "--help-all")
    left_out = int(re.search(r"^(\d+) more options: certgate scan --help-all$", few, re.MULTILINE)[1])

    def count(text):
        return len(re.findall(r"^ +(?:-\w, )?--[a-z-]+", text, re.MULTILINE))

    assert len(few.splitlines()) <= 60
    assert few.index("Examples:") < few.index("Targets:")
    assert count(whole) - count(few) == left_out
    assert "more options" not in whole


def test_help_and_a_command_is_the_help_of_the_command(told):
    assert told("help", "check") == told("check", "--help")
    assert told("help") == told("--help")
    assert told("help", "policy", "show") == told("policy", "show", "-h")


def test_without_a_command_the_help_is_shown_and_it_is_a_mistake(told):
    assert told(code=2) == told("--help")


def test_short_options_are_those_that_are_typed_daily(told):
    whole = told("scan", "--help-all")
    for short, long in [("-c", "config"), ("-p", "policy"), ("-t", "trust"), ("-o", "report"), ("-v", "verbose")]:
        assert f"  {short}, --{long}" in whole
    assert told("-V") == told("--version")


def test_the_list_of_policies_says_what_each_is_for(told):
    listed = told("policy", "list")

    assert re.search(r"^webpki-public +Publicly trusted TLS server certificates: ", listed, re.MULTILINE)
    assert re.search(r"^spiffe-svid +X\.509-SVIDs as the SPIFFE specifications define them\n", listed, re.MULTILINE)
    assert "@" not in listed


def test_rules_are_listed_as_markdown_too(told):
    title, _, *rows = told("rules", "--format", "markdown").splitlines()

    assert title == "| rule | what it checks | policies |"
    assert all(row.count(" | ") == 2 for row in rows)
    (depth,) = (row for row in rows if row.startswith("| `chain.depth` |"))
    assert "webpki-public" in depth


def test_an_option_of_another_command_is_told_with_what_to_write_instead(capsys):
    assert cli.run(["scan", "api.example.com", "--name", "db.corp.example"]) == 2
    told = "certgate: No such option: --name; write the server name after the host: HOST:PORT#NAME\n"
    assert capsys.readouterr().err == told
