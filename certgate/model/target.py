"""What is to be gated, as a person declared it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Endpoint", "File", "Place", "Purpose", "Revocation", "Role", "Target", "TrustMode"]


class Role(StrEnum):
    """What a certificate is judged as. Decided by position and by what the target expects, never by its contents."""

    SERVER = "server"
    CLIENT = "client"
    SPIFFE = "spiffe"
    CA = "ca"
    ISSUER = "issuer"
    REQUEST = "request"
    """Beside the role of the certificate that is asked for: it is still a request."""


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


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A TLS server: `host` is a lower-case A-label name or an IP address as text, without brackets."""

    host: str
    port: int
    server_name: str | None = None
    """The name sent as SNI; None sends none (the host is an IP address and no name was given)."""


@dataclass(frozen=True, slots=True)
class File:
    """A chain in a file; `-` is standard input."""

    path: str
    key: str = ""
    """A file with the private key of the leaf, to see whether they belong together."""
    parts: tuple[str, ...] = ()
    """Files beside it that are not judged by themselves, for they hold nothing else than parts of it."""


class TrustMode(StrEnum):
    """How several trust stores are asked."""

    UNION = "union"
    """As one store."""
    ALL_OF = "all_of"
    """One by one, and each must trust the chain."""
    ANY_OF = "any_of"
    """One by one, and the one that likes the chain best counts."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to gate, with everything a person said of it. `ordinal` is its position in the declaration."""

    id: str
    ordinal: int
    source: Endpoint | File
    place: Place | None = None
    """Where it was declared; None for a target given as an argument."""
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
        """The stores that are asked, each as the words whose union it is."""
        return (self.trust,) if self.trust_mode is TrustMode.UNION else tuple((word,) for word in self.trust)
