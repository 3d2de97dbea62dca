"""How keyUsage is encoded, and whether it fits key, role and purposes."""

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role

NO_KU = NotApplicable("no keyUsage")
ZEROS = "the encoding of keyUsage ends with bits that are not set"
SERVER, CLIENT, CODE, MAIL, TIME, OCSP = (
    p.dotted_string
    for p in (
        Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH, Purpose.CODE_SIGNING, Purpose.EMAIL_PROTECTION, Purpose.TIME_STAMPING,
        Purpose.OCSP_SIGNING,
    )
)  # fmt: skip


def encoded(value):
    return issue("a", key_usage=(), raw_extensions=[("2.5.29.15", True, bytes.fromhex(value))])


@pytest.mark.parametrize("value", ["03020780", "03020106", "0303070080", "0303078080"])
def test_the_last_bit_is_set(ask, value):
    assert ask("ku.encoding", encoded(value)) == []


@pytest.mark.parametrize(
    "value", ["03020080", "030206 80".replace(" ", ""), "0303008000", "03030780 00".replace(" ", "")]
)
def test_zeros_at_the_end_are_not_encoded(ask, value):
    assert ask("ku.encoding", encoded(value)) == [Problem(ZEROS, key="zeros")]


def test_without_any_bit_another_rule_reports_it(ask):
    assert ask("ku.encoding", encoded("03020700")) == [Problem(ZEROS, key="zeros", cause="ext.form")]
    assert ask("ku.encoding", encoded("030100")) == []


def test_nine_bits_are_defined(ask):
    assert ask("ku.encoding", encoded("0303068040")) == [
        Problem("keyUsage has 10 bits, only 9 are defined", key="undefined")
    ]
    assert ask("ku.encoding", issue("a", key_usage=())) == [NO_KU]


def authority(*usage, key="P-256"):
    return issue("a", ca=True, key=key, key_usage=usage)


def test_a_ca_signs_and_does_nothing_else(ask):
    assert ask("ku.ca-only", authority("key_cert_sign", "crl_sign", "digital_signature"), Role.ISSUER) == []
    assert ask("ku.ca-only", authority("key_cert_sign", "content_commitment", "key_agreement"), Role.ISSUER) == [
        Problem("keyUsage of the CA has keyAgreement, nonRepudiation")
    ]
    assert ask("ku.ca-only", authority(), Role.ISSUER) == [NO_KU]


@pytest.mark.parametrize(
    ("key", "bit", "name"),
    [
        ("RSA-2048", "key_agreement", "keyAgreement"), ("P-256", "key_encipherment", "keyEncipherment"),
        ("P-256", "data_encipherment", "dataEncipherment"), ("Ed25519", "key_agreement", "keyAgreement"),
        ("Ed448", "key_encipherment", "keyEncipherment"),
    ],
)  # fmt: skip
def test_a_key_is_not_for_what_its_algorithm_cannot_do(ask, key, bit, name):
    leaf = issue("a", key=key, key_usage=("digital_signature", bit))
    kind = {"RSA-2048": "RSA", "P-256": "EC"}.get(key, key)
    assert ask("ku.algorithm", leaf, Role.CLIENT) == [
        Problem(f"keyUsage has {name}, but the key type is {kind}", cause="ku.ca-only")
    ]


@pytest.mark.parametrize(
    ("key", "usage"),
    [
        ("RSA-2048", ("digital_signature", "key_encipherment", "data_encipherment")),
        ("P-256", ("digital_signature", "key_agreement")), ("Ed25519", ("digital_signature", "content_commitment")),
    ],
)  # fmt: skip
def test_a_key_is_for_what_its_algorithm_can_do(ask, key, usage):
    assert ask("ku.algorithm", issue("a", key=key, key_usage=usage), Role.CLIENT) == []


def test_encryption_with_the_key_of_a_ca_is_a_warning(ask):
    risky = authority("key_cert_sign", "key_encipherment", key="RSA-2048")
    assert ask("ku.algorithm", risky, Role.ISSUER) == [
        Problem(
            "keyUsage of the CA has keyEncipherment", key="encryption", severity=Severity.WARNING, cause="ku.ca-only"
        )
    ]
    assert ask("ku.algorithm", authority(), Role.ISSUER) == [NO_KU]


@pytest.mark.parametrize(
    ("purpose", "usage"),
    [
        (SERVER, "key_encipherment"), (CLIENT, "key_agreement"), (CODE, "digital_signature"), (MAIL, "content_commitment"),
        (TIME, "content_commitment"), (OCSP, "digital_signature"),
    ],
)  # fmt: skip
def test_a_purpose_has_a_bit(ask, purpose, usage):
    assert ask("ku.purposes", issue("a", ekus=(purpose,), key_usage=(usage,))) == []


@pytest.mark.parametrize(
    ("purpose", "name"),
    [(SERVER, "serverAuth"), (CLIENT, "clientAuth"), (CODE, "codeSigning"), (MAIL, "emailProtection"), (OCSP, "OCSPSigning")],
)  # fmt: skip
def test_a_purpose_without_a_bit_is_found(ask, purpose, name):
    assert ask("ku.purposes", issue("a", ekus=(purpose,), key_usage=("data_encipherment",))) == [
        Problem(f"keyUsage has no bit for {name}", cause="ku.handshake")
    ]


def test_one_usable_purpose_is_enough_for_a_warning(ask):
    assert ask("ku.purposes", issue("a", ekus=(SERVER, CLIENT), key_usage=("key_encipherment",))) == [
        Problem("keyUsage has no bit for clientAuth", severity=Severity.WARNING)
    ]
    assert ask("ku.purposes", issue("a", ekus=(CODE, "1.2.3"), key_usage=("key_encipherment",))) == [
        Problem("keyUsage has no bit for codeSigning", severity=Severity.WARNING)
    ]


@pytest.mark.parametrize("leaf", [{"ekus": ()}, {"key_usage": ()}, {"ekus": ("1.2.3",)}])
def test_nothing_is_compared_with_nothing(ask, leaf):
    assert ask("ku.purposes", issue("a", **leaf)) == [
        NotApplicable("no keyUsage together with a known purpose in extendedKeyUsage")
    ]
