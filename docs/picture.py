"""Draw the terminal report of a scan of some lab servers, for the README: python -m docs.picture

The system chooses the ports, so the picture differs a little every time.
"""

import contextlib
import io
import os
import re
import shlex
from pathlib import Path

from rich.console import Console
from rich.text import Text

from certgate.cli.main import run
from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK
from certgate.lab.scenarios import all_scenarios

PICTURE = Path(__file__).with_name("pictures") / "terminal.svg"
SCENARIOS = ("good-ecdsa", "good-rsa", "renewal-due", "missing-intermediate", "rsa-1024", "silence")
WIDTH = 88


def scan() -> tuple[str, str]:
    """The command line, shortened for people, and what it prints."""
    scenarios = all_scenarios()
    with Lab(scenarios[name] for name in SCENARIOS) as lab, contextlib.chdir(lab.folder):
        targets = [f"{e.scenario.host}:{e.port}" for e in lab.endpoints]
        addresses = [
            word for e, t in zip(lab.endpoints, targets, strict=True) for word in ("--resolve", f"{t}:{e.host}")
        ]
        words = ["--trust", "public-root.pem", "--timeout", "2"]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            run(["scan", *targets, *words, "--at", CLOCK.isoformat(), "--color", "always", *addresses])
    return shlex.join(["certgate", "scan", "--targets", "hosts.txt", *words[:2]]), printed.getvalue()


def draw(title: str, output: str) -> str:
    """The SVG of ANSI-coloured output, under a window bar; without the fonts that it would fetch."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    console.print(Text.from_ansi(output.rstrip("\n")), soft_wrap=True)
    return re.sub(r"@font-face \{.*?\}\n", "", console.export_svg(title=title), flags=re.DOTALL)


if __name__ == "__main__":
    os.environ["COLUMNS"] = str(WIDTH)
    PICTURE.write_text(draw(*scan()), encoding="utf-8")
