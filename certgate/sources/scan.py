"""The targets of `certgate scan`: endpoints from arguments and lists, and all targets of a certgate.yaml."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import field, replace
from itertools import chain, islice
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.frozen import frozen
from certgate.model.mutual_tls import MutualTls
from certgate.model.proxy import Proxy
from certgate.model.target import ClientFiles, Revocation
from certgate.observe.tls.options import ObserveOptions
from certgate.policy.endpoint_parts import parse_protocol
from certgate.policy.hosts import is_ip, join, parse_endpoint
from certgate.policy.mistakes import nearest
from certgate.policy.proxy_url import credentials_for, parse_proxy
from certgate.policy.workload_socket import WORKLOAD_API, expected_words, parse_workload_api
from certgate.sources.client_certificates import ClientCertificates
from certgate.sources.cluster_options import ClusterOptions
from certgate.sources.config import Config, load_config
from certgate.sources.context import Context, Defaults, FileOptions, Tell, defaults
from certgate.sources.declaration import Declaration
from certgate.sources.endpoint_list import EndpointList, ListText
from certgate.sources.endpoints import parse_alpn
from certgate.sources.exclude import Exclude
from certgate.sources.interface import Declared, TargetSource
from certgate.sources.only import Only
from certgate.sources.overlaps import declared_singly
from certgate.sources.ranges import parse_argument
from certgate.sources.several import Several

__all__ = ["EndpointOptions", "ScanTargets", "declare_scan"]


@frozen(kw_only=True)
class ScanTargets:
    """The command-line options that declare targets."""

    arguments: Sequence[str] = ()
    list: str | None = None
    config: Path | None = None
    cluster: str = ""
    """The cluster in words, if the command line names one."""


@frozen(kw_only=True)
class EndpointOptions:
    """The command-line options for all endpoints; None and empty if not used."""

    policy: str | None = None
    trust: tuple[str, ...] = ()
    revocation: Revocation | None = None
    resolve: Sequence[str] = ()
    timeout: float | None = None
    connect_timeout: float | None = None
    rate: float | None = None
    """Connections a second."""
    max_targets: int = 65_536
    """How many endpoints ranges may come to."""
    concurrency: int = 64
    per_host: int = 2
    retries: int = 1
    late_retry: bool = False
    """Whether targets that do not answer are tried once more at the end of the run."""
    expect: str = ""
    starttls: str | None = None
    alpn: Sequence[str] = ()
    all_addresses: bool = False
    max_addresses: int = ObserveOptions.max_addresses
    max_connections: int = ObserveOptions.max_connections
    no_probes: bool = False
    probe_mtls: bool = False
    cert: str | None = None
    key: str | None = None
    password: bytes | None = field(default=None, repr=False)
    """Decrypts the keys of client certificates, and encrypted files."""
    proxy: str | None = None
    proxy_auth: bytes | None = field(default=None, repr=False)
    """`user:password`."""
    cluster: ClusterOptions = field(default_factory=ClusterOptions)


def declare_scan(
    where: ScanTargets,
    options: EndpointOptions,
    *,
    fail_on: Severity | None,
    only: Sequence[str] = (),
    exclude: Sequence[str] = (),
    outputs: Container[str] = (),
    tell: Tell,
) -> Declared:
    """The declared targets. Raises UsageError, InvalidFile."""
    excluded = Exclude(exclude)
    config = load_config(where.config) if where.config else Config()
    options.cluster.refuse_idle()
    arguments: list[Declaration] = [_agent(text) or parse_argument(text) for text in where.arguments]
    if options.cluster.kubernetes:
        arguments.append(_cluster(options.cluster))
    listed = ListText.read(where.list) if where.list else None
    common = replace(
        defaults(options.policy, options.trust, options.revocation, config.defaults),
        expect=expected_words(options.expect, Path()) if options.expect else "",
        starttls=parse_protocol(options.starttls) if options.starttls else "",
        alpn=parse_alpn(options.alpn) if options.alpn else (),
        all_addresses=options.all_addresses,
        no_probes=options.no_probes,
        client=_client_files(options.cert, options.key),
        mtls=_mutual_tls(options),
        proxy=parse_proxy(options.proxy) if options.proxy else None,
    )
    clients = ClientCertificates(options.password)
    if common.client:
        clients.load(common.client)

    def declared() -> Iterator[Declaration]:
        return chain(arguments, listed.declarations() if listed else (), config.targets)

    observing = ObserveOptions(
        concurrency=options.concurrency,
        per_host=options.per_host,
        timeout=options.timeout or config.timeout,
        connect_timeout=options.connect_timeout,
        rate=options.rate,
        retries=options.retries,
        late_retry=options.late_retry,
        max_addresses=options.max_addresses,
        max_connections=options.max_connections,
        resolve=_resolutions(options.resolve, declared(), common),
        client_certificates=clients.loaded,
        proxy_credentials=credentials_for(
            options.proxy_auth, common.proxy, _proxies(declared()) if options.proxy_auth else ()
        ),
    )
    files = FileOptions(password=options.password)
    has_ranges = any(one.range(common) for one in (*arguments, *config.targets)) or (
        listed is not None and listed.may_have_ranges
    )
    context = Context(
        defaults=common,
        files=files,
        observing=observing,
        cluster=options.cluster,
        clients=clients,
        outputs=outputs,
        declared_singly=declared_singly(declared, common, most=options.max_targets) if has_ranges else {},
        tell=tell,
    )
    lists = [EndpointList(listed, context)] if listed else []
    sources = chain(_sources(arguments, context), lists, _sources(config.targets, context))
    threshold = fail_on or config.fail_on or Severity.ERROR
    return Declared(
        source=Several(sources, Only(only), excluded),
        fail_on=threshold,
        accepted_until=config.accepted_until,
        only=tuple(only),
        named=("scan", *_named(where), *(f"--exclude {word}" for word in sorted(exclude))),
        is_part=bool(where.arguments or only or exclude),
        may_be_empty=options.cluster.may_be_empty,
    )


def _agent(text: str) -> Declaration | None:
    """The agent that an argument names by its socket; None for another argument. Raises UsageError."""
    if not text.startswith(f"{WORKLOAD_API}:unix:"):
        return None
    from certgate.sources.workload_targets import WorkloadDeclaration

    return WorkloadDeclaration(socket=parse_workload_api(text) or "")


def _cluster(options: ClusterOptions) -> Declaration:
    """The cluster that the command line names."""
    from certgate.observe.kubernetes.live.cluster import ClusterScope
    from certgate.sources.kubernetes_cluster import ClusterDeclaration

    return ClusterDeclaration(
        context=options.context,
        kubeconfig=options.kubeconfig,
        namespaces=tuple(dict.fromkeys(options.namespaces)),
        all_namespaces=options.all_namespaces,
        scope=ClusterScope(selector=options.selector),
    )


def _named(where: ScanTargets) -> Iterator[str]:
    if where.config:
        yield f"--config {where.config}"
    if where.list:
        yield f"--targets {where.list}"
    yield from sorted(where.arguments)
    if where.cluster:
        yield where.cluster


def _client_files(cert: str | None, key: str | None) -> ClientFiles | None:
    if key and not cert:
        raise UsageError("--key without --cert: name the file with the client certificate, too")
    return ClientFiles(cert, key or "") if cert else None


def _mutual_tls(options: EndpointOptions) -> MutualTls | None:
    if options.probe_mtls and options.no_probes:
        raise UsageError("--probe-mtls makes probes and --no-probes leaves them out: use one of the two")
    return MutualTls() if options.probe_mtls else None


def _proxies(declarations: Iterable[Declaration]) -> set[Proxy]:
    """The proxies that targets name."""
    usual = Defaults()
    return {proxy for one in declarations if (proxy := one.proxy_of(usual))}


def _sources(declarations: Iterable[Declaration], context: Context) -> Iterator[TargetSource]:
    for one in declarations:
        yield from one.sources(context)


def _resolutions(
    texts: Sequence[str], declarations: Iterable[Declaration], defaults: Defaults
) -> dict[tuple[str, int], tuple[str, ...]]:
    """The addresses to use for each host. Raises UsageError for a host that is not a target."""
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    declared: dict[tuple[str, int], Proxy | None] = {}
    for one in declarations if texts else ():
        if at := one.address(defaults):
            declared[at] = declared.get(at) or one.proxy_of(defaults)
    for text in texts:
        endpoint, addresses = _resolution(text)
        if endpoint not in declared:
            advice = nearest(join(*endpoint), (join(*one) for one in islice(declared, 1000)))
            raise UsageError(f'--resolve "{text}": {join(*endpoint)} is not a target{advice}')
        if proxy := declared[endpoint]:
            raise UsageError(f'--resolve "{text}": {proxy} resolves {join(*endpoint)}; leave out one of the two')
        found[endpoint] = tuple(dict.fromkeys((*found.get(endpoint, ()), *addresses)))
    return found


def _resolution(text: str) -> tuple[tuple[str, int], tuple[str, ...]]:
    """Parse `host:port:address`: more addresses after commas, IPv6 in brackets. Raises UsageError."""
    first, *more = text.split(",")
    head, _, address = first.rpartition(":[") if first.endswith("]") else first.rpartition(":")
    addresses = tuple(one.removeprefix("[").removesuffix("]") for one in (address, *more))
    if not head or not all(is_ip(one) for one in addresses):
        raise UsageError(f'--resolve "{text}" is not HOST:PORT:ADDRESS[,ADDRESS...]')
    return parse_endpoint(head), addresses
