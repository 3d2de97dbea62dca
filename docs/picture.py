"""Draw what a command printed, colours included, as an SVG picture for the README.

certgate scan --config certgate.yaml --color always | python docs/picture.py "certgate scan" > docs/terminal.svg
"""

import io
import re
import sys

from rich.console import Console
from rich.text import Text

WIDTH = 88


def picture(output: str, title: str) -> str:
    """The SVG of ANSI-coloured output, under a window bar with this title."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    console.print(Text.from_ansi(output), soft_wrap=True)
    drawn = console.export_svg(title=title)
    return re.sub(r"@font-face \{.*?\}\n", "", drawn, flags=re.DOTALL)


if __name__ == "__main__":
    sys.stdout.write(picture(sys.stdin.read().rstrip("\n"), sys.argv[1]))
