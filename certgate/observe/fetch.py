"""The guarded fetcher: gets what a URL inside a certificate names, and reaches nothing that it should not."""

import socket
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from threading import Thread

from certgate.observe.fetch_errors import FetchError, FetchFailure
from certgate.observe.http import Limits, ask
from certgate.observe.url import Place, is_address, parse_url, redirected
from certgate.x509.special_address import special_network

__all__ = ["Connect", "Fetcher", "Resolve"]

_MAX_REDIRECTS = 3
_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network
_MULTICAST = IPv4Network("224.0.0.0/4")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_CLOUD_PLATFORM = IPv4Network("168.63.129.16/32")
"""A metadata service on an address that no registry sets apart."""

Resolve = Callable[[str, int], Sequence[str]]
"""(host, port) → addresses as text. Raises OSError."""
Connect = Callable[[str, int, float], socket.socket]
"""(address, port, seconds) → a connected socket. Raises OSError."""


class Fetcher:
    """Fetches http and https URLs on ports 80 and 443, from addresses that are no special-purpose ones.

    Every address that a name resolves to is checked, and the connection is made to a checked address, so that a name
    that changes its mind reaches nothing else; each redirect is checked in the same way. No proxy, netrc, cookie or
    content encoding is used. `timeout` (seconds) covers everything, redirects included; `max_bytes` the body.
    """

    def __init__(
        self,
        *,
        allowed: Sequence[_Network] = (),
        any_port: bool = False,
        max_bytes: int = 64 * 1024 * 1024,
        timeout: float = 10.0,
        resolve: Resolve | None = None,
        connect: Connect | None = None,
    ) -> None:
        """`allowed` networks may be reached whatever they are set apart for; `any_port` is for URLs of the user's."""
        self._any_port = any_port
        self._allowed = tuple(allowed)
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._resolve = resolve or _resolve
        self._connect = connect or _connect

    def fetch(self, url: str, *, post: bytes | None = None, content_type: str = "") -> bytes:
        """The body that `url` answers with status 200 to GET, or to a POST of `post`. Raises FetchError."""
        end = time.monotonic() + self._timeout
        for _ in range(_MAX_REDIRECTS + 1):
            place = parse_url(url, any_port=self._any_port)
            addresses = self._checked_addresses(place, end)
            limits = Limits(end, self._max_bytes)
            answer = ask(place, self._open(addresses, place, end), limits, post, content_type)
            if isinstance(answer, bytes):
                return answer
            if post is not None:
                raise FetchError(FetchFailure.REDIRECTS, f"{url} redirects a POST")
            url = redirected(url, answer.location)
        raise FetchError(FetchFailure.REDIRECTS, f"more than {_MAX_REDIRECTS} redirects, the last to {url}")

    def _checked_addresses(self, place: Place, end: float) -> tuple[str, ...]:
        """All addresses of the host, each of which may be reached. Raises FetchError."""
        texts = [place.host] if is_address(place.host) else _in_time(self._resolve, place, end)
        if not texts:
            raise FetchError(FetchFailure.NAME_NOT_RESOLVED, f"{place.host} has no address")
        for text in texts:
            address = ip_address(text)
            block = _forbidden_block(address)
            if block and not self._may_reach(address):
                where = f"{place.host} is at {address}, in the special-purpose range {block}"
                advice = "allow it with --allow-address if it is yours"
                raise FetchError(FetchFailure.FORBIDDEN_ADDRESS, f"{where}: {advice}")
        return tuple(texts)

    def _may_reach(self, address: _Address) -> bool:
        return any(address.version == network.version and address in network for network in self._allowed)

    def _open(self, addresses: Sequence[str], place: Place, end: float) -> socket.socket:
        """A connection to the first address that answers. Raises FetchError."""
        problem = ""
        for address in addresses:
            left = end - time.monotonic()
            if left <= 0:
                break
            try:
                return self._connect(address, place.port, left)
            except TimeoutError:
                continue
            except OSError as error:
                problem = f"{place.host} cannot be reached at {address}: {error.strerror or error}"
        if problem:
            raise FetchError(FetchFailure.UNREACHABLE, problem)
        raise FetchError(FetchFailure.TIMED_OUT, f"{place.host} did not accept a connection in time")


def _forbidden_block(address: _Address) -> str | None:
    """The block that sets the address apart; None for an ordinary host's."""
    if block := special_network(address):
        return str(block)
    if isinstance(address, IPv6Address):
        return None if address in _GLOBAL_UNICAST else f"outside {_GLOBAL_UNICAST}"
    return next((str(block) for block in (_MULTICAST, _CLOUD_PLATFORM) if address in block), None)


def _in_time(resolve: Resolve, place: Place, end: float) -> Sequence[str]:
    """The answer of `resolve`, in a daemon thread so that a look-up that hangs ends with the deadline."""
    answers: SimpleQueue[Sequence[str] | OSError] = SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(resolve(place.host, place.port))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))

    Thread(target=look_up, name="certgate-fetch-resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=max(end - time.monotonic(), 0))
    except Empty:
        raise FetchError(FetchFailure.TIMED_OUT, f"{place.host} was not resolved in time") from None
    if isinstance(answer, OSError):
        raise FetchError(FetchFailure.NAME_NOT_RESOLVED, f"{place.host} was not resolved: {answer.strerror or answer}")
    return answer


def _resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _connect(address: str, port: int, seconds: float) -> socket.socket:
    return socket.create_connection((address, port), seconds)
