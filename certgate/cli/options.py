"""Options that several commands share."""

from typing import Annotated, Literal

import typer

from certgate.cli.help import show_all
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.reports.spec import FORMATS

__all__ = [
    "AcceptKnownUnreachable",
    "Aia",
    "AllowAddress",
    "At",
    "Baseline",
    "Cache",
    "Color",
    "CtLogs",
    "Deny",
    "ExitZero",
    "FailOn",
    "FileRole",
    "Full",
    "GroupBy",
    "HelpAll",
    "History",
    "Ignore",
    "Keep",
    "MaxTime",
    "MetricsLabels",
    "NoWaivers",
    "NotifyEnv",
    "NotifyFile",
    "NotifyOn",
    "OcspNonce",
    "Only",
    "PasswordEnv",
    "PasswordFd",
    "PasswordFile",
    "Policy",
    "Progress",
    "Quiet",
    "Report",
    "Revocation",
    "SarifSuppressed",
    "Save",
    "Select",
    "Traceback",
    "Trust",
    "TrustMatrix",
    "Verbose",
    "Workers",
    "WriteBaseline",
]

FileRole = Literal[Role.SERVER, Role.CLIENT, Role.SPIFFE, Role.CA]
"""The roles of a file; the other roles come from the position of a certificate."""
Policy = Annotated[
    str | None,
    typer.Option(
        "--policy", "-p", help="A shipped policy's name or a file. Default: webpki-public.", metavar="NAME|FILE"
    ),
]
Trust = Annotated[
    list[str] | None,
    typer.Option(
        "--trust",
        "-t",
        help="mozilla, system, a PEM file or folder, or spiffe://DOMAIN=FILE; replaces the default (mozilla). "
        "Repeat for a union.",
        metavar="STORE",
    ),
]
TrustMatrix = Annotated[
    str | None,
    typer.Option(
        help="Also show whether clients with these stores trust the chain, e.g. mozilla,system,app.pem.",
        metavar="STORE,STORE...",
    ),
]
At = Annotated[
    str | None,
    typer.Option(help="Evaluate as of this time: 2027-03-15, 2027-03-15T12:00:00Z, or now.", metavar="TIME"),
]
FailOn = Annotated[
    Severity | None,
    typer.Option(
        help="The lowest severity that stops the pipeline: error (default), warning, info.", metavar="SEVERITY"
    ),
]
ExitZero = Annotated[
    bool,
    typer.Option("--exit-zero", help="For a roll-out: 0 also if violated, or if a target cannot be observed."),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        help="Only these targets: a glob of hosts, or label.NAME=VALUE. Repeatable.",
        metavar="GLOB|LABEL",
    ),
]
Select = Annotated[
    list[str] | None, typer.Option(help="Check only these rules: ids or globs. Repeatable.", metavar="RULE")
]
Ignore = Annotated[
    list[str] | None, typer.Option(help="Leave out these rules: ids or globs. Repeatable.", metavar="RULE")
]
Report = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        "-o",
        help=f"{', '.join(FORMATS)}; with =PATH, or =- for standard output. Repeatable.",
        metavar="FORMAT[=PATH]",
    ),
]
MetricsLabels = Annotated[
    str | None,
    typer.Option(help="Labels of the targets that the openmetrics report has too.", metavar="NAME,NAME..."),
]
Save = Annotated[
    str | None, typer.Option(help="Save the observations as JSON lines, to check them again later.", metavar="FILE")
]
History = Annotated[
    str | None,
    typer.Option(
        help="Keep each run here, and compare with the last whole one.",
        metavar="FOLDER",
    ),
]
Keep = Annotated[
    int | None, typer.Option(help="Runs to keep in the history. Default: 90.", min=1, max=100_000, metavar="NUMBER")
]
MaxTime = Annotated[
    str | None,
    typer.Option(help="Visit no further target after this time: 4h, 30m, 90s. Default: no limit.", metavar="DURATION"),
]
Workers = Annotated[
    str,
    typer.Option(
        help="Processes that observe and evaluate, or auto: 1 for fewer than 2,000 targets, else one for each core.",
        metavar="NUMBER",
    ),
]
NotifyFile = Annotated[
    str | None,
    typer.Option(help="Send a message about the run to the Apprise URLs in this file, one per line.", metavar="FILE"),
]
NotifyEnv = Annotated[
    str | None,
    typer.Option(help="The same, to the URLs in the environment variable with this name.", metavar="NAME"),
]
NotifyOn = Annotated[
    Literal["change", "violation", "always"] | None,
    typer.Option(
        help="When to send: change (since the last run in the history), violation (whenever the run is not "
        "compliant) or always. Default: violation.",
        metavar="WHEN",
    ),
]
Revocation = Annotated[
    str | None,
    typer.Option(
        help="Fetch OCSP and CRLs: off (default), soft, hard (needs an answer).",
        metavar="MODE",
    ),
]
OcspNonce = Annotated[bool, typer.Option("--ocsp-nonce", help="Send a nonce with OCSP requests.")]
Aia = Annotated[
    bool, typer.Option("--aia", help="Fetch missing issuers, to tell an incomplete chain from an untrusted one.")
]
AllowAddress = Annotated[
    list[str] | None,
    typer.Option(help="Allow fetching from these special-purpose addresses. Repeatable.", metavar="CIDR"),
]
Cache = Annotated[
    str | None,
    typer.Option(help="Keep OCSP responses and CRLs here. Default: the user's cache folder.", metavar="FOLDER"),
]
Deny = Annotated[
    list[str] | None,
    typer.Option(help="A file of denied keys (SHA-256 of the SPKI), one per line. Repeatable.", metavar="FILE"),
]
CtLogs = Annotated[
    str | None,
    typer.Option(help="A CT log list (JSON, version 3) to verify certificate timestamps with.", metavar="FILE"),
]
NoWaivers = Annotated[bool, typer.Option("--no-waivers", help="Ignore the policy's waivers.")]
Baseline = Annotated[str | None, typer.Option(help="A file of known violations: only new ones fail.", metavar="FILE")]
WriteBaseline = Annotated[
    str | None,
    typer.Option(help="Write this run's violations and unreachable targets as a baseline.", metavar="FILE"),
]
AcceptKnownUnreachable = Annotated[
    str | None,
    typer.Option(
        help="Until this day, targets that the baseline lists as not answering do not make the run incomplete.",
        metavar="DATE",
    ),
]
SarifSuppressed = Annotated[
    bool, typer.Option("--sarif-suppressed", help="Show waived and known failures in SARIF too, as suppressed.")
]
Full = Annotated[bool, typer.Option("--full", help="List every target on the terminal, however many there are.")]
GroupBy = Annotated[
    str | None,
    typer.Option(
        help="Group targets on the terminal: rule, target, issuer or label.NAME. Default: rule, if more than 20.",
        metavar="WORD",
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every outcome.", envvar="CERTGATE_VERBOSE")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print nothing about compliant targets.", envvar="CERTGATE_QUIET")
]
Color = Annotated[str, typer.Option(help="auto, always or never.", metavar="WHEN", envvar="CERTGATE_COLOR")]
Progress = Annotated[
    Literal["auto", "plain", "none"],
    typer.Option(
        help="auto: a bar on a terminal; plain: a line every 30 seconds on standard error; or none.", metavar="HOW"
    ),
]
HelpAll = Annotated[
    bool,
    typer.Option("--help-all", is_eager=True, callback=show_all, help="Show all options and exit."),
]
Traceback = Annotated[bool, typer.Option("--traceback", hidden=True)]
PasswordFile = Annotated[
    str | None,
    typer.Option(
        help="The pass phrase of an encrypted private key or PKCS#12 container: the first line of this file.",
        metavar="FILE",
    ),
]
PasswordFd = Annotated[
    int | None, typer.Option(help="The same, from an open file descriptor.", metavar="NUMBER", min=0)
]
PasswordEnv = Annotated[
    str | None, typer.Option(help="The same, from the environment variable with this name.", metavar="NAME")
]
