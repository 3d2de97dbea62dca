"""What goes wrong with a command, told on standard error."""

import sys

from certgate.reports.escape import for_terminal
from certgate.reports.streams import silence

__all__ = ["complain"]


def complain(message: str) -> None:
    """Print the message, in which there may be foreign text, so that no terminal or runner obeys any of it.

    Where standard error cannot be written, nobody is told.
    """
    try:
        for line in message.split("\n"):
            indented = line.startswith(" ") and not line.lstrip().startswith("::")
            print(for_terminal(line) if indented else f"certgate: {for_terminal(line)}", file=sys.stderr)  # noqa: T201
        sys.stderr.flush()
    except OSError:
        silence(sys.stderr)
