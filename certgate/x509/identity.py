"""Whether presented names stand for a reference identity (RFC 9525 §6)."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from certgate.x509.dns import is_host, wildcard_problem
from certgate.x509.general_names import GeneralName

__all__ = ["matches", "read_address"]


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """The IP address in `text`, None if it is not one."""
    return _read_address(text) if ":" in text or text[-1:].isdigit() else None


@lru_cache(maxsize=4096)
def _read_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def matches(names: tuple[GeneralName, ...], reference: str) -> bool:
    """Whether one of the names is a DNS-ID or IP-ID that matches `reference` (RFC 9525 §6.3, §6.4).

    A reference that is an address matches only an iPAddress with the same octets; other types never match. Case and a
    final dot of the reference are ignored. A wildcard is the whole left-most label and matches exactly one label; no
    name matches that has characters that host names cannot have.
    """
    address = read_address(reference)
    if address is None:
        return _stands_for(_hosts(names), reference)
    return any(isinstance(n.value, IPv4Address | IPv6Address) and n.value.packed == address.packed for n in names)


class _Hosts(NamedTuple):
    """For which hosts the names of a certificate stand, in small letters."""

    whole: frozenset[str]
    domains: frozenset[str]
    """Those directly under which a wildcard stands for every host."""


@lru_cache(maxsize=1024)
def _hosts(names: tuple[GeneralName, ...]) -> _Hosts:
    texts = [name.text for name in names if name.kind == "DNS" and not name.problem]
    readable = [text for text in texts if text.isascii()]
    domains = (text[2:] for text in readable if wildcard_problem(text) is None)
    return _Hosts(frozenset(map(str.lower, readable)), frozenset(map(str.lower, filter(is_host, domains))))


def _stands_for(hosts: _Hosts, reference: str) -> bool:
    host = reference.removesuffix(".").lower()
    is_named = host in hosts.whole or host.partition(".")[2] in hosts.domains
    return is_named and is_host(host) and read_address(host) is None
