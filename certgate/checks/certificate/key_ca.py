"""Rule key.ca-strength: keys of CAs that are still in use when short keys no longer are."""

from collections.abc import Iterator
from datetime import date

from certgate.checks.framework.br import midnight
from certgate.checks.framework.registry import ISSUER, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import IssuedInRole
from certgate.x509.key import Key

__all__: list[str] = []

_RSA = ((15360, 256), (7680, 192), (3072, 128), (2048, 112), (1024, 80))
"""(bits of the modulus, bits of security), by SP 800-57 Part 1 Rev. 5, table 2."""
_MOST = 256
_OTHERS = {"Ed25519": 128, "Ed448": 224, "ML-DSA-44": 128, "ML-DSA-65": 192, "ML-DSA-87": 256}


@check("key.ca-strength", citation="NIST SP 800-57 Part 1 Rev. 5 §5.6.1.1 (table 2), §5.6.3 (table 4)", roles=ISSUER)
def ca_strength(subject: IssuedInRole, *, min_bits: int = 128, valid_from: date = date(2031, 1, 1)) -> Iterator[Answer]:
    """A CA that is valid on `valid_from` or later has a key of at least `min_bits` bits of security.

    112 bits are RSA with 2048 bits or P-224; 128 bits are RSA with 3072 bits, P-256 or Ed25519. NIST allows signatures
    with 112 bits until the end of 2030.

    Why: a CA's key is used longer than any other, and replacing it means replacing everything below it.

    Fix: make a new CA with RSA 3072, P-256 or a longer key; or let this one end before that day.
    """
    certificate, key = subject.certificate, subject.certificate.key
    strength = _strength(key)
    if certificate.not_after < midnight(valid_from):
        yield NotApplicable(f"it ends before {valid_from}")
    elif strength is None:
        yield NotApplicable(f"the strength of a key of type {key.algorithm} is not known")
    elif strength < min_bits:
        ends = f"{certificate.not_after:%Y-%m-%d}"
        yield Problem(f"valid until {ends} with {key}: {strength} bits of security, at least {min_bits} required")


def _strength(key: Key) -> int | None:
    """The bits of security of a key; None if they are not known."""
    if key.algorithm in {"RSA", "RSASSA-PSS"} and key.bits:
        return next((strength for bits, strength in _RSA if key.bits >= bits), 0)
    if key.algorithm == "EC" and key.bits:
        return min(key.bits // 2, _MOST)
    return _OTHERS.get(key.algorithm)
