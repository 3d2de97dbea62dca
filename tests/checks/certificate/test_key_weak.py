"""key.weak: RSA keys that are factored with little effort."""

import math

import pytest
from cryptography.hazmat import asn1

from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.lab.pki import issue, make_key
from certgate.lab.weak_keys import close_primes_key, roca_key
from certgate.x509.der import encoded
from certgate.x509.weak_rsa import has_close_primes, is_roca

CLOSE = Problem("the modulus can be factored: its primes are close together", key="close primes")
ROCA = Problem("the modulus can be factored: it is affected by ROCA (CVE-2017-15361)", key="ROCA")


def rsa_spki(modulus):
    """A SubjectPublicKeyInfo of a length that the library refuses."""
    numbers = encoded(b"\x30", asn1.encode_der(modulus) + asn1.encode_der(65537))
    return encoded(b"\x30", bytes.fromhex("300d06092a864886f70d0101010500") + encoded(b"\x03", b"\0" + numbers))


def rounds_taken(middle, half):
    """How many numbers Fermat's method tries for the factors `middle - half` and `middle + half`."""
    return middle - math.isqrt((middle - half) * (middle + half) - 1)


def smallest_half(middle, rounds):
    """The least half of the distance between two factors around `middle` that takes so many rounds."""
    low, high = 1, middle // 2
    while low < high:
        probe = (low + high) // 2
        low, high = (probe + 1, high) if rounds_taken(middle, probe) < rounds else (low, probe)
    return low


def modulus_of(key):
    return key.public_key().public_numbers().n


@pytest.mark.parametrize("bits", [1024, 2048, 3072])
def test_a_usual_rsa_key_passes(ask, bits):
    assert ask("key.weak", issue("a.example", key=f"RSA-{bits}")) == []


@pytest.mark.parametrize(("key", "problem"), [(close_primes_key(), CLOSE), (roca_key(), ROCA)])
def test_a_key_that_can_be_factored_fails(ask, key, problem):
    assert ask("key.weak", issue("a.example", key=key)) == [problem]


def test_other_keys_are_not_judged(ask):
    assert ask("key.weak", issue("a.example")) == [NotApplicable("the key type is EC")]


def test_a_modulus_beyond_the_limit_is_not_checked(ask, rework):
    huge = rework(issue("a.example"), spki=rsa_spki((1 << 16384) + 1))
    assert ask("key.weak", huge) == [NotChecked("RSA key of 16385 bits exceeds the limit of 16384 bits")]


@pytest.mark.parametrize(("rounds", "found"), [(1, True), (100, True), (101, False)])
def test_fermats_method_is_tried_for_exactly_100_rounds(rounds, found):
    middle = 10**40
    half = smallest_half(middle, rounds)
    assert rounds_taken(middle, half) == rounds
    assert has_close_primes((middle - half) * (middle + half)) is found


def test_roca_is_found_in_the_product_alone():
    assert is_roca(modulus_of(roca_key()))
    assert not is_roca(modulus_of(close_primes_key()))
    assert not is_roca(modulus_of(make_key("RSA-2048")))


def test_a_square_has_the_closest_primes_of_all():
    assert has_close_primes((2**127 - 1) ** 2)
