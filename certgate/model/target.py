"""Targets: what is to be checked, as declared by a user."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from certgate.model.proxy import Proxy

__all__ = [
    "ClientFiles",
    "Endpoint",
    "FileSource",
    "ManifestSource",
    "Place",
    "Probe",
    "Purpose",
    "Revocation",
    "Role",
    "Source",
    "Target",
    "TrustMode",
    "Visit",
]


class Role(StrEnum):
    """What a certificate is judged as. Decided by position and by what the target expects, never by its contents."""

    SERVER = "server"
    CLIENT = "client"
    SPIFFE = "spiffe"
    CA = "ca"
    ISSUER = "issuer"
    REQUEST = "request"
    """Beside the role of the requested certificate: it is still a request."""


class Purpose(StrEnum):
    """What a path has to be good for, by the extended key usages on it."""

    SERVER = "server"
    CLIENT = "client"
    ANY = "any"
    """Anything: extended key usages are not looked at."""


class Revocation(StrEnum):
    """How it is found out whether certificates are revoked."""

    OFF = "off"
    """By what is stapled, and no other way."""
    GIVEN = "given"
    """By a staple or CRLs given as files too; no answer for the leaf leaves the target incomplete."""
    SOFT = "soft"
    """OCSP and CRLs are fetched too; no answer is a warning."""
    HARD = "hard"
    """They are fetched too; no answer leaves the target incomplete."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person wrote something. Lines and columns count from 1; 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """The place as editors understand it: file:line:column."""
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


class Source(ABC):
    """What a target is and where it is: a value with everything that others need to know about it."""

    __slots__ = ()

    kind: ClassVar[str]
    """The word for it in reports and saved observations."""
    needs_connection: ClassVar[bool] = False
    """Whether a connection has to be made to observe it; what comes of one has a handshake."""

    @abstractmethod
    def describe(self) -> Mapping[str, str | int | tuple[str, ...] | None]:
        """Its fields by their names in reports, empty ones too."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What people call it at its place: an address, a path."""

    @property
    def word(self) -> str:
        """What somebody writes who means it, on a command line say."""
        return self.name

    @property
    def location(self) -> Place | None:
        """Where in a file it stands; None where it stands in none."""
        return None

    @property
    def part(self) -> str:
        """What it is of all that its file holds; empty for the whole."""
        return ""

    @property
    def key(self) -> str:
        """A file with the private key of the leaf, to see whether they belong together; empty for none."""
        return ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Files beside it that are not judged by themselves, for they hold nothing else than parts of it."""
        return ()

    @property
    def endpoint(self) -> "Endpoint":
        """The endpoint that it is. Raises TypeError."""
        raise TypeError(f"a {self.kind} is not an endpoint")

    @property
    def file(self) -> "FileSource":
        """The file that it is. Raises TypeError."""
        raise TypeError(f"a {self.kind} is not a file with a chain")


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """The files of a client certificate."""

    certificate: str
    key: str = ""
    """Empty where the first file has the key."""


class Probe(StrEnum):
    """A further look at an endpoint that a rule asks for."""

    NO_SNI = "no-sni"
    """Without a server name."""
    UNKNOWN_SNI = "unknown-sni"
    """With an unknown server name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """How an endpoint is visited, where that is not the usual way."""

    alpn: tuple[str, ...] = ()
    """The application protocols that are offered, `none` for none; empty leaves it to certgate."""
    all_addresses: bool = False
    """Every address of the host is visited, not the first that answers alone."""
    also: tuple[str, ...] = ()
    """Further server names that have to be served at the same addresses."""
    clients_without_sni: bool = False
    """Some clients send no server name, and need a certificate for the target's names all the same."""
    probes: tuple[Probe, ...] = ()
    """What the rules of the target's policy ask for."""
    client: ClientFiles | None = None
    """The client certificate that is shown if the server asks for one."""
    proxy: Proxy | None = None
    """Through which the endpoint is reached."""
    proxy_protocol: str = ""
    """The version of the PROXY protocol with which each connection begins, v1 or v2; empty for none."""


