"""`certgate scan`: live endpoints, and all targets of a certgate.yaml."""

from pathlib import Path
from typing import Annotated

import typer

from certgate.cli import options
from certgate.cli.run_flags import RunFlags, with_run_flags
from certgate.model.protocol import PROTOCOLS

__all__ = ["scan"]


@with_run_flags
def scan(
    *,
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="HOST[:PORT]", help="Endpoints or ranges (10.0.0.0/24:443,8443); port 443 unless given."
        ),
    ] = None,
    config: Annotated[
        str | None, typer.Option("--config", "-c", help="A certgate.yaml with targets and defaults.", metavar="FILE")
    ] = None,
    no_config: Annotated[
        bool, typer.Option("--no-config", help="Do not look for a certgate.yaml if no targets are named.")
    ] = False,
    targets_file: Annotated[
        str | None,
        typer.Option(
            "--targets",
            help="A list, one host[:port] \\[word=value]... a line; - for standard input.",
            metavar="FILE",
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave out these hosts: an address, a network, a glob, or @FILE with one a line. Repeatable.",
            metavar="HOST",
        ),
    ] = None,
    max_targets: Annotated[
        int,
        typer.Option(help="How many targets the ranges may come to.", metavar="NUMBER", min=1, max=2**32),
    ] = 65_536,
    kubernetes: Annotated[
        bool,
        typer.Option("--kubernetes", help="The hosts, Secrets and Certificates of a Kubernetes cluster."),
    ] = False,
    context: Annotated[
        str | None, typer.Option(help="The kubeconfig's context. Default: the current one.", metavar="NAME")
    ] = None,
    kubeconfig: Annotated[
        str | None,
        typer.Option(help="The kubeconfig. Default: as kubectl finds it, or the pod's account.", metavar="FILE"),
    ] = None,
    namespace: Annotated[
        list[str] | None,
        typer.Option(
            "--namespace", "-n", help="A namespace. Default: that of the context. Repeatable.", metavar="NAME"
        ),
    ] = None,
    all_namespaces: Annotated[
        bool, typer.Option("--all-namespaces", "-A", help="The whole cluster, with the CA bundles of webhooks.")
    ] = False,
    selector: Annotated[
        str | None, typer.Option("--selector", "-l", help="Only objects with these labels.", metavar="LABELS")
    ] = None,
    via: Annotated[
        list[str] | None,
        typer.Option(
            help="Visit a host of the cluster, or every one, at this address. Repeatable.",
            metavar="[HOST=]ADDRESS[:PORT]",
        ),
    ] = None,
    no_connect: Annotated[
        bool, typer.Option("--no-connect", help="Visit no host of the cluster: judge its objects alone.")
    ] = False,
    no_secrets: Annotated[
        bool,
        typer.Option("--no-secrets", help="Never ask for Secrets: compare hosts with the status of Certificates."),
    ] = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="A cluster without any target is compliant.")
    ] = False,
    run: RunFlags,
    resolve: Annotated[
        list[str] | None,
        typer.Option(
            help="Use this address for a host and port, as curl does; several after commas. Repeatable.",
            metavar="HOST:PORT:ADDRESS",
        ),
    ] = None,
    all_addresses: Annotated[
        bool,
        typer.Option("--all-addresses", help="Visit every address of each host, not the first that answers alone."),
    ] = False,
    max_addresses: Annotated[
        int, typer.Option(help="Addresses of one host that --all-addresses visits.", metavar="NUMBER", min=1, max=256)
    ] = 16,
    starttls: Annotated[
        str | None,
        typer.Option(
            help=f"The protocol before TLS: {', '.join(p.name for p in PROTOCOLS)}.",
            metavar="PROTOCOL",
        ),
    ] = None,
    alpn: Annotated[
        list[str] | None,
        typer.Option(
            help="Offer this application protocol (or none) instead of h2 and http/1.1. Repeatable.",
            metavar="PROTOCOL",
        ),
    ] = None,
    max_connections: Annotated[
        int,
        typer.Option(
            help="Connections to one target, probes and retries included.", metavar="NUMBER", min=1, max=10000
        ),
    ] = 40,
    no_probes: Annotated[
        bool,
        typer.Option("--no-probes", help="Make no further connections for rules; those rules are then not checked."),
    ] = False,
    probe_mtls: Annotated[
        bool,
        typer.Option(
            "--probe-mtls",
            help="Check that servers refuse clients without a valid certificate: they are probed with several. --cert "
            "is the client that must be let in.",
        ),
    ] = False,
    cert: Annotated[
        str | None,
        typer.Option(help="The client certificate for servers that ask for one: PEM or PKCS#12.", metavar="FILE"),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Its private key, unless the same file holds it.", metavar="FILE")
    ] = None,
    password_file: options.PasswordFile = None,
    password_fd: options.PasswordFd = None,
    password_env: options.PasswordEnv = None,
    proxy: Annotated[
        str | None,
        typer.Option(
            help="Reach the targets through this proxy, which resolves their names: http://HOST:PORT or "
            "socks5h://HOST:PORT.",
            metavar="URL",
        ),
    ] = None,
    proxy_auth_file: Annotated[
        str | None, typer.Option(help="The proxy's user:password: the first line of this file.", metavar="FILE")
    ] = None,
    proxy_auth_env: Annotated[
        str | None, typer.Option(help="The same, from the environment variable with this name.", metavar="NAME")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            help="Seconds for each target. Default: 10; with probes or all addresses 30.",
            metavar="SECONDS",
            min=0.01,
            max=3600,
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="Let the workers of a Dask cluster observe and evaluate: dask+tls://HOST:PORT is its scheduler.",
            metavar="URL",
        ),
    ] = None,
    insecure_engine: Annotated[
        bool,
        typer.Option(
            "--insecure-engine",
            help="Let --engine dask://HOST:PORT be another machine, although the connection is not protected.",
        ),
    ] = False,
    rate: Annotated[
        float | None,
        typer.Option(
            help="Connections a second, of all workers, probes and retries included. Default: no limit.",
            metavar="NUMBER",
            min=0.01,
            max=1_000_000,
        ),
    ] = None,
    connect_timeout: Annotated[
        float | None,
        typer.Option(
            help="Seconds to connect. Default: 2 in ranges, no limit of its own elsewhere.",
            metavar="SECONDS",
            min=0.01,
            max=3600,
        ),
    ] = None,
    concurrency: Annotated[
        int,
        typer.Option(
            help="Targets to observe at the same time.",
            metavar="NUMBER",
            min=1,
            max=4096,
            envvar="CERTGATE_CONCURRENCY",
        ),
    ] = 64,
    per_host: Annotated[
        int,
        typer.Option(
            help="Targets to observe at the same time on one host.",
            metavar="NUMBER",
            min=1,
            max=4096,
            envvar="CERTGATE_PER_HOST",
        ),
    ] = 2,
    retries: Annotated[
        int,
        typer.Option(
            help="Further attempts after a transport failure; 0 also leaves out the one at the end.",
            metavar="NUMBER",
            min=0,
            max=10,
        ),
    ] = 1,
    shard: Annotated[
        str | None,
        typer.Option(
            help="Only the targets of shard K of N, by their ids; certgate merge puts the journals together.",
            metavar="K/N",
        ),
    ] = None,
    journal: Annotated[
        str | None,
        typer.Option(
            help="Write each observation here at once, so that --resume can go on with a run that was ended.",
            metavar="FOLDER",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in the journal, if there is one.")
    ] = False,
    changed_targets: Annotated[
        bool, typer.Option("--changed-targets", help="Resume although the list of targets has changed.")
    ] = False,
    expect: Annotated[
        str | None,
        typer.Option(
            help="The chain that must be served: a file, or MANIFEST#NS/NAME/KEY.",
            metavar="FILE",
        ),
    ] = None,
) -> int:
    """Observe live TLS endpoints and evaluate their chains.

    Examples:
      certgate scan api.example.com db.internal:8443 '[2001:db8::1]:443'

      certgate scan --config certgate.yaml --report sarif=certgate.sarif

      certgate scan --kubernetes -n shop --policy kubernetes-workload --trust ca.crt

      certgate scan --targets hosts.txt --policy internal-pki --trust pki/root.pem

    """
    from certgate.cli.session import run_here
    from certgate.gate.engine.choice import DaskOptions
    from certgate.gate.journal_options import JournalOptions
    from certgate.reports.complaint import complain
    from certgate.reports.destinations import Destinations
    from certgate.sources.cluster_options import ClusterOptions, parse_via
    from certgate.sources.interface import Declared
    from certgate.sources.scan import EndpointOptions, ScanTargets, declare_scan
    from certgate.system.password import read_password, read_proxy_auth

    def declare(destinations: Destinations) -> Declared:
        where = ScanTargets(
            arguments=targets or (),
            list=targets_file,
            config=_config(config, looking=not (targets or targets_file or kubernetes or no_config), quiet=run.quiet),
            cluster=" ".join(["--kubernetes", context or "", *sorted(namespace or ())]).rstrip() if kubernetes else "",
        )
        endpoint_options = EndpointOptions(
            policy=run.policy,
            trust=tuple(run.trust or ()),
            revocation=run.fetching.mode,
            resolve=resolve or (),
            timeout=timeout,
            connect_timeout=connect_timeout,
            rate=rate,
            max_targets=max_targets,
            concurrency=concurrency,
            per_host=per_host,
            retries=retries,
            late_retry=retries > 0,
            expect=expect or "",
            starttls=starttls,
            alpn=alpn or (),
            all_addresses=all_addresses,
            max_addresses=max_addresses,
            max_connections=max_connections,
            no_probes=no_probes,
            probe_mtls=probe_mtls,
            cert=cert,
            key=key,
            password=read_password(password_file, password_fd, password_env),
            proxy=proxy,
            proxy_auth=read_proxy_auth(proxy_auth_file, proxy_auth_env),
            cluster=ClusterOptions(
                kubernetes=kubernetes,
                context=context or "",
                kubeconfig=kubeconfig or "",
                namespaces=tuple(namespace or ()),
                all_namespaces=all_namespaces,
                selector=selector or "",
                via=parse_via(via or ()),
                connects=not no_connect,
                reads_secrets=not no_secrets,
                may_be_empty=allow_empty,
            ),
        )
        return declare_scan(
            where,
            endpoint_options,
            fail_on=run.fail_on,
            only=run.only or (),
            exclude=exclude or (),
            outputs=destinations,
            tell=complain,
        )

    excluding = [word[1:] for word in exclude or () if word.startswith("@")]
    journaling = JournalOptions(folder=journal, resume=resume, changed_targets=changed_targets)
    named = (targets_file, config, kubeconfig, expect, cert, key, password_file, proxy_auth_file, *excluding)
    dask = DaskOptions(engine=engine, insecure=insecure_engine)
    options_of_run = run.run_options(*named, resolve=resolve or (), journal=journaling, shard=shard, dask=dask)
    return run_here(options_of_run, declare)


def _config(named: str | None, *, looking: bool, quiet: bool) -> Path | None:
    """The named configuration; else, if `looking`, the nearest one, with a message that it is read."""
    if named or not looking:
        return Path(named) if named else None
    from certgate.policy.find_config import find_config

    found = find_config(Path.cwd())
    if found and not quiet:
        typer.echo(f"certgate: reading {found}", err=True)
    return found
