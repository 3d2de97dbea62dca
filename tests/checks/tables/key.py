"""The subject's public key."""

from datetime import UTC, datetime, timedelta

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certgate.checks.framework.registry import ALL_ROLES
from certgate.checks.framework.subjects import KeyPair
from certgate.lab.pki import CLOCK, issue
from certgate.lab.weak_keys import close_primes_key, roca_key
from certgate.x509.certificate import parse_certificate
from certgate.x509.der import encoded
from tests.checks.tables.row import Table, cert, key, na, nc, problem, reworked, row, sequence, spki, warning

RSA = bytes.fromhex("300d06092a864886f70d0101010500")
EC = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107")
BITS_OF_NOTHING = b"\x03\x02\x00\x00"
MODULUS = key("RSA-2048").public_key().public_numbers().n
SHORT = (1 << 2046) + 15
"""2047 bits; whether it is a good modulus does not matter to its length."""
P = 2**127 - 1
"""A Mersenne prime."""
BRAINPOOL = ec.generate_private_key(ec.BrainpoolP256R1()).public_key()


def rsa_key(modulus, exponent=65537, algorithm=RSA):
    numbers = sequence(asn1.encode_der(modulus), asn1.encode_der(exponent))
    return sequence(algorithm, encoded(b"\x03", b"\0" + numbers))


def rsa(modulus=MODULUS, exponent=65537, algorithm=RSA):
    return spki(rsa_key(modulus, exponent, algorithm))


