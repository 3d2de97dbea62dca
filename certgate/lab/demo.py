"""`make demo`: the gate's main job against the lab, with every report."""

import sys
from pathlib import Path

from certgate.cli.main import run
from certgate.lab.lab import Lab

__all__ = ["demo"]

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


def demo(folder: Path) -> int:
    """Scan the lab, write the reports into `folder`, and return the exit code that a pipeline would see."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [f"--report={form}={folder / name}" for form, name in _FILES.items()]
    with Lab() as lab:
        command = lab.scan_command().split()
        code = run([*command[1:], "--report=terminal", *files])
    say = sys.stdout.write
    say(f"\nThis was `{' '.join(command)}`; further reports are in {folder}: {', '.join(_FILES.values())}.\n")
    say(f"In a pipeline the gate would end with exit code {code}: the lab is there to be refused.\n")
    return code


if __name__ == "__main__":
    sys.exit(demo(Path(sys.argv[1])) != 1)
