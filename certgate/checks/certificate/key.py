"""Rules of the family key: the subject's public key."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, Vocabulary, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.model.finding import Severity
from certgate.x509.composite import COMPOSITES
from certgate.x509.facts import CertificateFacts
from certgate.x509.key import algorithm_identifier, has_named_curve, parameters_problem
from certgate.x509.rsa import MAX_MODULUS_BITS, RsaNumbers, is_power, read_rsa_numbers, small_factor

__all__ = ["KEY_TYPES"]

KEY_TYPES = Vocabulary(
    ("RSA", "RSASSA-PSS", "EC", "Ed25519", "Ed448", "DSA", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"), or_oid=True
)
_CURVES = Vocabulary(
    (
        *("P-224", "P-256", "P-384", "P-521", "secp192r1", "secp256k1"),
        *("brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"),
    )
)

_ENCODINGS: Mapping[str, bytes] = MappingProxyType(
    {
        "RSA": bytes.fromhex("300d06092a864886f70d0101010500"),
        "P-256": bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"),
        "P-384": bytes.fromhex("301006072a8648ce3d020106052b81040022"),
        "P-521": bytes.fromhex("301006072a8648ce3d020106052b81040023"),
    }
)
"""Required AlgorithmIdentifiers by kind of key (CA/B BR §7.1.3.1)."""


@check("key.type", citation="CA/B BR §6.1.5, §7.1.3.1; Mozilla Root Store Policy §5.1")
def type(
    subject: TemplateInRole, *, allowed: Annotated[tuple[str, ...], KEY_TYPES] = ("RSA", "EC")
) -> Iterator[Answer]:
    """The key has an allowed type and can be read.

    Types are RSA, RSASSA-PSS, EC, Ed25519, Ed448, DSA, ML-DSA-44, ML-DSA-65, ML-DSA-87; others are named by OID.

    Why: clients cannot use a key of a type that they do not know.

    Fix: make a new key of an allowed type (for EC: `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`).
    """
    key = subject.certificate.key
    if key.algorithm not in allowed:
        cause = "pq.composite" if key.algorithm in COMPOSITES else ""
        yield Problem(f"key type {key.algorithm}, {_one_of(allowed)} required", cause=cause)
    elif key.problem:
        yield Problem(f"the {key.algorithm} key cannot be used: {key.problem}")


@check("key.curve", citation="CA/B BR §6.1.5, §7.1.3.1.2")
def curve(
    subject: TemplateInRole, *, allowed: Annotated[tuple[str, ...], _CURVES] = ("P-256", "P-384", "P-521")
) -> Iterator[Answer]:
    """An elliptic-curve key is on an allowed curve.

    Why: clients support few curves, and refuse a handshake with another one.

    Fix: make a new key on an allowed curve (for P-256: `openssl ecparam -genkey -name prime256v1`).
    """
    key = subject.certificate.key
    if key.algorithm != "EC":
        yield NotApplicable(f"the key type is {key.algorithm}")
    elif key.curve not in allowed:
        yield Problem(f"curve {key.curve}, {_one_of(allowed)} required")


@check("key.ec-named", citation="CA/B BR §7.1.3.1.2; RFC 5480 §2.1.1")
def ec_named(subject: CertificateInRole) -> Iterator[Answer]:
    """An elliptic-curve key names its curve.

    Why: a curve given by explicit parameters can be a weak one that looks like a known one.

    Fix: make a new key with `-pkeyopt ec_param_enc:named_curve`.
    """
    certificate = subject.certificate
    if certificate.key.algorithm != "EC":
        yield NotApplicable(f"the key type is {certificate.key.algorithm}")
    elif not has_named_curve(certificate.spki):
        yield Problem("the curve is not named: its parameters are explicit or absent")


@check("key.spki-encoding", citation="CA/B BR §7.1.3.1")
def spki_encoding(subject: CertificateInRole) -> Iterator[Answer]:
    """The key's AlgorithmIdentifier has the required encoding.

    Why: some clients compare these bytes, and refuse a key with another encoding.

    Fix: make a new key with current software, then reissue the certificate.
    """
    certificate = subject.certificate
    key = certificate.key
    required = _ENCODINGS.get(key.curve or key.algorithm)
    if required is None:
        yield NotApplicable(f"no encoding is required for {key}")
        return
    found = algorithm_identifier(certificate.spki)
    if found != required:
        text = f"AlgorithmIdentifier of the {key} key is {found[:64].hex()}, {required.hex()} required"
        yield Problem(text, cause="cert.form" if parameters_problem(certificate.spki) else "")


@check("key.rsa-min", citation="CA/B BR §6.1.5; NIST SP 800-52r2 §3.2.1; BSI TR-02102-2 §3.6.1")
def rsa_min(subject: CertificateInRole, *, min_bits: int = 2048) -> Iterator[Answer]:
    """An RSA key has at least `min_bits` bits.

    Why: short keys can be factored, and then anybody can impersonate this server.

    Fix: make a new key (`openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072`).
    """
    numbers = _rsa(subject.certificate)
    if isinstance(numbers, NotApplicable):
        yield numbers
    elif numbers.bits < min_bits:
        yield Problem(f"RSA key of {numbers.bits} bits, at least {min_bits} required")


def _one_of(allowed: tuple[str, ...]) -> str:
    return " or ".join(allowed) or "none"


def _rsa(certificate: CertificateFacts) -> RsaNumbers | NotApplicable:
    algorithm = certificate.key.algorithm
    if algorithm not in {"RSA", "RSASSA-PSS"}:
        return NotApplicable(f"the key type is {algorithm}")
    return read_rsa_numbers(certificate.spki)


@check("key.rsa-mod8", citation="CA/B BR §6.1.5; Mozilla Root Store Policy §5.1")
def rsa_mod8(subject: CertificateInRole) -> Iterator[Answer]:
    """The length of an RSA key is a multiple of 8 bits.

    Why: other lengths come from faulty software, and some clients refuse them.

    Fix: make a new key of 2048, 3072 or 4096 bits.
    """
    numbers = _rsa(subject.certificate)
    if isinstance(numbers, NotApplicable):
        yield numbers
    elif numbers.bits % 8:
        yield Problem(f"RSA key of {numbers.bits} bits, a multiple of 8 required")


@check("key.rsa-exponent", citation="CA/B BR §6.1.6")
def rsa_exponent(subject: CertificateInRole) -> Iterator[Answer]:
    """An RSA exponent is odd and at least 3, preferably between 2^16 + 1 and 2^256 - 1.

    Outside the preferred range the problem is a warning.

    Why: an even exponent or 1 gives no security; with small exponents signatures have been forged.

    Fix: make a new key with the usual exponent 65537.
    """
    numbers = _rsa(subject.certificate)
    if isinstance(numbers, NotApplicable):
        yield numbers
        return
    exponent = numbers.exponent
    shown = str(exponent) if exponent.bit_length() <= 64 else f"of {exponent.bit_length()} bits"
    if exponent < 3 or exponent % 2 == 0:
        yield Problem(f"RSA exponent {shown}, an odd number of at least 3 required")
    elif not (1 << 16) < exponent < (1 << 256):
        yield Problem(f"RSA exponent {shown}, between 2^16 + 1 and 2^256 - 1 recommended", severity=Severity.WARNING)


@check("key.rsa-quality", citation="CA/B BR §6.1.6; NIST SP 800-89 §5.3.3")
def rsa_quality(subject: CertificateInRole) -> Iterator[Answer]:
    """An RSA modulus is odd, has no factor below 752 and is not a power of a prime.

    Why: otherwise it is not the product of two large primes, and the private key can be computed.

    Fix: make a new key with another tool, and replace the other keys that this tool made.
    """
    numbers = _rsa(subject.certificate)
    if isinstance(numbers, NotApplicable):
        yield numbers
    elif numbers.bits > MAX_MODULUS_BITS:
        yield NotChecked(f"RSA key of {numbers.bits} bits exceeds the limit of {MAX_MODULUS_BITS} bits")
    elif factor := small_factor(numbers.modulus):
        yield Problem(f"the modulus is divisible by {factor}")
    elif is_power(numbers.modulus):
        yield Problem("the modulus is a power of a smaller number")
