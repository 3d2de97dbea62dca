"""One HTTP request over one connection, bounded in time and bytes from the first to the last."""

import io
import socket
import ssl
import time
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

from certgate.observe.fetch_errors import FetchError, FetchFailure
from certgate.observe.url import Place

__all__ = ["Limits", "Redirect", "ask"]

_OVERHEAD = 1024 * 1024
"""Bytes beside the body: status, headers, chunk sizes."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Limits:
    """`end` is a time of the monotonic clock; `max_bytes` bounds the body."""

    end: float
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Redirect:
    """The server sent us elsewhere."""

    location: str


def ask(
    place: Place,
    plain: socket.socket,
    limits: Limits,
    post: bytes | None,
    content_type: str,
) -> bytes | Redirect:
    """The body of a 200, or where a redirect leads, over the connection `plain`, then closed. Raises FetchError."""
    with closing(plain):
        try:
            wrapped = _secured(plain, place, limits) if place.scheme == "https" else plain
            with closing(wrapped):
                return _exchange(place, _Socket(wrapped, limits), limits, post, content_type)
        except TimeoutError as error:
            raise FetchError(FetchFailure.TIMED_OUT, f"{place.host} did not answer in time") from error
        except OSError as error:
            message = f"the connection to {place.host} broke: {error.strerror or error}"
            raise FetchError(FetchFailure.UNREACHABLE, message) from error
        except (HTTPException, ValueError) as error:
            message = f"{place.host} did not answer in HTTP: {type(error).__name__} {error}"
            raise FetchError(FetchFailure.NOT_HTTP, message) from error


def _secured(plain: socket.socket, place: Place, limits: Limits) -> ssl.SSLSocket:
    plain.settimeout(_left(limits))
    try:
        return _tls().wrap_socket(plain, server_hostname=place.host)
    except ssl.SSLError as error:
        message = f"no TLS connection to {place.host}: {error.reason or error}"
        raise FetchError(FetchFailure.TLS_FAILED, message) from error


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    import certifi

    return ssl.create_default_context(cafile=certifi.where())


def _exchange(
    place: Place, through: "_Socket", limits: Limits, post: bytes | None, content_type: str
) -> bytes | Redirect:
    connection = HTTPConnection(place.host, place.port)
    connection.auto_open = 0
    connection.sock = through
    headers = {"Host": place.authority, "Accept-Encoding": "identity", "Connection": "close", "User-Agent": "certgate"}
    if post is not None:
        headers["Content-Type"] = content_type
    connection.request("GET" if post is None else "POST", place.target, post, headers)
    with connection.getresponse() as response:
        location = response.getheader("Location")
        if response.status in _REDIRECTS and location is not None:
            return Redirect(location)
        if response.status != 200:
            raise FetchError(FetchFailure.STATUS, f"{place.host} answered with status {response.status}")
        return _body(place, response, limits)


def _body(place: Place, response: HTTPResponse, limits: Limits) -> bytes:
    encoding = response.getheader("Content-Encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise FetchError(FetchFailure.ENCODED, f"{place.host} answered with the content encoding {encoding!r}")
    too_large = FetchError(FetchFailure.TOO_LARGE, f"{place.host} answered with more than {limits.max_bytes} bytes")
    if response.length is not None and response.length > limits.max_bytes:
        raise too_large
    body = response.read(limits.max_bytes + 1)
    if len(body) > limits.max_bytes:
        raise too_large
    if response.length:
        raise FetchError(FetchFailure.NOT_HTTP, f"{place.host} closed the connection {response.length} bytes too early")
    return body


def _left(limits: Limits) -> float:
    left = limits.end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Stream(io.RawIOBase):
    """What is read from a socket, until the deadline and no more than the limit."""

    def __init__(self, wrapped: socket.socket, limits: Limits) -> None:
        self._wrapped = wrapped
        self._limits = limits
        self._budget = limits.max_bytes + _OVERHEAD

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As io.RawIOBase has it. Raises TimeoutError, FetchError."""
        self._wrapped.settimeout(_left(self._limits))
        count = self._wrapped.recv_into(buffer)
        self._budget -= count
        if self._budget < 0:
            raise FetchError(FetchFailure.TOO_LARGE, f"more than {self._limits.max_bytes} bytes were sent")
        return count


class _Socket:
    """All that http.client uses of a socket. Whoever opened the real one closes it."""

    def __init__(self, wrapped: socket.socket, limits: Limits) -> None:
        self._wrapped = wrapped
        self._limits = limits

    def sendall(self, data: bytes) -> None:
        self._wrapped.settimeout(_left(self._limits))
        self._wrapped.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Stream(self._wrapped, self._limits))

    def close(self) -> None:
        pass
