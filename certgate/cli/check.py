"""`certgate check`: files, standard input, and saved observations."""

from pathlib import Path
from typing import Annotated

import typer

from certgate.cli import options
from certgate.model.target import Purpose

__all__ = ["check"]


def check(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE...",
            help="Chains and requests (PEM, DER, PKCS#7, PKCS#12), manifests (.yaml, .yml, .json), folders of these, "
            "- for standard input; or .jsonl from --save. In a chain the leaf comes first.",
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(help="A certgate.yaml: its defaults, and its targets that need no connection.", metavar="FILE"),
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="The expected host name or IP address. Repeatable.", metavar="HOST")
    ] = None,
    role: Annotated[
        options.FileRole | None,
        typer.Option(help="The role of the first certificate. Default: server."),
    ] = None,
    purpose: Annotated[
        Purpose | None,
        typer.Option(help="The purpose of the path: server, client or any. Default: that of the role."),
    ] = None,
    policy: options.Policy = None,
    trust: options.Trust = None,
    trust_matrix: options.TrustMatrix = None,
    staple: Annotated[
        str | None,
        typer.Option(
            help="The OCSP response that will be stapled, DER or PEM. It must answer for the leaf.",
            metavar="FILE",
        ),
    ] = None,
    crl: Annotated[
        list[str] | None,
        typer.Option(help="A CRL, DER or PEM. Repeatable. Together they must answer for the leaf.", metavar="FILE"),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The leaf's private key, to check that it matches.", metavar="FILE")
    ] = None,
    password_file: options.PasswordFile = None,
    password_fd: options.PasswordFd = None,
    password_env: options.PasswordEnv = None,
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
    """Check certificates in files before they are deployed, or saved observations again.

    Examples:
      certgate check fullchain.pem --name api.example.com

      certgate check tls.der - --policy internal-pki --trust pki/root.pem < other.pem

      certgate check fullchain.pem --staple ocsp.der --crl ca.crl

      certgate check server.p12 --password-file pass.txt

      helm template . | certgate check - --policy internal-pki

      certgate check --config certgate.yaml

      certgate check seen.jsonl --at 2027-03-15

      certgate check chain.pem --policy rfc5280-path --trust anchor.pem --purpose any

    """
    del traceback
    from certgate.cli.session import run_here
    from certgate.gate.exception_options import ExceptionOptions
    from certgate.gate.fetch_options import FetchOptions
    from certgate.gate.session import RunOptions
    from certgate.model.errors import UsageError
    from certgate.policy.list_options import ListOptions
    from certgate.reports.complaint import complain
    from certgate.reports.destinations import Destinations
    from certgate.sources.check import declare_check
    from certgate.sources.context import FileOptions
    from certgate.sources.interface import Declared
    from certgate.system.password import read_password

    if not (files or config):
        raise UsageError("nothing to check: name files, or a certgate.yaml with --config")
    fetching = FetchOptions(
        revocation=revocation, ocsp_nonce=ocsp_nonce, aia=aia, allow_address=allow_address, cache=cache
    )

    def declare(destinations: Destinations) -> Declared:
        given = FileOptions(
            names=tuple(name or ()),
            role=role,
            purpose=purpose,
            policy=policy,
            trust=tuple(trust or ()),
            revocation=fetching.mode,
            key=key,
            password=read_password(password_file, password_fd, password_env),
            staple=staple,
            crls=tuple(crl or ()),
            at_given=at is not None,
        )
        from_file = Path(config) if config else None
        return declare_check(files or (), given, config=from_file, fail_on=fail_on, outputs=destinations, tell=complain)

    options_of_run = RunOptions(
        at=at,
        select=select,
        ignore=ignore,
        report=report,
        save=save,
        verbose=verbose,
        quiet=quiet,
        color=color,
        fetching=fetching,
        lists=ListOptions(deny=deny, ct_logs=ct_logs),
        exceptions=ExceptionOptions(
            no_waivers=no_waivers,
            baseline=baseline,
            write_baseline=write_baseline,
            sarif_suppressed=sarif_suppressed,
        ),
        trust_matrix=trust_matrix,
        named=tuple(
            filter(None, (*(files or ()), *(crl or ()), *(trust or ()), staple, key, password_file, policy, config))
        ),
    )
    return run_here(options_of_run, declare)
