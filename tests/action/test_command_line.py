"""The action's inputs reach certgate as the values they are, and `args` cannot have what an input stands for."""

import json
import sys
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from typer.exceptions import TyperException

from certgate.cli.commands import command_tree

ROOT = Path(__file__).parents[2]
ACTION = YAML(typ="safe").load(ROOT / "action.yml")
DEFAULTS = {name: said["default"] for name, said in ACTION["inputs"].items()}
sys.path.insert(0, str(ROOT / ".github" / "action"))

import command_line as module  # noqa: E402 (the folder is no package: a runner starts its files)
from inputs import Inputs, Misconfigured  # noqa: E402 (likewise)

COMMANDS = typer.main.get_command(command_tree([])).commands
PARSERS = {}
FORBIDDEN = {"report", "save", "config", "exit_zero", "format"}
HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`; touch 'pwned' \"",
    "::set-output name=verdict::compliant",
    "--",
    "--exit-zero",
    "-o",
    "verdict<<EOF",
    "=",
    "ünï¢ødé \u202e 🔒",
    "%0A::error::x",
    "${{ secrets.GITHUB_TOKEN }}",
    "*",
    "~",
]


def inputs(**given):
    values = DEFAULTS | {name.replace("_", "-"): value for name, value in given.items()}
    assert set(values) == set(DEFAULTS)
    return Inputs({"INPUTS": json.dumps(values)})


def parsed(words):
    """What certgate's own parser makes of a command line: values by parameter."""
    name = words[0]
    if name not in PARSERS:
        context = COMMANDS[name].make_context(name, [], resilient_parsing=True)
        context.resilient_parsing = False
        PARSERS[name] = COMMANDS[name].make_parser(context)
    return PARSERS[name].parse_args(list(words[1:]))[0]


def parameter(command, option):
    return next(p.name for p in COMMANDS[command].params if option in p.opts)


OF_INPUTS = [
    (command, name, option) for name, (option, commands) in (module.ONE | module.MANY).items() for command in commands
]


@pytest.mark.parametrize(("command", "name", "option"), OF_INPUTS)
def test_an_option_has_the_value_of_its_input_whatever_it_is(command, name, option):
    files = {"files": "a.json\nb.json"} if command == "diff" else {}
    for value in HOSTILE:
        found = parsed(module.command_line(inputs(command=command, **{name: value}, **files), []))
        (got,) = found[key] if isinstance(found[key := parameter(command, option)], list) else [found[key]]
        assert got == value
        assert not set(found) & (FORBIDDEN - {key} - ({"format"} if command == "forecast" else set()))


@pytest.mark.parametrize("name", module.MANY)
def test_an_input_of_many_values_has_one_a_line(name):
    option, (*_, command) = module.MANY[name]
    words = module.command_line(inputs(command=command, **{name: " a b \n\n--x=y\r\n"}), [])
    assert parsed(words)[parameter(command, option)] == ["a b", "--x=y"]


@pytest.mark.parametrize("name", [*module.ONE, "version"])
def test_an_input_of_one_value_does_not_take_two_lines(name):
    with pytest.raises(Misconfigured, match=f"the input {name} has several lines"):
        inputs(**{name: "a\nb"}).one(name)


@pytest.mark.parametrize("value", HOSTILE)
def test_what_is_observed_is_never_an_option(value):
    assert parsed(module.command_line(inputs(targets=value), []))["targets"] == tuple(value.split())
    for command in ("check", "forecast"):
        assert parsed(module.command_line(inputs(command=command, files=f"a\n{value}"), []))["files"] == ("a", value)
    found = parsed(module.command_line(inputs(command="diff", files=f"{value}\nb"), []))
    assert (found["old"], found["new"]) == (value, "b")


def test_an_input_is_refused_by_a_command_that_does_not_have_it():
    tables = {name: commands for name, (_, commands) in (module.ONE | module.MANY).items()} | module.WORDS
    for name, commands in tables.items():
        for command in set(module.COMMANDS) - set(commands):
            with pytest.raises(Misconfigured, match=f"the input {name} is not for the command {command}"):
                module.command_line(inputs(command=command, **{name: "x"}), [])
    for name in module.SWITCHES:
        with pytest.raises(Misconfigured, match=f"the input {name} is not for the command forecast"):
            module.command_line(inputs(command="forecast", **{name: "true"}), [])


def test_each_option_is_one_that_the_command_has():
    for command, _, option in OF_INPUTS:
        assert parameter(command, option)


@pytest.mark.parametrize("value", ["", "Scan", "scan\ncheck", "lab", "--help", "explain"])
def test_there_are_four_commands(value):
    with pytest.raises(Misconfigured, match="the input command is"):
        module.command_line(inputs(command=value), [])


@pytest.mark.parametrize("files", ["", "a", "a\nb\nc"])
def test_diff_takes_two_files(files):
    with pytest.raises(Misconfigured, match="diff takes the earlier and the later run"):
        module.command_line(inputs(command="diff", files=files), [])


SPELLINGS = [
    "--report", "--report=json=x", "--repor", "--re=x", "--save", "--sav=x", "--config=x", "--conf", "--exit-zero",
    "--exit", "--format=text", "--help", "--h", "-o", "-ojson=x", "-vo", "-c", "-cx", "-vqcx", "-h", "-", "--", "---report",
    "--REPORT=x", "--report\t=x", "-\u2212report", "--réport",
]  # fmt: skip


@pytest.mark.parametrize("word", SPELLINGS)
def test_args_cannot_have_what_an_input_stands_for_in_any_spelling(word):
    for lines in (word, f"--verbose\n{word}", f"{word}\nx"):
        with pytest.raises(Misconfigured, match="the input args has"):
            module.command_line(inputs(args=lines), [])


def test_args_are_further_words():
    words = module.command_line(inputs(targets="a.example", args="--max-time=4h\n--retries\n0\n--no-probes\n"), [])
    found = parsed(words)
    assert (found["max_time"], found["retries"], found["no_probes"]) == ("4h", "0", True)


@pytest.mark.parametrize("args", ["--deny", "--no-probes\n--cert"])
def test_an_option_without_its_value_takes_nothing_from_the_inputs(args):
    given = inputs(targets="a.example", args=args, policy="p", trust="t", exit_zero="true")
    found = parsed(module.command_line(given, ["json=x"]))
    assert (found["policy"], found["trust"], found["report"]) == ("p", ["t"], ["json=x"])
    assert found["targets"] == ("a.example",)


PIECES = st.sampled_from(
    [
        "-",
        "--",
        "o",
        "c",
        "v",
        "q",
        "=",
        "report",
        "save",
        "config",
        "exit-zero",
        "json=x",
        "a",
        "only",
        " ",
        "\n",
        "\0",
    ]
)


@given(st.lists(st.lists(PIECES, max_size=4).map("".join), max_size=3).map("\n".join))
def test_whatever_args_hold_the_reports_and_the_exit_code_are_the_actions(args):
    try:
        found = parsed(module.command_line(inputs(targets="a.example", args=args, policy="p"), ["json=own"]))
    except (Misconfigured, TyperException):  # certgate ends with 2 for the latter
        return
    assert found["report"] == ["json=own"]
    assert found["policy"] == "p"
    assert not set(found) & (FORBIDDEN - {"report"})
    assert found["targets"][-1] == "a.example"