def of(public):
    return spki(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def unnamed(parameters):
    return spki(
        sequence(sequence(bytes.fromhex("06072a8648ce3d0201"), parameters), encoded(b"\x03", b"\0\x04" + b"\x01" * 64))
    )


def held(private, **facts):
    leaf = parse_certificate(issue("a.example", key=key()).der)
    return KeyPair(leaf, private and parse_certificate(issue("b", key=private).der).spki, **facts)


def ca_until(end, kind="RSA-2048"):
    return cert("CA", ca=True, key=kind, not_before=CLOCK, not_after=end)


YEAR_2031 = datetime(2031, 1, 1, tzinfo=UTC)


def strengths():
    """Rows of key.ca-strength at exactly the strength of each key, and at one bit more."""
    algorithms = {
        name: f"300b06096086480165030403{last:02x}"
        for name, last in [("ML-DSA-44", 17), ("ML-DSA-65", 18), ("ML-DSA-87", 19)]
    }
    others = {name: sequence(bytes.fromhex(one), BITS_OF_NOTHING) for name, one in algorithms.items()}
    others |= {
        name: sequence(bytes.fromhex(f"300506032b65{last}"), encoded(b"\x03", b"\0" * 58))
        for name, last in [("Ed25519", "70"), ("Ed448", "71")]
    }
    others |= {
        f"RSA {bits}": rsa_key((1 << bits - 1) + 15)
        for bits in (1024, 2047, 2048, 3071, 3072, 7679, 7680, 15359, 15360)
    }
    found = {
        "ML-DSA-44": 128,
        "ML-DSA-65": 192,
        "ML-DSA-87": 256,
        "Ed25519": 128,
        "Ed448": 224,
        "RSA 1024": 80,
        "RSA 2047": 80,
        "RSA 2048": 112,
        "RSA 3071": 112,
        "RSA 3072": 128,
        "RSA 7679": 128,
        "RSA 7680": 192,
        "RSA 15359": 192,
        "RSA 15360": 256,
    }
    for name, bits in found.items():
        made = reworked(ca_until(YEAR_2031), spki=others[name])
        message = f"valid until 2031-01-01 with {name}: {bits} bits of security, at least {bits + 1} required"
        yield row(f"{name} where {bits} bits are asked for", made, min_bits=bits)
        yield row(f"{name} where {bits + 1} bits are asked for", made, message, min_bits=bits + 1)


NOT_RSA = na("the key type is EC")
NOT_EC = na("the key type is RSA")
UNREADABLE = spki(sequence(RSA, BITS_OF_NOTHING))
NO_NUMBERS = nc("the RSA key cannot be read: it is truncated")
NOT_POSITIVE = nc("the RSA key cannot be read: its modulus is not positive")
CURVES = "P-256 or P-384 or P-521 required"
NOT_NAMED = "the curve is not named: its parameters are explicit or absent"
TOO_LONG = nc("RSA key of 16385 bits exceeds the limit of 16384 bits")
RECOMMENDED = "between 2^16 + 1 and 2^256 - 1 recommended"
OF_1024 = "RSA key of 1024 bits, at least 2048 required"
ODD = "an odd number of at least 3 required"


TABLE: Table = {
    "key.ca-strength": (
        row("RSA 2048 to the last second of 2030", ca_until(YEAR_2031 - timedelta(seconds=1)), na("it ends before 2031-01-01")),
        row("RSA 2048 in 2031", ca_until(YEAR_2031), "valid until 2031-01-01 with RSA 2048: 112 bits of security, at least 128 required"),
        row("RSA 2048, which the policy allows", ca_until(YEAR_2031), min_bits=112),
        row("RSA 3072 in 2031", ca_until(YEAR_2031, "RSA-3072")),
        row("P-224 in 2031", ca_until(YEAR_2031, "P-224"), "valid until 2031-01-01 with EC P-224: 112 bits of security, at least 128 required"),
        row("P-256 in 2031", ca_until(YEAR_2031, "P-256")),
        row("P-256 where 192 bits are asked for", ca_until(YEAR_2031, "P-256"), "valid until 2031-01-01 with EC P-256: 128 bits of security, at least 192 required", min_bits=192),
        row("Ed25519 in 2031", ca_until(YEAR_2031, "Ed25519")),
        *strengths(),
    ),
    "key.type": (
        *(row(kind, cert(key=kind)) for kind in ("RSA-2048", "P-256", "P-384", "P-521")),
        *(row(kind, cert(key=kind), f"key type {kind}, RSA or EC required") for kind in ("Ed25519", "Ed448")),
        *(row(f"{kind}, which the policy names", cert(key=kind), allowed=("RSA", kind)) for kind in ("Ed25519", "Ed448")),
        row("DSA", of(dsa.generate_private_key(1024).public_key()), "key type DSA, RSA or EC required"),
        row("RSASSA-PSS", rsa(algorithm=bytes.fromhex("300b06092a864886f70d01010a")), "key type RSASSA-PSS, RSA or EC required"),
        row("of a type without a name", spki(bytes.fromhex("300b300506032a03040302000 0".replace(" ", ""))), "key type 1.2.3.4, RSA or EC required"),
        row("no key", spki(b"\x30\x00"), "key type unknown, RSA or EC required"),
        row("exponent 1", rsa(exponent=1), "the RSA key cannot be used: its numbers are invalid"),
        row("RSA without numbers", UNREADABLE, "the RSA key cannot be used: its numbers are invalid"),
        row("a point that is too short", spki(sequence(EC, b"\x03\x04\x00\x04\x01\x02")), "the EC key cannot be used: its numbers are invalid"),
    ),
    "key.curve": (
        *(row(kind, cert(key=kind)) for kind in ("P-256", "P-384", "P-521")),
        row("P-521, which the policy does not name", cert(key="P-521"), "curve P-521, P-256 or P-384 required", allowed=("P-256", "P-384")),
        row("brainpool", of(BRAINPOOL), f"curve brainpoolP256r1, {CURVES}"),
        row("brainpool, which the policy names", of(BRAINPOOL), allowed=("brainpoolP256r1",)),
        row("explicit parameters", unnamed(b"\x30\x03\x02\x01\x01"), f"curve unknown, {CURVES}"),
        row("RSA", cert(key="RSA-2048"), NOT_EC),
    ),
    "key.ec-named": (
        *(row(kind, cert(key=kind)) for kind in ("P-256", "P-384", "P-521")),
        row("explicit parameters", unnamed(b"\x30\x03\x02\x01\x01"), NOT_NAMED),
        row("no parameters", unnamed(b""), NOT_NAMED),
        row("NULL", unnamed(b"\x05\x00"), NOT_NAMED),
        row("RSA", cert(key="RSA-2048"), NOT_EC),
    ),
    "key.spki-encoding": (
        *(row(kind, cert(key=kind)) for kind in ("RSA-2048", "P-256", "P-384", "P-521")),
        row(
            "RSA without NULL",
            rsa(algorithm=bytes.fromhex("300b06092a864886f70d010101")),
            problem(
                f"AlgorithmIdentifier of the RSA 2048 key is 300b06092a864886f70d010101, {RSA.hex()} required",
                cause="cert.form",
            ),
        ),
        row("Ed25519", cert(key="Ed25519"), na("no encoding is required for Ed25519")),
    ),
    "key.rsa-min": (
        row("2048 bits", rsa()),
        row("2047 bits", rsa(SHORT), "RSA key of 2047 bits, at least 2048 required"),
        row("2048 bits of 2049", rsa(), "RSA key of 2048 bits, at least 2049 required", min_bits=2049),
        row("2047 bits of 2047", rsa(SHORT), min_bits=2047),
*(row(f"1024 bits of a {role}", cert(ca=True, key="RSA-1024"), OF_1024, role=role) for role in sorted(ALL_ROLES)),
        row("a negative modulus", rsa(-MODULUS), NOT_POSITIVE),
        row("modulus 0", rsa(0), NOT_POSITIVE),
        row("unreadable", UNREADABLE, NO_NUMBERS),
        row("an elliptic-curve key", cert(), NOT_RSA),
    ),
    "key.rsa-mod8": (
        row("2048 bits", rsa()),
        row("2047 bits", rsa(SHORT), "RSA key of 2047 bits, a multiple of 8 required"),
        row("2049 bits", rsa(SHORT << 2), "RSA key of 2049 bits, a multiple of 8 required"),
        row("2056 bits", rsa(SHORT << 9)),
        row("unreadable", UNREADABLE, NO_NUMBERS),
        row("an elliptic-curve key", cert(), NOT_RSA),
    ),
    "key.rsa-exponent": (
        *(row(str(e), rsa(exponent=e), f"RSA exponent {e}, {ODD}") for e in (-3, 1, 2, 65538)),
        *(row(str(e), rsa(exponent=e), warning(f"RSA exponent {e}, {RECOMMENDED}")) for e in (3, 65535)),
        row("65537", rsa(exponent=65537)),
        row("2^256 - 1", rsa(exponent=(1 << 256) - 1)),
        row("2^256 + 1", rsa(exponent=(1 << 256) + 1), warning(f"RSA exponent of 257 bits, {RECOMMENDED}")),
        row("unreadable", UNREADABLE, NO_NUMBERS),
        row("an elliptic-curve key", cert(), NOT_RSA),
    ),
    "key.rsa-quality": (
        row("two large primes", rsa()),
        row("divisible by 2", rsa(MODULUS * 2), "the modulus is divisible by 2"),
        row("divisible by 751, the last prime tried", rsa(P * 751), "the modulus is divisible by 751"),
        row("divisible by 757", rsa(P * 757)),
        row("a square", rsa(P**2), "the modulus is a power of a smaller number"),
        row("a cube of a product", rsa((P * 757) ** 3), "the modulus is a power of a smaller number"),
        row("a power of a prime that is not tried", rsa(757**211), "the modulus is a power of a smaller number"),
        row("16384 bits", rsa((1 << 16383) + 1), "the modulus is divisible by 3"),
        row("16385 bits", rsa((1 << 16384) + 1), TOO_LONG),
        row("unreadable", UNREADABLE, NO_NUMBERS),
        row("an elliptic-curve key", cert(), NOT_RSA),
    ),
    "key.weak": (
        row("two random primes", cert(key="RSA-2048")),
        row("close primes", cert(key=close_primes_key()), problem("the modulus can be factored: its primes are close together", key="close primes")),
        row("ROCA", cert(key=roca_key()), problem("the modulus can be factored: it is affected by ROCA (CVE-2017-15361)", key="ROCA")),
        row("16385 bits", rsa((1 << 16384) + 1), TOO_LONG),
        row("an elliptic-curve key", cert(), NOT_RSA),
    ),
    "key.matches": (
        row("the leaf's key", held(key())),
        row("another key", held(key("P-384")), "the private key does not belong to the leaf"),
        row("an unreadable key", held(None, problem="it is encrypted"), nc("it is encrypted")),
    ),
}  # fmt: skip
