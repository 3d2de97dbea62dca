"""An endpoint as people write it, `host[:port][/protocol][#name]` or a URL, and everything it specifies."""

import re

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.protocol import IMPLICIT_TLS, PROTOCOLS, protocol_named
from certgate.policy.hosts import DEFAULT_PORT, parse_name, plain_endpoint, split_endpoint
from certgate.policy.mistakes import nearest
from certgate.policy.span import Span, is_range, parse_span

__all__ = ["EndpointParts", "agreed", "default_port", "parse_id", "parse_protocol", "refuse_implicit"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_FROM_TO = re.compile(r"[0-9.]+-[0-9.]+(:|$)")
_IMPLICIT_PORTS = {port: scheme for scheme, port in reversed(IMPLICIT_TLS.items())}


@frozen(slots=True)
class EndpointParts:
    """The parts of an endpoint as written; None if missing."""

    host: str
    port: int | None = None
    protocol: str | None = None
    """Empty for implicit TLS."""
    name: str | None = None
    span: Span | None = None
    """All endpoints, if it is a range; `host` and `port` are then those of the first one."""


def parse_id(text: str) -> EndpointParts:
    """Parse a URL, `host[:port][/protocol][#name]`, the form of target ids in reports, or a range of these.

    Raises UsageError.
    """
    if plain := plain_endpoint(text):
        return EndpointParts(*plain)
    endpoint, hash_sign, name = text.partition("#")
    if hash_sign and not name:
        raise UsageError(f'"{text}" has no server name after #; write {endpoint}#NAME')
    protocol: str | None
    span: Span | None = None
    if found := _SCHEME.fullmatch(endpoint):
        host, port, protocol = _url(found[1].lower(), re.split(r"[/?]", found[2], maxsplit=1)[0])
    elif "@" in endpoint:
        raise UsageError("an endpoint has a user name or a password: write HOST[:PORT]")
    elif is_range(endpoint):
        span, protocol = _range(endpoint)
        host, port = str(span.network.network_address), span.ports[0] if span.ports else None
    elif _FROM_TO.match(endpoint):
        raise UsageError(f'"{text}": write a range as a network, such as 10.0.0.0/28:443')
    else:
        endpoint, slash, word = endpoint.partition("/")
        host, port = split_endpoint(endpoint)
        protocol = parse_protocol(word) if slash else None
    if protocol:
        refuse_implicit(host, port, protocol)
    return EndpointParts(host, port, protocol, parse_name(name) if name else None, span)


def parse_protocol(word: str) -> str:
    """The name of a STARTTLS protocol. Raises UsageError."""
    if known := protocol_named(word):
        return known.name
    if word.lower() in IMPLICIT_TLS:
        port = IMPLICIT_TLS[word.lower()]
        raise UsageError(f'"{word}" speaks TLS at once, on port {port}: leave out STARTTLS, or write {word}://HOST')
    raise UsageError(f'"{word}" is not a STARTTLS protocol{nearest(word, [one.name for one in PROTOCOLS])}')


def default_port(protocol: str) -> int:
    """The protocol's default port; an empty `protocol` is implicit TLS."""
    known = protocol_named(protocol)
    return known.port if known else DEFAULT_PORT


def agreed(words: EndpointParts, separate: str | None) -> str | None:
    """The protocol of an endpoint, which `separate` may set too. Raises UsageError if both differ."""
    if separate is None:
        return words.protocol
    protocol = parse_protocol(separate)
    if words.protocol is not None and words.protocol != protocol:
        other = words.protocol or "TLS at once"
        raise UsageError(f"the protocol is set twice: {other} by the host, and {protocol}")
    refuse_implicit(words.host, words.port, protocol)
    return protocol


def refuse_implicit(host: str, port: int | None, protocol: str) -> None:
    """Raise UsageError for STARTTLS on a port of implicit TLS."""
    if port in _IMPLICIT_PORTS and port != default_port(protocol):
        scheme = _IMPLICIT_PORTS[port]
        raise UsageError(
            f"{host}:{port} is the port of {scheme}, which speaks TLS at once: "
            f"leave out {protocol}, or write {scheme}://{host}"
        )


def _range(text: str) -> tuple[Span, str | None]:
    network, bits, *protocol = text.split("/", 2)
    return parse_span(f"{network}/{bits}"), parse_protocol(protocol[0]) if protocol else None


def _url(scheme: str, authority: str) -> tuple[str, int | None, str]:
    if "@" in authority:
        raise UsageError(f"a URL ({scheme}://...) has a user name or a password: write {scheme}://HOST[:PORT]")
    protocol = protocol_named(scheme)
    if protocol is None and scheme not in IMPLICIT_TLS:
        secure = f"{scheme}s"
        if secure in IMPLICIT_TLS:
            raise UsageError(f'"{scheme}://{authority}" has no TLS; write {secure}://{authority}')
        known = nearest(scheme, [*IMPLICIT_TLS, *(one.name for one in PROTOCOLS)])
        raise UsageError(f'"{scheme}://" is not a URL scheme with TLS{known}')
    host, port = split_endpoint(authority)
    if protocol is None:
        return host, port or IMPLICIT_TLS[scheme], ""
    return host, port, protocol.name
