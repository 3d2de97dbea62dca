"""Signatures of certificates with the keys of their issuers."""

from contextlib import suppress
from random import Random

import pytest
from cryptography.hazmat import asn1

from certgate.lab.pki import Credential, issue, make_key
from certgate.trust.links import inherited, is_self_signed, may_issue, verify_link, verify_signed
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.der import read_certificate
from certgate.x509.errors import Malformed
from tests.fuzz.mutate import restructured

CA = issue("CA", ca=True)
LEAF = issue("leaf", issuer=CA)


def facts(credential: Credential) -> Certificate:
    return parse_certificate(credential.der)


def test_a_link_verifies_with_the_issuers_key_alone():
    assert verify_link(facts(LEAF), facts(CA)) is None
    assert verify_link(facts(LEAF), facts(LEAF)) == "the signature does not verify with the signer's key"


def test_a_key_of_another_kind_is_said_so():
    other = facts(issue("CA", ca=True, key="RSA-2048"))
    assert "does not go with the signer's key" in (verify_link(facts(LEAF), other) or "")


@pytest.mark.parametrize(
    ("der", "spki", "reason"),
    [
        (b"", facts(CA).spki, "the signature cannot be read"),
        (b"\x30\x00", facts(CA).spki, "the signature cannot be read"),
        (LEAF.der, b"", "the issuer's key cannot be used"),
        (LEAF.der, b"\x30\x00", "the issuer's key cannot be used"),
    ],
)
def test_foreign_bytes_give_a_reason_and_never_an_exception(der, spki, reason):
    assert (verify_signed(der, spki) or "").startswith(reason)


def test_a_certificate_that_is_read_verifies_as_its_bytes_do():
    reasons = set()
    for der in (LEAF.der, *(restructured(Random(seed), LEAF.der) for seed in range(200))):
        with suppress(Malformed):
            reasons.add(verify_link(parse_certificate(der), facts(CA)))
            assert verify_link(parse_certificate(der), facts(CA)) == verify_signed(der, facts(CA).spki)
    assert len(reasons) > 3


def test_a_signature_must_be_whole_octets():
    even = next(c for c in iter(lambda: issue("leaf", issuer=CA, key=make_key()), None) if c.der[-1] & 1 == 0)
    outer = read_certificate(even.der)
    outer.signature = asn1.BitString(outer.signature.as_bytes(), 1)

    assert verify_signed(even.der, facts(CA).spki) is None
    assert verify_signed(asn1.encode_der(outer), facts(CA).spki) == "the signature is not a whole number of octets"


def test_self_signed_means_name_and_key():
    assert is_self_signed(facts(CA))
    assert not is_self_signed(facts(issue("CA", issuer=CA)))
    assert not is_self_signed(facts(LEAF))


def test_what_may_issue_has_the_name_and_no_other_key_identifier():
    assert may_issue(facts(CA), facts(LEAF))
    assert not may_issue(facts(issue("CA", ca=True)), facts(LEAF))
    assert not may_issue(facts(issue("Other", ca=True, key=CA.key)), facts(LEAF))


def sequence(*parts):
    content = b"".join(parts)
    return bytes([0x30, len(content)]) + content


DSA = bytes.fromhex("06072a8648ce380401")
PARAMETERS = sequence(bytes.fromhex("020117"), bytes.fromhex("02010b"), bytes.fromhex("020104"))
WHOLE = sequence(sequence(DSA, PARAMETERS), bytes.fromhex("030400020105"))
BARE = sequence(sequence(DSA), bytes.fromhex("030400020107"))


def test_a_dsa_key_without_parameters_takes_those_of_the_key_above():
    assert inherited(BARE, WHOLE) == sequence(sequence(DSA, PARAMETERS), bytes.fromhex("030400020107"))


@pytest.mark.parametrize(
    ("own", "above"),
    [
        (WHOLE, WHOLE),
        (BARE, b""),
        (BARE, facts(CA).spki),
        (BARE, WHOLE[:-1]),
        (BARE[:-1], WHOLE),
        (facts(CA).spki, WHOLE),
    ],
)
def test_nothing_is_inherited_where_a_key_is_whole_of_another_kind_or_unreadable(own, above):
    assert inherited(own, above) == b""
