"""What was observed at one vantage: facts, and the failure if there was one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter

from certgate.model.evidence import Evidence
from certgate.model.frozen import frozen, replacing
from certgate.model.kubernetes_facts import KubernetesFacts
from certgate.model.probe import ProbeAnswer
from certgate.model.published import Published
from certgate.model.snapshot import LastSeen
from certgate.model.target import Target
from certgate.model.vantage_label import with_key_type

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
    """The proxy opens a connection."""
    PRELUDE = "prelude"
    """The dialogue on the connection before TLS starts."""
    HANDSHAKE = "handshake"
    READ = "read"
    PLAN = "plan"
    """Missing evidence is determined and fetched."""
    JUDGE = "judge"


class FailureKind(StrEnum):
    """Why an observation failed: a closed set, so that every report and test can name them all."""

    NAME_NOT_RESOLVED = "name-not-resolved"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed-out"
    RESET = "reset"
    PROXY_REFUSED = "proxy-refused"
    """The proxy refuses to connect to the target."""
    PROXY_AUTH = "proxy-auth"
    """The proxy requires a user name and a password, or rejects the ones sent."""
    PROXY_FAILED = "proxy-failed"
    """The proxy could not be reached or sent an invalid answer, or it could not reach the target."""
    GREETING_MISSING = "greeting-missing"
    """The server sent no greeting, in a protocol in which the server speaks first."""
    UNEXPECTED_ANSWER = "unexpected-answer"
    """The answer is not valid in the protocol that precedes TLS."""
    STARTTLS_NOT_OFFERED = "starttls-not-offered"
    STARTTLS_REFUSED = "starttls-refused"
    NOT_TLS = "not-tls"
    ALERT = "alert"
    HANDSHAKE_FAILED = "handshake-failed"
    CLIENT_CERTIFICATE_REQUIRED = "client-certificate-required"
    NO_CLIENT_CERTIFICATE = "no-client-certificate"
    """An agent of the SPIFFE Workload API did not give the client certificate to show."""
    INCONSISTENT = "inconsistent"
    DEADLINE = "deadline"
    LIMIT = "limit"
    INTERRUPTED = "interrupted"
    """The run ended before the target was observed, or the file that declares it ended or changed before that."""
    NOT_VISITED = "not-visited"
    """The time of the run was over before the target was visited."""
    NOT_FOUND = "not-found"
    LOCKED = "locked"
    """The file needs a pass phrase, and none or a wrong one was supplied."""
    NOT_RENDERED = "not-rendered"
    """Templates, which say what is deployed only once they are rendered."""
    UNSUPPORTED = "unsupported"
    """A format that certgate does not read."""
    FORBIDDEN = "forbidden"
    """The API server of a cluster does not let certgate read it, or an agent has no identity for certgate."""
    API_FAILED = "api-failed"
    """The API server of a cluster gives no answer, or not the whole of a list; or an agent gives none."""
    NOTHING_DECLARED = "nothing-declared"
    """A cluster, or its selected part, declares no target."""
    UNREADABLE = "unreadable"
    NO_CERTIFICATE = "no-certificate"
    WORKER_LOST = "worker-lost"
    """Each worker process that observed or judged the target ended unexpectedly."""
    INTERNAL = "internal"
    """A bug in certgate, which affects this target only."""


_NO_ENDPOINT = frozenset({FailureKind.REFUSED, FailureKind.UNREACHABLE, FailureKind.TIMED_OUT})
_TRANSPORT = frozenset(
    {
        FailureKind.NAME_NOT_RESOLVED,
        FailureKind.REFUSED,
        FailureKind.UNREACHABLE,
        FailureKind.TIMED_OUT,
        FailureKind.RESET,
        FailureKind.PROXY_FAILED,
        FailureKind.GREETING_MISSING,
    }
)


@frozen(slots=True)
class Failure:
    """A typed failure. `detail` is one sentence for people: what happened and, if known, what to do."""

    kind: FailureKind
    phase: Phase
    detail: str

    @property
    def is_transport(self) -> bool:
        """Whether the connection failed, not what was said on it. It may go away."""
        return self.kind in _TRANSPORT


class Note(StrEnum):
    """Something worth knowing about how the facts were obtained."""

    STAPLE_UNUSABLE = "staple-unusable"
    """The handshake failed when a staple was requested; the facts come from a second handshake that requests none."""
    CLASSICAL_RETRY = "classical-retry"
    """The default ClientHello got no answer; the facts come from a second, small (pre-quantum) one."""
    ALPN_REFUSED = "alpn-refused"
    """The server supports no offered protocol; the facts come from a second handshake that offers none."""
    BRAINPOOL_RETRY = "brainpool-retry"
    """The server accepts none of the usual groups; the facts come from a TLS 1.2 handshake with a Brainpool curve."""
    RETRIED = "retried"
    """A transport failure went away on a later attempt."""
    LATE_RETRY = "late-retry"
    """Nothing was seen at first because of a transport failure; the facts come from a try at the end of the run."""


@frozen(slots=True)
class HandshakeFacts:
    """What was negotiated. `version` is "TLSv1.2" or "TLSv1.3"; `cipher` and `group` are OpenSSL's names."""

    version: str
    cipher: str
    group: str | None = None
    alpn: str | None = None


