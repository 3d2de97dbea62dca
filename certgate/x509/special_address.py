"""Addresses of the IANA special-purpose registries, which no public certificate may name."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

__all__ = ["overlapped_network", "special_network"]

_NETWORKS: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(network)
    for network in (
        # https://www.iana.org/assignments/iana-ipv4-special-registry
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
        # https://www.iana.org/assignments/iana-ipv6-special-registry
        "::/128", "::1/128", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64",
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7",
        "fe80::/10",
    )
)  # fmt: skip


def special_network(address: IPv4Address | IPv6Address) -> IPv4Network | IPv6Network | None:
    """The registry's block that contains the address, None if there is none."""
    return next((n for n in _NETWORKS if n.version == address.version and address in n), None)


def overlapped_network(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network | None:
    """The first block of the registries that has addresses in common with the network, None if there is none."""
    return next((n for n in _NETWORKS if n.version == network.version and n.overlaps(network)), None)
