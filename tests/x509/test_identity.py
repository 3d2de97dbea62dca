"""Whether a certificate's names stand for a host: RFC 9525 §6, and everything that must not match."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certgate.x509.dns import is_host
from certgate.x509.general_names import GeneralName
from certgate.x509.identity import matches, read_address

LABEL = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).filter(lambda x: x[2:4] != "--")
HOST = st.lists(LABEL, min_size=2, max_size=4).map(".".join)


def matches_dns(presented, reference):
    return matches((GeneralName("DNS", presented),), reference)


@pytest.mark.parametrize(
    ("presented", "reference"),
    [
        ("a.example", "a.example"),
        ("A.EXAMPLE", "a.example"),
        ("a.example", "A.Example"),
        ("a.example", "a.example."),
        ("*.example", "a.example"),
        ("*.EXAMPLE", "a.example."),
        ("*.b.example", "xn--bcher-kva.b.example"),
        ("xn--bcher-kva.example", "XN--bcher-kva.example"),
        ("my_db.corp.example", "my_db.corp.example"),
        ("localhost", "localhost"),
    ],
)
def test_names_that_match(presented, reference):
    assert matches_dns(presented, reference)


@pytest.mark.parametrize(
    ("presented", "reference"),
    [
        ("a.example", "b.example"),
        ("a.example", "www.a.example"),
        ("www.a.example", "a.example"),
        ("*.example", "example"),
        ("*.example", ".example"),
        ("*.example", "a.b.example"),
        ("*.a.example", "a.example"),
        ("*", "localhost"),
        ("*", "a.example"),
        ("*.", "localhost"),
        ("a*.example", "ab.example"),
        ("*a.example", "ba.example"),
        ("a.*.example", "a.b.example"),
        ("*.*.example", "a.b.example"),
        ("xn--*-kva.example", "xn--bcher-kva.example"),
        ("a.example.", "a.example"),
        ("a.example", "a.example.."),
        ("a.example\0.evil.example", "a.example"),
        ("a.example\0", "a.example"),
        (" a.example", "a.example"),
        ("a.example ", "a.example"),
        ("a.example\n", "a.example"),
        ("\u212a.example", "k.example"),
        ("b\u00fccher.example", "b\u00fccher.example"),
        ("xn--99999999.example", "xn--99999999.example"),
        ("", ""),
        ("10.0.0.1", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.1."),
        ("*.0.0.1", "10.0.0.1"),
        ("::1", "::1"),
        ("*.example", "*.example"),
    ],
)
def test_names_that_must_not_match(presented, reference):
    assert not matches_dns(presented, reference)


def test_an_address_matches_by_its_octets():
    names = (GeneralName("IP", ip_address("2001:db8::1")), GeneralName("IP", ip_address("192.0.2.1")))
    assert matches(names, "2001:DB8:0::1")
    assert matches(names, "192.0.2.1")
    assert not matches(names, "192.0.2.2")
    assert not matches(names, "::ffff:192.0.2.1")


def test_an_address_is_never_matched_by_another_type_or_a_network():
    assert not matches((GeneralName("DNS", "192.0.2.1"), GeneralName("URI", "192.0.2.1")), "192.0.2.1")
    assert not matches((GeneralName("IP", bytes.fromhex("c0000200ffffff00")),), "192.0.2.0")


def test_a_host_is_matched_by_dns_names_alone():
    others = (
        GeneralName("URI", "a.example"),
        GeneralName("email", "a.example"),
        GeneralName("IP", ip_address("::1")),
    )
    assert not matches(others, "a.example")
    assert matches((*others, GeneralName("DNS", "a.example")), "a.example")


@given(HOST)
def test_a_host_matches_itself_in_any_case(host):
    assert matches_dns(host.upper(), host)


@given(HOST, LABEL)
def test_a_wildcard_stands_for_exactly_one_label(host, label):
    assert matches_dns(f"*.{host}", f"{label}.{host}")
    assert not matches_dns(f"*.{host}", host)
    assert not matches_dns(f"*.{host}", f"x.{label}.{host}")


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_matches_is_the_same_text_or_a_wildcard(presented, reference):
    if matches_dns(presented, reference):
        assert presented.startswith("*.") or presented.lower() == reference.removesuffix(".").lower()


PIECE = st.sampled_from(["a", "B", "*", "a*", "_", "-", "xn--bcher-kva", "xn--", "10", "0", "\u212a", "", "a b"])
TEXT = st.lists(PIECE, min_size=1, max_size=4).map(".".join)


def as_written(presented, reference):
    """RFC 9525 §6.3, a sentence a line."""
    host = reference.removesuffix(".").lower()
    wildcard, _, domain = presented.partition(".")
    is_same = presented.lower() == host
    is_wild = wildcard == "*" and domain.lower() == host.partition(".")[2] and is_host(domain)
    return presented.isascii() and (is_same or is_wild) and is_host(host) and read_address(host) is None


@given(st.lists(TEXT, max_size=4), TEXT)
def test_names_match_if_one_of_them_does_as_the_standard_is_written(presented, reference):
    names = tuple(GeneralName("DNS", text) for text in presented)
    expected = [as_written(text, reference) for text in presented]
    assert [matches_dns(text, reference) for text in presented] == expected
    assert matches(names, reference) is any(expected)


@given(st.text(max_size=60), st.ip_addresses())
def test_no_text_stands_for_an_address(presented, address):
    assert not matches((GeneralName("DNS", presented),), str(address))
    assert not matches_dns(str(address), str(address))
