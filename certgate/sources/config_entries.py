"""The typed shape of certgate.yaml. Imported only if there is one: pydantic is slow to start."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from certgate.model.errors import UsageError
from certgate.model.target import Place, Purpose, Role
from certgate.policy.bundle_endpoint import bundle_word
from certgate.policy.endpoint_parts import agreed, parse_id
from certgate.policy.hosts import parse_name
from certgate.policy.proxy_url import NO_PROXY, parse_proxy_or_none
from certgate.policy.span import is_range
from certgate.policy.workload_socket import expected_words, parse_workload_api
from certgate.policy.yaml import KeyPath
from certgate.sources.client_entry import ClientEntry, client_source_of
from certgate.sources.cluster_entry import ClusterEntry
from certgate.sources.declaration import Declaration
from certgate.sources.endpoints import EndpointDeclaration, EndpointTerms, parse_alpn, parse_also
from certgate.sources.files import FileDeclaration
from certgate.sources.mutual_tls_entry import MutualTlsEntry
from certgate.sources.origin_entry import OriginEntry
from certgate.sources.peers_entry import PeersEntry, peers_mistakes
from certgate.sources.ranges import in_range
from certgate.sources.target_entry import TargetEntry
from certgate.sources.trust_entry import Stores, mode_and_words, words_of
from certgate.sources.workload_entry import WorkloadEntry

__all__ = ["ENTRIES", "ConfigFile", "TargetEntry", "mistakes_in_peers"]

_STRICT = ConfigDict(extra="forbid", strict=True)
_Value = TypeVar("_Value")


def _oid(text: str) -> str:
    arcs = text.split(".")
    if len(arcs) < 2 or not all(arc.isascii() and arc.isdigit() for arc in arcs):
        raise ValueError(f'"{text}" is not a dotted OID')
    return text


def _spiffe_id(text: str) -> str:
    if not text.startswith("spiffe://"):
        raise ValueError(f'"{text}" is not a SPIFFE ID (spiffe://trust-domain/path)')
    return text


class EndpointEntry(TargetEntry):
    """An endpoint or a range of them."""

    advice: ClassVar[Mapping[str, str]] = {"port": 'write "host: NAME:PORT"', "origin": 'write "origin: {address: IP}"'}

    host: str = Field(
        description="host[:port] or [IPv6 address][:port], or a URL; then #name for another server name. Or a range: "
        "10.0.0.0/24:443,8443."
    )
    name: str | None = Field(default=None, description="The server name to send, which the certificate must have.")
    spiffe_ids: list[Annotated[str, AfterValidator(_spiffe_id)]] = Field(
        default_factory=list, description="SPIFFE IDs, one of which the leaf must have."
    )
    policy_oids: list[Annotated[str, AfterValidator(_oid)]] = Field(
        default_factory=list, description="Certificate policies, all of which the leaf must assert."
    )
    expect: str | None = Field(
        default=None,
        description="The deployed chain that must be served; workload-api for the SVID that the agent gives.",
    )
    starttls: str | None = Field(default=None, description="The protocol within which TLS starts: smtp.")
    alpn: list[str] | None = Field(
        default=None, description="The application protocols that are offered; [none] offers none."
    )
    addresses: Literal["all", "one"] | None = Field(
        default=None, description="Whether every address of the host is visited, or the first that answers."
    )
    also: list[str] = Field(
        default_factory=list, description="Further server names that have to be served at the same addresses."
    )
    clients_without_sni: bool = Field(
        default=False,
        description="Some clients send no server name, and need a certificate for this host all the same.",
    )
    probes: bool | None = Field(
        default=None,
        description="Whether rules may make further connections. Default: yes, but not to MySQL and MariaDB, which "
        "count broken handshakes against the client's host.",
    )
    client_certificate: ClientEntry = Field(
        default=None,
        description="The client certificate to show, and its key unless the same file has it; or workload-api.",
    )
    proxy: str | None = Field(
        default=None, description="http://HOST:PORT or socks5h://HOST:PORT; none goes without the proxy of the run."
    )
    proxy_protocol: Literal["v1", "v2"] | None = Field(
        default=None, description="Begin each connection with a header of the PROXY protocol."
    )
    origin: OriginEntry | None = Field(
        default=None, description="The server behind the endpoint, which the rules edge.* compare with it."
    )
    mtls: MutualTlsEntry | None = Field(
        default=None, description="Which clients the server must let in and refuse; it is probed with each of them."
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Invalid hosts and names, and values that are set twice."""
        yield from _refused("host", parse_id, self.host)
        yield from _refused("name", parse_name, self.name)
        if self.name is not None and "#" in self.host:
            yield "name", "the server name is set twice, in host (after #) and here"
        if self.starttls is not None and not list(_refused("host", parse_id, self.host)):
            yield from _refused("starttls", partial(agreed, parse_id(self.host)), self.starttls)
        yield from _refused("alpn", parse_alpn, self.alpn)
        yield from _refused("also", parse_also, self.also)
        yield from _refused("expect", parse_workload_api, self.expect)
        yield from _refused("proxy", parse_proxy_or_none, self.proxy)
        for message in self.mtls.mistakes() if self.mtls else ():
            yield "mtls", message
        if self.addresses == "all" and self.proxy not in {None, NO_PROXY}:
            yield "proxy", "a proxy resolves the name: all addresses cannot be visited through it"
        for message in self.origin.mistakes() if self.origin else ():
            yield "origin", message
        if self.origin and is_range(self.host):
            yield "origin", "a range has no origin; declare the endpoints with origins one by one"

    def declaration(self, base: Path, place: Place) -> Declaration:
        """The declaration of the endpoint."""
        words = parse_id(self.host)
        declaration = EndpointDeclaration(
            host=words.host,
            port=words.port,
            protocol=agreed(words, self.starttls),
            terms=EndpointTerms(
                all_addresses=None if self.addresses is None else self.addresses == "all",
                also=parse_also(self.also),
                clients_without_sni=self.clients_without_sni,
                probes=self.probes,
                client=client_source_of(self.client_certificate, base),
                proxy=parse_proxy_or_none(self.proxy) if self.proxy else None,
                is_direct=self.proxy == NO_PROXY,
                proxy_protocol=self.proxy_protocol or "",
                origin=self.origin.declaration(base) if self.origin else None,
                mtls=self.mtls.declared(base) if self.mtls else None,
                alpn=() if self.alpn is None else parse_alpn(self.alpn),
                spiffe_ids=tuple(self.spiffe_ids),
                policy_oids=tuple(self.policy_oids),
                expect=expected_words(self.expect, base) if self.expect else "",
                **self._common(base),
            ),
            server_name=parse_name(self.name) if self.name else words.name,
            place=place,
        )
        return in_range(declaration, words.span)


