"""Servers that are reached through a proxy or by the PROXY protocol; the lab's server plays the proxy, too."""

from functools import partial

from certgate.lab.scenario import Scenario, fails, unchecked
from certgate.observe.tls.prelude.interface import Exactly, Send, Talk, UnexpectedAnswer, Until

__all__ = ["SCENARIOS"]

_UNOBSERVED = (unchecked("target.observed", "target"),)
_HEADERS = {"v1": b"PROXY UNKNOWN\r\n", "v2": b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00"}


def _http(*, answer: bytes = b"200 OK") -> Talk[None]:
    yield Until(b"\r\n\r\n")
    yield Send(b"HTTP/1.1 " + answer + b"\r\n\r\n")
    if not answer.startswith(b"200"):
        raise UnexpectedAnswer(answer)


def _socks() -> Talk[None]:
    yield Exactly(3)
    yield Send(b"\x05\x00")
    start = yield Exactly(5)
    yield Exactly(start[4] + 2)
    yield Send(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x01\xbb")


def _behind_load_balancer(version: str) -> Talk[None]:
    header = yield Exactly(len(_HEADERS[version]))
    if header != _HEADERS[version]:
        raise UnexpectedAnswer(header)


SCENARIOS = (
    Scenario(
        name="good-http-proxy",
        title="A good server behind an HTTP proxy",
        proxy="http",
        opening=_http,
    ),
    Scenario(
        name="good-socks-proxy",
        title="A good server behind a SOCKS5 proxy",
        proxy="socks5h",
        opening=_socks,
    ),
    Scenario(
        name="intercepting-proxy",
        title="A proxy puts a chain of its own CA in the place of the server's",
        proxy="http",
        opening=_http,
        root="stranger",
        sent=("leaf", "issuer 1", "root"),
        gives=(fails("trust.anchor", "path"),),
    ),
    Scenario(
        name="proxy-refuses",
        title="A proxy does not connect to the server",
        proxy="http",
        opening=partial(_http, answer=b"403 Forbidden"),
        gives=_UNOBSERVED,
    ),
    Scenario(
        name="good-proxy-protocol",
        title="A good server that expects the PROXY protocol",
        proxy_protocol="v2",
        opening=partial(_behind_load_balancer, "v2"),
    ),
    Scenario(
        name="proxy-protocol-missing",
        title="A server expects the PROXY protocol, and the target does not say so",
        opening=partial(_behind_load_balancer, "v1"),
        gives=_UNOBSERVED,
    ),
)
