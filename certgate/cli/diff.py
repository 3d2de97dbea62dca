"""`certgate diff`: what changed between two runs."""

from enum import StrEnum
from typing import Annotated

import typer

from certgate.cli import options

__all__ = ["diff"]


class FailOn(StrEnum):
    """What makes a comparison fail."""

    NEW = "new"


def diff(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="The earlier run: a report (json, jsonl) or saved observations.")
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The later run, in either form.")],
    policy: Annotated[
        str | None,
        typer.Option(help="Evaluate saved observations by this policy, to compare findings too.", metavar="NAME|FILE"),
    ] = None,
    trust: options.Trust = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(
            help="new: exit code 1 for a new violation, else 3 for what can no longer be observed or checked.",
            metavar="WHAT",
        ),
    ] = None,
    report: Annotated[
        list[str] | None,
        typer.Option(
            help="terminal, json, markdown, html, text or slack; with =PATH, or =- for standard output. Repeatable.",
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

    from certgate.cli import signals
    from certgate.gate.snapshots import read_runs
    from certgate.judge.comparison import compare
    from certgate.model.errors import UsageError
    from certgate.reports.complaint import complain
    from certgate.reports.destinations import Destinations
    from certgate.reports.difference_output import write_difference
    from certgate.sources.check import declare_check
    from certgate.sources.context import FileOptions
    from certgate.sources.interface import Declared
    from certgate.system.stop import Stop

    if trust and not policy:
        raise UsageError("--trust needs --policy: without one nothing is evaluated")
    stop = Stop()

    def declare(path: str) -> Declared:
        signals.end_in_order(stop)
        return declare_check([path], FileOptions(policy=policy, trust=tuple(trust or ()), at_given=True), tell=complain)

    with ExitStack() as stack:
        destinations = stack.enter_context(Destinations())
        write = write_difference(report or (), destinations, verbose=verbose, color=color, environ=os.environ)
        destinations.refuse([old, new])
        found = compare(*read_runs([old, new], declare if policy else None, stop))
        if fail_on and not found.is_judged:
            raise UsageError("--fail-on new needs findings: name the policy for saved observations with --policy")
        destinations.claim()
        write(found, sys.stdout)
    return found.exit_code if fail_on else 0
