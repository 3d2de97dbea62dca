"""Hosts and ports, as people write them, come to one form."""

import pytest

from certgate.model.errors import UsageError
from certgate.policy.hosts import join, parse_endpoint, parse_name


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("api.example.com", ("api.example.com", 443)),
        ("DB.Internal:8443", ("db.internal", 8443)),
        ("api.example.com.:1", ("api.example.com", 1)),
        ("[2001:DB8::1]:443", ("2001:db8::1", 443)),
        ("[2001:db8::1]", ("2001:db8::1", 443)),
        ("2001:db8::1", ("2001:db8::1", 443)),
        ("10.0.3.7:65535", ("10.0.3.7", 65535)),
        ("bücher.example", ("xn--bcher-kva.example", 443)),
        ("localhost:8443", ("localhost", 8443)),
        ("under_score.example", ("under_score.example", 443)),
    ],
)
def test_a_host_and_port_come_to_one_form(text, endpoint):
    assert parse_endpoint(text) == endpoint
    assert parse_endpoint(join(*endpoint)) == endpoint


@pytest.mark.parametrize(
    "text",
    [
        "", ":443", "host:", "host:0", "host:65536", "host:99999999", "host:٤٤", "host:443:1", "https://host/", "a b",
        "-a.example", "a..example", "a" * 64 + ".example", "[::1", "[::1]443", "[host]:1", "10.0.3", "0x7f.1", "1234",
        "a" * 63 + ".example/../x", "fe80::1%eth0", "*.example", "host\n", "a.example\x00",
    ],
)  # fmt: skip
def test_what_is_no_host_or_port_is_refused(text):
    with pytest.raises(UsageError):
        parse_endpoint(text)


def test_a_name_longer_than_253_characters_is_refused():
    longest = ".".join(["a" * 63] * 3 + ["b" * 61])
    assert parse_name(longest) == longest
    with pytest.raises(UsageError):
        parse_name(longest + "b")
