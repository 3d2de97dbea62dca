"""The entry point: installs signal handlers before any slow import, then runs the command."""

import gc
import os
import sys

from certgate.cli import signals

__all__ = ["main", "run"]

_COMPLETION_VARIABLE = "_CERTGATE_COMPLETE"


def main() -> None:
    """The console script. Garbage collection starts with the run: objects made before it stay alive."""
    signals.install()
    gc.disable()
    from certgate.reports.streams import lost_output, open_closed_streams

    open_closed_streams()
    from certgate.cli.commands import completes
    from certgate.reports.complaint import complain

    if not completes(sys.argv[1:]):
        os.environ.pop(_COMPLETION_VARIABLE, None)  # typer would complete instead of scan
    code = run(sys.argv[1:])
    if lost := lost_output():
        complain(lost)
        code = code or 3
    signals.close()
    gc.freeze()  # else Python looks for garbage in all objects once more before it ends
    sys.exit(code)


def run(arguments: list[str] | tuple[str, ...]) -> int:
    """Run a command line and return its exit code: always 0, 1, 2 or 3."""
    from certgate.cli import commands

    return commands.run(arguments)


if __name__ == "__main__":
    main()
