"""RSA moduli that can be factored with little effort."""

import math
from functools import cache, lru_cache

__all__ = ["has_close_primes", "is_roca"]

_GENERATOR = 65537
_PRIMES = (
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
)  # fmt: skip
"""The primes whose product divides the constant in every flawed key of 512 bits or more."""
_ROUNDS = 100
"""Rounds of Fermat's method (CA/B BR §6.1.1.3)."""


@lru_cache(maxsize=1024)
def has_close_primes(modulus: int) -> bool:
    """Whether Fermat's method finds two factors within 100 rounds, which it does if they are close together."""
    middle = math.isqrt(modulus - 1) + 1
    for _ in range(_ROUNDS):
        square = middle * middle - modulus
        if math.isqrt(square) ** 2 == square:
            return True
        middle += 1
    return False


def is_roca(modulus: int) -> bool:
    """Whether the modulus looks as if a library with the ROCA flaw (CVE-2017-15361) generated it.

    Such moduli are powers of 65537 modulo every small prime; about one in 2^28 other moduli is, too.
    M. Nemec et al., The Return of Coppersmith's Attack, CCS 2017, §3.2.
    """
    return all(modulus % prime in powers for prime, powers in _powers().items())


@cache
def _powers() -> dict[int, frozenset[int]]:
    return {prime: frozenset(pow(_GENERATOR, k, prime) for k in range(prime)) for prime in _PRIMES}
