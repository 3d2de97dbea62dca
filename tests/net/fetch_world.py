"""A resolver and a server for the guarded fetcher, under a test's control."""

import socket
import threading
from contextlib import contextmanager

import pytest

from certgate.net.errors import FetchError
from certgate.net.fetcher import Fetcher
from certgate.net.resolver import Address, Resolver

PUBLIC = "9.9.9.9"
URL = "http://crl.example/1.crl"


def ok(body=b"body", *headers):
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers, b"", body]
    return b"\r\n".join(lines)


def redirect(to, status=302):
    return f"HTTP/1.1 {status} Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode("latin-1")


def addresses(*texts):
    return [Address(socket.AF_INET6 if ":" in text else socket.AF_INET, (text, 80)) for text in texts]


def resolving(*texts):
    """A resolver for which every name is at these addresses."""
    return Resolver(system=lambda _host, _port: addresses(*texts))


class World:
    """A resolver and a server under the test's control, and what was asked of them."""

    def __init__(self):
        self.names = {}
        self.answers = []
        self.look_ups = []
        self.dialled = []
        self.requests = []
        self._listener = socket.create_server(("127.0.0.1", 0))

    def resolve(self, host, port):
        self.look_ups.append((host, port))
        found = self.names.get(host, [[PUBLIC]])
        return addresses(*(found.pop(0) if len(found) > 1 else found[0]))

    def connect(self, address, port, seconds):
        self.dialled.append((address, port))
        threading.Thread(target=self._serve, daemon=True).start()
        return socket.create_connection(self._listener.getsockname(), seconds)

    def _serve(self):
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(5)
            answer = self.answers.pop(0)
            try:
                if callable(answer):
                    answer(connection)
                else:
                    self.requests.append(request(connection))
                    connection.sendall(answer)
            except OSError:
                pass  # the fetcher hung up

    def fetcher(self, **options):
        usual = {
            "resolver": Resolver(system=self.resolve),
            "connect": self.connect,
            "timeout": 5.0,
            "max_bytes": 100_000,
        }
        return Fetcher(**usual | options)

    def close(self):
        self._listener.close()


def request(connection):
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(4096)
    while received.startswith(b"POST") and received.endswith(b"\r\n\r\n"):
        received += connection.recv(4096)
    return received


@contextmanager
def fails(kind, text=None):
    with pytest.raises(FetchError, match=text) as caught:
        yield
    assert caught.value.kind is kind
