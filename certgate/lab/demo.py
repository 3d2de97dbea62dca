"""`make demo`: the gate against servers of the lab that tell a story, with every report."""

import sys
from collections.abc import Sequence
from pathlib import Path

from certgate.cli.main import run
from certgate.lab.lab import Lab
from certgate.lab.scenario import Scenario
from certgate.lab.scenarios import chosen

__all__ = ["STORY", "demo"]

STORY = (
    "good-ecdsa",
    "nearly-expired",
    "missing-intermediate",
    "wrong-host",
    "staple-revoked",
    "good-svid",
    "leaf-is-ca",
    "refused",
)
"""Scenarios that show what the gate says: yes, no for the usual reasons, and that it could not tell."""
_TIMEOUT_SECONDS = 60
"""For one target: enough on any machine, and no server of the story makes a client wait for it."""

_FILES = {
    "json": "certgate.json",
    "jsonl": "certgate.jsonl",
    "concise": "certgate.txt",
    "junit": "certgate.xml",
    "sarif": "certgate.sarif",
    "gitlab": "gl-code-quality-report.json",
    "markdown": "certgate.md",
    "csv": "certgate.csv",
    "inventory": "inventory.csv",
    "inventory-json": "inventory.json",
    "text": "message.txt",
    "slack": "slack.json",
    "openmetrics": "certgate.prom",
    "html": "certgate.html",
    "github-annotations": "annotations.txt",
}


def demo(folder: Path, scenarios: Sequence[Scenario]) -> int:
    """Scan the scenarios, write the reports into `folder`, and return the exit code that a pipeline would see."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [f"--report={form}={folder / name}" for form, name in _FILES.items()]
    write = sys.stdout.write
    write(f"{len(scenarios)} servers on this machine, most of them with one fault:\n\n")
    write("".join(f"  {scenario.host:<34} {scenario.title}\n" for scenario in scenarios))
    with Lab(scenarios) as lab:
        command = lab.scan_command().split()
        write(f"\n$ {' '.join(command)}\n\n")
        code = run([*command[1:], f"--timeout={_TIMEOUT_SECONDS}", "--report=terminal", *files])
    write(
        f"\nExit code {code} stops a pipeline: 0 compliant, 1 violated, 2 mistake, 3 incomplete.\n"
        f"All reports are in {folder}; open {folder / _FILES['html']} in a browser.\n"
        "Next, `pip install .`, then `certgate scan HOST` or `certgate check FILE`.\n"
        "`certgate explain chain.complete` tells what a rule is for and how to fix it.\n"
        "`certgate inspect HOST` shows a chain, unjudged; `make demo-all` has more.\n"
    )
    return code


if __name__ == "__main__":
    _, which, where = sys.argv
    sys.exit(demo(Path(where), chosen(STORY if which == "story" else ())) != 1)
