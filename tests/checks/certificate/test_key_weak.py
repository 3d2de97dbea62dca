"""key.weak: RSA keys that are factored with little effort."""

import math

import pytest

from certgate.lab.pki import make_key
from certgate.lab.weak_keys import close_primes_key, roca_key
from certgate.x509.weak_rsa import has_close_primes, is_roca


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
