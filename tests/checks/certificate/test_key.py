"""The subject's public key."""

import pytest
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certgate.checks.framework.registry import ALL_ROLES, NotApplicable, NotChecked, Problem
from certgate.lab.pki import issue, make_key
from certgate.model.finding import Severity
from certgate.x509.errors import Malformed

NO_RSA = [NotApplicable("the key type is EC")]
RSA_RULES = ["key.rsa-min", "key.rsa-mod8", "key.rsa-exponent", "key.rsa-quality"]


def tlv(tag, content):
    size = len(content)
    length = bytes([size]) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def rsa_spki(modulus, exponent=65537, algorithm="300d06092a864886f70d0101010500"):
    numbers = tlv(0x30, asn1.encode_der(modulus) + asn1.encode_der(exponent))
    return tlv(0x30, bytes.fromhex(algorithm) + tlv(0x03, b"\0" + numbers))


def spki_of(key):
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


MODULUS = make_key("RSA-2048").public_key().public_numbers().n
SHORT = (1 << 2046) + 15  # 2047 bits; whether it is a good modulus does not matter to its length


@pytest.fixture
def ask_rsa(ask, holding):
    return lambda rule, modulus, exponent=65537, **options: ask(rule, holding(rsa_spki(modulus, exponent)), **options)


@pytest.mark.parametrize("kind", ["RSA-2048", "P-256", "P-384", "P-521"])
@pytest.mark.parametrize("rule", ["key.type", "key.curve", "key.ec-named", "key.spki-encoding", *RSA_RULES])
def test_usual_keys_pass_or_are_not_asked(ask, rule, kind):
    assert all(isinstance(answer, NotApplicable) for answer in ask(rule, issue("a.example", key=kind)))


@pytest.mark.parametrize("role", sorted(ALL_ROLES))
def test_keys_are_judged_in_every_role(ask, role):
    small = issue("a.example", key="RSA-1024", ca=True)
    assert ask("key.rsa-min", small, role) == [Problem("RSA key of 1024 bits, at least 2048 required")]


@pytest.mark.parametrize("kind", ["Ed25519", "Ed448"])
def test_other_types_pass_only_where_the_policy_names_them(ask, kind):
    certificate = issue("a.example", key=kind)
    assert ask("key.type", certificate) == [Problem(f"key type {kind}, RSA or EC required")]
    assert ask("key.type", certificate, allowed=("RSA", "EC", kind)) == []


def test_types_that_nobody_wants(ask, holding):
    old = spki_of(dsa.generate_private_key(1024).public_key())
    assert ask("key.type", holding(old)) == [Problem("key type DSA, RSA or EC required")]
    pss = rsa_spki(MODULUS, algorithm="300b06092a864886f70d01010a")
    assert ask("key.type", holding(pss)) == [Problem("key type RSASSA-PSS, RSA or EC required")]
    unknown = tlv(0x30, bytes.fromhex("300506032a0304") + b"\x03\x02\x00\x00")
    assert ask("key.type", holding(unknown)) == [Problem("key type 1.2.3.4, RSA or EC required")]


