"""Hosts and ports, as people write them, come to one form."""

import re
from ipaddress import ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certgate.model.errors import UsageError
from certgate.policy import hosts
from certgate.policy.hosts import is_ip, join, parse_endpoint, parse_name, plain_endpoint, split_endpoint


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


LABELS = st.text("ab0x9_-A.ü", max_size=4) | st.sampled_from(["a" * 63, "a" * 64, "0x", "0x1f", "1", "256", "10"])
HOSTS = st.lists(LABELS, min_size=1, max_size=5).map(".".join) | st.ip_addresses().map(str)


def said(parse, text):
    try:
        return parse(text)
    except UsageError as error:
        return str(error)


@given(HOSTS, st.sampled_from(["", ":", ":0", ":1", ":01", ":443", ":65535", ":65536", ":99999", ":443\n", ":٤"]))
@example(".".join(["a" * 63] * 3 + ["b" * 61]), "")
@example(".".join(["a" * 63] * 3 + ["b" * 61]), ":443")
@example(".".join(["a" * 63] * 3 + ["b" * 62]), "")
@example("a.example", ":65535")
@example("a.example", ":65536")
def test_what_is_plain_means_what_a_closer_look_finds(host, port):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hosts, "_PLAIN_NAME", re.compile("(?!)"))
        name, whole = said(parse_name, host), said(split_endpoint, host + port)
    assert said(parse_name, host) == name
    assert plain_endpoint(host + port) in {whole, None}


@pytest.mark.parametrize("text", ["a.example", "a.example:8443", "10.0.3.7", "10.0.3.7:65535", "x_y.0.a-1:1"])
def test_most_endpoints_are_plain(text):
    assert plain_endpoint(text) == split_endpoint(text)


@given(st.text("0123456789.:abf%x٤", max_size=16) | st.ip_addresses().map(str))
def test_an_address_is_what_the_standard_library_reads(text):
    try:
        known = bool(ip_address(text))
    except ValueError:
        known = False
    assert is_ip(text) == known
