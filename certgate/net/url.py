"""URLs that may be fetched, split into parts; every other form is refused."""

import re
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from certgate.model.frozen import frozen
from certgate.net.errors import FetchError, FetchFailure

__all__ = ["Url", "is_address", "parse_url", "redirected"]

_MAX_URL = 2048
_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?")
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)\.?")


@frozen(slots=True)
class Url:
    """The parts of a URL that may be fetched. `target` is path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The Host header: the port only if it is not the scheme's default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """The origin (RFC 6454 §4): URLs of the same origin may get the same secrets."""
        return self.scheme, self.host, self.port

    def __str__(self) -> str:
        """The URL without its fragment."""
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_url(url: str, *, any_port: bool = False) -> Url:
    """Parse a URL that may be fetched: on port 80 or 443, or with `any_port` on any port. Raises FetchError."""
    if len(url) > _MAX_URL or not re.fullmatch(r"[\x21-\x7e]+", url) or "\\" in url:
        raise FetchError(FetchFailure.BAD_URL, f"not a URL that certgate fetches: {url[:_MAX_URL]!r}")
    try:
        parts = urlsplit(url)
        host, written = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise FetchError(FetchFailure.BAD_URL, f"not a URL: {url} ({error})") from error
    if parts.scheme not in _PORTS:
        raise FetchError(FetchFailure.BAD_URL, f"neither http nor https: {url}")
    if "@" in parts.netloc:
        raise FetchError(FetchFailure.USER_INFO, f"a URL with a user name: {url}")
    if not is_address(host) and not _is_name(host):
        raise FetchError(FetchFailure.BAD_URL, f"{host!r} is neither a host name nor an IP address: {url}")
    port = _PORTS[parts.scheme] if written is None else written
    if not any_port and port not in _PORTS.values():
        raise FetchError(FetchFailure.FORBIDDEN_PORT, f"port {port} is neither 80 nor 443: {url}")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Url(parts.scheme, host, port, target)


def redirected(url: str, location: str) -> str:
    """Where a Location header leads from `url`; parse_url decides whether it may be fetched. Raises FetchError."""
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise FetchError(FetchFailure.BAD_URL, f"{url} redirects to an invalid URL ({error})") from error


def is_address(host: str) -> bool:
    """Whether it is an IP address in its usual form, without a zone."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def _is_name(host: str) -> bool:
    """Whether it is a DNS name, and not an address in decimal, octal or hexadecimal form."""
    labels = host.removesuffix(".").rpartition(".")
    return bool(_HOST.fullmatch(host)) and not _NUMBER.fullmatch(labels[2])
