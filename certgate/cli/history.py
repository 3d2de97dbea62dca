"""`certgate history`: the runs of a history, or the certificates of a target over time."""

from enum import StrEnum
from typing import Annotated

import typer

from certgate.cli import options

__all__ = ["history"]


class Format(StrEnum):
    """The format of the list."""

    TEXT = "text"
    JSON = "json"


def history(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="The folder of --history.")],
    target: Annotated[
        str | None,
        typer.Argument(metavar="[TARGET]", help="The id of a target, as reports show it; without one, list the runs."),
    ] = None,
    format: Annotated[Format, typer.Option(help="text or json.", metavar="FORMAT")] = Format.TEXT,
    color: options.Color = "auto",
    traceback: options.Traceback = False,
) -> int:
    """List the runs that --history has kept, or the certificates of one target over time.

    Exit code 0, whatever the verdicts are; 2 for a folder that cannot be read, and for a target that no run has.

    Examples:
      certgate history /var/lib/certgate

      certgate history /var/lib/certgate api.example.com:443

      certgate history /var/lib/certgate --format json

    """
    del traceback
    import os
    import sys

    from certgate.gate.history.folder import HistoryFolder
    from certgate.gate.history.over_time import certificates_over_time
    from certgate.reports.complaint import complain
    from certgate.reports.console import parse_colour
    from certgate.reports.history_report import runs_json, target_json, write_runs, write_target
    from certgate.reports.page import Page

    choice = parse_colour(color)
    kept = HistoryFolder(folder)
    page = Page.on(sys.stdout, choice, os.environ)
    if target is not None:
        found = certificates_over_time(kept, target, complain)
        if format is Format.JSON:
            typer.echo(target_json(found))
        else:
            write_target(page, found)
        return 0
    runs = kept.runs()
    for problem in runs.problems:
        complain(f"{problem}, so it is left out")
    records = [one.record for one in runs.runs]
    if format is Format.JSON:
        typer.echo(runs_json(folder, records))
    else:
        write_runs(page, folder, records)
    return 0
