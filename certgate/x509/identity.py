"""Whether presented names stand for a reference identity (RFC 9525 §6)."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from certgate.x509.dns import is_host, wildcard_problem
from certgate.x509.general_names import GeneralName

__all__ = ["matches", "matches_dns", "read_address"]


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """The IP address in `text`, None if it is not one."""
    return _read_address(text) if ":" in text or text[-1:].isdigit() else None


@lru_cache(maxsize=4096)
def _read_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def matches_dns(presented: str, reference: str) -> bool:
    """Whether the dNSName `presented` matches the host `reference` (RFC 9525 §6.3).

    Case and a final dot of the reference are ignored. A wildcard is the whole left-most label and matches exactly one
    label. Neither side may be an IP address or contain characters that host names cannot have.
    """
    host = reference.removesuffix(".").lower()
    if presented.lower() != host:
        domain = presented[2:]
        if domain.lower() != host.partition(".")[2] or wildcard_problem(presented) or not is_host(domain):
            return False
    return presented.isascii() and is_host(host) and read_address(host) is None


@lru_cache(maxsize=1024)
def matches(names: tuple[GeneralName, ...], reference: str) -> bool:
    """Whether one of the names is a DNS-ID or IP-ID that matches `reference` (RFC 9525 §6.3, §6.4).

    A reference that is an address matches only an iPAddress with the same octets; other types never match.
    """
    address = read_address(reference)
    if address is None:
        return any(n.kind == "DNS" and not n.problem and matches_dns(n.text, reference) for n in names)
    return any(isinstance(n.value, IPv4Address | IPv6Address) and n.value.packed == address.packed for n in names)
