"""One TLS handshake over a connected socket, bounded in bytes; its time is bounded by the caller."""

from collections.abc import Callable
from contextlib import suppress

from OpenSSL import SSL

from certgate.model.observation import Failure, FailureKind, Phase
from certgate.observe.tls.failures import ObservationFailed, closed, from_os_error, from_tls_error, not_tls
from certgate.observe.tls.prelude.interface import Ended, Framing
from certgate.observe.tls.stream import Stream
from certgate.observe.tls.wire import looks_like_tls

__all__ = ["MAX_HANDSHAKE_BYTES", "complete", "output", "say_goodbye"]

MAX_HANDSHAKE_BYTES = 256 * 1024
"""What a server may send in one handshake. OpenSSL stops at a chain of 100 kB, but never at small messages."""

_CHUNK = 16 * 1024
_FLIGHT = 2 * 1024
"""What OpenSSL is asked for at a time; nearly always more than it has to send."""


async def complete(
    stream: Stream,
    connection: SSL.Connection,
    peer: str,
    received: bytearray,
    on_answer: Callable[[], None],
    framing: Framing | None = None,
) -> None:
    """Complete the handshake; the last flight of the client is still to be sent. Raises ObservationFailed.

    The bytes pass through memory: a flood of messages comes back here after each chunk, their start can be looked at,
    and it works on every event loop. They are added to `received`; `on_answer` is called before the first of them.
    `framing` packs and unpacks them.
    """
    count = 0
    try:
        while not _advance(stream, connection, peer, received):
            if flight := output(connection):
                await stream.send_all(framing.wrap(flight) if framing else flight)
            chunk = await stream.receive(_CHUNK)
            if not chunk:
                raise closed(peer, len(received))
            count += len(chunk)
            if count > MAX_HANDSHAKE_BYTES:
                raise _too_long(peer)
            if framing and not (chunk := _unwrapped(framing, chunk, peer)):
                continue
            if not received:
                on_answer()
                if not looks_like_tls(chunk):
                    raise not_tls(peer, chunk)
            received += chunk
            connection.bio_write(chunk)
    except OSError as error:
        raise from_os_error(Phase.HANDSHAKE, peer, error, answered=bool(received)) from error


def _unwrapped(framing: Framing, chunk: bytes, peer: str) -> bytes:
    try:
        return framing.unwrap(chunk)
    except Ended as ended:
        raise not_tls(peer, ended.said) from None


def _advance(stream: Stream, connection: SSL.Connection, peer: str, received: bytearray) -> bool:
    """Let OpenSSL go on with what it has; True at the end."""
    try:
        connection.do_handshake()
    except SSL.WantReadError:
        return False
    except SSL.Error as error:
        with suppress(OSError, SSL.Error):
            _send_the_rest(stream, connection)  # OpenSSL's alert
        raise from_tls_error(peer, error, bytes(received)) from error
    return True


def output(connection: SSL.Connection) -> bytes:
    """What OpenSSL has to send, without waiting."""
    flight = b""
    try:
        while not len(flight) % _FLIGHT:
            flight += connection.bio_read(_FLIGHT)
    except SSL.WantReadError:
        pass
    return flight


def say_goodbye(stream: Stream, connection: SSL.Connection) -> None:
    """Send the last flight of the client and the end of the connection, if the socket takes them."""
    with suppress(OSError, SSL.Error):
        try:
            connection.shutdown()
        finally:
            _send_the_rest(stream, connection)


def _send_the_rest(stream: Stream, connection: SSL.Connection) -> None:
    """Send what is left to say as far as the socket takes it: nothing depends on it any more."""
    if left := output(connection):
        stream.send_at_once(left)


def _too_long(peer: str) -> ObservationFailed:
    detail = f"{peer} sent more than {MAX_HANDSHAKE_BYTES // 1024} KiB without ending the handshake"
    return ObservationFailed(Failure(FailureKind.LIMIT, Phase.HANDSHAKE, detail))
