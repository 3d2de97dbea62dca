"""The action's inputs, and what is told of those that cannot be used."""

import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

MISCONFIGURED, INCOMPLETE = 2, 3
VERDICTS = {0: "compliant", 1: "violated", MISCONFIGURED: "misconfigured", INCOMPLETE: "incomplete"}


class Misconfigured(Exception):
    """An input cannot be used; the message says which."""


class Inputs:
    """The action's inputs, which its steps put into the environment as one JSON object."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._values: dict[str, str] = json.loads(environ["INPUTS"])

    def __getitem__(self, name: str) -> str:
        value = self._values[name].strip()
        if "\0" in value:
            raise Misconfigured(f"the input {name} has a NUL character")
        return value

    def one(self, name: str) -> str:
        """A value of one line. Raises Misconfigured."""
        if len(self.lines(name)) > 1:
            raise Misconfigured(f"the input {name} has several lines; it takes one value")
        return self[name]

    def lines(self, name: str) -> list[str]:
        """The lines that are not empty."""
        return [line.strip() for line in self[name].splitlines() if line.strip()]

    def switch(self, name: str) -> bool:
        """True or false. Raises Misconfigured."""
        if self[name] not in {"true", "false"}:
            raise Misconfigured(f'the input {name} is "{self[name]}"; write true or false')
        return self[name] == "true"


def set_outputs(environ: Mapping[str, str], outputs: Mapping[str, str]) -> None:
    """Hand outputs to the runner, behind a delimiter that no value can know."""
    with Path(environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        for name, value in outputs.items():
            end = secrets.token_hex(16)
            file.write(f"{name}<<{end}\n{value}\n{end}\n")


def tell(environ: Mapping[str, str], code: int, complaint: str, folder: Path = Path()) -> None:
    """Say why nothing was observed: as an annotation at the line that is wrong, and on the job's page."""
    shown = "\n".join("".join(c if c.isprintable() else "?" for c in line) for line in complaint.strip().splitlines())
    command = shown.replace("%", "%25").replace("\n", "%0A")
    print(f"::error {_place(environ, shown, folder)}title=certgate::{command}")
    with Path(environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as page:
        page.write(f"# certgate: {VERDICTS[code]}\n\nNothing was observed.\n\n{as_block(shown.splitlines())}\n")


def as_block(lines: Sequence[str]) -> str:
    """Lines as a code block, in which nothing is markup."""
    return "".join(f"    {line}\n" for line in lines)


def nothing_observed(environ: Mapping[str, str], code: int) -> None:
    """The outputs of a run that ended before certgate did anything."""
    set_outputs(environ, {"verdict": VERDICTS[code], "exit-code": str(code), "counts": "{}", "reports": "{}"})


def _place(environ: Mapping[str, str], complaint: str, folder: Path) -> str:
    """The file and line that a complaint begins with, if there is such a file in the workspace."""
    match = re.match(r"certgate: ([^\n:]+):(\d+)(?::(\d+))?: ", complaint)
    if match is None or not (file := folder / match[1]).is_file():
        return ""
    inside = os.path.relpath(file, environ["GITHUB_WORKSPACE"]).replace(os.sep, "/")
    if inside.startswith(".."):
        return ""
    for char in "%,":
        inside = inside.replace(char, f"%{ord(char):02X}")
    return f"file={inside},line={match[2]}," + (f"col={match[3]}," if match[3] else "")
