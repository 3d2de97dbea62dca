"""One HTTP request over a connection that is already open.

Imported only where something is fetched: it takes a tenth of a second.
"""

import socket
import ssl
import warnings
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, SystemTimeWarning
from urllib3.util import Retry

from certgate.model.frozen import frozen
from certgate.net.bounded import BoundedSocket, BoundedTlsSocket, Budget
from certgate.net.errors import FetchError, FetchFailure, RefusedByServer
from certgate.net.svid import svid_problem
from certgate.net.url import Url

__all__ = ["Exchange", "Redirect"]

warnings.filterwarnings("ignore", category=SystemTimeWarning)  # the verification reports a wrong clock

_OVERHEAD = 1024 * 1024
"""Bytes allowed beside the body: status, headers, chunk sizes."""
_MOST_OF_ERROR = 64 * 1024
"""Bytes of the body of an error that are read."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OTHER_NAME = frozenset({62, 64})
"""X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""
_EXPIRED = 10


@frozen(slots=True)
class Redirect:
    """The server answered with a redirect."""

    location: str


@frozen(slots=True, kw_only=True)
class Exchange:
    """A request, and the limits for its answer."""

    url: Url
    end: float
    """Deadline by the monotonic clock."""
    max_bytes: int
    """Limit of the body."""
    post: bytes | None = None
    headers: Mapping[str, str]
    tls: ssl.SSLContext | None = None
    """For https."""
    server_name: str = ""
    """The name that the server's certificate must have; empty for the host of the URL."""
    server_id: str = ""
    """The SPIFFE ID that it must have instead of a name; empty for none."""

    def over(self, plain: socket.socket) -> bytes | Redirect:
        """Send over the connection `plain` and close it: the body of a 200, or the redirect. Raises FetchError."""
        budget = Budget(self.url.host, self.end, self.max_bytes + _OVERHEAD)
        adapter = _Adapter(self.url, _Opened(plain, budget, self.tls, self.server_name, self.server_id))
        try:
            with closing(plain), closing(adapter):
                response = adapter.send(self._prepared(), stream=True)
                with closing(response):
                    return self._answer(response)
        except (RequestException, HTTPError, ValueError) as error:
            if _hung_up(error):
                message = f"the connection to {self.url.host} broke: it was closed without an answer"
                raise FetchError(FetchFailure.UNREACHABLE, message) from error
            raise FetchError(FetchFailure.NOT_HTTP, f"{self.url.host} did not answer in HTTP") from error

    def _prepared(self) -> PreparedRequest:
        """The request, without the settings that a session would take from the environment."""
        request = PreparedRequest()
        request.method = "GET" if self.post is None else "POST"
        request.url = str(self.url)
        own = {"Host": self.url.authority, "Accept-Encoding": "identity", "Connection": "close"}
        request.prepare_headers({**own, "User-Agent": "certgate"})
        request.headers.update({**self.headers, **own})
        request.prepare_body(self.post, None)
        return request

    def _answer(self, response: Response) -> bytes | Redirect:
        host, status = self.url.host, response.status_code
        location = response.headers.get("Location")
        if status in _REDIRECTS and location is not None:
            return Redirect(location)
        if status != 200:
            said: bytes = response.raw.read(min(self.max_bytes, _MOST_OF_ERROR), decode_content=False)
            raise RefusedByServer(f"{host} answered with status {status}", status, said)
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding.strip().lower() != "identity":
            raise FetchError(FetchFailure.ENCODED, f"{host} answered with the content encoding {encoding!r}")
        too_large = FetchError(FetchFailure.TOO_LARGE, f"{host} answered with more than {self.max_bytes} bytes")
        if (response.raw.length_remaining or 0) > self.max_bytes:
            raise too_large
        body: bytes = response.raw.read(self.max_bytes + 1, decode_content=False)
        if len(body) > self.max_bytes:
            raise too_large
        if missing := response.raw.length_remaining:
            raise FetchError(FetchFailure.NOT_HTTP, f"{host} closed the connection {missing} bytes too early")
        return body


def _hung_up(error: BaseException) -> bool:
    """Whether the peer closed the connection, rather than sent something invalid."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ConnectionError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


@dataclass(slots=True)
class _Opened:
    """The connection for a request."""

    plain: socket.socket
    budget: Budget
    tls: ssl.SSLContext | None
    server_name: str = ""
    server_id: str = ""

    def take(self) -> socket.socket:
        """The socket; the caller then owns it."""
        bounded = BoundedSocket(fileno=self.plain.detach())
        bounded.budget = self.budget
        bounded.settimeout(self.budget.seconds())
        return bounded


class _Http(HTTPConnection):
    """HTTP over an existing connection to a checked address."""

    def __init__(self, host: str, port: int | None = None, *, opened: _Opened, **options: Any) -> None:
        super().__init__(host, port, **options)
        self._opened = opened

    def _new_conn(self) -> socket.socket:
        return self._opened.take()


class _Https(HTTPSConnection):
    """HTTPS over such a connection: SNI and verification use the host of the URL."""

    def __init__(self, host: str, port: int | None = None, *, opened: _Opened, **options: Any) -> None:
        names: dict[str, Any] = {}
        if opened.server_id:
            names = {"assert_hostname": False}
        elif opened.server_name:
            names = dict.fromkeys(("server_hostname", "assert_hostname"), opened.server_name)
        super().__init__(host, port, **options | {"ssl_context": opened.tls} | names)
        self._opened = opened

    def _new_conn(self) -> socket.socket:
        return self._opened.take()

    def connect(self) -> None:
        """As `HTTPSConnection.connect`. Raises FetchError."""
        host = self._opened.budget.host
        with self._opened.budget.watched():
            try:
                super().connect()
            except ssl.SSLError as error:
                raise FetchError(FetchFailure.TLS_FAILED, f"no TLS connection to {host}: {_why(error)}") from error
        if not isinstance(self.sock, BoundedTlsSocket) or not self.is_verified:
            raise FetchError(FetchFailure.TLS_FAILED, f"no verified TLS connection to {host}")
        if self._opened.server_id:
            problem = svid_problem(self.sock.getpeercert(binary_form=True) or b"", self._opened.server_id)
            if problem:
                raise FetchError(FetchFailure.TLS_FAILED, f"no TLS connection to {host}: {problem}")
        self.sock.budget = self._opened.budget


def _why(error: ssl.SSLError) -> str:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return f"the handshake failed ({error.reason})" if error.reason else "the handshake failed"
    if error.verify_code in _OTHER_NAME:
        return "its certificate is for another name"
    return "its certificate has expired" if error.verify_code == _EXPIRED else "its certificate is not trusted"


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    """Sends one request over one connection: no pool, no proxy, no retry."""

    def __init__(self, url: Url, opened: _Opened) -> None:
        super().__init__(max_retries=Retry(0, read=False))
        kind = _HttpsPool if url.scheme == "https" else _HttpPool
        self._target = url.target
        self._pool = kind(url.host, url.port, opened=opened)

    def get_connection_with_tls_context(self, *_: object, **__: object) -> HTTPConnectionPool:
        """The pool of the single connection."""
        return self._pool

    def cert_verify(self, *_: object, **__: object) -> None:
        """Do nothing: the connection's own context verifies."""

    def request_url(self, *_: object, **__: object) -> str:
        """Path and query, unchanged from the URL."""
        return self._target

    def close(self) -> None:
        """Close the connection if it is still open."""
        super().close()
        self._pool.close()
