"""Proxies as conversations: what they answer, and a relay to whatever was asked for."""

import socket
import threading
from contextlib import suppress


def read_until(client, end):
    found = b""
    while not found.endswith(end):
        found += exactly(client, 1)
    return found


def exactly(client, count):
    found = b""
    while len(found) < count:
        received = client.recv(count - len(found))
        if not received:
            raise ConnectionResetError
        found += received
    return found


def relay(client, target, first=b""):
    """Pass bytes both ways until one side ends; `first` goes to the client together with the first of the target's."""
    with socket.create_connection(target) as server:
        if first:
            server.settimeout(0.2)
            with suppress(TimeoutError):
                first += server.recv(65536)
            server.settimeout(None)
            client.sendall(first)
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        _pump(client, server)
        back.join()


def _pump(source, sink):
    with suppress(OSError):
        while received := source.recv(65536):
            sink.sendall(received)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def http_proxy(address, *, heard=None, answer=b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\n", together=False):
    """CONNECT; goes to `address` whatever was asked for, which `heard` gets."""

    def talk(client):
        request = read_until(client, b"\r\n\r\n")
        if heard is not None:
            heard.append(request)
        if together:
            relay(client, address, answer)
            return
        client.sendall(answer)
        if b" 200 " in answer:
            relay(client, address)

    return talk


def socks_proxy(address, *, heard=None, reply=0, user=None):
    """SOCKS5; wants `user` (name and password in RFC 1929's form) if there is one."""

    def talk(client):
        _, count = exactly(client, 2)
        methods = exactly(client, count)
        wanted = 2 if user else 0
        client.sendall(bytes([5, wanted if wanted in methods else 255]))
        if user:
            given = exactly(client, len(user))
            client.sendall(bytes([1, given != user]))
        request = exactly(client, 5)
        request += exactly(client, request[4] + 2)
        if heard is not None:
            heard.append(request)
        client.sendall(bytes([5, reply, 0, 1, 127, 0, 0, 1, 0, 80]))
        if not reply:
            relay(client, address)

    return talk
