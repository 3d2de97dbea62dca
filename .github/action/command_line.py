"""certgate's command line from the action's inputs: no value becomes an option, and none is read by a shell."""

import re
from collections.abc import Sequence

from inputs import Inputs, Misconfigured

COMMANDS = ("scan", "check", "diff", "forecast")
JUDGES = ("scan", "check")
"""The commands whose exit code is a verdict."""
ONE = {
    "config": ("--config", ("scan", "check", "forecast")),
    "policy": ("--policy", COMMANDS),
    "at": ("--at", ("scan", "check", "forecast")),
    "fail-on": ("--fail-on", COMMANDS),
    "baseline": ("--baseline", JUDGES),
    "revocation": ("--revocation", JUDGES),
    "targets-file": ("--targets", ("scan", "forecast")),
    "expect": ("--expect", ("scan",)),
    "key": ("--key", ("check",)),
}
"""The inputs that give one option once: the option, and the commands that have it."""
MANY = {
    "trust": ("--trust", COMMANDS),
    "select": ("--select", ("scan", "check", "forecast")),
    "ignore": ("--ignore", ("scan", "check", "forecast")),
    "only": ("--only", JUDGES),
    "name": ("--name", ("check", "forecast")),
}
"""The inputs that give an option for each line."""
SWITCHES = ("exit-zero", "upload-sarif", "history")
"""The inputs that only commands with a verdict have."""
WORDS = {"targets": ("scan",), "files": ("check", "diff", "forecast")}
"""The inputs that name what is observed."""
RESERVED = ("--report", "--save", "--config", "--exit-zero", "--format", "--help", "--help-all")
"""The options that args cannot have: an input stands for each, or the action needs it for its outputs."""


def command_line(inputs: Inputs, reports: Sequence[str], history: str = "") -> list[str]:
    """The words after `certgate`. `reports` are words FORMAT=PATH, `history` is a folder. Raises Misconfigured.

    The words of `args` come first, and `--color=auto` after them: an option there that lacks its value takes this
    word, and none that an input stands for.
    """
    command = command_of(inputs)
    words = [command, *_further(inputs), "--color=auto"]
    for name, (option, commands) in ONE.items():
        if value := inputs.one(name):
            _must_have(command, commands, name)
            words.append(f"{option}={value}")
    for name, (option, commands) in MANY.items():
        if values := inputs.lines(name):
            _must_have(command, commands, name)
            words += [f"{option}={value}" for value in values]
    for name in SWITCHES:
        if inputs.switch(name):
            _must_have(command, JUDGES, name)
    words += ["--exit-zero"] if inputs.switch("exit-zero") else []
    words += [f"--history={history}"] if history else []
    words += [f"--report={report}" for report in reports]
    words += ["--format=json"] if command == "forecast" else []
    return [*words, "--", *_observed(inputs, command)]


def command_of(inputs: Inputs) -> str:
    """The command. Raises Misconfigured."""
    if inputs["command"] not in COMMANDS:
        raise Misconfigured(f'the input command is "{inputs["command"]}"; write {", ".join(COMMANDS)}')
    return inputs["command"]


def asked_reports(inputs: Inputs) -> list[tuple[str, str]]:
    """Format and path of each report in the input `reports`. Raises Misconfigured."""
    reports = []
    for line in inputs.lines("reports"):
        form, _, path = line.partition("=")
        if path in {"", "-"} or form.startswith("github-"):
            raise Misconfigured(f'the input reports has "{line}"; write FORMAT=PATH, such as junit=certgate.xml')
        reports.append((form, path))
    if reports and command_of(inputs) == "forecast":
        raise Misconfigured(
            "the input reports is not for the command forecast; the output json is the path of its JSON"
        )
    return reports


def _further(inputs: Inputs) -> list[str]:
    """The words of `args`: long options and values."""
    words = inputs.lines("args")
    for word in words:
        name = word.partition("=")[0]
        if word.startswith("-") and not re.fullmatch(r"--[a-z][a-z0-9-]*", name):
            raise Misconfigured(f'the input args has "{word}"; write options in their long form, such as --no-probes')
        if word.startswith("-") and any(option.startswith(name) for option in RESERVED):
            raise Misconfigured(f'the input args has "{word}"; args cannot have {", ".join(RESERVED)}')
    return words


def _must_have(command: str, commands: Sequence[str], name: str) -> None:
    if command not in commands:
        raise Misconfigured(f"the input {name} is not for the command {command}, but for {' and '.join(commands)}")


def _observed(inputs: Inputs, command: str) -> list[str]:
    words = {"targets": inputs["targets"].split(), "files": inputs.lines("files")}
    for name, commands in WORDS.items():
        if words[name]:
            _must_have(command, commands, name)
    if command == "diff" and len(words["files"]) != 2:
        raise Misconfigured(
            f"the input files has {len(words['files'])} lines; diff takes the earlier and the later run"
        )
    return [*words["targets"], *words["files"]]
