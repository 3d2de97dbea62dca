"""`certgate check`: files, standard input, and saved observations."""

from collections.abc import Sequence
from typing import Annotated

import typer

from certgate.cli import options
from certgate.cli.password import PasswordEnv, PasswordFd, PasswordFile, read_password
from certgate.model.target import Purpose

__all__ = ["check"]


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Chains and requests (PEM, DER, PKCS#7, PKCS#12), manifests (.yaml, .yml, .json), folders of these, "
            "- for standard input; or .jsonl from --save. In a chain the leaf stands first.",
        ),
    ],
    name: Annotated[
        list[str] | None, typer.Option(help="The expected host name or IP address. Repeatable.", metavar="HOST")
    ] = None,
    role: Annotated[
        options.FileRole | None,
        typer.Option(help="What the first certificate is judged as. Default: server."),
    ] = None,
    purpose: Annotated[
        Purpose | None,
        typer.Option(help="What the path has to be good for: server, client or any. Default: as the role has it."),
    ] = None,
    policy: options.Policy = None,
    trust: options.Trust = None,
    trust_matrix: options.TrustMatrix = None,
    staple: Annotated[
        str | None,
        typer.Option(
            help="The OCSP response to be stapled with this one chain, DER or PEM. It must answer for the leaf.",
            metavar="FILE",
        ),
    ] = None,
    crl: Annotated[
        list[str] | None,
        typer.Option(help="A CRL, DER or PEM. Repeatable. Together they must answer for the leaf.", metavar="FILE"),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The leaf's private key, to see whether they belong together.", metavar="FILE")
    ] = None,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    password_env: PasswordEnv = None,
    at: options.At = None,
    fail_on: options.FailOn = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    report: options.Report = None,
    save: options.Save = None,
    no_waivers: options.NoWaivers = False,
    baseline: options.Baseline = None,
    write_baseline: options.WriteBaseline = None,
    sarif_suppressed: options.SarifSuppressed = False,
    revocation: options.Revocation = None,
    ocsp_nonce: options.OcspNonce = False,
    aia: options.Aia = False,
    allow_address: options.AllowAddress = None,
    cache: options.Cache = None,
    deny: options.Deny = None,
    ct_logs: options.CtLogs = None,
    verbose: options.Verbose = False,
    quiet: options.Quiet = False,
    color: options.Color = "auto",
    traceback: options.Traceback = False,
) -> int:
    """Judge certificates in files, before they are deployed; or saved observations, again.

    Examples:
      certgate check fullchain.pem --name api.example.com

      certgate check tls.der - --policy internal-pki --trust pki/root.pem < other.pem

      certgate check fullchain.pem --staple ocsp.der --crl ca.crl

      certgate check server.p12 --password-file pass.txt

      helm template . | certgate check - --policy internal-pki

      certgate check seen.jsonl --at 2027-03-15

      certgate check chain.pem --policy rfc5280-path --trust anchor.pem --purpose any

    """
    del traceback
    from certgate.cli.declared_files import Overrides, declare_files
    from certgate.cli.excusing import Excusing
    from certgate.cli.fetching import Fetching
    from certgate.cli.lists import Lists
    from certgate.cli.session import ObserveAndComplete, Words, hold
    from certgate.model.finding import Severity
    from certgate.model.target import Target
    from certgate.reports.destinations import Destinations

    excusing = Excusing(no_waivers, baseline, write_baseline, sarif_suppressed)
    fetching = Fetching(revocation, ocsp_nonce, aia, allow_address, cache)

    def declare(destinations: Destinations) -> tuple[Sequence[Target], Severity, ObserveAndComplete]:
        overrides = Overrides(
            names=tuple(name or ()),
            role=role,
            policy=policy,
            trust=tuple(trust or ()),
            at_given=at is not None,
            staple=staple,
            crls=tuple(crl or ()),
            revocation=fetching.mode,
            key=key,
            password=read_password(password_file, password_fd, password_env),
            purpose=purpose,
        )
        return declare_files(files, overrides, fail_on, destinations)

    return hold(
        Words(
            at,
            select,
            ignore,
            report,
            save,
            verbose,
            color,
            fetching,
            Lists(deny, ct_logs),
            excusing,
            quiet,
            trust_matrix,
            tuple(filter(None, (*files, *(crl or ()), *(trust or ()), staple, key, password_file, policy))),
        ),
        declare,
    )
