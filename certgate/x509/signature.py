"""Signatures verified with the raw key, whatever the library's own policy on hashes is."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from certgate.x509.der import tlv
from certgate.x509.errors import Malformed

__all__ = ["SignatureAlgorithm", "read_hash_algorithm", "read_signature_algorithm", "verify_signature"]


@asn1.sequence
class _Algorithm:
    oid: x509.ObjectIdentifier
    parameters: asn1.TLV


@asn1.sequence
class _PlainAlgorithm:
    oid: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class _MaskAlgorithm:
    oid: x509.ObjectIdentifier
    hash: _PlainAlgorithm


@asn1.sequence
class _PssParameters:
    """RFC 4055 §3.1; absent fields mean SHA-1."""

    hash: Annotated[_PlainAlgorithm | None, asn1.Explicit(0)]
    mask: Annotated[_MaskAlgorithm | None, asn1.Explicit(1)]
    salt_length: Annotated[int, asn1.Explicit(2), asn1.Default(20)]
    trailer: Annotated[int, asn1.Explicit(3), asn1.Default(1)]


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """A signature's algorithm: dotted OID, the name of its hash (None where it has none), and its PSS padding."""

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
    try:
        oid, parameters = _split(der)
        if oid == _PSS:
            return _pss(asn1.decode_der(_PssParameters, parameters))
    except ValueError as error:
        raise Malformed(f"the signature algorithm cannot be read: {error}") from error
    if oid in _HASHLESS:
        return SignatureAlgorithm(oid, None)
    name = _RSA.get(oid) or _ECDSA.get(oid) or _DSA.get(oid)
    if name is None:
        raise Malformed(f"the signature algorithm {oid} is not one that certgate knows")
    return SignatureAlgorithm(oid, name)


def read_hash_algorithm(der: bytes) -> str | None:
    """The name of the hash in an AlgorithmIdentifier, None if it is not one of SHA-1 and SHA-2. Never raises."""
    try:
        return _HASH_NAMES.get(asn1.decode_der(_PlainAlgorithm, der).oid.dotted_string)
    except ValueError:
        return None


def verify_signature(algorithm: SignatureAlgorithm, key: PublicKeyTypes, signature: bytes, data: bytes) -> str | None:
    """Why `signature` over `data` does not hold under `key`, None if it does. Hash strength is not judged here."""
    try:
        if isinstance(key, rsa.RSAPublicKey) and (algorithm.oid in _RSA or algorithm.pss) and algorithm.hash:
            key.verify(signature, data, algorithm.pss or padding.PKCS1v15(), _HASHES[algorithm.hash]())
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm.oid in _ECDSA and algorithm.hash:
            key.verify(signature, data, ec.ECDSA(_HASHES[algorithm.hash]()))
        elif isinstance(key, dsa.DSAPublicKey) and algorithm.oid in _DSA and algorithm.hash:
            key.verify(signature, data, _HASHES[algorithm.hash]())
        elif isinstance(key, _HashlessKey) and isinstance(key, _HASHLESS.get(algorithm.oid, ())):
            key.verify(signature, data)
        else:
            return f"the signature algorithm {algorithm.oid} does not go with the signer's key"
    except InvalidSignature:
        return "the signature does not verify with the signer's key"
    except (ValueError, UnsupportedAlgorithm) as error:
        return f"the signature cannot be verified: {error}"
    return None


def _split(der: bytes) -> tuple[str, bytes]:
    try:
        plain = asn1.decode_der(_PlainAlgorithm, der)
    except ValueError:
        full = asn1.decode_der(_Algorithm, der)
        return full.oid.dotted_string, tlv(full.parameters)
    return plain.oid.dotted_string, b"\x30\x00"


def _pss(parameters: _PssParameters) -> SignatureAlgorithm:
    mask = parameters.mask
    known_mask = mask is None or mask.oid.dotted_string == _MGF1
    if parameters.trailer != 1 or not known_mask or not 0 <= parameters.salt_length <= _MAX_SALT:
        raise ValueError("unknown PSS parameters")
    mask_hash = _HASHES[_hash_name(mask.hash if mask else None)]()
    scheme = padding.PSS(padding.MGF1(mask_hash), parameters.salt_length)
    return SignatureAlgorithm(_PSS, _hash_name(parameters.hash), scheme)


def _hash_name(algorithm: _PlainAlgorithm | None) -> str:
    oid = algorithm.oid.dotted_string if algorithm else "1.3.14.3.2.26"
    if oid not in _HASH_NAMES:
        raise ValueError(f"unknown hash {oid}")
    return _HASH_NAMES[oid]
