"""Servers with another one behind them, the origin, which differs in one thing."""

from datetime import timedelta
from typing import Any

from OpenSSL import SSL

from certgate.lab.pki import CLOCK, make_key
from certgate.lab.scenario import Behaviour, Scenario, fails, unchecked

__all__ = ["SCENARIOS"]

_DAY = timedelta(days=1)
_KEY, _CA_KEY = make_key(), make_key()
_TRUST = {"trust": "public-root.pem"}
_CLOSED = {"closed": True}
_COMPARING = ("edge.names", "edge.expiry", "edge.version", "edge.origin-trusted", "edge.same")


def _at_most_tls_1_2(context: SSL.Context) -> None:
    context.set_max_proto_version(SSL.TLS1_2_VERSION)


def _speaks_http(context: SSL.Context) -> None:
    context.set_alpn_select_callback(lambda _connection, _offered: b"http/1.1")


def _http(status: str) -> dict[str, Any]:
    """What makes a server answer each request with this status."""
    answer = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    return {"configure": _speaks_http, "answer": answer}


def _origin(name: str, **differs: Any) -> Scenario:
    return Scenario(name=name, title="The origin", **differs)


SCENARIOS = (
    Scenario(
        name="good-origin",
        title="A good server and its origin, with the same key",
        leaf={"key": _KEY},
        issuers=({"key": _CA_KEY},),
        origin=_origin("good-origin", leaf={"key": _KEY}, issuers=({"key": _CA_KEY},)),
        of_origin={**_TRUST, "same": ["names", "key", "issuer"]},
    ),
    Scenario(
        name="origin-other-name",
        title="The origin's certificate is for another name",
        origin=_origin("origin-other-name", leaf={"subject": "o.lab.example", "sans": ("o.lab.example",)}),
        of_origin=_TRUST,
        gives=(fails("edge.names", "target"),),
    ),
    Scenario(
        name="origin-not-the-same",
        title="The origin has another key than the server in front of it",
        origin=_origin("origin-not-the-same"),
        of_origin={**_TRUST, "same": ["names", "key"]},
        gives=(fails("edge.same", "target"),),
    ),
    Scenario(
        name="origin-expired",
        title="The origin's certificate expired yesterday",
        origin=_origin("origin-expired", leaf={"not_before": CLOCK - 91 * _DAY}),
        of_origin=_TRUST,
        gives=(fails("edge.expiry", "target"),),
    ),
    Scenario(
        name="origin-ends-first",
        title="The origin's certificate ends before that of the server in front of it",
        origin=_origin("origin-ends-first", leaf={"days": 60}),
        of_origin=_TRUST,
        gives=(fails("edge.expiry", "target"),),
    ),
    Scenario(
        name="origin-weaker",
        title="The origin speaks TLS 1.2 at most",
        origin=_origin("origin-weaker", configure=_at_most_tls_1_2),
        of_origin=_TRUST,
        gives=(fails("edge.version", "target"),),
    ),
    Scenario(
        name="origin-untrusted",
        title="The origin's chain is from a CA that the target does not trust for it",
        origin=_origin("origin-untrusted", root="other"),
        of_origin=_TRUST,
        gives=(fails("edge.origin-trusted", "target"),),
    ),
    Scenario(
        name="origin-silent",
        title="The origin accepts the connection and says nothing",
        origin=_origin("origin-silent", behaviour=Behaviour.SILENCE),
        of_origin={**_TRUST, "same": ["key"]},
        gives=tuple(unchecked(rule, "target") for rule in _COMPARING),
    ),
    Scenario(
        name="good-closed-origin",
        title="A good server, whose origin accepts no connections",
        origin=_origin("good-closed-origin", behaviour=Behaviour.REFUSE),
        of_origin=_CLOSED,
    ),
    Scenario(
        name="good-forbidden-origin",
        title="A good server, whose origin answers strangers with HTTP status 403",
        **_http("200 OK"),
        origin=_origin("good-forbidden-origin", **_http("403 Forbidden")),
        of_origin=_CLOSED,
    ),
    Scenario(
        name="origin-open",
        title="The origin lets everyone in, though it is said to be closed",
        origin=_origin("origin-open", **_http("404 Not Found")),
        of_origin=_CLOSED,
        gives=(fails("edge.origin-closed", "target"),),
    ),
    Scenario(
        name="origin-refuses-like-edge",
        title="The origin answers strangers with HTTP status 403, and so does the server in front of it",
        **_http("403 Forbidden"),
        origin=_origin("origin-refuses-like-edge", **_http("403 Forbidden")),
        of_origin=_CLOSED,
        gives=(unchecked("edge.origin-closed", "target"),),
    ),
    Scenario(
        name="origin-silent-to-strangers",
        title="The origin accepts the connection of a stranger and says nothing",
        origin=_origin("origin-silent-to-strangers", behaviour=Behaviour.SILENCE),
        of_origin=_CLOSED,
        gives=(unchecked("edge.origin-closed", "target"),),
    ),
)
