"""Composite ML-DSA: keys and signatures that join ML-DSA with RSA, ECDSA or EdDSA under one OID."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["COMPOSITES"]

_ALG = "1.3.6.1.5.5.7.6"
_NAMES = (
    "MLDSA44-RSA2048-PSS-SHA256",
    "MLDSA44-RSA2048-PKCS15-SHA256",
    "MLDSA44-Ed25519-SHA512",
    "MLDSA44-ECDSA-P256-SHA256",
    "MLDSA65-RSA3072-PSS-SHA512",
    "MLDSA65-RSA3072-PKCS15-SHA512",
    "MLDSA65-RSA4096-PSS-SHA512",
    "MLDSA65-RSA4096-PKCS15-SHA512",
    "MLDSA65-ECDSA-P256-SHA512",
    "MLDSA65-ECDSA-P384-SHA512",
    "MLDSA65-ECDSA-brainpoolP256r1-SHA512",
    "MLDSA65-Ed25519-SHA512",
    "MLDSA87-ECDSA-P384-SHA512",
    "MLDSA87-ECDSA-brainpoolP384r1-SHA512",
    "MLDSA87-Ed448-SHAKE256",
    "MLDSA87-RSA3072-PSS-SHA512",
    "MLDSA87-RSA4096-PSS-SHA512",
    "MLDSA87-ECDSA-P521-SHA512",
)
COMPOSITES: Mapping[str, str] = MappingProxyType({f"{_ALG}.{n}": name for n, name in enumerate(_NAMES, 37)})
"""The name of each composite algorithm, by OID (draft-ietf-lamps-pq-composite-sigs-19 §6; OIDs assigned early)."""
