"""Targets: what is to be checked, as declared by a user."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, ClassVar

from certgate.model.edge_origin import Origin, Sameness
from certgate.model.frozen import frozen
from certgate.model.mutual_tls import ClientFiles, ClientSource, MutualTls
from certgate.model.peers import Peers
from certgate.model.probe import Probe
from certgate.model.protocol import protocol_named
from certgate.model.proxy import Proxy
from certgate.model.question import Question

__all__ = [
    "ClientFiles",
    "ClientSource",
    "Described",
    "Endpoint",
    "FileSource",
    "ManifestSource",
    "Origin",
    "Place",
    "Probe",
    "Purpose",
    "Revocation",
    "Role",
    "Sameness",
    "Source",
    "Target",
    "TrustMode",
    "Visit",
]


class Role(StrEnum):
    """The role in which a certificate is evaluated. Position and target decide it, never the certificate's contents."""

    SERVER = "server"
    CLIENT = "client"
    SPIFFE = "spiffe"
    CA = "ca"
    ISSUER = "issuer"
    REQUEST = "request"
    """A certificate request; added to the role of the requested certificate."""
    CRL = "crl"
    """A CRL on its own; its contents decide, whatever the role of the target is. So do those of the next one."""
    OCSP = "ocsp"


class Purpose(StrEnum):
    """The purpose that the extended key usages on a path must allow."""

    SERVER = "server"
    CLIENT = "client"
    ANY = "any"
    """Any purpose: extended key usages are ignored."""


class Revocation(StrEnum):
    """How the revocation status of certificates is determined."""

    OFF = "off"
    """From a stapled response only."""
    GIVEN = "given"
    """From a stapled response or CRL files; without an answer for the leaf, the target is incomplete."""
    SOFT = "soft"
    """OCSP responses and CRLs are fetched too; a missing answer is a warning."""
    HARD = "hard"
    """OCSP responses and CRLs are fetched too; without an answer, the target is incomplete."""


