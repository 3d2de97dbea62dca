"""`certgate init`: writes a first certgate.yaml from hosts, a list, or files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from certgate.cli import options

if TYPE_CHECKING:
    from certgate.reports.first_config import FirstConfig
    from certgate.reports.page import Page
    from certgate.sources.interface import TargetSource

__all__ = ["init"]

_MOST_BYTES = 16 * 1024 * 1024
_OF_FILES = (".pem", ".crt", ".cer", ".der", ".p12", ".pfx", ".yaml", ".yml", ".json")
"""Ends of words that are no host names."""


def init(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="HOST|PATH",
            help="Hosts, certificates, manifests, folders. Default: the certificates and manifests in this folder.",
        ),
    ] = None,
    targets_file: Annotated[
        str | None,
        typer.Option("--targets", help="A list, one host\\[:port] a line; - for standard input.", metavar="FILE"),
    ] = None,
    config: Annotated[
        str, typer.Option("--config", "-c", help="The configuration to write.", metavar="FILE")
    ] = "certgate.yaml",
    trust: Annotated[
        list[str] | None,
        typer.Option("--trust", "-t", help="The root of your own CA, a PEM file. Repeatable.", metavar="FILE"),
    ] = None,
    starttls: Annotated[
        str | None, typer.Option(help="The protocol before TLS, such as smtp.", metavar="PROTOCOL")
    ] = None,
    resolve: Annotated[
        list[str] | None,
        typer.Option(help="Use this address for a host, as curl does. Repeatable.", metavar="HOST:PORT:ADDRESS"),
    ] = None,
    write_baseline: Annotated[
        str | None,
        typer.Option(help="Also scan once, and write the violations as a baseline.", metavar="FILE"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the proposals without questions.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that differ.")] = False,
    password_file: options.PasswordFile = None,
    password_fd: options.PasswordFd = None,
    password_env: options.PasswordEnv = None,
    color: options.Color = "auto",
    traceback: options.Traceback = False,
) -> int:
    """Write a first certgate.yaml: observe the targets, and propose policy and trust for each.

    Asks on a terminal. Exit code 0 if the files are written or nothing differs, 2 if files differ, 3 if nothing was
    observed.

    Examples:
      certgate init api.example.com db.corp.example:8443

      certgate init --targets hosts.txt --trust pki/root.pem --yes

      certgate init deploy/ --write-baseline known.json

    """
    del traceback
    import os
    import sys

    from certgate.cli.init_dialogue import ask_for_targets, corrected
    from certgate.gate.proposing import propose_all
    from certgate.model.errors import CertgateError, UsageError
    from certgate.reports.complaint import complain
    from certgate.reports.console import parse_colour, wants_colour, width_of
    from certgate.reports.first_config import first_config
    from certgate.reports.first_steps import write_groups, write_lines, write_roots
    from certgate.reports.page import Page
    from certgate.system.password import read_password

    choice = parse_colour(color)
    asks = not yes
    if asks and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("init asks on a terminal, and there is none: --yes takes the proposals")
    if write_baseline and Path(write_baseline).exists() and not force:
        raise UsageError(f"--write-baseline {write_baseline}: the file exists; --force overwrites it")
    password = read_password(password_file, password_fd, password_env)
    named = targets or (ask_for_targets() if asks and not targets_file else ())
    sources = _sources(named, targets_file, starttls, resolve or (), password)
    proposed = propose_all(sources, trust or (), is_ours=_is_ours, tell=complain)
    if not any(one.proposal.is_seen and not one.proposal.left_out for one in proposed):
        first = next((f": {one.target.id}: {one.proposal.remark or one.proposal.left_out}" for one in proposed), "")
        raise CertgateError(f"nothing was observed that can be judged, so nothing is written{first}")
    colour = wants_colour(choice, sys.stdout, os.environ)
    page = Page(sys.stdout, width=width_of(sys.stdout, os.environ), colour=colour)
    path = Path(config)
    files = first_config(path, proposed)
    write_groups(page, proposed, files)
    write_roots(page, files, proposed)
    page.blank()
    sys.stdout.flush()
    if asks:
        proposed = corrected(proposed)
        files = first_config(path, proposed)
    _settle(page, path, files, force=force, asks=asks)
    code = _baseline(config, write_baseline, resolve or (), password) if write_baseline else 0
    write_lines(page, path, Path.cwd(), write_baseline)
    return code


def _sources(
    named: Sequence[str], listed: str | None, starttls: str | None, resolve: Sequence[str], password: bytes | None
) -> "list[TargetSource]":
    """The sources of what is named: a path that exists is a file or a folder, everything else is a host."""
    from certgate.model.errors import UsageError
    from certgate.reports.complaint import complain
    from certgate.sources.check import declare_check
    from certgate.sources.context import FileOptions
    from certgate.sources.scan import EndpointOptions, ScanTargets, declare_scan

    paths = [word for word in named if Path(word).exists()] if named or listed else ["."]
    hosts = [word for word in named if word not in paths]
    if missing := next((word for word in hosts if word.endswith(_OF_FILES)), ""):
        raise UsageError(f"{missing}: there is no such file")
    sources = []
    if hosts or listed:
        where = ScanTargets(arguments=hosts, list=listed)
        endpoints = EndpointOptions(resolve=resolve, starttls=starttls)
        sources.append(declare_scan(where, endpoints, fail_on=None, tell=complain).source)
    elif starttls or resolve:
        raise UsageError("--starttls and --resolve are for hosts, and none is named")
    if paths:
        files = FileOptions(password=password, at_given=True)
        sources.append(declare_check(paths, files, tell=complain).source)
    return sources


def _is_ours(path: str) -> bool:
    from certgate.reports.first_config import is_root_file
    from certgate.system.named_files import Unreadable, read_file

    try:
        return is_root_file(read_file(path, _MOST_BYTES))
    except Unreadable:
        return False


def _settle(page: "Page", path: Path, config: "FirstConfig", *, force: bool, asks: bool) -> None:
    """Write what is missing or, with `force`, differs. Raises UsageError if something differs."""
    from certgate.cli.init_dialogue import confirmed
    from certgate.model.errors import CertgateError, UsageError

    existing = _existing(config)
    differing = {path: text for path, text in existing.items() if text != config.files[path]}
    if differing and not force:
        _show_differences(page, differing, config)
        raise UsageError(f"{', '.join(map(str, differing))} would change; --force overwrites, and nothing is written")
    missing = [path for path in config.files if existing.get(path) != config.files[path]]
    if not missing:
        page.line(f"{path}: nothing differs")
    elif asks and not confirmed([str(path) for path in missing]):
        raise CertgateError("nothing is written")
    else:
        _write({path: config.files[path] for path in missing})
        page.line(f"written: {', '.join(map(str, missing))}", hang=2)


def _existing(config: "FirstConfig") -> Mapping[Path, str]:
    """The contents of those files that exist already. Raises UsageError, also for a file of somebody else.

    A chain decides how the files of roots are called, so they must not show or replace anything: it may be a key.
    """
    from certgate.model.errors import UsageError
    from certgate.reports.first_config import is_root_file
    from certgate.system.named_files import NotFound, Unreadable, read_file

    found = {}
    main, *roots = config.files
    for path in (main, *roots):
        try:
            content = read_file(path, _MOST_BYTES)
        except NotFound:
            continue
        except Unreadable as error:
            raise UsageError(f"{path}: {error}") from error
        if path in roots and not is_root_file(content):
            raise UsageError(
                f"{path}: exists, and init did not write it; name it by --trust if it is your root, or move it"
            )
        found[path] = content.decode("utf-8", "replace")
    return found


def _show_differences(page: "Page", differing: Mapping[Path, str], config: "FirstConfig") -> None:
    from difflib import unified_diff

    for path, text in differing.items():
        old, new = text.splitlines(), config.files[path].splitlines()
        for line in unified_diff(old, new, str(path), f"{path} as proposed", lineterm=""):
            page.unfolded(line)


def _write(files: Mapping[Path, str]) -> None:
    """Write each file whole; the configuration, which names the others, comes last. Raises CertgateError."""
    from certgate.model.errors import CertgateError
    from certgate.reports.destinations import Destinations

    with Destinations() as destinations:
        sinks = {path: destinations.sink(str(path), str(path)) for path in reversed(list(files))}
        for path, sink in sinks.items():
            try:
                sink.stream.write(files[path])
                sink.commit()
            except OSError as error:
                raise CertgateError(f"{path} could not be written: {error.strerror}") from error


def _baseline(config: str, baseline: str, resolve: Sequence[str], password: bytes | None) -> int:
    """Scan with the new configuration; 0 if the baseline is written and every target was observed."""
    from certgate.cli.run_flags import RunFlags
    from certgate.cli.session import run_here
    from certgate.reports.complaint import complain
    from certgate.reports.destinations import Destinations
    from certgate.sources.interface import Declared
    from certgate.sources.scan import EndpointOptions, ScanTargets, declare_scan

    def declare(destinations: Destinations) -> Declared:
        where = ScanTargets(config=Path(config))
        endpoints = EndpointOptions(resolve=resolve, late_retry=True, password=password)
        return declare_scan(where, endpoints, fail_on=None, outputs=destinations, tell=complain)

    code = run_here(RunFlags(write_baseline=baseline).run_options(config, resolve=resolve), declare)
    return 0 if code == 1 else code
