"""RSA keys whose private half can be computed: for the lab and the tests, never for a service."""

from cryptography.hazmat.primitives.asymmetric import rsa

__all__ = ["close_primes_key", "roca_key"]

_EXPONENT = 65537
_PRIME = int(
    "cb13d5f6673088d1b8202e5186056154281820e8fcb44514c6b3f2e2b44e9622315fed074e3b947e04dde350a8b81da0ec43"
    "5fe9f069faa67691d1f0ac928e176b2a414720cb91cca6c010ca055dad632a8b188fa662186ba614bc629c4adec27c7818c9"
    "958c476880483b8a5c8e40b5bb14285d6a01c9f89000067459497f4d",
    16,
)
"""A prime p such that p + 60 is prime, too."""
_ROCA_PRIMES = (
    int(
        "dc49ac7762c7e06ba3ba57678af33428cab1164861456ff0f7b4831ecd60d7bf7a6023801fede3dad570c7598c1cc8915053"
        "e5c583b6955fc92778da21051140cf5e54b6eb9d17faf895aec39f142757d3c3e3e11a46c98ff82c0ec3f1884a93e7b4a1e1"
        "ea3656ac7e38a6be220a61a78ed932baa70270d745cbf16498b0c4a5",
        16,
    ),
    int(
        "ebe548ed8c86aa7a2e7d91b4825691dc61361bb6e6e963c7236dd6a0519562381388fc35c6965af442055a81fc2fae13ff0d"
        "b47a51d4860d56fb56cdf603ffc538eb5dbe67f57a6f95b4e267bd380b032b63c4cb215f5be7b564a995069708ead1b39e35"
        "800d1ad64af3961f884a96fcdf51f5f4c1c5a0e39bc75e7161858f0f",
        16,
    ),
)
"""Primes of the form k * M + (65537 ** a mod M), M being the product of the first 126 primes."""


def close_primes_key() -> rsa.RSAPrivateKey:
    """An RSA 2048 key, factored in the first round of Fermat's method."""
    return _key(_PRIME, _PRIME + 60)


def roca_key() -> rsa.RSAPrivateKey:
    """An RSA 2048 key, as smart cards with the ROCA flaw generated it."""
    return _key(*_ROCA_PRIMES)


def _key(p: int, q: int) -> rsa.RSAPrivateKey:
    exponent = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p,
        q,
        exponent,
        rsa.rsa_crt_dmp1(exponent, p),
        rsa.rsa_crt_dmq1(exponent, q),
        rsa.rsa_crt_iqmp(p, q),
        rsa.RSAPublicNumbers(_EXPONENT, p * q),
    )
    return numbers.private_key()