@frozen(slots=True)
class Place:
    """A position in a user's file. Lines and columns count from 1; 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """The position as editors understand it: file:line:column."""
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


Described = str | int | tuple[str, ...] | Mapping[str, Any] | None
"""A value in the description of a source."""


class Source(ABC):
    """What a target is and where it is found."""

    __slots__ = ()

    kind: ClassVar[str]
    """The name of this kind of source in reports and saved observations."""
    needs_connection: ClassVar[bool] = False
    """Whether observing it needs a connection, and so yields a handshake."""

    @abstractmethod
    def describe(self) -> Mapping[str, Described]:
        """Its fields by their names in reports, including empty ones."""

    @property
    @abstractmethod
    def name(self) -> str:
        """A name for people: an address or a path."""

    @property
    def word(self) -> str:
        """The text that selects it, for example on a command line."""
        return self.name

    @property
    def location(self) -> Place | None:
        """Its position in a file; None if it is not in a file."""
        return None

    @property
    def part(self) -> str:
        """The part of its file that it is; empty for the whole file."""
        return ""

    @property
    def key(self) -> str:
        """A file with the private key of the leaf, to check that the two match; empty for none."""
        return ""

    @property
    def bundle(self) -> str:
        """The file with the SPIFFE bundle that was delivered with the leaf; empty for none."""
        return ""

    @property
    def hides_targets(self) -> bool:
        """Whether it stands for a list of targets that could not be read, perhaps in part."""
        return False

    @property
    def parts(self) -> tuple[str, ...]:
        """Related files that are not evaluated individually, because they contain only parts of it."""
        return ()

    @property
    def endpoint(self) -> "Endpoint":
        """The source as an endpoint. Raises TypeError if it is not one."""
        raise TypeError(f"a {self.kind} is not an endpoint")

    @property
    def file(self) -> "FileSource":
        """The source as a file. Raises TypeError if it is not one."""
        raise TypeError(f"a {self.kind} is not a file with a chain")


@frozen(slots=True, kw_only=True)
class Visit:
    """How an endpoint is visited, if that differs from the default."""

    alpn: tuple[str, ...] = ()
    """The application protocols to offer, `none` for none; empty for certgate's default."""
    all_addresses: bool = False
    """Whether every address of the host is visited, not only the first that answers."""
    at: tuple[str, ...] = ()
    """The IP addresses or names at which it is visited instead of its host; empty for those of the host."""
    also: tuple[str, ...] = ()
    """Additional server names that must be served at the same addresses."""
    clients_without_sni: bool = False
    """Whether clients that send no server name must also get a certificate for the target's names."""
    may_probe: bool | None = None
    """Whether probes may be made; None lets the protocol decide."""
    probes: tuple[Probe, ...] = ()
    """The probes that the target's policy needs."""
    questions: tuple[Question, ...] = ()
    """What the target's policy asks about what the server accepts, at every address."""
    client: ClientSource | None = None
    """The client certificate to send if the server requests one."""
    proxy: Proxy | None = None
    """The proxy through which the endpoint is reached."""
    proxy_protocol: str = ""
    """The version of the PROXY protocol header that begins each connection, v1 or v2; empty for none."""
    origin: Origin | None = None
    """The server behind the endpoint."""
    mtls: MutualTls | None = None
    """Which clients the server must let in and refuse; None if nothing is declared about that."""

    def describe(self) -> Mapping[str, Described]:
        """How it differs from the default, by the names in reports, including empty ones."""
        origin = self.origin
        return {
            "alpn": self.alpn,
            "addresses": "all" if self.all_addresses else "",
            "also": self.also,
            "clients_without_sni": self.clients_without_sni,
            "probes": _PROBING[self.may_probe],
            "client_certificate": self.client.certificate if self.client else "",
            "client_key": self.client.key if self.client else "",
            "proxy": str(self.proxy or ""),
            "proxy_protocol": self.proxy_protocol,
            "origin": str(origin or ""),
            "origin_trust": origin.trust if origin else (),
            "origin_client_certificate": origin.client.certificate if origin and origin.client else "",
            "origin_client_key": origin.client.key if origin and origin.client else "",
            "origin_same": origin.same if origin else (),
            "origin_closed": origin is not None and origin.closed,
            **({"at": self.at} if self.at else {}),
            **({"mtls": self.mtls.describe()} if self.mtls else {}),
        }


_USUAL = Visit()
_PROBING = {None: "", True: "allowed", False: "none"}