@frozen(slots=True)
class PreludeFacts:
    """The dialogue before TLS started, after the server agreed."""

    protocol: str
    way: str = ""
    """How TLS was started, for protocols that have several ways."""
    injected: str = ""
    """Bytes received between the server's go-ahead and the client's first TLS message, escaped and shortened."""


@frozen(slots=True)
class Refusal:
    """Why an admission check refuses a certificate request. `key` names the reason and never changes."""

    key: str
    detail: str


@frozen(slots=True, kw_only=True)
class IssuancePlan:
    """Instructions to an automatic issuer that accompany a request: the lifetime and the time of renewal."""

    duration: timedelta | None = None
    """None lets the issuer decide."""
    renew_before: timedelta | None = None
    """How long before its expiry it is renewed, zero for never; None if unknown."""
    self_signed: bool = False
    """Whether the issuer makes self-signed certificates."""
    is_drafted: bool = False
    """Whether the request does not exist yet: its key and its signature are placeholders."""
    refusals: tuple[Refusal, ...] = ()
    """Why admission checks refuse this request."""


@frozen(slots=True)
class Vantage:
    """The address, server name, probe, proxy and type of key; empty for a target that needs no connection."""

    address: str = ""
    """The address reached, `ip:port` or `[ip]:port`; empty if none was reached."""
    server_name: str | None = None
    """The name sent as SNI."""
    probe: str = ""
    """The additional probe that a rule needs; empty for a regular observation."""
    proxy: str = ""
    """The URL of the proxy that was used; the address is then known to the proxy only."""
    key_type: str = ""
    """The type of the leaf's key, if the server shows this chain only to clients that accept no key of the first one;
    empty for the chain that every client sees first."""


_NOWHERE = Vantage()


