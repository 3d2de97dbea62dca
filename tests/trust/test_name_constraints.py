"""Which names constraints refuse. The CA carries them unless a test says otherwise."""

from ipaddress import ip_network

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.lab.pki import Credential, issue
from certgate.trust.limit import LimitExceeded
from certgate.trust.name_constraints import MAX_COMPARISONS, Refusal, refusals
from certgate.trust.path import CertificatePath
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True)


def dns(*names: str) -> list[x509.GeneralName]:
    return [x509.DNSName(n) for n in names]


def uri(name: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(name)]


def mail(name: str) -> list[x509.GeneralName]:
    return [x509.RFC822Name._init_without_validation(name)]


def net(text: str) -> list[x509.GeneralName]:
    return [x509.IPAddress(ip_network(text))]


def directory(*values: str) -> list[x509.GeneralName]:
    return [x509.DirectoryName(name(*values))]


def name(*values: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, v) for v in values])


def constrained(permitted=None, excluded=None, subject="CA", issuer=ROOT, **contents) -> Credential:
    value = x509.NameConstraints(permitted, excluded)
    return issue(subject, issuer=issuer, ca=True, extensions={x509.NameConstraints: (value, True)}, **contents)


def found(*chain: Credential, from_anchor: Credential | None = None) -> list[Refusal]:
    path = CertificatePath(tuple(parse_certificate(c.der) for c in chain), parse_certificate((from_anchor or ROOT).der))
    return list(refusals(path, from_anchor=from_anchor is not None))


@pytest.mark.parametrize(
    ("constraint", "inside", "outside"),
    [
        (dns("corp.example"), ["corp.example", "a.b.corp.example", "A.CORP.example", "*.corp.example"],
         ["notcorp.example", "example", "*.example", ".corp.example"]),
        (dns(""), ["any.example"], []),
        (uri("corp.example"), ["spiffe://corp.example/db", "https://corp.example:8443/x"],
         ["spiffe://a.corp.example/db", "spiffe://other.example/db", "https://192.0.2.1/", "urn://"]),
        (uri(".corp.example"), ["spiffe://a.corp.example/db"], ["spiffe://corp.example/db"]),
        (uri("corp.example"), ["https://a@corp.example/"],
         ["https://other.example\\@corp.example/", "https://corp.exam\tple/", " https://corp.example/"]),
        (net("192.0.2.0/24"), ["192.0.2.255"], ["192.0.3.0", "::1"]),
        (net("2001:db8::/32"), ["2001:db8::1"], ["2001:db9::1"]),
        (mail("ops@corp.example"), mail("ops@CORP.example"), mail("Ops@corp.example") + mail("ops@a.corp.example")),
        (mail("corp.example"), mail("a@corp.example"), mail("a@b.corp.example") + mail("a@b@corp.example")),
        (mail(".corp.example"), mail("a@b.corp.example"), mail("a@corp.example")),
        (directory("Corp"), directory("corp") + directory(" Corp ", "Unit"), directory("Other") + directory("Unit", "Corp")),
    ],
)  # fmt: skip
def test_what_lies_in_a_permitted_subtree_and_what_does_not(constraint, inside, outside):
    ca = constrained(constraint)
    for good in inside:
        assert found(issue("", issuer=ca, sans=[good]), ca) == []
    for bad in outside:
        assert len(found(issue("", issuer=ca, sans=[bad]), ca)) == 1, bad


def test_a_refusal_says_which_name_by_whom_and_why():
    ca = constrained(dns("corp.example", "lab.example"))
    leaf = issue("", issuer=ca, sans=["corp.example", "other.example"])
    assert found(leaf, ca) == [
        Refusal(0, 1, "is outside the permitted names: DNS corp.example, DNS lab.example", "DNS other.example")
    ]


@pytest.mark.parametrize("san", ["bad.corp.example", "a.bad.corp.example", "*.corp.example", "*.bad.corp.example"])
def test_what_is_excluded_is_refused_even_if_it_is_permitted(san):
    ca = constrained(dns("corp.example"), dns("bad.corp.example"))
    (refusal,) = found(issue("", issuer=ca, sans=[san]), ca)
    assert refusal.reason == "is excluded by DNS bad.corp.example"


def test_a_kind_that_is_not_mentioned_is_free():
    ca = constrained(dns("corp.example"))
    assert found(issue("any name", issuer=ca, sans=["192.0.2.1", "spiffe://corp.example/a"]), ca) == []


def test_every_ca_above_must_allow_a_name_and_none_can_widen():
    upper = constrained(dns("a.example"), subject="Upper")
    lower = constrained(dns("a.example", "b.example"), subject="Lower", issuer=upper)
    assert [(r.index, r.by) for r in found(issue("", issuer=lower, sans=["b.example"]), lower, upper)] == [(0, 2)]


def test_names_of_intermediates_are_held_against_the_constraints_above_them():
    upper = constrained(dns("a.example"), subject="Upper")
    lower = issue("Lower", issuer=upper, ca=True, sans=["b.example"])
    assert [(r.index, r.by) for r in found(issue("", issuer=lower), lower, upper)] == [(1, 2)]


def test_a_self_issued_ca_is_exempt_and_a_self_issued_leaf_is_not():
    upper = constrained(dns("a.example"), subject="Same")
    rollover = issue("Same", issuer=upper, ca=True, sans=["b.example"])
    assert found(issue("", issuer=rollover, sans=["a.example"]), rollover, upper) == []
    assert len(found(issue("Same", issuer=upper, sans=["b.example"]), upper)) == 1