@pytest.mark.parametrize(
    "spki",
    [
        rsa_spki(MODULUS, 1),
        tlv(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + b"\x03\x02\x00\x00"),
        tlv(0x30, bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107") + b"\x03\x04\x00\x04\x01\x02"),
    ],
)
def test_a_key_that_cannot_be_used_fails(ask, holding, spki):
    [problem] = ask("key.type", holding(spki))
    assert "key cannot be used: " in problem.message


def test_a_key_that_is_no_key_fails(ask, holding):
    assert ask("key.type", holding(b"\x30\x00")) == [Problem("key type unknown, RSA or EC required")]


def test_an_unreadable_rsa_key_is_no_pass(ask, holding):
    broken = holding(tlv(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + b"\x03\x02\x00\x00"))
    for rule in RSA_RULES:
        with pytest.raises(Malformed):
            ask(rule, broken)
    for modulus in (-MODULUS, 0):
        with pytest.raises(Malformed):
            ask("key.rsa-min", holding(rsa_spki(modulus)))


def test_curves_are_allowed_by_name(ask, holding):
    brainpool = holding(spki_of(ec.generate_private_key(ec.BrainpoolP256R1()).public_key()))
    assert ask("key.curve", brainpool) == [Problem("curve brainpoolP256r1, P-256 or P-384 or P-521 required")]
    assert ask("key.curve", brainpool, allowed=("brainpoolP256r1",)) == []
    assert ask("key.curve", issue("a.example", key="P-521"), allowed=("P-256", "P-384")) == [
        Problem("curve P-521, P-256 or P-384 required")
    ]


EXPLICIT = tlv(0x30, bytes.fromhex("06072a8648ce3d0201") + tlv(0x30, b"\x02\x01\x01"))
"""An AlgorithmIdentifier whose parameters are a SEQUENCE, as explicit curve parameters are."""


@pytest.mark.parametrize("algorithm", [EXPLICIT, bytes.fromhex("300906072a8648ce3d0201"), bytes.fromhex("300b06072a8648ce3d02010500")])  # fmt: skip
def test_a_curve_that_is_not_named_fails(ask, holding, algorithm):
    certificate = holding(tlv(0x30, algorithm + tlv(0x03, b"\0\x04" + b"\x01" * 64)))
    assert ask("key.ec-named", certificate) == [
        Problem("the curve is not named: its parameters are explicit or absent")
    ]
    assert ask("key.curve", certificate) == [Problem("curve unknown, P-256 or P-384 or P-521 required")]


def test_encodings_are_compared_byte_for_byte(ask, holding):
    bare = holding(rsa_spki(MODULUS, algorithm="300b06092a864886f70d010101"))
    assert ask("key.spki-encoding", bare) == [
        Problem(
            "AlgorithmIdentifier of the RSA 2048 key is 300b06092a864886f70d010101, 300d06092a864886f70d0101010500 required",
            cause="cert.form",
        )
    ]
    assert ask("key.spki-encoding", issue("a.example", key="Ed25519")) == [
        NotApplicable("no encoding is required for Ed25519")
    ]


def test_2047_bits_fail_and_2048_pass(ask_rsa):
    assert ask_rsa("key.rsa-min", SHORT) == [Problem("RSA key of 2047 bits, at least 2048 required")]
    assert ask_rsa("key.rsa-min", MODULUS) == []
    assert ask_rsa("key.rsa-min", MODULUS, min_bits=3000) == [Problem("RSA key of 2048 bits, at least 3000 required")]


def test_lengths_are_multiples_of_8(ask_rsa):
    assert ask_rsa("key.rsa-mod8", SHORT) == [Problem("RSA key of 2047 bits, a multiple of 8 required")]
    assert ask_rsa("key.rsa-mod8", MODULUS) == []


@pytest.mark.parametrize(
    ("exponent", "problem"),
    [
        (-3, Problem("RSA exponent -3, an odd number of at least 3 required")),
        (1, Problem("RSA exponent 1, an odd number of at least 3 required")),
        (2, Problem("RSA exponent 2, an odd number of at least 3 required")),
        (65538, Problem("RSA exponent 65538, an odd number of at least 3 required")),
        (3, Problem("RSA exponent 3, between 2^16 + 1 and 2^256 - 1 recommended", severity=Severity.WARNING)),
        (65535, Problem("RSA exponent 65535, between 2^16 + 1 and 2^256 - 1 recommended", severity=Severity.WARNING)),
        (65537, None),
        ((1 << 256) - 1, None),
        ((1 << 256) + 1, Problem("RSA exponent of 257 bits, between 2^16 + 1 and 2^256 - 1 recommended", severity=Severity.WARNING)),
    ],
)  # fmt: skip
def test_exponents(ask_rsa, exponent, problem):
    assert ask_rsa("key.rsa-exponent", MODULUS, exponent) == ([problem] if problem else [])


P = 2**127 - 1  # a Mersenne prime


@pytest.mark.parametrize(
    ("modulus", "problem"),
    [
        (MODULUS * 2, "the modulus is divisible by 2"),
        (P * 751, "the modulus is divisible by 751"),
        (P * 757, None),
        (P**2, "the modulus is a power of a smaller number"),
        (757**211, "the modulus is a power of a smaller number"),
        ((P * 757) ** 3, "the modulus is a power of a smaller number"),
    ],
)
def test_moduli_that_are_no_product_of_large_primes(ask_rsa, modulus, problem):
    assert ask_rsa("key.rsa-quality", modulus) == ([Problem(problem)] if problem else [])


def test_a_modulus_beyond_the_limit_is_not_examined(ask_rsa):
    assert ask_rsa("key.rsa-quality", (1 << 16383) + 1) != [
        NotChecked("RSA key of 16384 bits exceeds the limit of 16384 bits")
    ]
    assert ask_rsa("key.rsa-quality", (1 << 16384) + 1) == [
        NotChecked("RSA key of 16385 bits exceeds the limit of 16384 bits")
    ]


@pytest.mark.parametrize("rule", RSA_RULES)
def test_other_keys_have_no_rsa_numbers(ask, rule):
    assert ask(rule, issue("a.example")) == NO_RSA
