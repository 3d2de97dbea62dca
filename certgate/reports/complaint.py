"""Error messages of the command line, on standard error."""

import sys

from certgate.reports.escape import for_terminal
from certgate.reports.streams import silence

__all__ = ["complain"]


def complain(message: str) -> None:
    """Print the message, escaped so that no terminal or runner obeys foreign text in it.

    If standard error cannot be written, the message is lost.
    """
    try:
        for line in message.split("\n"):
            indented = line.startswith(" ") and not line.lstrip().startswith("::")
            print(for_terminal(line) if indented else f"certgate: {for_terminal(line)}", file=sys.stderr)  # noqa: T201
        sys.stderr.flush()
    except OSError:
        silence(sys.stderr)
