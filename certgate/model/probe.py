"""Probes, and the answers to them: what a server did when it was offered, or shown, what a rule asks about."""

from enum import StrEnum

from certgate.model.frozen import frozen

__all__ = ["OTHER_KEY_TYPES", "Probe", "ProbeAnswer", "ProbeOutcome"]

OTHER_KEY_TYPES = "certificate with a key other than "
"""How `ProbeAnswer.what` begins where it asks for further certificates; the types of keys already shown follow."""


class Probe(StrEnum):
    """An additional connection to an endpoint that a rule needs."""

    NO_SNI = "no-sni"
    """Without a server name."""
    UNKNOWN_SNI = "unknown-sni"
    """With an unknown server name."""
    ORIGIN = "origin"
    """To the origin, with the endpoint's server name."""
    STRANGER = "stranger"
    """To the origin, as a client that it does not know."""
    MTLS = "mtls"
    """With each kind of client that `mtls` of the target is about: several connections."""
    KEY_TYPES = "key-types"
    """With other types of keys than those already shown, until the server shows no other certificate."""


class ProbeOutcome(StrEnum):
    """What a server did in answer to a probe: a closed set."""

    ACCEPTED = "accepted"
    """The server went on with what was offered, or let the client in."""
    REFUSED = "refused"
    """It refused in the handshake: by an alert, or by closing the connection where that is unambiguous."""
    REFUSED_AFTER_HANDSHAKE = "refused-after-handshake"
    """It completed the handshake and then sent an alert."""
    REFUSED_BY_APPLICATION = "refused-by-application"
    """It completed the handshake, and the application refused."""
    CLOSED = "closed"
    """It closed the connection without a word, in the handshake or after it."""
    SILENT = "silent"
    """It did not answer, so nothing is known."""
    FAILED = "failed"
    """The probe could not be made or understood, so nothing is known; the detail says why."""


@frozen(slots=True, kw_only=True)
class ProbeAnswer:
    """A server's answer to one probe."""

    what: str
    """What the probe offered or showed. It identifies the probe: two probes of a target never share it."""
    outcome: ProbeOutcome
    chosen: str = ""
    """What the server chose of the offer, for example a version or a cipher suite."""
    alert: int | None = None
    """The number of the TLS alert, if there was one (RFC 8446 §6)."""
    status: int | None = None
    """The HTTP status, if there was one."""
    detail: str = ""
    """One sentence for people, where the outcome alone does not tell all."""
    requested: bool | None = None
    """Whether the server asked for a client certificate; None if that is not known or the probe is not about it."""
    ca_names: tuple[str, ...] = ()
    """The CAs that the server named when it asked, as RFC 4514 text. Untrusted text."""
    client_id: str = ""
    """The SPIFFE ID of the client certificate that was shown; empty for none."""
