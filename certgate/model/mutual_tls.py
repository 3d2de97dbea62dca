"""Mutual TLS as a target declares it: which clients its server must let in, and which it must refuse."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from certgate.model.frozen import frozen

__all__ = [
    "CHAIN_KINDS",
    "IDENTITY_KINDS",
    "PROBE_PREFIX",
    "TIME_KINDS",
    "ClientFiles",
    "ClientKind",
    "ClientSource",
    "Expect",
    "MutualTls",
    "WorkloadClient",
    "client_source",
    "probe_of",
    "resumption_under",
]


@frozen(slots=True)
class ClientFiles:
    """The files of a client certificate."""

    certificate: str
    key: str = ""
    """Empty if the first file contains the key."""


_AGENT = "workload-api:"


@frozen(slots=True)
class WorkloadClient:
    """A client certificate that an agent gives over the SPIFFE Workload API, as it is when a server is visited."""

    socket: str
    """The socket of the agent, `unix:///PATH`."""
    id: str = ""
    """The SPIFFE ID; empty for the agent's first SVID."""

    @property
    def certificate(self) -> str:
        """Its name in reports and saved observations, in the place of a file."""
        return f"{_AGENT}{self.socket}" + (f"#{self.id}" if self.id else "")

    @property
    def key(self) -> str:
        """Empty: the agent gives the key, too, which stays in memory."""
        return ""


ClientSource = ClientFiles | WorkloadClient
"""Where a client certificate comes from."""


def client_source(certificate: str, key: str) -> ClientSource:
    """The source by its names in saved observations."""
    if not certificate.startswith(_AGENT):
        return ClientFiles(certificate, key)
    socket, _, id = certificate.removeprefix(_AGENT).partition("#")
    return WorkloadClient(socket, id)


class Expect(StrEnum):
    """What the server is expected to do with clients that have no certificate."""

    REQUIRED = "required"
    """It refuses them."""
    OPTIONAL = "optional"
    """It may let them in, but refuses an invalid certificate."""
    NONE = "none"
    """It lets them in."""


class ClientKind(StrEnum):
    """The kinds of clients that a server is probed with: a closed set."""

    CONTROL = "control"
    """A client that the server must let in."""
    NONE = "none"
    """A client without a certificate."""
    SELF_SIGNED = "self-signed"
    """A client with a certificate of its own making. certgate makes it."""
    LOOKALIKE = "lookalike"
    """A client with a certificate of a CA that only has the name of an accepted one. certgate makes it."""
    EXPIRED = "expired"
    """This kind and those below need files of the user."""
    NOT_YET_VALID = "not-yet-valid"
    REVOKED = "revoked"
    PUBLIC_CA = "public-ca"
    FOREIGN_TRUST_DOMAIN = "foreign-trust-domain"
    WRONG_ID = "wrong-id"

    @property
    def needs_files(self) -> bool:
        """Whether it is one of the kinds to refuse for which the user has to supply a certificate."""
        return self in _WITH_FILES


CHAIN_KINDS = (ClientKind.SELF_SIGNED, ClientKind.LOOKALIKE, ClientKind.REVOKED, ClientKind.PUBLIC_CA)
"""Clients whose certificate no accepted CA vouches for."""
TIME_KINDS = (ClientKind.EXPIRED, ClientKind.NOT_YET_VALID)
"""Clients whose certificate is not valid at this time."""
IDENTITY_KINDS = (ClientKind.FOREIGN_TRUST_DOMAIN, ClientKind.WRONG_ID)
"""Clients whose certificate is valid, but somebody else's."""
_WITH_FILES = frozenset(tuple(ClientKind)[4:])


@frozen(slots=True, kw_only=True)
class MutualTls:
    """What a target declares about client certificates."""

    expect: Expect = Expect.REQUIRED
    control: ClientSource | None = None
    """The certificate of a client that must be let in; None for the one that the run shows to servers, if any."""
    needs_control: bool = True
    """Whether refusals count only if somebody was let in."""
    refuse: tuple[tuple[ClientKind, ClientSource], ...] = ()
    """The certificates of clients that must be refused."""
    app: str = ""
    """How the application is asked: the path of an HTTP request, `none` if TLS decides; empty if ALPN and port tell."""

    def certificates(self, usual: ClientSource | None) -> Mapping[ClientKind, ClientSource]:
        """Where the certificates of probes come from; `usual` is what is shown to servers that ask."""
        control = (self.control or usual) if self.needs_control else None
        return {**({ClientKind.CONTROL: control} if control else {}), **dict(self.refuse)}

    def kinds(self, usual: ClientSource | None) -> tuple[ClientKind, ...]:
        """The clients that the server is probed with, in this order."""
        supplied = self.certificates(usual)
        made = {ClientKind.NONE}
        if self.expect is not Expect.NONE:
            made |= {ClientKind.SELF_SIGNED, ClientKind.LOOKALIKE}
        return tuple(kind for kind in ClientKind if kind in supplied or kind in made)

    def connections(self, usual: ClientSource | None, also: tuple[str, ...]) -> int:
        """The most connections that probes make to one address, without retries."""
        resumed = also if ClientKind.CONTROL in self.certificates(usual) else ()
        return len(self.kinds(usual)) + len(resumed)

    def describe(self) -> Mapping[str, Any]:
        """Its fields by their names in reports and saved observations."""
        return {
            "expect": self.expect.value,
            "control": _described(self.control) if self.control else None,
            "needs_control": self.needs_control,
            "refuse": [{"kind": kind.value, **_described(files)} for kind, files in self.refuse],
            "app": self.app,
        }


PROBE_PREFIX = "mtls "
"""What the names of all these probes begin with."""


def probe_of(kind: ClientKind) -> str:
    """The name of the probe with this kind of client, as its answer has it."""
    return f"{PROBE_PREFIX}{kind.value}"


def resumption_under(name: str) -> str:
    """The name of the probe that resumes a session of the target under another server name."""
    return f"{PROBE_PREFIX}resumed under {name}"


def _described(client: ClientSource) -> Mapping[str, str]:
    return {"cert": client.certificate, "key": client.key}
