"""`certgate inspect`: shows what a host serves or a file holds, without a policy."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from certgate.cli import options

if TYPE_CHECKING:
    from certgate.judge.inspection import Inspection
    from certgate.sources.interface import Declared

__all__ = ["inspect"]


def inspect(
    target: Annotated[str, typer.Argument(metavar="HOST|FILE|-", help="host[:port], a file, or - for standard input.")],
    name: Annotated[str | None, typer.Option(help="The server name to send to the host.", metavar="NAME")] = None,
    starttls: Annotated[
        str | None, typer.Option(help="The protocol within which TLS starts, such as smtp.", metavar="PROTOCOL")
    ] = None,
    resolve: Annotated[
        list[str] | None,
        typer.Option(help="Use this address for the host, as curl does. Repeatable.", metavar="HOST:PORT:ADDRESS"),
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option(
            help="Show how clients with this store see the chain: mozilla, system or a PEM file. Repeatable. "
            "Default: mozilla.",
            metavar="STORE",
        ),
    ] = None,
    at: options.At = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_pem: Annotated[bool, typer.Option("--pem", help="Print the certificates as PEM, in the order sent.")] = False,
    password_file: options.PasswordFile = None,
    password_fd: options.PasswordFd = None,
    password_env: options.PasswordEnv = None,
    color: options.Color = "auto",
    traceback: options.Traceback = False,
) -> int:
    """Show the certificates of a host or a file: the chain, every fact, and who trusts it. No policy applies.

    Exit code 0 if there is something to show, else 3.

    Examples:
      certgate inspect api.example.com

      certgate inspect mail.example.com:25 --starttls smtp --trust mozilla --trust pki/root.pem

      certgate inspect fullchain.pem

      certgate inspect api.example.com --pem > chain.pem

    """
    del traceback
    import os
    import sys

    from certgate.cli import signals
    from certgate.gate.clock_option import parse_time
    from certgate.gate.inspecting import inspect_all
    from certgate.model.errors import UsageError
    from certgate.reports.console import parse_colour
    from certgate.reports.inspection_json import inspections_as_json
    from certgate.reports.inspection_pem import write_pem
    from certgate.reports.inspection_text import write_text
    from certgate.reports.page import Page
    from certgate.system.password import read_password
    from certgate.system.stop import Stop

    if as_json and as_pem:
        raise UsageError("--json and --pem exclude each other")
    choice = parse_colour(color)
    password = read_password(password_file, password_fd, password_env)
    if target == "-" or Path(target).exists():
        if name or starttls or resolve:
            raise UsageError(f"{target} is a file: --name, --starttls and --resolve are for hosts")
        declared = _file(target, password)
    else:
        if password is not None:
            raise UsageError(f"{target} is not a file: the pass phrase options are for encrypted keys in files")
        declared = _host(target, name, starttls, resolve or ())
    stop = Stop()
    signals.end_in_order(stop)
    found = list(inspect_all(declared.source, trust or ("mozilla",), at=parse_time(at), stop=stop))
    if as_json:
        sys.stdout.write(f"{inspections_as_json(found)}\n")
    elif as_pem:
        write_pem(sys.stdout, found)
    else:
        write_text(Page.on(sys.stdout, choice, os.environ), found)
    if as_pem:
        _complain(found)
    return 0 if any(inspection.certificates for inspection in found) else 3


def _complain(found: "Sequence[Inspection]") -> None:
    """Say on standard error what PEM has no place for."""
    from certgate.reports.complaint import complain

    for inspection in found:
        if failure := inspection.observation.failure:
            complain(f"{inspection.target.id}: {failure.kind}: {failure.detail}")


def _file(path: str, password: bytes | None) -> "Declared":
    from certgate.reports.complaint import complain
    from certgate.sources.check import declare_check
    from certgate.sources.context import FileOptions

    return declare_check([path], FileOptions(password=password, at_given=True), tell=complain)


def _host(host: str, name: str | None, starttls: str | None, resolve: Sequence[str]) -> "Declared":
    from certgate.model.errors import UsageError
    from certgate.reports.complaint import complain
    from certgate.sources.scan import EndpointOptions, ScanTargets, declare_scan

    if name and "#" in host:
        raise UsageError("the server name is set twice: after # and by --name")
    where = ScanTargets(arguments=[f"{host}#{name}" if name else host])
    return declare_scan(where, EndpointOptions(resolve=resolve, starttls=starttls), fail_on=None, tell=complain)
