"""Scenarios: a server with one known fault each, and exactly the expected findings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from importlib.util import find_spec
from typing import Any, NamedTuple

from OpenSSL import SSL

from certgate.lab.chain import Chain
from certgate.lab.changes import Changes
from certgate.model.finding import Finding, Outcome, Severity
from certgate.observe.tls.prelude.interface import Framing, Talk

__all__ = ["Behaviour", "Expected", "Scenario", "fails", "notes", "unchecked", "warns"]


class Behaviour(Enum):
    """What the server does once a client has connected."""

    TLS = "completes the handshake and waits until the client closes"
    TLS_DRIP = "sends its part of the handshake at one byte per second"
    PLAIN_HTTP = "answers whatever it gets in plain HTTP"
    SSH = "sends an SSH banner"
    SILENCE = "accepts and says nothing"
    RESET = "reads the ClientHello and resets the connection"
    REFUSE = "does not listen"


class Expected(NamedTuple):
    """A finding as a scenario states it: what matters of it, without its words."""

    rule: str
    subject: str
    outcome: Outcome
    severity: Severity

    @classmethod
    def of(cls, finding: Finding) -> "Expected":
        """What a scenario would have to state to expect this finding."""
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


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What differs from a good server under `webpki-public`; all that is not said is good.

    The chain is leaf, `issuer 1` (which issued the leaf), `issuer 2` … and a root that is not sent. Its certificates
    are `pki.issue`'s usual ones, changed by the arguments given here.
    """

    name: str
    title: str
    gives: tuple[Expected, ...] = ()
    """Every finding that is a failure, not checked though required, or crashed. None: the target is compliant."""

    leaf: Changes = field(default_factory=Changes)
    """Arguments of `pki.issue` for the leaf."""
    issuers: tuple[Changes, ...] = (Changes(),)
    """Arguments of `pki.issue` for `issuer 1`, `issuer 2`, …; none: the root issues the leaf."""
    root: str | None = None
    """Name of the root that issues the topmost of them; None: the trusted one; empty: the topmost is self-signed."""
    anchor: Changes = field(default_factory=Changes)
    """Arguments of `pki.issue` for a root that this target alone trusts; none: it trusts the lab's for its pack."""
    sent: tuple[str, ...] = ()
    """Labels in wire order (`leaf`, `issuer 1`, `root`, `stranger`: an unrelated CA); none: leaf and issuers."""
    logs: int = 3
    """How many CT logs have promised to include the leaf, if a public CA issued it."""
    logged: timedelta = timedelta()
    """How long after its notBefore they did."""
    staple: Callable[[Chain], bytes] | None = None
    """Makes the stapled OCSP response."""
    behaviour: Behaviour = Behaviour.TLS
    also: tuple[str, ...] = ()
    """Further server names that the target declares."""
    protocol: str = ""
    """The protocol that the target declares; empty for TLS at once."""
    opening: Callable[[], Talk[None]] | None = None
    """What the server says before TLS."""
    proxy: str = ""
    """The scheme of the proxy that the server is to the target, which is called by its name; empty for none."""
    proxy_protocol: str = ""
    """The version of the PROXY protocol that the target declares; empty for none."""
    framing: Callable[[], Framing] | None = None
    """How the server packs TLS until the handshake is over."""
    configure: Callable[[SSL.Context], object] | None = None
    """Changes the TLS server's context."""

    policy: str = "webpki-public"
    adds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Rules, with their keys, that the target's own policy adds to `policy`."""
    named: bool = True
    """Whether the target declares a server name; else it is known by its IP address alone."""
    trust_domain: str = ""
    """The trusted root is declared as the bundle of this SPIFFE trust domain."""
    spiffe_ids: tuple[str, ...] = ()
    policy_oids: tuple[str, ...] = ()
    needs: str = ""
    """The package without which `policy` cannot judge; empty for none but certgate's own."""

    @property
    def can_be_judged(self) -> bool:
        """Whether what it needs is installed."""
        return not self.needs or find_spec(self.needs) is not None

    @property
    def host(self) -> str:
        """The server name that the target declares, and that a good leaf carries."""
        return f"{self.name}.lab.example"

    @property
    def trust(self) -> str:
        """Name of the root that the target trusts: its own, or the one for its pack."""
        if self.anchor:
            return self.name
        return {"internal-pki": "internal", "spiffe-svid": "spiffe"}.get(self.policy, "public")
