"""What was observed at one vantage: facts, and the failure if there was one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from certgate.model.evidence import Evidence
from certgate.model.target import Target

__all__ = [
    "Failure",
    "FailureKind",
    "HandshakeFacts",
    "IssuancePlan",
    "Note",
    "Observation",
    "Observed",
    "Phase",
    "PreludeFacts",
    "Refusal",
    "Vantage",
    "vantage_labels",
]


class Phase(StrEnum):
    """Where in an observation something happened."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    PROXY = "proxy"
    """A proxy is asked for a connection."""
    PRELUDE = "prelude"
    """The dialogue on the connection before TLS starts."""
    HANDSHAKE = "handshake"
    READ = "read"
    PLAN = "plan"
    """Missing evidence was being named and fetched."""
    JUDGE = "judge"


class FailureKind(StrEnum):
    """Why an observation failed: a closed set, so that every report and test can name them all."""

    NAME_NOT_RESOLVED = "name-not-resolved"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed-out"
    RESET = "reset"
    PROXY_REFUSED = "proxy-refused"
    """The proxy does not want to connect to the target."""
    PROXY_AUTH = "proxy-auth"
    """It wants a user name and a password, or others."""
    PROXY_FAILED = "proxy-failed"
    """It could not be reached or understood, or could not reach the target."""
    GREETING_MISSING = "greeting-missing"
    """Of a protocol in which the server speaks first."""
    UNEXPECTED_ANSWER = "unexpected-answer"
    """None of the protocol's that is spoken before TLS."""
    STARTTLS_NOT_OFFERED = "starttls-not-offered"
    STARTTLS_REFUSED = "starttls-refused"
    NOT_TLS = "not-tls"
    ALERT = "alert"
    HANDSHAKE_FAILED = "handshake-failed"
    CLIENT_CERTIFICATE_REQUIRED = "client-certificate-required"
    INCONSISTENT = "inconsistent"
    DEADLINE = "deadline"
    LIMIT = "limit"
    INTERRUPTED = "interrupted"
    NOT_FOUND = "not-found"
    LOCKED = "locked"
    """Only a pass phrase opens it, and none or a wrong one was given."""
    UNSUPPORTED = "unsupported"
    """A format that certgate does not read."""
    UNREADABLE = "unreadable"
    NO_CERTIFICATE = "no-certificate"
    INTERNAL = "internal"
    """A bug in certgate, which costs this target alone."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A typed failure. `detail` is one sentence for people: what happened, and what to do if that is known."""

    kind: FailureKind
    phase: Phase
    detail: str


class Note(StrEnum):
    """Something worth knowing about how the facts were obtained."""

    STAPLE_UNUSABLE = "staple-unusable"
    """Asking for a staple broke the handshake; the facts come from a second handshake that asks for none."""
    CLASSICAL_RETRY = "classical-retry"
    """The default ClientHello got no answer; the facts come from a second, small (pre-quantum) one."""
    ALPN_REFUSED = "alpn-refused"
    """The server speaks no protocol that was offered; the facts come from a second handshake that offers none."""
    BRAINPOOL_RETRY = "brainpool-retry"
    """The server accepts none of the usual groups; the facts come from a TLS 1.2 handshake with a Brainpool curve."""
    RETRIED = "retried"
    """A transport failure went away on a later attempt."""


@dataclass(frozen=True, slots=True)
class HandshakeFacts:
    """What was negotiated. `version` is "TLSv1.2" or "TLSv1.3"; `cipher` and `group` are OpenSSL's names."""

    version: str
    cipher: str
    group: str | None = None
    alpn: str | None = None


@dataclass(frozen=True, slots=True)
class PreludeFacts:
    """The dialogue before TLS started, after the server agreed."""

    protocol: str
    way: str = ""
    """Which way to TLS was taken, for protocols that have several."""
    injected: str = ""
    """What came, escaped and cut, between the server's go-ahead and the client's first message of TLS."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an admission check refuses a certificate request. `key` names the reason and never changes."""

    key: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuancePlan:
    """Instructions to an automatic issuer beside a request: the lifetime and the time of renewal."""

    duration: timedelta | None = None
    """None leaves it to the issuer."""
    renew_before: timedelta | None = None
    """How long before its end it is renewed, zero for never; None if unknown."""
    self_signed: bool = False
    """Its issuer lets certificates sign themselves."""
    is_drafted: bool = False
    """The request is still to be made: its key and its signature are stand-ins."""
    refusals: tuple[Refusal, ...] = ()
    """Why those who admit such requests refuse this one."""