@frozen(slots=True, kw_only=True)
class Observation:
    """What was observed at one vantage. Pure data, which can be evaluated any number of times.

    `presented` contains the certificates' DER in wire (or file) order; `staple` is the stapled OCSP response, None if
    there was none; `handshake` is None if none was completed (and for files, which cannot have one).
    """

    observed_at: datetime
    """Aware, UTC."""
    vantage: Vantage = _NOWHERE
    presented: tuple[bytes, ...] = ()
    staple: bytes | None = None
    prelude: PreludeFacts | None = None
    """None if TLS begins at once or the server did not agree to it."""
    handshake: HandshakeFacts | None = None
    client_certificate: str = ""
    """SHA-256 of the client certificate, if the server requested one and it was sent."""
    failure: Failure | None = None
    probes: tuple[ProbeAnswer, ...] = ()
    """The answers to probes that were made at this vantage."""
    notes: tuple[Note, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds per phase."""
    connections: int = 0
    """The number of connections that were made or tried."""
    unvisited: tuple[str, ...] = ()
    """Further addresses of the name that were not visited."""
    lines: tuple[int, ...] = ()
    """For a PEM file, the line on which each certificate begins."""
    evidence: tuple[Evidence, ...] = ()
    """Evidence that was fetched or read from files, in addition to what the peer sent."""
    container: str = ""
    """`PKCS#7` or `PKCS#12`, which are unordered: the leaf was put first. Empty for a sequence."""
    public_key: bytes | None = None
    """SubjectPublicKeyInfo of the private key that accompanies the chain. The private key itself is never kept."""
    key_problem: str = ""
    """Why the accompanying private key could not be read."""
    request: bytes | None = None
    """A certification request (RFC 2986, DER), instead of a chain."""
    plan: IssuancePlan | None = None
    """Instructions to the issuer that accompany a request."""
    published: Published | None = None
    """A CRL or an OCSP response, instead of a chain."""
    kubernetes: KubernetesFacts | None = None
    """What Kubernetes objects say about the target."""

    @property
    def shows_nothing(self) -> bool:
        """Whether the connection failed before the peer showed anything of itself."""
        if self.failure is None or not self.failure.is_transport:
            return False
        shown = (self.presented, self.staple, self.prelude, self.handshake, self.client_certificate, self.probes)
        return not any(shown)

    @property
    def is_anchor(self) -> bool:
        """Whether it is a bundle of CA certificates, which its clients trust as it is."""
        return self.kubernetes is not None and bool(self.kubernetes.bundle)

    def without_content(self) -> "Observation":
        """A copy without the certificates' bytes, the staple and other evidence, which is what results keep."""
        return _with_content(self, *_CONTENT.values())


_CONTENT: Mapping[str, object] = {
    "presented": (),
    "staple": None,
    "evidence": (),
    "public_key": None,
    "request": None,
    "published": None,
    "kubernetes": None,
}
_with_content = replacing(Observation, *_CONTENT)
_SHOWS_NOTHING = attrgetter("shows_nothing")


def vantage_labels(observations: Sequence[Observation]) -> tuple[str, ...]:
    """A label for each observation of one target, made of the parts that distinguish its vantage from the others.

    The order in which vantages were visited does not matter. A part that all share is left out, so the label of a
    single observation is empty. The type of key, if a vantage has one, is always a part.
    """
    vantages = [observation.vantage for observation in observations]
    addresses = {vantage.address for vantage in vantages}
    names = {vantage.server_name for vantage in vantages}
    return tuple(
        with_key_type(
            (vantage.address if len(addresses) > 1 else "")
            + (f"#{vantage.server_name or ''}" if len(names) > 1 else ""),
            vantage.key_type,
        )
        for vantage in vantages
    )


@frozen(slots=True)
class Observed:
    """A target with everything that was observed of it: one observation for each vantage, at least one."""

    target: Target
    observations: tuple[Observation, ...]
    last: LastSeen | None = None
    """The target as the last run saw it; None if that is not known, or no rule needs it."""

    @property
    def looks(self) -> tuple[Observation, ...]:
        """The observations that the policy evaluates individually: all except the answers to probes."""
        if len(self.observations) == 1 and not self.observations[0].vantage.probe:
            return self.observations
        return tuple(observation for observation in self.observations if not observation.vantage.probe)

    @property
    def probed(self) -> tuple[Observation, ...]:
        """The answers to probes."""
        return tuple(observation for observation in self.observations if observation.vantage.probe)

    @property
    def connections(self) -> int:
        """The number of connections that were made or tried."""
        return sum(observation.connections for observation in self.observations)

    @property
    def failed_by_transport(self) -> bool:
        """Whether all connections failed before the peer showed anything."""
        return bool(self.observations) and all(map(_SHOWS_NOTHING, self.observations))

    @property
    def has_no_endpoint(self) -> bool:
        """Whether the target is of a range and nothing accepted a connection there: it is counted, and has no result.

        A connection that fails later, or because of this machine, is a failure of the target as any other.
        """
        return bool(self.target.range) and all(map(_was_not_accepted, self.observations))

    @property
    def is_unreachable(self) -> bool:
        """Whether nothing answers: all connections failed, and none because the peer reset it after it was made."""
        return self.failed_by_transport and not any(map(_was_reset, self.observations))

    def each(self, change: Callable[[Observation], Observation]) -> "Observed":
        """A copy with `change` applied to every observation."""
        return replace(self, observations=tuple(change(observation) for observation in self.observations))


def _was_not_accepted(observation: Observation) -> bool:
    failure = observation.failure
    return failure is not None and failure.kind in _NO_ENDPOINT and failure.phase is Phase.CONNECT


def _was_reset(observation: Observation) -> bool:
    failure = observation.failure
    return failure is not None and failure.kind is FailureKind.RESET and failure.phase is not Phase.CONNECT
