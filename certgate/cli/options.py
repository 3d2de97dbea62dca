"""Options that several commands share."""

from typing import Annotated, Literal

import typer

from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.reports.spec import FORMATS

__all__ = [
    "Aia",
    "AllowAddress",
    "At",
    "Baseline",
    "Cache",
    "Color",
    "CtLogs",
    "Deny",
    "FailOn",
    "FileRole",
    "Ignore",
    "NoWaivers",
    "OcspNonce",
    "Policy",
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
    "WriteBaseline",
]

FileRole = Literal[Role.SERVER, Role.CLIENT, Role.SPIFFE, Role.CA]
"""What a file can be said to be for; the other roles come from a certificate's place."""
Policy = Annotated[
    str | None, typer.Option(help="A shipped policy's name or a file. Default: webpki-public.", metavar="NAME|FILE")
]
Trust = Annotated[
    list[str] | None,
    typer.Option(
        help="mozilla, system, a PEM file or folder, or spiffe://TRUST-DOMAIN=BUNDLE; replaces the default (mozilla). "
        "Repeat for a union.",
        metavar="STORE",
    ),
]
TrustMatrix = Annotated[
    str | None,
    typer.Option(
        help="Show the chain in the eyes of clients with each of these stores too, e.g. mozilla,system,app.pem.",
        metavar="STORE,STORE...",
    ),
]
At = Annotated[
    str | None,
    typer.Option(help="Judge by this clock: 2027-03-15, 2027-03-15T12:00:00Z, or now.", metavar="TIME"),
]
FailOn = Annotated[Severity | None, typer.Option(help="The lowest severity that stops the pipeline. Default: error.")]
Select = Annotated[
    list[str] | None, typer.Option(help="Judge only these rules: ids or globs. Repeatable.", metavar="RULE")
]
Ignore = Annotated[
    list[str] | None, typer.Option(help="Leave these rules out: ids or globs. Repeatable.", metavar="RULE")
]
Report = Annotated[
    list[str] | None,
    typer.Option(
        help=f"{', '.join(FORMATS)}; with =PATH, or =- for standard output. Repeatable.", metavar="FORMAT[=PATH]"
    ),
]
Save = Annotated[
    str | None, typer.Option(help="Save what was observed as JSON lines, to be judged again.", metavar="FILE")
]
Revocation = Annotated[
    str | None,
    typer.Option(
        help="Fetch OCSP and CRLs: soft (no answer is a warning), hard (no answer is incomplete) or off. Default: off.",
        metavar="MODE",
    ),
]
OcspNonce = Annotated[bool, typer.Option("--ocsp-nonce", help="Send a nonce with OCSP requests.")]
Aia = Annotated[
    bool, typer.Option("--aia", help="Fetch missing issuers, to tell an incomplete chain from an untrusted one.")
]
AllowAddress = Annotated[
    list[str] | None,
    typer.Option(help="Let what is fetched come from these special-purpose addresses. Repeatable.", metavar="CIDR"),
]
Cache = Annotated[
    str | None,
    typer.Option(help="Keep OCSP responses and CRLs here. Default: the user's cache folder.", metavar="FOLDER"),
]
Deny = Annotated[
    list[str] | None,
    typer.Option(help="A file of denied keys (SHA-256 of the SPKI), one a line. Repeatable.", metavar="FILE"),
]
CtLogs = Annotated[
    str | None,
    typer.Option(help="A CT log list (JSON, version 3) to verify certificate timestamps with.", metavar="FILE"),
]
NoWaivers = Annotated[
    bool, typer.Option("--no-waivers", help="Set the policy's waivers aside: what they excuse counts.")
]
Baseline = Annotated[str | None, typer.Option(help="Violations that are known: only new ones fail.", metavar="FILE")]
WriteBaseline = Annotated[
    str | None, typer.Option(help="Write the violations of this run as a baseline.", metavar="FILE")
]
SarifSuppressed = Annotated[
    bool, typer.Option("--sarif-suppressed", help="Show waived and known failures in SARIF too, as suppressed.")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every outcome.", envvar="CERTGATE_VERBOSE")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Say nothing of what is compliant.", envvar="CERTGATE_QUIET")
]
Color = Annotated[str, typer.Option(help="auto, always or never.", metavar="WHEN", envvar="CERTGATE_COLOR")]
Traceback = Annotated[bool, typer.Option("--traceback", hidden=True)]