def test_the_anchors_constraints_count_on_request_only():
    anchor = constrained(dns("a.example"), subject="Anchor", issuer=None)
    leaf = issue("", issuer=anchor, sans=["b.example"])
    path = CertificatePath((parse_certificate(leaf.der),), parse_certificate(anchor.der))
    assert list(refusals(path)) == []
    assert [(r.index, r.by) for r in found(leaf, from_anchor=anchor)] == [(0, 1)]


def test_an_e_mail_address_in_the_subject_counts_where_there_are_no_alternative_names():
    subject = x509.Name([x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@other.example")])
    ca = constrained(mail("corp.example"))
    assert [r.name for r in found(issue(subject, issuer=ca), ca)] == ["e-mail a@other.example"]
    assert found(issue(subject, issuer=ca, sans=["a.example"]), ca) == []


def test_the_subject_is_a_directory_name_unless_it_is_empty_and_the_common_name_is_no_dns_name():
    ca = constrained(directory("Corp"))
    assert len(found(issue(name("Other"), issuer=ca), ca)) == 1
    assert found(issue("", issuer=ca, sans=["a.example"]), ca) == []
    assert found(issue("b.example", issuer=(c := constrained(dns("a.example")))), c) == []


def test_a_kind_that_nobody_can_judge_is_refused_where_it_is_constrained():
    other = x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")
    ca = constrained(dns("a.example"), [other])
    assert found(issue("", issuer=ca, sans=["a.example"]), ca) == []
    (refusal,) = found(issue("", issuer=ca, sans=["a.example", other]), ca)
    assert refusal.reason == "is of a kind that cannot be compared with the constraint"


def tlv(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


def permitting(tag: int, base: bytes, more: bytes = b"") -> bytes:
    """Name constraints that permit one subtree; `more` holds its minimum and maximum."""
    return tlv(0x30, tlv(0xA0, tlv(0x30, tlv(tag, base) + more)))


DNS, MAIL, IP = 0x82, 0x81, 0x87


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\x30\x00", "the name constraints are empty"),
        (b"\x30\x04\xa0\x00\xa1\x00", "the name constraints are empty"),
        (b"\x05\x00", "the extension nameConstraints (2.5.29.30) cannot be read"),
        (permitting(DNS, b"a.example", tlv(0x80, b"\x01")), "has a minimum or maximum"),
        (permitting(DNS, b"a.example", tlv(0x81, b"\x01")), "has a minimum or maximum"),
        (permitting(DNS, b".a.example"), "the DNS name constraint '.a.example' is not valid (RFC 5280 §4.2.1.10)"),
        (permitting(DNS, b"*.a.example"), "the DNS name constraint '*.a.example' is not valid (RFC 5280 §4.2.1.10)"),
        (permitting(DNS, b"\xc3\xa9.example"), "a DNS name constraint is not ASCII"),
        (
            permitting(MAIL, b"a@b@c.example"),
            "the e-mail name constraint 'a@b@c.example' is not valid (RFC 5280 §4.2.1.10)",
        ),
        (
            permitting(IP, bytes([127, 0, 0, 1])),
            "an IP name constraint has 4 octets, 8 or 32 required",
        ),
        (permitting(IP, bytes([127, 0, 0, 0, 255, 0, 255, 0])), "the mask of an IP name constraint is not contiguous"),
    ],
)
def test_constraints_that_rfc_5280_does_not_allow_are_refused_as_a_whole(value, reason):
    ca = issue("CA", issuer=ROOT, ca=True, raw_extensions=[("2.5.29.30", True, value)])
    (refusal,) = found(issue("", issuer=ca, sans=["a.example"]), ca)
    assert (refusal.index, refusal.by, refusal.name) == (0, 1, "")
    assert reason in refusal.reason


def test_constraints_of_a_leaf_constrain_nothing():
    ca = constrained(dns("a.example"))
    leaf = issue("", issuer=ca, sans=["a.example"], raw_extensions=[("2.5.29.30", True, b"\x30\x00")])
    assert found(leaf, ca) == []


def test_names_that_cannot_be_read_are_refused_where_there_are_constraints():
    ca = constrained(dns("a.example"))
    leaf = issue("", issuer=ca, raw_extensions=[("2.5.29.17", True, b"\x30\x03\x87\x02\x01")])
    (refusal,) = found(leaf, ca)
    assert (refusal.index, refusal.by, refusal.name) == (0, 1, "")
    lower = constrained(dns("a.example"), subject="Lower", issuer=ca)
    (refusal,) = found(
        issue("", issuer=lower, raw_extensions=[("2.5.29.17", True, b"\x30\x03\x87\x02\x01")]), lower, ca
    )
    assert (refusal.index, refusal.by) == (0, 2)


def test_a_damaged_name_is_refused_by_constraints_of_its_type_alone():
    leaf = {"raw_extensions": [("2.5.29.17", True, b"\x30\x03\x87\x01\x01")]}
    by_dns, by_address = constrained(dns("a.example")), constrained([x509.IPAddress(ip_network("192.0.2.0/24"))])
    assert found(issue("", issuer=by_dns, **leaf), by_dns) == []
    (refusal,) = found(issue("", issuer=by_address, **leaf), by_address)
    assert (refusal.name, refusal.reason) == ("IP", "is of a kind that cannot be compared with the constraint")


def test_too_many_comparisons_are_not_begun():
    size = int(MAX_COMPARISONS**0.5)
    ca = constrained(dns(*(f"n{n}.example" for n in range(size))))
    few = issue("", issuer=ca, sans=dns(*["n0.example"] * (MAX_COMPARISONS // size)))
    many = issue("", issuer=ca, sans=dns(*["n0.example"] * (MAX_COMPARISONS // size + 1)))
    assert found(few, ca) == []
    with pytest.raises(LimitExceeded):
        found(many, ca)
