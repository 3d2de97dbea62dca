"""Facts of a public key, read from its SubjectPublicKeyInfo."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certgate.x509.der import tlv
from certgate.x509.errors import Malformed

__all__ = ["Key", "algorithm_identifier", "has_named_curve", "key_bits", "read_key"]


@dataclass(frozen=True, slots=True)
class Key:
    """What a public key is. `algorithm` is the field's name for it, or the dotted OID of one that certgate lacks."""

    algorithm: str
    """`RSA`, `RSASSA-PSS`, `EC`, `Ed25519`, `Ed448`, `DSA`, `ML-DSA-44/65/87`, or a dotted OID."""
    sha256: str
    """Of the SubjectPublicKeyInfo, hexadecimal: what SPKI pins name."""
    bits: int | None = None
    """Modulus bits (RSA), field bits (EC) or prime bits (DSA); None where it has no meaning or cannot be read."""
    curve: str | None = None
    """`P-256`, `P-384`, `P-521`, the library's name of another curve, or `explicit` or `unknown`."""
    exponent: int | None = None
    """The RSA public exponent."""
    problem: str | None = None
    """Why the key cannot be used, None if it can."""

    def __str__(self) -> str:
        """As people say it: RSA 2048, EC P-256, Ed25519."""
        return " ".join(str(p) for p in (self.algorithm, self.curve or self.bits) if p)


_ALGORITHMS = {
    "1.2.840.113549.1.1.1": "RSA",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.10045.2.1": "EC",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "1.2.840.10040.4.1": "DSA",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521", "secp224r1": "P-224"}


@asn1.sequence
class _Algorithm:
    algorithm: x509.ObjectIdentifier
    parameters: asn1.TLV


@asn1.sequence
class _BareAlgorithm:
    algorithm: x509.ObjectIdentifier


@asn1.sequence
class _Spki:
    algorithm: asn1.TLV
    key: asn1.BitString


def key_bits(spki: bytes) -> bytes:
    """The BIT STRING of the key: what key identifiers and OCSP CertIDs are hashes of. Raises Malformed."""
    try:
        return asn1.decode_der(_Spki, spki).key.as_bytes()
    except ValueError as error:
        raise Malformed(f"the public key cannot be read: {error}") from error


def algorithm_identifier(spki: bytes) -> bytes:
    """The DER of the key's AlgorithmIdentifier. Raises Malformed."""
    try:
        return tlv(asn1.decode_der(_Spki, spki).algorithm)
    except ValueError as error:
        raise Malformed(f"the public key cannot be read: {error}") from error


@lru_cache(maxsize=1024)
def has_named_curve(spki: bytes) -> bool:
    """Whether the parameters of an elliptic-curve key are an OID (RFC 5480 §2.1.1). Raises Malformed."""
    try:
        parameters = asn1.decode_der(_Algorithm, algorithm_identifier(spki)).parameters
    except ValueError:
        return False
    return parameters.tag_bytes == b"\x06"


def _algorithm_oid(spki: bytes) -> str:
    outer = asn1.decode_der(_Spki, spki).algorithm
    for shape in (_Algorithm, _BareAlgorithm):
        try:
            oid: x509.ObjectIdentifier = outer.parse(shape).algorithm
        except ValueError:
            continue
        return oid.dotted_string
    return "unknown"


@lru_cache(maxsize=1024)
def read_key(spki: bytes) -> Key:
    """The facts of the key in `spki`. Never raises: what cannot be read is said in `problem`."""
    digest = sha256(spki).hexdigest()
    try:
        oid = _algorithm_oid(spki)
    except ValueError as error:
        return Key("unknown", digest, problem=f"the key cannot be read: {error}")
    algorithm = _ALGORITHMS.get(oid, oid)
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        return Key(algorithm, digest, curve="unknown" if algorithm == "EC" else None, problem=str(error))
    if isinstance(key, rsa.RSAPublicKey):
        return Key(algorithm, digest, bits=key.key_size, exponent=key.public_numbers().e)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return Key(algorithm, digest, bits=key.key_size, curve=_CURVES.get(key.curve.name, key.curve.name))
    if isinstance(key, dsa.DSAPublicKey):
        return Key(algorithm, digest, bits=key.key_size)
    return Key(algorithm, digest)
