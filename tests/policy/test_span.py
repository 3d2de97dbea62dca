"""Ranges of endpoints as users write them."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certgate.model.errors import UsageError
from certgate.policy.endpoint_parts import parse_id
from certgate.policy.span import Span


@pytest.mark.parametrize(
    ("text", "network", "ports", "protocol", "name"),
    [
        ("10.0.0.0/20:443,8443", "10.0.0.0/20", (443, 8443), None, None),
        ("10.0.0.0/20", "10.0.0.0/20", (), None, None),
        ("10.0.0.7/32:25/smtp#mx.example", "10.0.0.7/32", (25,), "smtp", "mx.example"),
        ("2001:db8::/112:443", "2001:db8::/112", (443,), None, None),
        ("[2001:db8::]/120:443", "2001:db8::/120", (443,), None, None),
        ("[2001:db8::/128]:443,8443", "2001:db8::/128", (443, 8443), None, None),
    ],
)
def test_a_network_with_ports_is_a_range(text, network, ports, protocol, name):
    parts = parse_id(text)
    assert parts.span == Span(ip_network(network), ports)
    assert (parts.host, parts.port) == (network.partition("/")[0], ports[0] if ports else None)
    assert (parts.protocol, parts.name) == (protocol, name)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("10.0.0.1/24", "begins in the middle of a network; write 10.0.0.0/24, or 10.0.0.1 for one address"),
        ("2001:db8::1/112", "begins in the middle of a network; write 2001:db8::/112"),
        ("0.0.0.0/0", "every address there is"),
        ("::/0", "every address there is"),
        ("fd00::/64", "a range of IPv6 addresses has 65,536 of them at most, a /112"),
        ("10.0.0.0/33", "an IPv4 address has 32 bits, not 33"),
        ("example.com/24", '"example.com" is not an IP address; write a range as 10.0.0.0/24:443,8443'),
        ("443:10.0.0.0/20", '"443:10.0.0.0" is not an IP address'),
        ("10.0.0.0/24:443-445", "list the ports one by one, such as 443,8443"),
        ("10.0.0.0/24:443,443", "has port 443 twice"),
        ("10.0.0.0/24:443,", "the ports must be numbers from 1 to 65535, with commas"),
        ("10.0.0.0/24:", "the ports must be numbers"),
        ("10.0.0.0/24:0", "the ports must be numbers"),
        ("10.0.0.0/24:65536", "the ports must be numbers"),
        ("10.0.0.0/255.255.0.0", "is not ADDRESS/BITS"),
        ("[fd00::/112:443", "is not ADDRESS/BITS"),
        ("fe80::%eth0/112", "has a zone"),
        ("10.0.0.1-10.0.0.9:443", "write a range as a network, such as 10.0.0.0/28:443"),
        ("10.0.0.0/24:443/nosuch", "is not a STARTTLS protocol"),
    ],
)
def test_a_range_that_is_written_wrong_is_refused_with_the_right_way(text, problem):
    with pytest.raises(UsageError) as refused:
        parse_id(text)
    assert problem in str(refused.value)


@given(st.integers(1, 2**32 - 1), st.integers(22, 32))
def test_every_address_of_a_network_comes_once_and_its_blocks_take_turns(number, bits):
    network = ip_network((number, bits), strict=False)
    addresses = [ip_address(text) for text in Span(network).addresses()]
    blocks = max(network.num_addresses // 256, 1)
    assert sorted(addresses) == list(network)
    assert len({int(address) >> 8 for address in addresses[:blocks]}) == blocks


def test_an_ipv6_range_is_expanded_by_its_blocks_too():
    addresses = list(Span(ip_network("fd00::/119")).addresses())
    assert (len(addresses), addresses[:3], addresses[-1]) == (512, ["fd00::", "fd00::100", "fd00::1"], "fd00::1ff")
