"""A proxy through which endpoints are reached, with what it is told of who asks."""

from dataclasses import field

from certgate.model.frozen import frozen

__all__ = ["PROXY_SCHEMES", "Proxy", "ProxyCredentials"]

PROXY_SCHEMES = ("http", "socks5h")
"""The kinds of proxies: HTTP CONNECT, and SOCKS5 with name resolution by the proxy."""


@frozen(slots=True)
class Proxy:
    """`scheme` is one of PROXY_SCHEMES; `host` is a name or an IP address as text, without brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        """Its URL, which never contains credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@frozen(slots=True)
class ProxyCredentials:
    """A user name and a password, sent to their proxy only; never shown."""

    user: bytes = field(repr=False)
    password: bytes = field(repr=False)
