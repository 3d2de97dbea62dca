"""The names and numbers of TLS: versions, cipher suites, key exchange groups. Suites and groups are known to IANA."""

from collections.abc import Mapping
from types import MappingProxyType

from certgate.model.cipher_table import CIPHER_TABLE

__all__ = [
    "CIPHERS",
    "DRAFT_GROUPS",
    "ECDSA_SUITES",
    "EPHEMERAL_SUITES",
    "GROUPS",
    "GROUPS_OF_TLS_1_2",
    "GROUPS_OF_TLS_1_3",
    "HYBRID_GROUPS",
    "POST_QUANTUM_GROUPS",
    "RSA_SUITES",
    "SHARED_GROUPS",
    "SUITES_OF_TLS_1_1",
    "SUITES_OF_TLS_1_2",
    "SUITES_OF_TLS_1_3",
    "TLS_1_2",
    "TLS_1_3",
    "VERSIONS",
    "cipher_name",
    "cipher_number",
    "group_name",
    "group_number",
]

TLS_1_2, TLS_1_3 = 0x0303, 0x0304
VERSIONS: Mapping[int, str] = MappingProxyType(
    {0x0300: "SSLv3", 0x0301: "TLSv1", 0x0302: "TLSv1.1", TLS_1_2: "TLSv1.2", TLS_1_3: "TLSv1.3"}
)
"""OpenSSL's names, the oldest first."""

_ROWS = tuple(line.split() for line in CIPHER_TABLE.splitlines())
_IANA: Mapping[int, str] = MappingProxyType({int(number, 16): name for number, name, *_ in _ROWS})
CIPHERS: Mapping[int, str] = MappingProxyType({int(row[0], 16): row[-1] for row in _ROWS})
"""OpenSSL's name of each cipher suite, or IANA's where it has none."""
SUITES_OF_TLS_1_3 = tuple(
    number
    for number in CIPHERS
    if number >> 8 == 0x13 or number in {0x00C6, 0x00C7, 0xC0B4, 0xC0B5, 0xC103, 0xC104, 0xC105, 0xC106}
)
SUITES_OF_TLS_1_2 = tuple(number for number in CIPHERS if number not in SUITES_OF_TLS_1_3)
"""The suites of TLS 1.2 and older versions. None of them is a signal, such as TLS_FALLBACK_SCSV."""
SUITES_OF_TLS_1_1 = tuple(
    number for number in SUITES_OF_TLS_1_2 if _IANA[number].endswith(("_SHA", "_MD5")) and "KRB5" not in _IANA[number]
)
"""The suites of TLS 1.1 and older versions but for Kerberos: fewer than 128, which every server can read."""
EPHEMERAL_SUITES = tuple(
    number
    for number, name in _IANA.items()
    if name.startswith(("TLS_ECDHE_RSA_", "TLS_ECDHE_ECDSA_", "TLS_ECDH_anon_"))
)
"""The suites of TLS 1.2 in which the server names a group and needs no shared secret."""
RSA_SUITES = tuple(
    number
    for number, name in _IANA.items()
    if name.startswith(("TLS_RSA_WITH_", "TLS_DHE_RSA_WITH_", "TLS_ECDHE_RSA_"))
)
"""The suites of TLS 1.2 that a server with an RSA key can use."""
ECDSA_SUITES = tuple(number for number, name in _IANA.items() if name.startswith("TLS_ECDHE_ECDSA_"))
"""The suites of TLS 1.2 in which a server signs with a key for ECDSA or EdDSA (RFC 8422 §5.5)."""

GROUPS: Mapping[int, str] = MappingProxyType(
    dict(
        enumerate(
            (
                *("sect163k1", "sect163r1", "sect163r2", "sect193r1", "sect193r2", "sect233k1", "sect233r1"),
                *("sect239k1", "sect283k1", "sect283r1", "sect409k1", "sect409r1", "sect571k1", "sect571r1"),
                *("secp160k1", "secp160r1", "secp160r2", "secp192k1", "secp192r1", "secp224k1", "secp224r1"),
                *("secp256k1", "secp256r1", "secp384r1", "secp521r1"),
                *("brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1", "x25519", "x448"),
                *("brainpoolP256r1tls13", "brainpoolP384r1tls13", "brainpoolP512r1tls13"),
                *("GC256A", "GC256B", "GC256C", "GC256D", "GC512A", "GC512B", "GC512C", "curveSM2"),
            ),
            start=1,
        )
    )
    | {0x0100: "ffdhe2048", 0x0101: "ffdhe3072", 0x0102: "ffdhe4096", 0x0103: "ffdhe6144", 0x0104: "ffdhe8192"}
    | {0x0200: "MLKEM512", 0x0201: "MLKEM768", 0x0202: "MLKEM1024"}
    | {0x11EB: "SecP256r1MLKEM768", 0x11EC: "X25519MLKEM768", 0x11ED: "SecP384r1MLKEM1024", 0x11EE: "curveSM2MLKEM768"}
    | {0x6399: "X25519Kyber768Draft00", 0x639A: "SecP256r1Kyber768Draft00"}
)
"""The names of the TLS Supported Groups registry."""
HYBRID_GROUPS = (0x11EC, 0x11EB, 0x11ED, 0x11EE)
SHARED_GROUPS = (0x11EC, 0x11EB, 0x11ED, 0x0201, 0x0202, 0x001D, 0x0017, 0x0018)
"""The groups for which certgate can send a key share of its own."""
DRAFT_GROUPS = (0x6399, 0x639A)
"""Post-quantum groups of drafts that never became standards."""
POST_QUANTUM_GROUPS = (*HYBRID_GROUPS, 0x0200, 0x0201, 0x0202, *DRAFT_GROUPS)
_OLD_CURVES = range(1, 23)
_CURVES_OF_TLS_1_2 = range(26, 29)
GROUPS_OF_TLS_1_2 = (*range(1, 31), 41)
"""The curves of TLS 1.2, where finite-field groups are part of the cipher suite."""
GROUPS_OF_TLS_1_3 = tuple(number for number in GROUPS if number not in {*_OLD_CURVES, *_CURVES_OF_TLS_1_2})
_BY_CIPHER = {name: number for number, name in CIPHERS.items()}
_BY_NAME = {name.lower(): number for number, name in GROUPS.items()}


def cipher_name(number: int) -> str:
    """The suite's name, or its number for people."""
    return CIPHERS.get(number, f"0x{number:04X}")


def cipher_number(name: str) -> int | None:
    """The number of a suite; None for an unknown name."""
    return _BY_CIPHER.get(name)


def group_name(number: int) -> str:
    """The group's name, or its number for people."""
    return GROUPS.get(number, f"0x{number:04X}")


def group_number(name: str) -> int | None:
    """The number of a group by its name in upper or lower case; None for an unknown name."""
    return _BY_NAME.get(name.lower())
