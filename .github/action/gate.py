"""Run certgate as the inputs say, and hand its verdict to the job. Inputs come through the environment alone."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # -I leaves it out

from command_line import JUDGES, asked_reports, command_line, command_of
from inputs import INCOMPLETE, MISCONFIGURED, VERDICTS, Inputs, as_block, set_outputs, tell

_MOST_EVENTS = 200
"""Events of a forecast that the log and the job's page show."""


class Results:
    """The files that certgate writes for the action, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.json, self.sarif = folder / "certgate.json", folder / "upload.sarif"
        self.annotations, self.markdown = folder / "annotations", folder / "page.md"

    def reports(self, inputs: Inputs, page: str) -> list[str]:
        """The words FORMAT=PATH for the reports of the command. Raises Misconfigured."""
        command = command_of(inputs)
        if command == "forecast":
            return []  # its JSON goes to standard output
        if command == "diff":
            return [f"json={self.json}", f"markdown={self.markdown}"]
        words = [f"json={self.json}", f"github-summary={page}"]
        words += [f"github-annotations={self.annotations}"] if inputs.switch("annotations") else []
        return words + ([f"sarif={self.sarif}"] if inputs.switch("upload-sarif") else [])

    def read(self) -> dict[str, Any]:
        """The JSON report; empty without one."""
        text = self.json.read_text(encoding="utf-8") if self.json.is_file() else ""
        found: dict[str, Any] = json.loads(text or "{}")
        return found


def gate(environ: Mapping[str, str]) -> int:
    """Run certgate, set the outputs, and return the exit code of the step."""
    inputs, results = Inputs(environ), Results(Path(tempfile.mkdtemp(prefix="certgate-", dir=environ["RUNNER_TEMP"])))
    command, folder, page = command_of(inputs), Path(inputs["working-directory"] or "."), environ["GITHUB_STEP_SUMMARY"]
    asked = asked_reports(inputs)
    reports = [*results.reports(inputs, page), *(f"{form}={path}" for form, path in asked)]
    words = command_line(inputs, reports, environ["HISTORY"])
    code, complaint = _run(words, folder, {**environ, "CERTGATE_CATEGORY": inputs["category"]}, results.json)
    found = results.read()
    code, verdict = _verdict(command, code, found)
    _show(results, page, found.get("events"))
    if code == MISCONFIGURED:
        tell(environ, code, complaint, folder)
    paths = {"json": str(results.json)} | {form: str(folder / path) for form, path in asked}
    paths = {form: path for form, path in paths.items() if Path(path).is_file()}
    upload = str(results.sarif) if results.sarif.is_file() else ""
    new, fixed = _changes(found)
    outputs = {
        "verdict": verdict,
        "exit-code": str(code),
        "counts": json.dumps(_counts(found.get("summary", {}))),
        "reports": json.dumps(paths),
        "json": paths.get("json", ""),
        "sarif": paths.get("sarif", upload),
        "html": paths.get("html", ""),
        "new": new,
        "fixed": fixed,
        "upload": upload,
        "history-save": environ["HISTORY_SAVE"] if environ["HISTORY"] and Path(environ["HISTORY"]).is_dir() else "",
    }
    set_outputs(environ, outputs)
    return code


def _run(words: Sequence[str], folder: Path, environ: Mapping[str, str], result: Path) -> tuple[int, str]:
    """Exit code and standard error. The runner obeys nothing of what is printed meanwhile."""
    command = [sys.executable, "-I", "-X", "utf8", "-m", "certgate.cli.main", *words]
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", flush=True)
    try:
        with result.open("wb") if words[0] == "forecast" else nullcontext() as output:
            done = subprocess.run(
                command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE,
                encoding="utf-8", errors="replace", check=False,
            )  # fmt: skip
        print(done.stderr)
    finally:
        print(f"::{token}::", flush=True)
    return done.returncode if done.returncode in VERDICTS else INCOMPLETE, done.stderr


def _verdict(command: str, code: int, found: Mapping[str, Any]) -> tuple[int, str]:
    """Exit code and verdict. --exit-zero hides the verdict; a 0 without results that bear it out is none.

    A diff or a forecast that ends with 0 has no verdict: it does not say that anything is compliant.
    """
    if command not in JUDGES:
        code = code if code or found else INCOMPLETE
        return code, VERDICTS[code] if code else ""
    summary = found.get("summary", {})
    if code == 0 and not summary:
        return INCOMPLETE, VERDICTS[INCOMPLETE]
    is_hidden = code != MISCONFIGURED and summary.get("exit_zero") and summary["verdict"] != VERDICTS[0]
    if code == 0 and not is_hidden and summary["verdict"] != VERDICTS[0]:
        return INCOMPLETE, VERDICTS[INCOMPLETE]
    return code, str(summary["verdict"]) if is_hidden else VERDICTS[code]


def _show(results: Results, page: str, events: Sequence[Mapping[str, Any]] | None) -> None:
    """Annotations into the log; what a diff or a forecast found onto the job's page."""
    if results.annotations.is_file():
        sys.stdout.write(results.annotations.read_text(encoding="utf-8"))
    text = results.markdown.read_text(encoding="utf-8") if results.markdown.is_file() else ""
    if events is not None:
        lines = [_line(event) for event in events[:_MOST_EVENTS]]
        rest = len(events) - len(lines)
        lines += [f"… and {rest:,} more: see the output json"] if rest else []
        text = f"# certgate: {len(events):,} events to come\n\n{as_block(lines)}\n"
        print("\n".join(f"  {line}" for line in lines))
    with Path(page).open("a", encoding="utf-8") as file:
        file.write(text)


def _line(event: Mapping[str, Any]) -> str:
    """An event of a forecast, without anything that a runner obeys."""
    targets = ", ".join(event["targets"][:3]) + (" …" if len(event["targets"]) > 3 else "")
    text = f"{event['at']}  {event['kind']}  {event['rule']}  {targets}, {event['subject']}: {event['message']}"
    return "".join(char if char.isprintable() else "?" for char in text).replace("##", "#")


def _counts(summary: Mapping[str, Any]) -> dict[str, int]:
    """The numbers of the summary; none without one."""
    if not summary:
        return {}
    told = {name: summary[name] for name in ("violations", "not_checked", "warnings")}
    return {"targets": sum(summary["targets"].values()), **summary["targets"], **told}


def _changes(found: Mapping[str, Any]) -> tuple[str, str]:
    """The numbers of findings that are new and fixed since the run before; empty if nothing was compared."""
    changes = found if "diff_version" in found else found.get("summary", {}).get("changes", {})
    findings = changes.get("findings", {})
    return (str(len(findings["new"])), str(len(findings["fixed"]))) if findings.get("compared") else ("", "")


if __name__ == "__main__":
    try:
        result = gate(os.environ)
    except Exception:
        traceback.print_exc()
        result = INCOMPLETE
    sys.exit(result)
