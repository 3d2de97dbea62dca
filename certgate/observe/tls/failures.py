"""Failures at an endpoint: turns exceptions and bytes into typed failures."""

import errno
import re
import socket
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from OpenSSL import SSL

from certgate.model.observation import Failure, FailureKind, Phase
from certgate.observe.tls import wire
from certgate.observe.tls.hello.flight import Flight
from certgate.observe.tls.profile import Remedy

__all__ = ["ObservationFailed", "closed", "from_os_error", "from_resolver", "from_tls_error", "inconsistent", "not_tls"]

_ALERT_REASON = re.compile(r"\S+ alert (.+)|tlsv1 (unrecognized name|unsupported extension)")
_BAD_STAPLE = "tlsv1 bad certificate status response"  # OpenSSL's word to the server, never the server's
_REMEDIES = {
    "no application protocol": Remedy.NO_ALPN,  # RFC 7301 §3.2
    "handshake failure": Remedy.BRAINPOOL,  # nothing in common: a group, perhaps
}
_TOO_LARGE = frozenset({"excessive message size", "certificate chain too long"})
_OS_KINDS = {
    errno.ECONNREFUSED: FailureKind.REFUSED,
    errno.ECONNRESET: FailureKind.RESET,
    errno.ECONNABORTED: FailureKind.RESET,
    errno.EPIPE: FailureKind.RESET,
    errno.EMFILE: FailureKind.LIMIT,
    errno.ENFILE: FailureKind.LIMIT,
}
_OS_DETAILS = {
    FailureKind.REFUSED: "{peer} refused the connection: nothing listens there, or a firewall rejects it",
    FailureKind.TIMED_OUT: "{peer} did not answer the attempt to connect",
    FailureKind.RESET: "{peer} reset the connection",
    FailureKind.LIMIT: "too many open files: lower --concurrency or raise the limit (ulimit -n)",
    FailureKind.UNREACHABLE: "{peer} could not be reached: {error}",
}


class ObservationFailed(Exception):
    """One attempt failed. `transient`: a transport failure that may go away; `remedy`: what may help at once.

    `alert` is the number of the alert with which the peer ended it (RFC 8446 §6), if it was sent in the clear.
    """

    def __init__(
        self, failure: Failure, *, transient: bool = False, remedy: Remedy | None = None, alert: int | None = None
    ) -> None:
        super().__init__(failure.detail)
        self.failure = failure
        self.transient = transient
        self.remedy = remedy
        self.alert = alert

    def with_detail(self, detail: str) -> "ObservationFailed":
        """The same failure in other words."""
        failure = replace(self.failure, detail=detail)
        return ObservationFailed(failure, transient=self.transient, remedy=self.remedy, alert=self.alert)


def from_resolver(host: str, error: OSError | ValueError) -> ObservationFailed:
    """A name look-up that failed; transient if the name server did not answer."""
    again = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    why = "the name server did not answer" if again else "there is no such name, or it has no address"
    detail = f"{host} was not resolved: {why}"
    return ObservationFailed(Failure(FailureKind.NAME_NOT_RESOLVED, Phase.RESOLVE, detail), transient=again)


def from_os_error(phase: Phase, peer: str, error: OSError, *, answered: bool = True) -> ObservationFailed:
    """The error of the operating system, or of a timer, about the connection to `peer`.

    A reset before the peer has `answered` the ClientHello may be a middlebox that drops large ones.
    """
    kind = FailureKind.UNREACHABLE
    if isinstance(error, TimeoutError):  # the system's ETIMEDOUT, or a limit of certgate's, which has no number
        kind = FailureKind.TIMED_OUT
    elif error.errno in _OS_KINDS:
        kind = _OS_KINDS[error.errno]
    detail = _OS_DETAILS[kind].format(peer=peer, error=error.strerror or type(error).__name__)
    return ObservationFailed(
        Failure(kind, phase, detail),
        transient=kind is not FailureKind.LIMIT,
        remedy=None if answered else Remedy.CLASSICAL,
    )


def closed(peer: str, received: int) -> ObservationFailed:
    """The peer closed the connection in the handshake, after `received` bytes."""
    if received:
        detail = f"{peer} closed the connection in the middle of the handshake, after {received} bytes"
        return ObservationFailed(Failure(FailureKind.RESET, Phase.HANDSHAKE, detail), transient=True)
    detail = f"{peer} closed the connection without an answer to the ClientHello"
    failure = Failure(FailureKind.NOT_TLS, Phase.HANDSHAKE, detail)
    return ObservationFailed(failure, transient=True, remedy=Remedy.CLASSICAL)


def not_tls(peer: str, received: bytes) -> ObservationFailed:
    """The peer's first bytes are no TLS record."""
    detail = f"{peer} does not speak TLS here but {wire.what_spoke(received)}: it sent '{wire.printable(received)}'"
    return ObservationFailed(Failure(FailureKind.NOT_TLS, Phase.HANDSHAKE, detail))


def inconsistent(peer: str, chains: Sequence[Sequence[bytes]]) -> ObservationFailed:
    """Attempts got different chains: what the peer serves depends on chance."""
    leaves = " and then ".join(f"a chain whose first certificate has sha256 {sha256(c[0]).hexdigest()}" for c in chains)
    detail = f"{peer} showed {leaves}; every chain is checked. Serve one chain everywhere"
    return ObservationFailed(Failure(FailureKind.INCONSISTENT, Phase.HANDSHAKE, detail))


def from_tls_error(peer: str, error: SSL.Error, received: bytes) -> ObservationFailed:
    """The error of OpenSSL about the handshake. `received` is everything that the peer sent."""
    if isinstance(error, SSL.ZeroReturnError):
        return _alert(peer, "close notify", received)
    reason = _reason(error)
    if found := _ALERT_REASON.fullmatch(reason):
        return _alert(peer, found[1] or found[2], received)
    if reason in _TOO_LARGE:
        kind, what = FailureKind.LIMIT, "a message of the handshake exceeds the TLS library's limit"
    else:
        kind, what = FailureKind.HANDSHAKE_FAILED, "the handshake failed"
    stapled = reason == _BAD_STAPLE or wire.staple_was_sent(received)
    failure = Failure(kind, Phase.HANDSHAKE, f"{peer}: {what}: {reason}")
    return ObservationFailed(failure, remedy=Remedy.NO_STAPLE if stapled else None)


def _alert(peer: str, alert: str, received: bytes) -> ObservationFailed:
    if wire.client_certificate_was_asked_for(received):
        kind = FailureKind.CLIENT_CERTIFICATE_REQUIRED
        detail = f"{peer} requires a client certificate: it showed its chain, then sent the alert '{alert}'"
    else:
        kind, detail = FailureKind.ALERT, f"{peer} ended the handshake with the alert '{alert}'"
    remedy = _REMEDIES.get(alert) if kind is FailureKind.ALERT else None
    in_the_clear = Flight(received).alerts
    number = in_the_clear[-1][1] if in_the_clear else None
    return ObservationFailed(Failure(kind, Phase.HANDSHAKE, detail), remedy=remedy, alert=number)


def _reason(error: SSL.Error) -> str:
    """The reason of the first entry of OpenSSL's error queue, the one nearest to the cause."""
    entries = error.args[0] if error.args else ()
    if isinstance(entries, list) and entries:
        return str(entries[0][-1]) or "no reason given"
    return " ".join(str(a) for a in error.args) or type(error).__name__
