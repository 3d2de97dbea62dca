"""Hosts and ports as users write them, normalised."""

import re
from ipaddress import IPv6Address

from certgate.model.errors import UsageError
from certgate.x509.identity import read_address

__all__ = ["DEFAULT_PORT", "is_ip", "join", "parse_endpoint", "parse_name", "plain_endpoint", "split_endpoint"]

DEFAULT_PORT = 443
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_LABELS = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER_LAST = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")
"""IPv4 addresses, which have one form."""
_PORT = re.compile(r"[0-9]{1,5}")
_MAX_NAME = 253
_NAME = rf"(?:{_LABEL}\.)*[a-z](?:[a-z0-9_-]{{0,61}}[a-z0-9_])?"
_PLAIN_NAME = re.compile(_NAME)
"""Host names that are normalised already and, by how the last label begins, no number."""
_PLAIN_ENDPOINT = re.compile(rf"({_IPV4.pattern}|{_NAME})(?::([1-9][0-9]{{0,4}}))?")


def parse_endpoint(text: str) -> tuple[str, int]:
    """`host[:port]`, `[ipv6][:port]` or a bare IPv6 address, as (host, port). Raises UsageError."""
    host, port = split_endpoint(text)
    return host, port or DEFAULT_PORT


def plain_endpoint(text: str) -> tuple[str, int | None] | None:
    """The host and port of most endpoints, at once; None for those that take a closer look, and for all wrong ones."""
    found = _PLAIN_ENDPOINT.fullmatch(text)
    if not found or len(text) > _MAX_NAME:
        return None
    host, port = found.groups()
    if port is None:
        return host, None
    return (host, number) if (number := int(port)) < 65536 else None


def split_endpoint(text: str) -> tuple[str, int | None]:
    """The same; the port is None if it is left out. Raises UsageError."""
    if "://" in text:
        raise UsageError(f'"{text}" is a URL; write host or host:port')
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        address = _canonical_ip(host) if ":" in host else None
        if not bracket or (rest and not rest.startswith(":")) or address is None:
            raise UsageError(f'"{text}" is not [IPv6 address]:port')
        return address, _port(rest[1:], text) if rest else None
    if text.count(":") > 1 and (address := _canonical_ip(text)):
        return address, None
    host, colon, port = text.partition(":")
    return parse_name(host), _port(port, text) if colon else None


def parse_name(text: str) -> str:
    """A host name as lower-case A-labels without the final dot, or an IP address. Raises UsageError."""
    if _PLAIN_NAME.fullmatch(text) and len(text) <= _MAX_NAME:
        return text
    if address := _canonical_ip(text.strip("[]")):
        return address
    name = text.removesuffix(".").lower()
    if not name.isascii():
        import idna

        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError as error:
            raise UsageError(f'"{text}" is not a host name: {error}') from error
    if len(name) > _MAX_NAME or not _LABELS.fullmatch(name):
        raise UsageError(f'"{text}" is not a host name')
    if _NUMBER_LAST.fullmatch(name):
        raise UsageError(f'"{text}" is neither a host name nor an IP address')
    return name


def join(host: str, port: int) -> str:
    """`host:port`, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_ip(text: str) -> bool:
    """Whether it is an IP address in text form, without brackets."""
    return _IPV4.fullmatch(text) is not None or (":" in text and read_address(text) is not None)


def _canonical_ip(text: str) -> str | None:
    """The canonical form of an IP address, None for other text. Raises UsageError for a zone."""
    if _IPV4.fullmatch(text):
        return text
    address = read_address(text)
    if isinstance(address, IPv6Address) and address.scope_id:
        raise UsageError(f'"{text}" has a zone; write the address without "%{address.scope_id}"')
    return None if address is None else str(address)


def _port(text: str, whole: str) -> int:
    if not _PORT.fullmatch(text) or not 0 < int(text) < 65536:
        raise UsageError(f'"{whole}": the port must be a number from 1 to 65535')
    return int(text)
