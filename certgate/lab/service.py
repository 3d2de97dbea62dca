"""How a server of the lab behaves towards a client, correct or not."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from OpenSSL import SSL

from certgate.lab.offer import Offer, offer
from certgate.lab.pki import PrivateKey
from certgate.lab.scenario import Behaviour
from certgate.model.frozen import frozen
from certgate.observe.tls.dialogue import Dialogue
from certgate.observe.tls.failures import ObservationFailed
from certgate.observe.tls.prelude.interface import Ended, Framing, Talk

__all__ = ["DRIP_SECONDS", "PLAIN_HTTP", "Service", "converse", "tls_context"]

DRIP_SECONDS = 1.0
"""The interval of the server that sends one byte per second."""
_CHUNK = 65536
PLAIN_HTTP = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@frozen(kw_only=True)
class Service:
    """A behaviour and the data that it needs."""

    behaviour: Behaviour
    context: SSL.Context
    opening: Callable[[], Talk[None]] | None = None
    """The server's side of the dialogue before TLS."""
    framing: Callable[[], Framing] | None = None
    instead: Callable[[Offer], bytes] | None = None
    """What it answers to a ClientHello instead of a handshake, if it answers."""
    answer: bytes = b""
    """What it sends under TLS once the client has said something; empty for nothing."""

    @property
    def listens(self) -> bool:
        """Whether it accepts connections."""
        return self.behaviour is not Behaviour.REFUSE


def tls_context(
    chains: Iterable[tuple[Path, PrivateKey]],
    staple: bytes | None,
    configure: Callable[[SSL.Context], object] | None,
) -> SSL.Context:
    """A server context that sends a file's PEM certificates unchanged, and `staple`, valid or not.

    Each of the `chains` is a file and the leaf's key; they have different types of keys.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    for chain_file, key in chains:
        context.use_certificate_chain_file(str(chain_file))
        context.use_privatekey(key)
    if staple is not None:
        context.set_ocsp_server_callback(lambda _connection, _data: staple)
    if configure is not None:
        configure(context)
    return context


async def converse(service: Service, client: socket.socket) -> None:
    """Serve one client on a non-blocking socket by the service's behaviour; the caller closes the socket."""
    with contextlib.suppress(OSError, ObservationFailed, Ended):  # the client disconnected or sent something else
        await _CONVERSATIONS[service.behaviour](service, client)


async def _tls(service: Service, client: socket.socket, pace: float = 0) -> None:
    connection = SSL.Connection(service.context, None)
    connection.set_accept_state()
    framing = service.framing() if service.framing else None
    if service.instead:
        hello = await _receive(client)
        if said := service.instead(offer(hello)):
            await _say(client, said)
            return
        connection.bio_write(hello)
    if service.opening:
        early = await _open(service.opening(), client)
        if early is None:
            return
        _feed(connection, early, framing)
    while True:
        try:
            connection.do_handshake()
        except SSL.WantReadError:
            await _flush(connection, client, pace, framing)
            received = await _receive(client)
            if not received:
                return
            _feed(connection, received, framing)
        except SSL.Error:
            break
        else:
            break
    await _flush(connection, client, pace, framing)
    await _answer(connection, client, service.answer)
    await _until_closed(client)


async def _answer(connection: SSL.Connection, client: socket.socket, answer: bytes) -> None:
    """Send the answer, if there is one, after the first bytes of the application, and end the connection."""
    if not answer:
        return
    while True:
        try:
            connection.recv(_CHUNK)
        except SSL.WantReadError:
            received = await _receive(client)
            if not received:
                return
            connection.bio_write(received)
        except SSL.Error:
            return
        else:
            break
    with contextlib.suppress(SSL.Error):
        connection.sendall(answer)
        connection.shutdown()
    await _flush(connection, client, 0, None)
    client.shutdown(socket.SHUT_WR)


def _feed(connection: SSL.Connection, received: bytes, framing: Framing | None) -> None:
    if data := framing.unwrap(received) if framing else received:
        connection.bio_write(data)


async def _open(talk: Talk[None], client: socket.socket) -> bytes | None:
    """Hold the dialogue until TLS begins; the TLS bytes received so far, None if the client disconnected."""
    dialogue = Dialogue(talk, "a client", "the lab's protocol")
    reply = dialogue.begin()
    while True:
        await _send(client, reply)
        if dialogue.is_over:
            return dialogue.left
        received = await _receive(client)
        if not received:
            return None
        reply = dialogue.receive(received)


async def _flush(connection: SSL.Connection, client: socket.socket, pace: float, framing: Framing | None) -> None:
    flight = b""
    with contextlib.suppress(SSL.WantReadError):
        while True:
            flight += connection.bio_read(_CHUNK)
    if framing and flight:
        flight = framing.wrap(flight)
    if not pace:
        await _send(client, flight)
        return
    for byte in flight:
        await _send(client, bytes([byte]))
        await asyncio.sleep(pace)


async def _send(client: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(client, data)


async def _receive(client: socket.socket) -> bytes:
    return await asyncio.get_running_loop().sock_recv(client, _CHUNK)


async def _until_closed(client: socket.socket) -> None:
    while await _receive(client):
        pass


async def _drip(service: Service, client: socket.socket) -> None:
    await _tls(service, client, pace=DRIP_SECONDS)


async def _http(_service: Service, client: socket.socket) -> None:
    await _receive(client)
    await _say(client, PLAIN_HTTP)


async def _say(client: socket.socket, said: bytes) -> None:
    await _send(client, said)
    client.shutdown(socket.SHUT_WR)
    await _until_closed(client)


async def _ssh(_service: Service, client: socket.socket) -> None:
    await _send(client, b"SSH-2.0-lab\r\n")
    await _until_closed(client)


async def _silence(_service: Service, client: socket.socket) -> None:
    await _until_closed(client)


async def _reset(_service: Service, client: socket.socket) -> None:
    await _receive(client)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


_Conversation = Callable[[Service, socket.socket], Awaitable[None]]
_CONVERSATIONS: Mapping[Behaviour, _Conversation] = {
    Behaviour.TLS: _tls,
    Behaviour.TLS_DRIP: _drip,
    Behaviour.PLAIN_HTTP: _http,
    Behaviour.SSH: _ssh,
    Behaviour.SILENCE: _silence,
    Behaviour.RESET: _reset,
}