@dataclass(frozen=True, slots=True)
class Vantage:
    """From where and as whom a target was seen; empty for what needs no connection."""

    address: str = ""
    """The address reached, `ip:port` or `[ip]:port`; empty where none was."""
    server_name: str | None = None
    """The name sent as SNI."""
    probe: str = ""
    """The further probe that a rule needs; empty for the first observation."""
    proxy: str = ""
    """The proxy through which it was seen, as a URL; only the proxy knows the address then."""


_NOWHERE = Vantage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What was observed at one vantage. Pure data, which can be evaluated any number of times.

    `presented` holds the certificates' DER in wire (or file) order; `staple` the OCSP response as stapled, None if
    there was none; `handshake` is None where none was completed (and for files, which cannot have one).
    """

    observed_at: datetime
    """Aware, UTC."""
    vantage: Vantage = _NOWHERE
    presented: tuple[bytes, ...] = ()
    staple: bytes | None = None
    prelude: PreludeFacts | None = None
    """None where TLS begins at once, or was not agreed to."""
    handshake: HandshakeFacts | None = None
    client_certificate: str = ""
    """SHA-256 of the client certificate, where the server asked for one and was shown it."""
    failure: Failure | None = None
    notes: tuple[Note, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds per phase."""
    connections: int = 0
    """How many were made, or tried, for it."""
    unvisited: tuple[str, ...] = ()
    """Further addresses of the name that were not visited."""
    lines: tuple[int, ...] = ()
    """For a PEM file, the line on which each certificate begins."""
    evidence: tuple[Evidence, ...] = ()
    """Evidence that was fetched or read from files, beside what the peer sent."""
    container: str = ""
    """`PKCS#7` or `PKCS#12`, sets in which order means nothing: the leaf was put first. Empty for a sequence."""
    public_key: bytes | None = None
    """SubjectPublicKeyInfo of the private key that came along. The private key itself is never kept."""
    key_problem: str = ""
    """Why the private key that came along could not be read."""
    request: bytes | None = None
    """A certification request (RFC 2986, DER), in the place of a chain."""
    plan: IssuancePlan | None = None
    """Instructions to the issuer beside a request."""

    def without_content(self) -> "Observation":
        """The facts alone, without the certificates' bytes, the staple and further evidence: what results keep."""
        return replace(self, presented=(), staple=None, evidence=(), public_key=None, request=None)


def vantage_labels(observations: Sequence[Observation]) -> tuple[str, ...]:
    """A label for each observation of one target: what its vantage has that those of the others have not.

    The order in which vantages were visited plays no part. A part on which all agree is left out, so that the label
    of an only observation is empty.
    """
    vantages = [observation.vantage for observation in observations]
    addresses = {vantage.address for vantage in vantages}
    names = {vantage.server_name for vantage in vantages}
    return tuple(
        (vantage.address if len(addresses) > 1 else "") + (f"#{vantage.server_name or ''}" if len(names) > 1 else "")
        for vantage in vantages
    )


@dataclass(frozen=True, slots=True)
class Observed:
    """A target with everything that was observed of it, an observation for each vantage: at least one."""

    target: Target
    observations: tuple[Observation, ...]

    @property
    def looks(self) -> tuple[Observation, ...]:
        """Those that the policy judges by themselves: all but the answers to probes."""
        return tuple(observation for observation in self.observations if not observation.vantage.probe)

    @property
    def probed(self) -> tuple[Observation, ...]:
        """The answers to probes."""
        return tuple(observation for observation in self.observations if observation.vantage.probe)

    def each(self, change: Callable[[Observation], Observation]) -> "Observed":
        """The same with every observation changed."""
        return Observed(self.target, tuple(change(observation) for observation in self.observations))