class FileEntry(TargetEntry):
    """A chain or a request in a file, or a folder of these."""

    file: str = Field(description="A file with a chain or a request, or a folder of these.")
    names: list[str] = Field(default_factory=list, description="The expected host names and IP addresses.")
    role: Literal["server", "client", "spiffe", "ca"] | None = Field(
        default=None, description="The role of the first certificate. Default: server."
    )
    purpose: Literal["server", "client", "any"] | None = Field(
        default=None, description="The purpose of the path. Default: that of the role."
    )
    key: str | None = Field(default=None, description="The leaf's private key, to check that it matches.")
    bundle: str | None = Field(
        default=None, description="The SPIFFE bundle that was delivered with it; the trust store for this file."
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Invalid files and names."""
        if self.bundle is not None and self.trust is not None:
            yield "bundle", "the bundle is the trust store of this file; leave out trust"
        if self.file == "-" or self.file.endswith(".jsonl"):
            yield "file", "must be a file or a folder; give standard input and saved observations to certgate check"
        for name in self.names:
            yield from _refused("names", parse_name, name)

    def declaration(self, base: Path, place: Place) -> Declaration:
        """The declaration of the file."""
        return FileDeclaration(
            path=str(base / self.file),
            base=base,
            names=tuple(parse_name(name) for name in self.names),
            role=Role(self.role) if self.role else None,
            purpose=Purpose(self.purpose) if self.purpose else None,
            key=str(base / self.key) if self.key else "",
            bundle=str(base / self.bundle) if self.bundle else "",
            place=place,
            **self._common(base),
        )


class ManifestEntry(TargetEntry):
    """A manifest of Kubernetes, whose chains and requests are judged one by one."""

    manifest: str = Field(description="A file with manifests, YAML or JSON.")
    names: list[str] = Field(
        default_factory=list, description="The expected host names and IP addresses of each chain."
    )
    role: Literal["server", "client", "spiffe", "ca"] | None = Field(
        default=None, description="The role of each chain. Default: as the manifest says."
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Invalid names."""
        if self.manifest == "-":
            yield "manifest", "must be a file; give standard input to certgate check"
        for name in self.names:
            yield from _refused("names", parse_name, name)

    def declaration(self, base: Path, place: Place) -> Declaration:
        """The declaration of the manifest."""
        return FileDeclaration(
            path=str(base / self.manifest),
            base=base,
            is_manifest=True,
            names=tuple(parse_name(name) for name in self.names),
            role=Role(self.role) if self.role else None,
            place=place,
            **self._common(base),
        )


ENTRIES: Mapping[str, type[TargetEntry]] = {
    "host": EndpointEntry,
    "file": FileEntry,
    "manifest": ManifestEntry,
    "kubernetes": ClusterEntry,
    "workload_api": WorkloadEntry,
}
"""The kinds of targets, by the key that identifies each."""


def _refused(key: str, parse: Callable[[_Value], object], value: _Value | None) -> Iterator[tuple[str, str]]:
    try:
        if value is not None:
            parse(value)
    except UsageError as error:
        yield key, str(error)


def mistakes_in_peers(content: "ConfigFile", entries: Iterable[TargetEntry]) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with `peers` beyond the shape, with the place below that key."""
    words = [*content.trust_list, *(word for entry in entries for word in mode_and_words(entry.trust)[1])]
    named = frozenset(found[0] for word in words if (found := bundle_word(word)))
    yield from peers_mistakes(content.peers, named)


class Acceptance(BaseModel):
    """For how long targets that are known not to answer do not count."""

    model_config = _STRICT

    until: date = Field(description="The last day, in UTC.")


class ConfigFile(BaseModel):
    """Targets and the defaults they share."""

    model_config = _STRICT
    advice: ClassVar[Mapping[str, str]] = {"targets": 'write "- host: a.example"'}

    policy: str | None = Field(default=None, description="The default policy: a shipped one, or a file.")
    trust: Stores = Field(default=None, description="The default trust stores; several are their union.")
    fail_on: Literal["error", "warning", "info"] | None = Field(
        default=None, description="The lowest severity that stops the pipeline. Default: error."
    )
    revocation: Literal["off", "soft", "hard"] | None = Field(default=None, description="The default for targets.")
    accept_known_unreachable: Acceptance | None = Field(
        default=None,
        description="Until this day, targets that the baseline lists as not answering do not make the run incomplete.",
    )
    timeout: Annotated[float, Field(gt=0, le=3600)] | None = Field(
        default=None, description="Seconds for each target in total."
    )
    peers: list[PeersEntry] = Field(
        default_factory=list, description="Who may call whom, by SPIFFE IDs. What is not listed is not allowed."
    )
    targets: list[dict[str, Any]] = Field(default_factory=list, description="The targets.")
    """Each target is validated by the model of its kind."""

    @property
    def accepted_until(self) -> date | None:
        """The day until which known unreachable targets are accepted."""
        return self.accept_known_unreachable.until if self.accept_known_unreachable else None

    @property
    def trust_list(self) -> list[str]:
        """The words for the stores."""
        return words_of(self.trust)
