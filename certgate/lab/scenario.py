"""Scenarios: a server with one known fault each, and exactly the expected findings."""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import timedelta
from enum import Enum
from importlib.util import find_spec
from typing import Any, NamedTuple

from OpenSSL import SSL

from certgate.lab.chain import Chain
from certgate.lab.changes import Changes
from certgate.lab.offer import Offer
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.frozen import frozen
from certgate.observe.tls.prelude.interface import Framing, Talk

__all__ = ["Behaviour", "Expected", "Scenario", "fails", "notes", "unchecked", "warns"]


class Behaviour(Enum):
    """What the server does after a client has connected."""

    TLS = "completes the handshake and waits until the client closes"
    TLS_DRIP = "sends its part of the handshake at one byte per second"
    PLAIN_HTTP = "answers whatever it gets in plain HTTP"
    SSH = "sends an SSH banner"
    SILENCE = "accepts and says nothing"
    RESET = "reads the ClientHello and resets the connection"
    REFUSE = "does not listen"


class Expected(NamedTuple):
    """A finding that a scenario expects, without its message."""

    rule: str
    subject: str
    outcome: Outcome
    severity: Severity

    @classmethod
    def of(cls, finding: Finding) -> "Expected":
        """The expectation that this finding meets."""
        return cls(finding.rule, finding.subject, finding.outcome, finding.severity)


def fails(rule: str, subject: str = "leaf") -> Expected:
    """The rule fails as an error."""
    return Expected(rule, subject, Outcome.FAIL, Severity.ERROR)


def warns(rule: str, subject: str = "leaf") -> Expected:
    """The rule fails as a warning."""
    return Expected(rule, subject, Outcome.FAIL, Severity.WARNING)


def notes(rule: str, subject: str = "leaf") -> Expected:
    """The rule fails as an information."""
    return Expected(rule, subject, Outcome.FAIL, Severity.INFO)


def unchecked(rule: str, subject: str = "leaf", severity: Severity = Severity.ERROR) -> Expected:
    """The rule could not be checked, and it is required."""
    return Expected(rule, subject, Outcome.NOT_CHECKED, severity)


@frozen(kw_only=True)
class Scenario:
    """How a server differs from a good one under `webpki-public`; everything else is good.

    The chain is leaf, `issuer 1` (which issued the leaf), `issuer 2` … and a root that is not sent. Its certificates
    are `pki.issue`'s default ones, changed by the arguments here.
    """

    name: str
    title: str
    gives: tuple[Expected, ...] = ()
    """Every finding that is a failure, required but not checked, or crashed. Empty: the target is compliant."""

    leaf: Changes = field(default_factory=Changes)
    """Arguments of `pki.issue` for the leaf."""
    second_leaf: Changes = field(default_factory=Changes)
    """Arguments of `pki.issue` for the leaf of a second chain, with another type of key; empty: there is none."""
    issuers: tuple[Changes, ...] = (Changes(),)
    """Arguments of `pki.issue` for `issuer 1`, `issuer 2`, …; empty: the root issues the leaf."""
    root: str | None = None
    """Name of the root above the topmost issuer; None: the trusted one; empty: the topmost issuer is self-signed."""
    anchor: Changes = field(default_factory=Changes)
    """Arguments of `pki.issue` for a root that only this target trusts; empty: it trusts its pack's root."""
    sent: tuple[str, ...] = ()
    """Labels in wire order (`leaf`, `issuer 1`, `root`, `stranger` …: an unrelated CA); empty: leaf and issuers."""
    logs: int = 3
    """The number of CT logs that issued SCTs for the leaf, if a public CA issued it."""
    logged: timedelta = timedelta()
    """How long after the leaf's notBefore the SCTs are dated."""
    staple: Callable[[Chain], bytes] | None = None
    """A function that makes the stapled OCSP response."""
    behaviour: Behaviour = Behaviour.TLS
    also: tuple[str, ...] = ()
    """Additional server names that the target declares."""
    protocol: str = ""
    """The protocol that the target declares; empty if TLS begins at once."""
    opening: Callable[[], Talk[None]] | None = None
    """The server's side of the dialogue before TLS."""
    proxy: str = ""
    """The scheme of the proxy that the server plays for the target, which goes by its name; empty for none."""
    proxy_protocol: str = ""
    """The version of the PROXY protocol that the target declares; empty for none."""
    origin: "Scenario | None" = None
    """The server behind this one. It has the same name, so that a good one has a certificate for the same host."""
    of_origin: Mapping[str, Any] = field(default_factory=dict)
    """What the target says of its origin, besides the address."""
    mtls: Mapping[str, str] = field(default_factory=dict)
    """What the target declares of client certificates, except for files; empty for nothing."""
    clients: Mapping[str, Changes] = field(default_factory=dict)
    """Clients that `mtls` names, `control` or a kind to refuse: arguments of `pki.issue` for their certificates."""
    framing: Callable[[], Framing] | None = None
    """How the server wraps TLS until the handshake is complete."""
    configure: Callable[[SSL.Context], object] | None = None
    """A function that changes the TLS server's context."""
    instead: Callable[[Offer], bytes] | None = None
    """What the server answers to a ClientHello instead of a handshake; empty where it completes the handshake."""
    answer: bytes = b""
    """What the server sends under TLS once the client has said something; empty for nothing."""

    policy: str = "webpki-public"
    adds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Rules, with their keys, that the target's own policy adds to `policy`."""
    named: bool = True
    """Whether the target declares a server name; else it has only its IP address."""
    trust_domain: str = ""
    """The SPIFFE trust domain whose bundle is the trusted root; empty for none."""
    spiffe_ids: tuple[str, ...] = ()
    policy_oids: tuple[str, ...] = ()
    needs: str = ""
    """The package that `policy` needs in addition to certgate's own dependencies; empty for none."""

    @property
    def can_be_judged(self) -> bool:
        """Whether the package that it needs is installed."""
        return not self.needs or find_spec(self.needs) is not None

    @property
    def host(self) -> str:
        """The server name that the target declares and a good leaf contains."""
        return f"{self.name}.lab.example"

    @property
    def trust(self) -> str:
        """Name of the root that the target trusts: its own, or its pack's."""
        if self.anchor:
            return self.name
        return {"internal-pki": "internal", "spiffe-svid": "spiffe"}.get(self.policy, "public")
