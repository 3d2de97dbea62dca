"""Types of certificate keys, and the ClientHellos that accept only some of them."""

from collections.abc import Collection

from OpenSSL import SSL

from certgate.model.frozen import frozen
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

__all__ = ["KEY_TYPES", "UNREADABLE", "Narrow", "can_choose_signatures", "key_type_of", "offers_for"]

_SIGNATURES = {
    "RSA": "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512",
    "RSASSA-PSS": "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512",
    "EC": "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:?ecdsa_sha224:?ecdsa_sha1"
    ":?ecdsa_brainpoolP256r1tls13_sha256:?ecdsa_brainpoolP384r1tls13_sha384:?ecdsa_brainpoolP512r1tls13_sha512",
    "Ed25519": "ed25519",
    "Ed448": "ed448",
    "ML-DSA-44": "?mldsa44",
    "ML-DSA-65": "?mldsa65",
    "ML-DSA-87": "?mldsa87",
}
"""The signature algorithms of each type of key, by OpenSSL's names; `?` marks those that it may not know."""
KEY_TYPES = tuple(_SIGNATURES)
"""The types of keys that certgate asks for, by the names that certificates' keys have here."""
UNREADABLE = "unreadable"
"""The type of a key that cannot be read."""
_PKCS1 = ":rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512"
"""Signatures that RSA issuers make. In TLS 1.3 no server signs with them (RFC 8446 §4.2.3)."""
_SUITES = {"RSA": "RSA", "EC": "ECDSA", "Ed25519": "ECDSA", "Ed448": "ECDSA"}
"""How the cipher suites of TLS 1.2 name the types of keys (RFC 8422 §5.5)."""
_BY_SUITES = ("RSA", "EC")
"""The types that the suites of TLS 1.2 can ask for."""
_BINDINGS = getattr(SSL, "_lib", None)
_SET_SIGNATURES = "SSL_CTX_set1_sigalgs_list"


@frozen(slots=True)
class Narrow:
    """A ClientHello that accepts only these types of keys.

    `by_suites`: by the cipher suites of TLS 1.2 alone, which cannot tell EC from Ed25519 and Ed448; else by signature
    algorithms too, in every version of TLS.
    """

    key_types: tuple[str, ...]
    by_suites: bool

    def use_in(self, context: SSL.Context) -> None:
        """Narrow what the context offers."""
        names = {_SUITES[one] for one in self.key_types if one in _SUITES}
        if self.by_suites:
            context.set_max_proto_version(SSL.TLS1_2_VERSION)
        else:
            _choose_signatures(context, ":".join(_SIGNATURES[one] for one in self.key_types) + _PKCS1)
        if names:
            left_out = "".join(f":!a{other}" for other in ("RSA", "ECDSA") if other not in names)
            context.set_cipher_list(f"DEFAULT{left_out}:!PSK:!SRP:!aDSS:@SECLEVEL=0".encode("ascii"))
        else:
            context.set_min_proto_version(SSL.TLS1_3_VERSION)


def offers_for(seen: Collection[str]) -> tuple[Narrow | None, Narrow | None]:
    """What asks a server for a certificate with another type of key than those `seen`.

    The first offer asks by the cipher suites of TLS 1.2; None if they cannot. Servers that limit the signatures on
    certificates too (RFC 8446 §4.2.3) are not limited by it. The second asks for every other type in every version;
    None if this OpenSSL cannot.
    """
    by_suites = tuple(one for one in _BY_SUITES if one not in seen)
    others = tuple(one for one in KEY_TYPES if one not in seen)
    return (
        Narrow(by_suites, by_suites=True) if by_suites else None,
        Narrow(others, by_suites=False) if can_choose_signatures() else None,
    )


def can_choose_signatures() -> bool:
    """Whether a client's signature algorithms can be chosen here; pyOpenSSL has no public function for it."""
    return hasattr(_BINDINGS, _SET_SIGNATURES)


def _choose_signatures(context: SSL.Context, names: str) -> None:
    """The one call through pyOpenSSL's bindings. Raises ValueError if OpenSSL refuses the names."""
    if not getattr(_BINDINGS, _SET_SIGNATURES)(context._context, names.encode("ascii")):  # noqa: SLF001
        raise ValueError(names)


def key_type_of(leaf: bytes) -> str:
    """The type of a certificate's key; UNREADABLE if it cannot be read."""
    try:
        return parse_certificate(leaf).key.algorithm
    except Malformed:
        return UNREADABLE
