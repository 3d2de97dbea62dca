"""The special-purpose ranges, at their ends."""

from ipaddress import ip_address, ip_network

import pytest

from certgate.x509.special_address import special_network


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("0.0.0.0", "0.0.0.0/8"), ("1.0.0.0", None), ("9.255.255.255", None), ("10.0.0.0", "10.0.0.0/8"), ("11.0.0.0", None),
        ("100.63.255.255", None), ("100.64.0.0", "100.64.0.0/10"), ("100.127.255.255", "100.64.0.0/10"), ("100.128.0.0", None),
        ("169.254.169.254", "169.254.0.0/16"), ("172.31.255.255", "172.16.0.0/12"), ("172.32.0.0", None),
        ("192.0.0.255", "192.0.0.0/24"), ("192.0.1.0", None), ("192.88.99.1", "192.88.99.0/24"), ("198.20.0.0", None),
        ("203.0.113.9", "203.0.113.0/24"), ("223.255.255.255", None), ("255.255.255.255", "240.0.0.0/4"),
        ("::", "::/128"), ("::1", "::1/128"), ("::2", None), ("::ffff:8.8.8.8", "::ffff:0:0/96"), ("64:ff9b::1", "64:ff9b::/96"),
        ("2001:1ff:ffff::", "2001::/23"), ("2001:200::", None), ("2002:a00::1", "2002::/16"), ("fdff::1", "fc00::/7"), ("fec0::1", None),
    ],
)  # fmt: skip
def test_an_address_belongs_to_its_block(address, network):
    found = special_network(ip_address(address))
    assert found == (ip_network(network) if network else None)
