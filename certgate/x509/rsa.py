"""The numbers of an RSA public key, and the weaknesses of a modulus."""

import math
from functools import cache, lru_cache

from certgate.model.frozen import frozen
from certgate.x509.der import NotDer, guarded, integer, sequence
from certgate.x509.key import key_bits

__all__ = ["MAX_MODULUS_BITS", "RsaNumbers", "is_power", "read_rsa_numbers", "small_factor"]

MAX_MODULUS_BITS = 16384
"""Larger moduli are not examined; this is also OpenSSL's limit."""
_SMALLEST_GOOD_FACTOR = 752


@frozen(slots=True)
class RsaNumbers:
    """Modulus and public exponent as encoded, whether or not a library accepts them."""

    modulus: int
    exponent: int

    @property
    def bits(self) -> int:
        """Length of the modulus."""
        return self.modulus.bit_length()


def read_rsa_numbers(spki: bytes) -> RsaNumbers:
    """The numbers in the SubjectPublicKeyInfo of an RSA key (RFC 8017 A.1.1). Raises Malformed."""
    return guarded("the RSA key", lambda: _numbers(key_bits(spki)))


def _numbers(der: bytes) -> RsaNumbers:
    found = sequence(der)
    if len(found) != 2:
        raise NotDer("it is not a modulus and an exponent")
    modulus, exponent = map(integer, found)
    if modulus <= 0:
        raise NotDer("its modulus is not positive")
    return RsaNumbers(modulus, exponent)


@cache
def _small_primes(below: int) -> tuple[int, ...]:
    return tuple(n for n in range(2, below) if all(n % d for d in range(2, math.isqrt(n) + 1)))


@cache
def _product_of_small_primes() -> int:
    return math.prod(_small_primes(_SMALLEST_GOOD_FACTOR))


def small_factor(modulus: int) -> int | None:
    """The smallest prime factor below 752 (NIST SP 800-89 §5.3.3), None if there is none."""
    shared = math.gcd(modulus, _product_of_small_primes())
    return None if shared == 1 else next(p for p in _small_primes(_SMALLEST_GOOD_FACTOR) if shared % p == 0)


@lru_cache(maxsize=1024)
def is_power(modulus: int) -> bool:
    """Whether a number without factors below 752 is a perfect power (NIST SP 800-89 §5.3.3)."""
    largest = int(modulus.bit_length() / math.log2(_SMALLEST_GOOD_FACTOR))
    return any(_is_kth_power(modulus, k) for k in _small_primes(largest + 1))


def _is_kth_power(number: int, k: int) -> bool:
    field = _field_for(k)
    if pow(number % field, (field - 1) // k, field) > 1:
        return False
    root = 1 << -(-number.bit_length() // k)
    while (closer := ((k - 1) * root + number // root ** (k - 1)) // k) < root:
        root = closer
    return bool(root**k == number)


@cache
def _field_for(k: int) -> int:
    """The smallest prime q with k | q - 1: in its field only one number in k is a kth power."""
    return next(q for q in range(2 * k + 1, 1 << 32, k) if all(q % d for d in range(2, math.isqrt(q) + 1)))