@frozen(slots=True)
class Endpoint(Source):
    """A TLS server: `host` is a lower-case A-label name or an IP address as text, without brackets."""

    kind: ClassVar[str] = "endpoint"
    needs_connection: ClassVar[bool] = True

    host: str
    port: int
    server_name: str | None = None
    """The name sent as SNI; None sends none (the host is an IP address and no name was set)."""
    protocol: str = ""
    """The protocol that precedes TLS; empty if TLS begins at once."""
    visit: Visit = _USUAL

    def describe(self) -> Mapping[str, Described]:
        """Its address, the server name, how TLS begins, how it is visited, and its origin."""
        return {
            "host": self.host,
            "port": self.port,
            "server_name": self.server_name,
            "protocol": self.protocol,
            **self.visit.describe(),
        }

    @property
    def unprobed(self) -> str:
        """Why no probes are made; empty if they may be."""
        if self.visit.may_probe is False:
            return "probes are switched off"
        known = protocol_named(self.protocol)
        return "" if self.visit.may_probe or known is None else known.unprobed

    @property
    def name(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"

    @property
    def word(self) -> str:
        """Its host."""
        return self.host

    @property
    def endpoint(self) -> "Endpoint":
        """Itself."""
        return self


@frozen(slots=True)
class FileSource(Source):
    """A chain in a file; `-` is standard input."""

    kind: ClassVar[str] = "file"

    path: str
    key: str = ""
    parts: tuple[str, ...] = ()
    bundle: str = ""

    def describe(self) -> Mapping[str, Described]:
        """Its path, and the files that belong to it."""
        bundle = {"bundle": self.bundle} if self.bundle else {}
        return {"path": self.path, "key": self.key, "parts": self.parts, **bundle}

    @property
    def name(self) -> str:
        """Its path."""
        return self.path

    @property
    def location(self) -> Place | None:
        """Its first line; None for standard input."""
        return None if self.path == "-" else Place(self.path, 1)

    @property
    def file(self) -> "FileSource":
        """Itself."""
        return self


@frozen(slots=True)
class ManifestSource(Source):
    """A chain or a request in a Kubernetes manifest; `-` is standard input."""

    kind: ClassVar[str] = "manifest"

    path: str
    entry: str
    """`namespace/name/key`, without parts that are absent."""
    line: int = 0
    """Its line; 0 if unknown."""

    def describe(self) -> Mapping[str, Described]:
        """The path of the manifest, and the entry."""
        return {"path": self.path, "entry": self.entry, "line": self.line}

    @property
    def name(self) -> str:
        """The path of the manifest."""
        return self.path

    @property
    def part(self) -> str:
        """Its entry."""
        return self.entry

    @property
    def location(self) -> Place | None:
        """Its line in the manifest; None for standard input."""
        return None if self.path == "-" else Place(self.path, self.line)


_AGENT = "workload-api:"


class TrustMode(StrEnum):
    """How several trust stores are combined."""

    UNION = "union"
    """All stores as one."""
    ALL_OF = "all_of"
    """Each store individually; all must trust the chain."""
    ANY_OF = "any_of"
    """Each store individually; the best result counts."""


@frozen(slots=True, kw_only=True)
class Target:
    """One thing to check, with everything declared about it. `ordinal` is its position in the declaration."""

    id: str
    ordinal: int
    source: Source
    place: Place | None = None
    """Where it was declared; None for a target that is an argument."""
    range: str = ""
    """The declared range that it belongs to; empty for a target that is declared itself."""
    policy: str = ""
    trust: tuple[str, ...] = ()
    trust_mode: TrustMode = TrustMode.UNION
    roles: frozenset[Role] = frozenset({Role.SERVER})
    role_reason: str = ""
    names: tuple[str, ...] = ()
    """Expected reference identities (DNS names or IP addresses); empty for none."""
    spiffe_ids: tuple[str, ...] = ()
    peers: tuple[Peers, ...] | None = None
    """Who may call whom, as far as it is about this target; None if nothing is declared about that."""
    policy_oids: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    revocation: Revocation = Revocation.OFF
    expect: str = ""
    """The file, or FILE#ID for one chain in it, with the chain that the endpoint must serve; or the agent that gives
    its SVID, `workload-api:unix:///PATH`."""
    purpose: Purpose | None = None
    """None lets the roles decide."""

    @property
    def stores(self) -> tuple[tuple[str, ...], ...]:
        """The trust stores, each as a tuple of names that form a union."""
        return (self.trust,) if self.trust_mode is TrustMode.UNION else tuple((word,) for word in self.trust)

    @property
    def deployed(self) -> str:
        """The words for the file with the expected chain; empty for none, and for an agent."""
        return "" if self.expected_agent else self.expect

    @property
    def expected_agent(self) -> str:
        """The socket of the agent that gives the expected SVID; empty for none."""
        return self.expect.removeprefix(_AGENT) if self.expect.startswith(_AGENT) else ""

    @property
    def origin(self) -> Origin | None:
        """The server behind the target, if it is an endpoint that declares one."""
        return self.source.endpoint.visit.origin if self.source.needs_connection else None

    @property
    def origin_trust(self) -> tuple[str, ...]:
        """The trust store for the origin's chain, as the names that form a union; empty for none."""
        return self.origin.trust if self.origin else ()
