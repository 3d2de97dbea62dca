"""The HTTPS server: limits connections, bodies and time, and knows the paths."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream, StreamClosedError

from certgate.model.bug import bug
from certgate.observe.kubernetes.go_duration import go_duration
from certgate.reports.complaint import complain
from certgate.webhook.admission_review import BadReview
from certgate.webhook.admitting import Admitting
from certgate.webhook.webhook_metrics import CONTENT_TYPE

__all__ = ["MAX_BODY", "WebhookServer", "answer_seconds"]

MAX_BODY = 3 * 1024 * 1024
_MAX_DROPPED = 16 * 1024 * 1024
"""Bytes of a body that is too large which are read and dropped, so that its sender hears the answer."""
_MAX_HELD = 64 * 1024 * 1024
"""Bytes of all bodies together."""
_MAX_HEADERS = 32 * 1024
_MAX_CONNECTIONS = 500
_IDLE, _BODY_SECONDS = 120.0, 30.0
"""Seconds that a connection may say nothing, and that a body may take."""
_USUAL, _LONGEST, _SHORTEST = timedelta(seconds=10), timedelta(seconds=30), timedelta(milliseconds=100)
"""How long the API server waits (admissionregistration.k8s.io/v1, timeoutSeconds)."""
_JSON, _TEXT = "application/json", "text/plain; charset=utf-8"

Answer = tuple[HTTPStatus, str, bytes]
"""Status, content type and body."""


def answer_seconds(query: str) -> float:
    """The time for an answer: a tenth less than the API server waits, which it says as `timeout=10s`."""
    try:
        said = go_duration(parse_qs(query).get("timeout", [""])[0])
    except ValueError:
        said = _USUAL
    return 0.9 * min(max(said, _SHORTEST), _LONGEST).total_seconds()


class WebhookServer(HTTPServerConnectionDelegate):
    """Serves the paths on sockets until it is closed."""

    def __init__(self, admitting: Admitting, *, is_ready: Callable[[], bool], metrics: Callable[[], str]) -> None:
        """`is_ready` is for /readyz, `metrics` makes the text of /metrics."""
        self.admitting = admitting
        self.held = 0
        """Bytes of the bodies that are being read or answered."""
        self.is_ending = False
        """Whether connections are closed after their answer."""
        self._routes: Mapping[str, tuple[str, Callable[[], Answer] | None]] = {
            "/validate": ("POST", None),
            "/healthz": ("GET", lambda: _plain(HTTPStatus.OK, "ok")),
            "/readyz": ("GET", lambda: _ready(is_ready())),
            "/metrics": ("GET", lambda: (HTTPStatus.OK, CONTENT_TYPE, metrics().encode())),
        }
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: HTTPServer | None = None

    def serve(self, sockets: Sequence[socket.socket], context: ssl.SSLContext) -> None:
        """Begin to accept connections."""
        self._http = _Limited(
            self,
            ssl_options=context,
            max_header_size=_MAX_HEADERS,
            max_body_size=_MAX_DROPPED,
            idle_connection_timeout=_IDLE,
            body_timeout=_BODY_SECONDS,
        )
        self._http.add_sockets(sockets)

    def use(self, context: ssl.SSLContext) -> None:
        """Accept further connections with this certificate; those that are open keep theirs."""
        if self._http:
            self._http.ssl_options = context

    async def close(self, seconds: float) -> None:
        """Accept nothing more, and give what is under way some time."""
        self.is_ending = True
        if self._http:
            self._http.stop()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        if self._http:
            await self._http.close_all_connections()

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """Begin a request."""
        del server_conn
        return _Exchange(self, request_conn)

    def on_close(self, server_conn: object) -> None:
        """Note nothing: each request sees the end of its connection."""

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run the rest of a request."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def answer(self, start: RequestStartLine, body: bytes) -> Answer:
        """The answer to a request within the limits. Never raises because of it."""
        path, _, query = start.path.partition("?")
        if path not in self._routes:
            return _plain(HTTPStatus.NOT_FOUND, f"the paths are {', '.join(self._routes)}")
        method, answered = self._routes[path]
        if start.method != method:
            return _plain(HTTPStatus.METHOD_NOT_ALLOWED, f"{path} takes {method}")
        try:
            return answered() if answered else await self._validated(body, answer_seconds(query))
        except BaseException as error:
            complain(said := bug(error, "the webhook"))
            return _plain(HTTPStatus.INTERNAL_SERVER_ERROR, said)

    async def _validated(self, body: bytes, seconds: float) -> Answer:
        try:
            return HTTPStatus.OK, _JSON, await self.admitting.answer(body, seconds)
        except BadReview as bad:
            return _plain(HTTPStatus.BAD_REQUEST, f"the body {bad}")


class _Limited(HTTPServer):
    """Refuses connections beyond the limit."""

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        if len(self._connections) >= _MAX_CONNECTIONS:
            stream.close()
        else:
            super().handle_stream(stream, address)


class _Exchange(HTTPMessageDelegate):
    """One request and its answer."""

    def __init__(self, server: WebhookServer, connection: HTTPConnection) -> None:
        self._server = server
        self._connection = connection
        self._start = RequestStartLine("", "", "")
        self._chunks: list[bytes] = []
        self._size = 0
        self._refusal: Answer | None = None

    def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        """Refuse a body that is announced as too large before it comes."""
        if isinstance(start_line, RequestStartLine):
            self._start = start_line
        length = headers.get("Content-Length", "")
        if length.isascii() and length.isdecimal() and int(length[:12]) > MAX_BODY:
            self._refuse(*_TOO_LARGE)

    def data_received(self, chunk: bytes) -> None:
        """Keep a part of the body, or drop it if there is too much."""
        if self._refusal:
            return
        self._size += len(chunk)
        self._server.held += len(chunk)
        self._chunks.append(chunk)
        if self._size > MAX_BODY:
            self._refuse(*_TOO_LARGE)
        elif self._server.held > _MAX_HELD:
            self._refuse(*_TOO_MUCH)

    def finish(self) -> None:
        """The request is whole."""
        self._server.run(self._respond())

    def on_connection_close(self) -> None:
        """The client has gone before its request was whole."""
        self._drop()

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        self._refusal = _plain(status, text)
        self._drop()

    def _drop(self) -> None:
        self._server.held -= self._size
        self._size = 0
        self._chunks.clear()

    async def _respond(self) -> None:
        try:
            body = b"".join(self._chunks)
            self._chunks.clear()
            status, kind, text = self._refusal or await self._server.answer(self._start, body)
        finally:
            self._drop()
        if status is not HTTPStatus.OK:
            self._server.admitting.metrics.refused[str(status.value)] += 1
        headers = HTTPHeaders({"Content-Type": kind, "Content-Length": str(len(text))})
        if self._server.is_ending or self._refusal:
            headers["Connection"] = "close"
        with suppress(StreamClosedError):
            await self._connection.write_headers(
                ResponseStartLine("HTTP/1.1", status.value, status.phrase), headers, text
            )
            self._connection.finish()


_TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {MAX_BODY // 1024 // 1024} MiB, the limit"
_TOO_MUCH = HTTPStatus.SERVICE_UNAVAILABLE, "too many requests are under way; try again"


def _ready(is_ready: bool) -> Answer:
    return _plain(HTTPStatus.OK, "ok") if is_ready else _plain(HTTPStatus.SERVICE_UNAVAILABLE, "not ready")


def _plain(status: HTTPStatus, text: str) -> Answer:
    return status, _TEXT, f"{text}\n".encode()
