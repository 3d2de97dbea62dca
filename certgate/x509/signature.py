"""Verification of signatures with the raw key, independent of the library's policy on hashes."""

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from certgate.model.frozen import frozen
from certgate.x509.der import INTEGER, NULL, Element, NotDer, guarded, number, oid, only, sequence
from certgate.x509.errors import Malformed

__all__ = [
    "SIGNATURE_NAMES",
    "WEAK_HASHES",
    "SignatureAlgorithm",
    "read_hash_algorithm",
    "read_signature_algorithm",
    "verify_signature",
]

WEAK_HASHES = frozenset({"md5", "sha1"})
"""Hashes with known collisions: signatures with them prove nothing (RFC 6194, RFC 6151)."""


SIGNATURE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.14": "sha224WithRSAEncryption",
        "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
        "1.2.840.113549.1.1.10": "RSASSA-PSS",
        "1.2.840.10045.4.1": "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.1": "ecdsa-with-SHA224",
        "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
        "1.3.101.112": "ED25519",
        "1.3.101.113": "ED448",
        "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
    }
)
"""OpenSSL's names of signature algorithms, by OID."""


@frozen(slots=True)
class SignatureAlgorithm:
    """A signature's algorithm: dotted OID, the name of its hash (None if it has none), and its PSS padding."""

    oid: str
    hash: str | None
    pss: padding.PSS | None = None


_PSS = "1.2.840.113549.1.1.10"
_MGF1 = "1.2.840.113549.1.1.8"
_MAX_SALT = 512
_RSA = {
    "1.2.840.113549.1.1.4": "md5",
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.14": "sha224",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
_ECDSA = {
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.1": "sha224",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}
_DSA = {
    "1.2.840.10040.4.3": "sha1",
    "2.16.840.1.101.3.4.3.1": "sha224",
    "2.16.840.1.101.3.4.3.2": "sha256",
}
_HashlessKey = (
    ed25519.Ed25519PublicKey
    | ed448.Ed448PublicKey
    | mldsa.MLDSA44PublicKey
    | mldsa.MLDSA65PublicKey
    | mldsa.MLDSA87PublicKey
)
_HASHLESS: dict[str, type[_HashlessKey]] = {
    "1.3.101.112": ed25519.Ed25519PublicKey,
    "1.3.101.113": ed448.Ed448PublicKey,
    "2.16.840.1.101.3.4.3.17": mldsa.MLDSA44PublicKey,
    "2.16.840.1.101.3.4.3.18": mldsa.MLDSA65PublicKey,
    "2.16.840.1.101.3.4.3.19": mldsa.MLDSA87PublicKey,
}
_HASH_NAMES = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


@lru_cache(maxsize=256)
def read_signature_algorithm(der: bytes) -> SignatureAlgorithm:
    """The algorithm in an AlgorithmIdentifier. Raises Malformed if it is unreadable or unknown."""
    return guarded("the signature algorithm", lambda: _algorithm(der))


def _algorithm(der: bytes) -> SignatureAlgorithm:
    id, parameters = _split(der)
    if id == _PSS:
        return _pss(sequence(parameters.der) if parameters else [])
    if id in _HASHLESS:
        return SignatureAlgorithm(id, None)
    name = _RSA.get(id) or _ECDSA.get(id) or _DSA.get(id)
    if name is None:
        raise Malformed(f"the signature algorithm {id} is not supported")
    return SignatureAlgorithm(id, name)


def read_hash_algorithm(der: bytes) -> str | None:
    """The name of the hash in an AlgorithmIdentifier, None if it is neither SHA-1 nor SHA-2. Never raises."""
    try:
        return _hash_name(der)
    except NotDer:
        return None


def verify_signature(algorithm: SignatureAlgorithm, key: PublicKeyTypes, signature: bytes, data: bytes) -> str | None:
    """Why `signature` over `data` does not verify with `key`, None if it does. Ignores the strength of the hash."""
    try:
        if (algorithm.oid in _RSA or algorithm.pss) and algorithm.hash and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, algorithm.pss or padding.PKCS1v15(), _HASHES[algorithm.hash]())
        elif algorithm.oid in _ECDSA and algorithm.hash and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, _ecdsa(algorithm.hash))
        elif algorithm.oid in _DSA and algorithm.hash and isinstance(key, dsa.DSAPublicKey):
            key.verify(signature, data, _HASHES[algorithm.hash]())
        elif isinstance(key, _HashlessKey) and isinstance(key, _HASHLESS.get(algorithm.oid, ())):
            key.verify(signature, data)
        else:
            return f"the signature algorithm {algorithm.oid} does not go with the signer's key"
    except InvalidSignature:
        return "the signature does not verify with the signer's key"
    except (ValueError, UnsupportedAlgorithm):
        return "the signature cannot be verified with the signer's key"
    return None


@cache
def _ecdsa(hash_name: str) -> ec.ECDSA:
    return ec.ECDSA(_HASHES[hash_name]())


def _split(der: bytes) -> tuple[str, Element | None]:
    """OID and parameters of an AlgorithmIdentifier; None for NULL."""
    id, *rest = sequence(der) or [Element(0, b"", b"")]
    if len(rest) > 1:
        raise NotDer("it is not an OID and parameters")
    return oid(id), rest[0] if rest and rest[0].tag != NULL else None


def _pss(fields: list[Element]) -> SignatureAlgorithm:
    """RFC 4055 §3.1: explicit [0] to [3], each with a default, which may be encoded explicitly."""
    found = {field.tag: field.content for field in fields}
    if [field.tag for field in fields] != sorted(found) or not found.keys() <= {0xA0, 0xA1, 0xA2, 0xA3}:
        raise NotDer("its parameters are not those of RSASSA-PSS")
    hash_name = _hash_name(found[0xA0]) if 0xA0 in found else "sha1"
    mask_id, mask_hash = _split(found[0xA1]) if 0xA1 in found else (_MGF1, None)
    salt = _number(found, 0xA2, 20)
    if mask_id != _MGF1 or _number(found, 0xA3, 1) != 1 or not 0 <= salt <= _MAX_SALT:
        raise NotDer("its RSASSA-PSS parameters are not supported")
    mask_name = _hash_name(mask_hash.der) if mask_hash else "sha1"
    return SignatureAlgorithm(_PSS, hash_name, padding.PSS(padding.MGF1(_HASHES[mask_name]()), salt))


def _number(found: dict[int, bytes], tag: int, default: int) -> int:
    return number(only(found[tag], INTEGER)) if tag in found else default


def _hash_name(der: bytes) -> str:
    id, parameters = _split(der)
    if id not in _HASH_NAMES or parameters:
        raise NotDer(f"its hash {id} is not supported")
    return _HASH_NAMES[id]
