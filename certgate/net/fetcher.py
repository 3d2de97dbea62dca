"""The guarded fetcher: gets what a URL names, and reaches nothing that it must not."""

import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache

from certgate.net.access import PUBLIC, Access
from certgate.net.addresses import Network, forbidden_block
from certgate.net.errors import FetchError, FetchFailure
from certgate.net.resolver import Resolver
from certgate.net.url import Url, is_address, parse_url, redirected

__all__ = ["Connect", "Fetcher"]

_MAX_REDIRECTS = 3

Connect = Callable[[str, int, float], socket.socket]
"""(address, port, seconds) → a connected socket. Raises OSError."""


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    return socket.create_connection((address, port), seconds)


class Fetcher:
    """Fetches http and https URLs on ports 80 and 443, except from special-purpose addresses.

    Checks every address that a name resolves to, and connects to a checked address, so that DNS rebinding has no
    effect; checks each redirect in the same way. Uses no proxy, netrc, cookie or content encoding. `timeout` (seconds)
    covers everything, redirects included; `max_bytes` limits the body.
    """

    def __init__(
        self,
        *,
        allowed: Sequence[Network] = (),
        any_port: bool = False,
        access: Access = PUBLIC,
        max_redirects: int = _MAX_REDIRECTS,
        max_bytes: int = 64 * 1024 * 1024,
        timeout: float = 10.0,
        resolver: Resolver | None = None,
        connect: Connect = _connect,
    ) -> None:
        """`allowed` networks may be special-purpose ones; `any_port` is for URLs that the user wrote.

        `access` is only for the origin of the requested URL, not for other origins that it redirects to.
        """
        self._allowed = tuple(allowed)
        self._any_port = any_port
        self._access = access
        self._max_redirects = max_redirects
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._resolver = resolver or Resolver()
        self._connect = connect

    def fetch(self, url: str, *, post: bytes | None = None, content_type: str = "") -> bytes:
        """The body of a 200 response to GET `url`, or to a POST of `post`. Raises FetchError."""
        from certgate.net.exchange import Exchange

        end = time.monotonic() + self._timeout
        origin = None
        for _ in range(self._max_redirects + 1):
            current = parse_url(url, any_port=self._any_port)
            origin = origin or current.origin
            own = current.origin == origin
            exchange = Exchange(
                url=current,
                end=end,
                max_bytes=self._max_bytes,
                post=post,
                headers=self._headers(content_type if post is not None else "", own=own),
                tls=self._tls(own=own) if current.scheme == "https" else None,
                server_name=self._access.server_name if own else "",
                server_id=self._access.server_id if own else "",
            )
            answer = exchange.over(self._open(self._checked_addresses(current, end), current, end))
            if isinstance(answer, bytes):
                return answer
            if post is not None:
                raise FetchError(FetchFailure.REDIRECTS, f"{url} redirects a POST")
            if not self._max_redirects:
                raise FetchError(FetchFailure.REDIRECTS, f"{url} redirects, which is not followed")
            url = redirected(url, answer.location)
        raise FetchError(FetchFailure.REDIRECTS, f"more than {self._max_redirects} redirects, the last to {url}")

    def _headers(self, content_type: str, *, own: bool) -> Mapping[str, str]:
        return {**({"Content-Type": content_type} if content_type else {}), **(self._access.headers if own else {})}

    def _tls(self, *, own: bool) -> ssl.SSLContext:
        return self._own_tls if own and self._access is not PUBLIC else _public_tls()

    @cached_property
    def _own_tls(self) -> ssl.SSLContext:
        return self._access.tls_context()

    def _checked_addresses(self, url: Url, end: float) -> Sequence[str]:
        """All addresses of the host, if each is allowed. Raises FetchError."""
        texts = [url.host] if is_address(url.host) else self._resolved(url, end)
        if not texts:
            raise FetchError(FetchFailure.NAME_NOT_RESOLVED, f"{url.host} has no address")
        for text in texts:
            if block := forbidden_block(text, self._allowed):
                where = f"{url.host} is at {text}, in the special-purpose range {block}"
                advice = "allow it with --allow-address if it is yours"
                raise FetchError(FetchFailure.FORBIDDEN_ADDRESS, f"{where}: {advice}")
        return texts

    def _resolved(self, url: Url, end: float) -> Sequence[str]:
        try:
            found = self._resolver.resolve_within(url.host, url.port, end - time.monotonic())
        except TimeoutError as error:
            raise FetchError(FetchFailure.TIMED_OUT, f"{url.host} was not resolved in time") from error
        except (OSError, ValueError) as error:
            reason = (isinstance(error, OSError) and error.strerror) or "it is not a valid host name"
            message = f"{url.host} was not resolved: {reason}"
            raise FetchError(FetchFailure.NAME_NOT_RESOLVED, message) from error
        return [address.host for address in found]

    def _open(self, addresses: Sequence[str], url: Url, end: float) -> socket.socket:
        """A connection to the first address that answers. Raises FetchError."""
        problem = ""
        for address in addresses:
            left = end - time.monotonic()
            if left <= 0:
                break
            try:
                return self._connect(address, url.port, left)
            except TimeoutError:
                continue
            except OSError as error:
                problem = f"{url.host} cannot be reached at {address}: {error.strerror or error}"
        if problem:
            raise FetchError(FetchFailure.UNREACHABLE, problem)
        raise FetchError(FetchFailure.TIMED_OUT, f"{url.host} did not accept a connection in time")


@lru_cache(maxsize=1)
def _public_tls() -> ssl.SSLContext:
    return PUBLIC.tls_context()
