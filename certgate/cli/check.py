"""`certgate check`: files, standard input, and saved observations."""

from pathlib import Path
from typing import Annotated

import typer

from certgate.cli import options
from certgate.cli.run_flags import RunFlags, with_run_flags
from certgate.model.target import Purpose

__all__ = ["check"]


@with_run_flags
def check(
    *,
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
        typer.Option(
            "--config",
            "-c",
            help="A certgate.yaml: its defaults, and its targets that need no connection.",
            metavar="FILE",
        ),
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="The expected host name or IP address. Repeatable.", metavar="HOST")
    ] = None,
    role: Annotated[
        options.FileRole | None,
        typer.Option(
            help="The role of the first certificate: server, client, spiffe or ca. Default: server.", metavar="ROLE"
        ),
    ] = None,
    purpose: Annotated[
        Purpose | None,
        typer.Option(
            help="The purpose of the path: server, client or any. Default: that of the role.", metavar="PURPOSE"
        ),
    ] = None,
    run: RunFlags,
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
    bundle: Annotated[
        str | None,
        typer.Option(
            help="The SPIFFE bundle that was delivered with an SVID and its --key. They must belong together, and it "
            "is the trust store. Default policy: spiffe-svid.",
            metavar="FILE",
        ),
    ] = None,
    password_file: options.PasswordFile = None,
    password_fd: options.PasswordFd = None,
    password_env: options.PasswordEnv = None,
) -> int:
    """Check certificates in files before they are deployed, or saved observations again.

    Examples:
      certgate check fullchain.pem --name api.example.com

      certgate check tls.der - --policy internal-pki --trust pki/root.pem < other.pem

      certgate check fullchain.pem --staple ocsp.der --crl ca.crl

      certgate check server.p12 --password-file pass.txt

      helm template . | certgate check - --policy internal-pki

      certgate check svid.pem --role spiffe --key svid_key.pem --bundle bundle.pem

      certgate check --config certgate.yaml

      certgate check seen.jsonl --at 2027-03-15

      certgate check chain.pem --policy rfc5280-path --trust anchor.pem --purpose any

    """
    from certgate.cli.session import run_here
    from certgate.model.errors import UsageError
    from certgate.reports.complaint import complain
    from certgate.reports.destinations import Destinations
    from certgate.sources.check import declare_check
    from certgate.sources.context import FileOptions
    from certgate.sources.interface import Declared
    from certgate.system.password import read_password

    if bundle and run.trust:
        raise UsageError("--bundle is the trust store of the SVID; leave out --trust")
    if not (files or config):
        raise UsageError("nothing to check: name files, or a certgate.yaml with --config")

    def declare(destinations: Destinations) -> Declared:
        file_options = FileOptions(
            names=tuple(name or ()),
            role=role,
            purpose=purpose,
            policy=run.policy or ("spiffe-svid" if bundle else None),
            trust=(bundle,) if bundle else tuple(run.trust or ()),
            revocation=run.fetching.mode,
            key=key,
            bundle=bundle,
            password=read_password(password_file, password_fd, password_env),
            staple=staple,
            crls=tuple(crl or ()),
            at_given=run.at is not None,
        )
        from_file = Path(config) if config else None
        return declare_check(
            files or (),
            file_options,
            config=from_file,
            fail_on=run.fail_on,
            only=run.only or (),
            outputs=destinations,
            tell=complain,
            tell_reading=(lambda _: None) if run.quiet else complain,
        )

    return run_here(run.run_options(*(files or ()), *(crl or ()), staple, key, bundle, password_file, config), declare)
