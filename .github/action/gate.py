"""Run the gate as the inputs say, and hand its verdict to the job. Inputs come through the environment alone."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

_MISCONFIGURED, _INCOMPLETE = 2, 3
_VERDICTS = {0: "compliant", 1: "violated", _MISCONFIGURED: "misconfigured", _INCOMPLETE: "incomplete"}
_OPTIONS = ("config", "policy", "at", "fail-on", "baseline")


class Misconfigured(Exception):
    """An input cannot be used; the message says which."""


class Inputs:
    """The action's inputs, as its steps put them into the environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return self._environ[f"INPUT_{name.upper().replace('-', '_')}"].strip()

    def lines(self, name: str) -> list[str]:
        """The lines that are not empty."""
        return [line.strip() for line in self[name].splitlines() if line.strip()]

    def switch(self, name: str) -> bool:
        """True or false. Raises Misconfigured."""
        if self[name] not in {"true", "false"}:
            raise Misconfigured(f'the input {name} is "{self[name]}"; write true or false')
        return self[name] == "true"


def gate(environ: Mapping[str, str]) -> int:
    """Run certgate, set the outputs, and return the exit code of the step."""
    folder = Path(tempfile.mkdtemp(prefix="certgate-", dir=environ["RUNNER_TEMP"]))
    page = Path(environ["GITHUB_STEP_SUMMARY"])
    own = {"json": folder / "certgate.json", "sarif": folder / "upload.sarif", "annotations": folder / "annotations"}
    reports = {"json": own["json"]}
    try:
        inputs = Inputs(environ)
        asked = [_asked_report(line) for line in inputs.lines("reports")]
        written = [("json", own["json"]), ("github-summary", page), *asked]
        written += [("github-annotations", own["annotations"])] if inputs.switch("annotations") else []
        written += [("sarif", own["sarif"])] if inputs.switch("upload-sarif") else []
        reports |= dict(asked)
        code, complaint = _run(_command(inputs, written))
    except Misconfigured as error:
        code, complaint = _MISCONFIGURED, f"certgate: {error}"
    summary = _summary(own["json"])
    if own["annotations"].is_file():
        sys.stdout.write(own["annotations"].read_text(encoding="utf-8"))
    if code == _MISCONFIGURED:
        _tell_mistake(complaint, page)
    outputs = {
        "verdict": _verdict(code, summary),
        "exit-code": str(code),
        "counts": json.dumps(_counts(summary)),
        "reports": json.dumps({form: str(path) for form, path in reports.items() if path.is_file()}),
        "sarif": str(own["sarif"]) if own["sarif"].is_file() else "",
    }
    with Path(environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        for name, value in outputs.items():
            end = secrets.token_hex(16)
            file.write(f"{name}<<{end}\n{value}\n{end}\n")
    return code


def _asked_report(line: str) -> tuple[str, Path]:
    form, _, path = line.partition("=")
    if path in {"", "-"} or form.startswith("github-"):
        raise Misconfigured(f'the input reports has "{line}"; write FORMAT=PATH, such as junit=certgate.xml')
    return form, Path(path)


def _command(inputs: Inputs, reports: Sequence[tuple[str, Path]]) -> list[str]:
    """The command line, in which no value can become an option."""
    installed = version("certgate")
    if inputs["version"] not in {"", installed}:
        raise Misconfigured(f'the input version is "{inputs["version"]}", but this commit of the action is {installed}')
    command = [sys.executable, "-I", "-X", "utf8", "-m", "certgate.cli.main", "scan"]
    command += [f"--{name}={inputs[name]}" for name in _OPTIONS if inputs[name]]
    command += ["--exit-zero"] if inputs.switch("exit-zero") else []
    command += [f"--trust={store}" for store in inputs.lines("trust")]
    command += [f"--report={form}={path}" for form, path in reports]
    return [*command, "--", *inputs["targets"].split()]


def _run(command: Sequence[str]) -> tuple[int, str]:
    """Exit code and standard error. The runner obeys nothing of what is printed meanwhile."""
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", flush=True)
    try:
        done = subprocess.run(command, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", check=False)
        print(done.stderr)
    finally:
        print(f"::{token}::", flush=True)
    return done.returncode if done.returncode in _VERDICTS else _INCOMPLETE, done.stderr


def _tell_mistake(complaint: str, page: Path) -> None:
    """The message as an annotation, and on the job's page as a code block, in which nothing is markup."""
    shown = "\n".join("".join(c if c.isprintable() else "?" for c in line) for line in complaint.strip().splitlines())
    command = shown.replace("%", "%25").replace("\n", "%0A")
    print(f"::error title=certgate::{command}")
    block = "".join(f"    {line}\n" for line in shown.split("\n"))
    with page.open("a", encoding="utf-8") as file:
        file.write(f"# certgate: misconfigured\n\nNothing was observed.\n\n{block}\n")


def _verdict(code: int, summary: Mapping[str, Any]) -> str:
    """The verdict behind the exit code, which --exit-zero hides."""
    is_hidden = code != _MISCONFIGURED and summary.get("exit_zero") and summary["verdict"] != _VERDICTS[0]
    return str(summary["verdict"]) if is_hidden else _VERDICTS[code]


def _summary(report: Path) -> dict[str, Any]:
    """The summary of the JSON report; empty without one."""
    if not report.is_file():
        return {}
    summary: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))["summary"]
    return summary


def _counts(summary: Mapping[str, Any]) -> dict[str, int]:
    """The numbers of the summary; none without one."""
    if not summary:
        return {}
    told = {name: summary[name] for name in ("violations", "not_checked", "warnings")}
    return {"targets": sum(summary["targets"].values()), **summary["targets"], **told}


if __name__ == "__main__":
    try:
        result = gate(os.environ)
    except Exception:
        traceback.print_exc()
        result = _INCOMPLETE
    sys.exit(result)
