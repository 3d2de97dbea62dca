"""CRLs on their own: the form of what stands around the entries, at every boundary."""

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotApplicable
from certgate.lab.crl import crl_entry, make_crl
from certgate.lab.pki import issue
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate
from tests.checks.status.published import ask_of, of_crl

CA = issue("CA", ca=True, days=900)
SKI = parse_certificate(CA.der).ski
FRESHEST = x509.FreshestCRL(
    [x509.DistributionPoint([x509.UniformResourceIdentifier("http://a.example/d.crl")], None, None, None)]
)


def numbered(der_integer, *, critical=False):
    return make_crl(CA, number=None, raw_extensions=[("2.5.29.20", critical, der_integer)])


def with_aki(identifier, *, critical=False):
    return make_crl(CA, extensions=[(x509.AuthorityKeyIdentifier(identifier, None, None), critical)])


# --- what can be read ---


def test_every_part_of_a_good_crl_can_be_read():
    assert of_crl("crl.form", make_crl(CA, crl_entry(1), scope={"only_contains_ca_certs": True})) == []


@pytest.mark.parametrize(
    ("extension", "found"),
    [
        (("2.5.29.20", False, b"\x04\x00"), "cRLNumber of the CRL cannot be read"),
        (("2.5.29.28", True, b"\x05\x00"), "issuingDistributionPoint of the CRL cannot be read"),
        (("2.5.29.35", False, b"\x05\x00"), "authorityKeyIdentifier of the CRL cannot be read"),
        (("2.5.29.27", True, b"\x05\x00"), "deltaCRLIndicator of the CRL cannot be read"),
    ],
)
def test_an_extension_that_cannot_be_read_fails(extension, found):
    assert of_crl("crl.form", make_crl(CA, number=None, raw_extensions=[extension]))[0].startswith(found)


def test_an_extension_that_is_there_twice_fails_once():
    twice = make_crl(CA, raw_extensions=[("2.5.29.20", False, b"\x02\x01\x05")])

    assert of_crl("crl.form", twice) == [
        "the list of extensions of the CRL cannot be read: one of them is present twice"
    ]


def test_entries_that_cannot_be_read_are_counted_by_the_reason():
    no_date = b"\x30\x03\x02\x01\x07"

    assert of_crl("crl.form", make_crl(CA, crl_entry(1), no_date, no_date)) == [
        "the entry of serial number 7, and 1 more: it is not a serial number, a date and extensions"
    ]


@pytest.mark.parametrize(
    ("version", "found"),
    [
        (2, []),
        (None, ["the CRL has version 1, version 2 required"]),
        (1, ["the CRL has version 1, version 2 required"]),
        (3, ["the CRL has version 3, version 2 required"]),
    ],
)
def test_version_2_is_required(version, found):
    assert of_crl("crl.version", make_crl(CA, version=version)) == found


def test_the_two_algorithms_are_the_same():
    assert of_crl("crl.algorithms", make_crl(CA)) == []
    assert of_crl("crl.algorithms", make_crl(CA, inner_hash="sha384")) == [
        "the algorithm in the signed part differs from the one beside the signature"
    ]


# --- the number ---


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (b"\x02\x01\x00", []),
        (b"\x02\x01\xff", ["cRLNumber is negative"]),
        (b"\x02\x14\x7f" + b"\xff" * 19, []),
        (b"\x02\x15\x00\x80" + b"\x00" * 19, ["cRLNumber has 160 bits, at most 159 allowed"]),
    ],
)
def test_a_number_has_at_most_20_octets_and_is_not_negative(octets, found):
    assert of_crl("crl.number", numbered(octets)) == found


def test_a_number_is_required_and_not_critical():
    assert of_crl("crl.number", make_crl(CA, number=None)) == ["there is no cRLNumber"]
    assert of_crl("crl.number", numbered(b"\x02\x01\x05", critical=True)) == ["cRLNumber is critical"]


# --- the key identifier ---


def test_the_key_identifier_is_that_of_the_issuer():
    assert of_crl("crl.key-identifier", with_aki(SKI), CA) == []
    assert of_crl("crl.key-identifier", with_aki(b"x")) == []
    assert of_crl("crl.key-identifier", with_aki(b"x"), CA) == [
        "authorityKeyIdentifier is not the subjectKeyIdentifier of the CRL's issuer"
    ]


def test_the_key_identifier_is_required_and_not_critical():
    names_only = make_crl(CA, raw_extensions=[("2.5.29.35", False, b"\x30\x00")])

    assert of_crl("crl.key-identifier", make_crl(CA)) == ["there is no authorityKeyIdentifier"]
    assert of_crl("crl.key-identifier", with_aki(SKI, critical=True), CA) == ["authorityKeyIdentifier is critical"]
    assert of_crl("crl.key-identifier", names_only) == ["authorityKeyIdentifier has no key identifier"]


# --- critical extensions, delta CRLs, size ---


def test_an_unknown_critical_extension_of_the_crl_or_of_an_entry_fails():
    unknown = ("1.2.3.4", True, b"\x05\x00")
    entry = crl_entry(1, raw_extensions=[("1.2.3.5", True, b"\x05\x00")])

    assert of_crl("crl.unknown-critical", make_crl(CA, raw_extensions=[("1.2.3.4", False, b"\x05\x00")])) == []
    assert of_crl("crl.unknown-critical", make_crl(CA, entry, raw_extensions=[unknown])) == [
        "the critical extension 1.2.3.4 is unknown to clients",
        "the critical extension 1.2.3.5 is unknown to clients",
    ]


def delta_of(base, *, number=5, critical=True, more=()):
    return make_crl(CA, number=number, extensions=[(x509.DeltaCRLIndicator(base), critical), *more])


def test_a_complete_crl_is_no_delta():
    assert ask_of(Role.CRL, "crl.delta", make_crl(CA)) == [NotApplicable("no delta CRL, and none is named")]
    assert of_crl("crl.delta", make_crl(CA, extensions=[(FRESHEST, False)])) == []
    assert of_crl("crl.delta", make_crl(CA, extensions=[(FRESHEST, True)])) == ["freshestCRL is critical"]


def test_a_delta_is_marked_and_has_an_older_base():
    assert of_crl("crl.delta", delta_of(4)) == []
    assert of_crl("crl.delta", delta_of(5)) == ["the base CRL 5 is not older than this CRL, number 5"]
    assert of_crl("crl.delta", delta_of(4, critical=False)) == ["deltaCRLIndicator is not critical"]
    assert of_crl("crl.delta", delta_of(4, more=[(FRESHEST, False)])) == ["a delta CRL has freshestCRL"]


def test_the_size_is_bounded_as_the_policy_says():
    crl = make_crl(CA, *(crl_entry(number) for number in range(1, 60)))

    assert 1024 < len(crl) <= 2048
    assert of_crl("crl.size", crl, max_kib=2) == []
    assert of_crl("crl.size", crl, max_kib=1) == ["the CRL has 2 KiB, at most 1 allowed"]
