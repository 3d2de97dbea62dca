"""Facts of a public key, read from its SubjectPublicKeyInfo."""

from contextlib import suppress
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certgate.model.frozen import frozen
from certgate.x509.der import BIT_STRING, OID, Element, NotDer, bits, content_of, encoded, guarded, oid, sequence
from certgate.x509.errors import Malformed

__all__ = [
    "Key",
    "KeyKind",
    "algorithm_identifier",
    "has_named_curve",
    "key_bits",
    "key_parts",
    "load_public_key",
    "parameters_problem",
    "read_key",
]


@frozen(slots=True, kw_only=True)
class KeyKind:
    """Facts of a public key that other keys have too."""

    algorithm: str
    """`RSA`, `RSASSA-PSS`, `EC`, `Ed25519`, `Ed448`, `DSA`, `ML-DSA-44/65/87`, or a dotted OID."""
    bits: int | None = None
    """Modulus bits (RSA), field bits (EC) or prime bits (DSA); None if it has no meaning or is unreadable."""
    curve: str | None = None
    """`P-256`, `P-384`, `P-521`, the library's name of another curve, or `explicit` or `unknown`."""
    exponent: int | None = None
    """The RSA public exponent."""
    problem: str | None = None
    """Why the key cannot be used, None if it can."""

    def __str__(self) -> str:
        """A short name for people: RSA 2048, EC P-256, Ed25519."""
        return " ".join(str(p) for p in (self.algorithm, self.curve or self.bits) if p)


@frozen(slots=True, kw_only=True)
class Key(KeyKind):
    """Facts of a public key."""

    sha256: str
    """The digest of the SubjectPublicKeyInfo in hexadecimal, as in SPKI pins."""

    @property
    def kind(self) -> KeyKind:
        """What it has in common with other keys."""
        return KeyKind(
            algorithm=self.algorithm, bits=self.bits, curve=self.curve, exponent=self.exponent, problem=self.problem
        )


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


_RSA_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")
"""The AlgorithmIdentifier of RSA with the required parameters NULL (RFC 3279 §2.3.1)."""


@lru_cache(maxsize=256)
def key_parts(spki: bytes) -> tuple[Element, bytes]:
    """The algorithm, and the content of the BIT STRING. Raises NotDer."""
    found = sequence(spki)
    if len(found) != 2:
        raise NotDer("it is not an algorithm and a key")
    return found[0], content_of(found[1], BIT_STRING)


def key_bits(spki: bytes) -> bytes:
    """The content of the key's BIT STRING, which key identifiers and OCSP CertIDs hash. Raises Malformed."""
    return guarded("the public key", lambda: bits(key_parts(spki)[1])[0])


def algorithm_identifier(spki: bytes) -> bytes:
    """The DER of the key's AlgorithmIdentifier. Raises Malformed."""
    return guarded("the public key", lambda: key_parts(spki)[0].der)


@lru_cache(maxsize=1024)
def has_named_curve(spki: bytes) -> bool:
    """Whether the parameters of an elliptic-curve key are an OID (RFC 5480 §2.1.1). Raises Malformed."""
    algorithm = guarded("the key's algorithm", lambda: sequence(algorithm_identifier(spki)))
    return len(algorithm) == 2 and algorithm[1].tag == OID


@lru_cache(maxsize=1024)
def load_public_key(spki: bytes, whose: str = "the public key") -> PublicKeyTypes:
    """The usable key in `spki`; for RSA any parameters are accepted. Raises Malformed about `whose`."""
    try:
        return _load(spki)
    except NotDer as error:
        raise Malformed(f"{whose} cannot be used: {error}") from error


def _load(spki: bytes) -> PublicKeyTypes:
    """Raises NotDer, with a message whose "it" is the key."""
    with suppress(Malformed):
        return guarded("the key", lambda: load_der_public_key(spki))
    try:
        return guarded("the key", lambda: load_der_public_key(_with_usual_parameters(spki)))
    except Malformed as error:
        if isinstance(error.__cause__, UnsupportedAlgorithm):
            raise NotDer("its type or curve is not supported") from error
        raise NotDer("its numbers are invalid") from error


def _with_usual_parameters(spki: bytes) -> bytes:
    """An RSA key with the parameters that the library requires; any other key unchanged."""
    try:
        algorithm, key = key_parts(spki)
        if _ALGORITHMS.get(_oid(algorithm.der)) != "RSA":
            return spki
    except NotDer:
        return spki
    return encoded(b"\x30", _RSA_ALGORITHM + encoded(b"\x03", key))


def parameters_problem(spki: bytes) -> str | None:
    """Why clients refuse a key because of its algorithm parameters; None if they do not.

    RSA has the parameters NULL (RFC 3279 §2.3.1); Ed25519 and similar keys have none (RFC 8410 §3).
    """
    try:
        algorithm, _ = key_parts(spki)
        return _identifier_problem(algorithm.der)
    except NotDer as error:
        return f"the public key cannot be read: {error}"


@lru_cache(maxsize=256)
def _identifier_problem(algorithm: bytes) -> str | None:
    """As `parameters_problem`, of an AlgorithmIdentifier, which many keys have. Raises NotDer."""
    name, count = _ALGORITHMS.get(_oid(algorithm)), len(sequence(algorithm))
    if name == "RSA" and algorithm != _RSA_ALGORITHM:
        return "the parameters of the RSA key are not NULL"
    if name in {"Ed25519", "Ed448"} and count > 1:
        return f"the {name} key has parameters, none allowed"
    return None


@lru_cache(maxsize=256)
def _oid(algorithm: bytes) -> str:
    """Raises NotDer."""
    parts = sequence(algorithm)
    if not parts:
        raise NotDer("its algorithm has no OID")
    return oid(parts[0])


@lru_cache(maxsize=1024)
def read_key(spki: bytes) -> Key:
    """The facts of the key in `spki`. Never raises: `problem` says what is unreadable."""
    digest = sha256(spki).hexdigest()
    algorithm = "unknown"
    try:
        algorithm = _oid(key_parts(spki)[0].der)
        algorithm = _ALGORITHMS.get(algorithm, algorithm)
        key = _load(spki)
    except NotDer as error:
        return Key(
            algorithm=algorithm, sha256=digest, curve="unknown" if algorithm == "EC" else None, problem=str(error)
        )
    if isinstance(key, rsa.RSAPublicKey):
        return Key(algorithm=algorithm, sha256=digest, bits=key.key_size, exponent=key.public_numbers().e)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return Key(
            algorithm=algorithm, sha256=digest, bits=key.key_size, curve=_CURVES.get(key.curve.name, key.curve.name)
        )
    if isinstance(key, dsa.DSAPublicKey):
        return Key(algorithm=algorithm, sha256=digest, bits=key.key_size)
    return Key(algorithm=algorithm, sha256=digest)
