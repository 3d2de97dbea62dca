"""The forms of alternative names."""

from base64 import b32encode
from hashlib import sha3_256

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.model.target import Role

NO_SAN = NotApplicable("no subjectAltName")
NO_DNS_NAME = NotApplicable("no DNS name")


def leaf(*names):
    return issue("a", sans=names)


def mail(text):
    return x509.RFC822Name._init_without_validation(text)


@pytest.mark.parametrize("name", ["a.example", "*.a.example", "192.0.2.1"])
def test_public_names_have_two_labels(ask, name):
    assert ask("name.single-label", leaf(x509.DNSName(name))) == []


@pytest.mark.parametrize("name", ["intranet", "*.com", "com", "localhost"])
def test_a_single_label_is_no_host(ask, name):
    assert ask("name.single-label", leaf("a.example", name)) == [Problem(f"{name} has a single label", key=name)]


@pytest.mark.parametrize("name", ["*", "a b", "", "intranet."])
def test_the_rule_on_syntax_reports_what_is_no_label(ask, name):
    assert ask("name.single-label", leaf(x509.DNSName(name))) == []
    assert ask("name.single-label", leaf("2a00::1")) == [NO_DNS_NAME]


def test_each_name_is_there_once(ask):
    assert ask("name.duplicate", leaf("a.example", "b.example", "*.a.example")) == []
    assert ask("name.duplicate", leaf("a.example", "A.example", x509.DNSName("a.example"), "2a00::1", "2a00::1")) == [
        Problem("DNS:a.example is present 3 times", key="DNS:a.example"),
        Problem("IP:2a00::1 is present 2 times", key="IP:2a00::1"),
    ]
    assert ask("name.duplicate", leaf()) == [NO_SAN]


def onion(*, version=3, checksum=None):
    key, number = bytes(range(32)), bytes([version])
    right = sha3_256(b".onion checksum" + key + number).digest()[:2]
    return b32encode(key + (checksum or right) + number).decode().lower()


@pytest.mark.parametrize("name", [f"{onion()}.onion", f"www.{onion()}.onion", f"*.{onion().upper()}.ONION"])
def test_onion_services_of_version_3(ask, name):
    assert ask("name.onion", leaf("a.example", name)) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("t3y3qp7zoduvisdl.onion", "has an address of 16 characters, 56 required"),
        ("onion", "has no address before onion"),
        (f"{'1' * 56}.onion", "has an address that is not in base 32"),
        (f"{onion(version=4)}.onion", "has an address of version 4, 3 required"),
        (f"{onion(checksum=b'xx')}.onion", "has an address with a wrong checksum"),
    ],
)
def test_other_onion_names(ask, name, problem):
    assert ask("name.onion", leaf(name)) == [Problem(f"{name} {problem}", key=name)]


def test_names_elsewhere_are_not_onion_names(ask):
    assert ask("name.onion", leaf("onion.example", "myonion")) == [NotApplicable("no name below onion")]


@pytest.mark.parametrize("name", ["xn--cole-9oa.example", "XN--cole-9oa.example", "a.xn--p1ai"])
def test_internationalized_names_are_normalized(ask, name):
    assert ask("name.idn-normalized", leaf(name)) == []


def test_an_accent_of_its_own_is_found(ask):
    name = "xn--ecole-6ed.example"
    assert ask("name.idn-normalized", leaf(name)) == [Problem(f"{name} is not in normalization form C", key=name)]
    assert ask("name.idn-normalized", leaf("a.example")) == [NotApplicable("no internationalized name")]
    assert ask("name.idn-normalized", leaf("xn--!-.example")) == []


URIS = (
    "https://a.example/b",
    "spiffe://corp/db",
    "http://192.0.2.1:80/",
    "https://[2a00::1]/",
    "urn:uuid:1",
    "file:///etc",
)


@pytest.mark.parametrize("name", [mail("a@b.example"), mail("a+b@b"), *map(x509.UniformResourceIdentifier, URIS)])
def test_addresses_and_uris_with_a_host(ask, name):
    assert ask("name.san-form", leaf(name)) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (mail("nobody"), "email:nobody has no @"),
        (mail("a b@c.example"), "email:a b@c.example has no valid mailbox before the @"),
        (mail("a@"), "email:a@ has no valid domain after the @"),
        (mail("a@b c"), "email:a@b c has no valid domain after the @"),
        (x509.UniformResourceIdentifier("https:///b"), "URI:https:///b has no host"),
        (x509.UniformResourceIdentifier("https://-a.example/"), "URI:https://-a.example/ has an invalid host"),
    ],
)
def test_addresses_and_uris_without_one(ask, name, problem):
    key = problem.split(" has ")[0]
    assert ask("name.san-form", leaf(name)) == [Problem(problem, key=key, cause="name.san-types")]


def test_other_rules_judge_dns_names(ask):
    assert ask("name.san-form", leaf("a..example")) == []
    assert ask("name.san-form", leaf()) == [NO_SAN]


def named(*names):
    value = x509.IssuerAlternativeName(names)
    return issue("a", ca=True, extensions={x509.IssuerAlternativeName: (value, False)})


@pytest.mark.parametrize(
    "name", [x509.DNSName("ca.example"), mail("ca@ca.example"), x509.UniformResourceIdentifier("http://ca.example")]
)
def test_an_issuer_may_have_more_names(ask, name):
    assert ask("name.issuer-alt-name", named(name), Role.ISSUER) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (x509.DNSName(""), "DNS: is empty"),
        (mail("ca"), "email:ca has no @"),
        (x509.UniformResourceIdentifier("ca.example"), "URI:ca.example is invalid: it has no scheme"),
    ],
)
def test_but_not_any_text(ask, name, problem):
    assert [p.message for p in ask("name.issuer-alt-name", named(name), Role.ISSUER)] == [problem]
    assert ask("name.issuer-alt-name", leaf()) == [NotApplicable("no issuerAltName")]
