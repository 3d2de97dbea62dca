"""`certgate forecast`: what will fail in the future, and when."""

from enum import StrEnum
from typing import Annotated

import typer

from certgate.cli import options

__all__ = ["forecast"]

_HORIZON = 1095
"""Three years: beyond all published dates for certificates of the public web."""
_LONGEST = 36_525


class Format(StrEnum):
    """The format of the forecast."""

    TEXT = "text"
    JSON = "json"


def forecast(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE...", help="Files as for `check`, saved observations included."),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option("--config", "-c", help="A certgate.yaml with targets to observe, and defaults.", metavar="FILE"),
    ] = None,
    targets: Annotated[
        str | None, typer.Option(help="A list of targets to observe, as for `scan`.", metavar="FILE")
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="The expected host name or IP address of files.", metavar="HOST")
    ] = None,
    role: Annotated[
        options.FileRole | None,
        typer.Option(
            help="The role of the first certificate of files: server, client, spiffe or ca. Default: server.",
            metavar="ROLE",
        ),
    ] = None,
    password_file: options.PasswordFile = None,
    password_fd: options.PasswordFd = None,
    password_env: options.PasswordEnv = None,
    policy: options.Policy = None,
    trust: options.Trust = None,
    at: Annotated[str | None, typer.Option(help="The start of the forecast. Default: now.", metavar="TIME")] = None,
    horizon: Annotated[
        int, typer.Option(help="How far to look ahead.", metavar="DAYS", min=1, max=_LONGEST)
    ] = _HORIZON,
    fail_on: options.FailOn = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    no_waivers: options.NoWaivers = False,
    workers: options.Workers = "auto",
    format: Annotated[Format, typer.Option(help="text or json.", metavar="FORMAT")] = Format.TEXT,
    color: options.Color = "auto",
    traceback: options.Traceback = False,
) -> int:
    """List what will fail in the future, with dates.

    Exit code 0, or 3 if something could not be observed.

    Examples:
      certgate forecast fullchain.pem --name api.example.com

      certgate forecast --config certgate.yaml --horizon 90

      certgate forecast seen.jsonl --format json

    """
    del traceback
    import os
    import sys
    from datetime import timedelta
    from pathlib import Path

    from certgate.cli import signals
    from certgate.gate import RunSpec, prepare
    from certgate.gate.clock_option import parse_time
    from certgate.gate.engine.choice import engine_for, parse_workers
    from certgate.gate.forecasting import forecast as foresee
    from certgate.gate.observing import Observing
    from certgate.model.errors import UsageError
    from certgate.observe.clock import utc_now
    from certgate.reports.complaint import complain
    from certgate.reports.console import parse_colour
    from certgate.reports.forecast import write_json, write_text
    from certgate.reports.page import Page
    from certgate.sources.check import declare_check
    from certgate.sources.context import FileOptions
    from certgate.sources.scan import EndpointOptions, ScanTargets, declare_scan
    from certgate.system.password import read_password
    from certgate.system.stop import Stop

    choice = parse_colour(color)
    if bool(files) == bool(config or targets):
        raise UsageError("nothing to forecast: name files, or endpoints with --config or --targets")
    count = parse_workers(workers)
    start = parse_time(at) or utc_now().replace(microsecond=0)
    stores = tuple(trust or ())
    password = read_password(password_file, password_fd, password_env)
    if files:
        file_options = FileOptions(
            names=tuple(name or ()), role=role, policy=policy, trust=stores, password=password, at_given=True
        )
        declared = declare_check(files, file_options, fail_on=fail_on, tell=complain)
    else:
        where = ScanTargets(list=targets, config=Path(config) if config else None)
        observing = EndpointOptions(policy=policy, trust=stores, password=password)
        declared = declare_scan(where, observing, fail_on=fail_on, tell=complain)
    spec = RunSpec(
        fail_on=declared.fail_on,
        at=start,
        select=tuple(select or ()),
        ignore=tuple(ignore or ()),
        waivers=not no_waivers,
    )
    gate = prepare(declared.source.targets(), spec)
    end = start + timedelta(days=horizon)
    stop = Stop()
    observe = Observing(declared.source.observer(), gate.judges, None, stop)
    signals.end_in_order(stop)
    engine = engine_for(count, gate.targets)
    outlook = foresee(gate, declared.source.targets(), observe, start=start, end=end, stop=stop, engine=engine)
    if format is Format.JSON:
        write_json(outlook, gate.header, sys.stdout)
    else:
        write_text(outlook, gate.header, Page.on(sys.stdout, choice, os.environ))
    return 3 if outlook.unseen or outlook.interrupted or outlook.missing else 0