_USUAL = Visit()


@dataclass(frozen=True, slots=True)
class Endpoint(Source):
    """A TLS server: `host` is a lower-case A-label name or an IP address as text, without brackets."""

    kind: ClassVar[str] = "endpoint"
    needs_connection: ClassVar[bool] = True

    host: str
    port: int
    server_name: str | None = None
    """The name sent as SNI; None sends none (the host is an IP address and no name was given)."""
    protocol: str = ""
    """What is spoken until TLS begins; empty where that is at once."""
    visit: Visit = _USUAL

    def describe(self) -> Mapping[str, str | int | tuple[str, ...] | None]:
        """Where it listens, the name that is sent, how TLS begins, and how it is visited."""
        return {
            "host": self.host,
            "port": self.port,
            "server_name": self.server_name,
            "protocol": self.protocol,
            "alpn": self.visit.alpn,
            "addresses": "all" if self.visit.all_addresses else "",
            "also": self.visit.also,
            "clients_without_sni": self.visit.clients_without_sni,
            "client_certificate": self.visit.client.certificate if self.visit.client else "",
            "client_key": self.visit.client.key if self.visit.client else "",
            "proxy": str(self.visit.proxy or ""),
            "proxy_protocol": self.visit.proxy_protocol,
        }

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


@dataclass(frozen=True, slots=True)
class FileSource(Source):
    """A chain in a file; `-` is standard input."""

    kind: ClassVar[str] = "file"

    path: str
    key: str = ""
    parts: tuple[str, ...] = ()

    def describe(self) -> Mapping[str, str | int | tuple[str, ...] | None]:
        """Its path, and the files that belong to it."""
        return {"path": self.path, "key": self.key, "parts": self.parts}

    @property
    def name(self) -> str:
        """Its path."""
        return self.path

    @property
    def location(self) -> Place | None:
        """Its first line; None for the standard input."""
        return None if self.path == "-" else Place(self.path, 1)

    @property
    def file(self) -> "FileSource":
        """Itself."""
        return self


@dataclass(frozen=True, slots=True)
class ManifestSource(Source):
    """A chain or a request in a manifest of Kubernetes; `-` is standard input."""

    kind: ClassVar[str] = "manifest"

    path: str
    entry: str
    """`namespace/name/key`, of what is there."""
    line: int = 0
    """The line on which it stands; 0 where that is not known."""

    def describe(self) -> Mapping[str, str | int | tuple[str, ...] | None]:
        """Its path, and what it is of what stands there."""
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
        """Its line in the manifest; None for the standard input."""
        return None if self.path == "-" else Place(self.path, self.line)


class TrustMode(StrEnum):
    """How several trust stores are asked."""

    UNION = "union"
    """As one store."""
    ALL_OF = "all_of"
    """One by one, and each must trust the chain."""
    ANY_OF = "any_of"
    """Each store on its own; the best result counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing to check, with everything declared about it. `ordinal` is its position in the declaration."""

    id: str
    ordinal: int
    source: Source
    place: Place | None = None
    """Where it was declared; None for a target that is an argument."""
    policy: str = ""
    trust: tuple[str, ...] = ()
    trust_mode: TrustMode = TrustMode.UNION
    roles: frozenset[Role] = frozenset({Role.SERVER})
    role_reason: str = ""
    names: tuple[str, ...] = ()
    """Expected reference identities (DNS names or IP addresses); empty where none is expected."""
    spiffe_ids: tuple[str, ...] = ()
    policy_oids: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    revocation: Revocation = Revocation.OFF
    expect: str = ""
    """A file, or FILE#ID for one of its chains, that holds the chain which an endpoint is expected to serve."""
    purpose: Purpose | None = None
    """None leaves it to the roles."""

    @property
    def stores(self) -> tuple[tuple[str, ...], ...]:
        """The trust stores, each as the names whose union it is."""
        return (self.trust,) if self.trust_mode is TrustMode.UNION else tuple((word,) for word in self.trust)
