"""`certgate diff`: what changed between two runs."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from certgate.cli import options

if TYPE_CHECKING:
    from certgate.model.snapshot import Snapshot

__all__ = ["diff"]

_SAVED = ".jsonl"
"""Suffix of files with saved observations."""
_MOST_BYTES = 1 << 30
"""Largest JSON report, in bytes."""


class FailOn(StrEnum):
    """What makes a comparison fail."""

    NEW = "new"


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The earlier run: a JSON report, or saved observations.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The later run, in either form.")],
    policy: Annotated[
        str | None,
        typer.Option(help="Evaluate saved observations by this policy, to compare findings too.", metavar="NAME|FILE"),
    ] = None,
    trust: options.Trust = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(help="Exit code 1 for a new violation, else 3 for what can no longer be observed or checked."),
    ] = None,
    report: Annotated[
        list[str] | None,
        typer.Option(
            help="terminal, json, markdown, text or slack; with =PATH, or =- for standard output. Repeatable.",
            metavar="FORMAT[=PATH]",
        ),
    ] = None,
    verbose: options.Verbose = False,
    color: options.Color = "auto",
    traceback: options.Traceback = False,
) -> int:
    """Compare two runs: findings, certificates, connections and targets.

    Exit code 0, whatever differs; --fail-on new makes it 1 or 3. 2 for a file that is not the result of a whole run.

    Examples:
      certgate diff yesterday.json today.json

      certgate diff yesterday.jsonl today.jsonl --policy webpki-public

      certgate diff main.json branch.json --fail-on new --report markdown=diff.md

    """
    del traceback
    import os
    import sys
    from contextlib import ExitStack

    from certgate.judge.comparison import compare
    from certgate.model.errors import UsageError
    from certgate.reports.destinations import Destinations
    from certgate.reports.difference_output import write_difference

    if policy and not any(path.endswith(_SAVED) for path in (old, new)):
        raise UsageError("--policy is for saved observations: a JSON report has its findings")
    if trust and not policy:
        raise UsageError("--trust needs --policy: without one nothing is evaluated")
    with ExitStack() as stack:
        destinations = stack.enter_context(Destinations())
        write = write_difference(report or (), destinations, verbose=verbose, color=color, environ=os.environ)
        destinations.refuse([old, new])
        runs = [_snapshot(path, policy, tuple(trust or ())) for path in (old, new)]
        found = compare(*runs)
        if fail_on and not found.is_judged:
            raise UsageError("--fail-on new needs findings: name the policy for saved observations with --policy")
        destinations.claim()
        write(found, sys.stdout)
    return found.exit_code if fail_on else 0


def _snapshot(path: str, policy: str | None, trust: tuple[str, ...]) -> "Snapshot":
    """Read the run from a file. Raises UsageError."""
    from certgate.cli import signals
    from certgate.gate.snapshots import evaluated, observed
    from certgate.model.errors import UsageError
    from certgate.observe.saved import stream_saved
    from certgate.reports.complaint import complain
    from certgate.reports.report_file import read_report
    from certgate.sources.check import declare_check
    from certgate.sources.context import FileOptions
    from certgate.system.named_files import Unreadable, read_file
    from certgate.system.stop import Stop

    if not path.endswith(_SAVED):
        try:
            return read_report(path, read_file(path, _MOST_BYTES))
        except Unreadable as error:
            raise UsageError(f"{path}: {error}") from error
    if policy is None:
        return observed(path, stream_saved(path))
    stop = Stop()
    signals.end_in_order(stop)
    file_options = FileOptions(policy=policy, trust=trust, at_given=True)
    return evaluated(path, declare_check([path], file_options, tell=complain), stop)
