"""The addresses that may be reached: global ones, and networks that the user allows by name."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from certgate.x509.special_address import special_network

__all__ = ["EVERYWHERE", "Network", "forbidden_block"]

Network = IPv4Network | IPv6Network
EVERYWHERE: Sequence[Network] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
"""All addresses, for servers that the user named."""
_MULTICAST = IPv4Network("224.0.0.0/4")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_CLOUD_PLATFORM = IPv4Network("168.63.129.16/32")
"""A metadata service on an address that no registry lists as special."""


def forbidden_block(text: str, allowed: Sequence[Network]) -> str | None:
    """The special-purpose block of an address; None for an ordinary address, or one in an `allowed` network."""
    address = ip_address(text)
    if any(address.version == network.version and address in network for network in allowed):
        return None
    return _block(address)


def _block(address: IPv4Address | IPv6Address) -> str | None:
    if block := special_network(address):
        return str(block)
    if isinstance(address, IPv6Address):
        return None if address in _GLOBAL_UNICAST else f"outside {_GLOBAL_UNICAST}"
    return next((str(block) for block in (_MULTICAST, _CLOUD_PLATFORM) if address in block), None)
