"""What OpenSSL and Go require of a path beyond RFC 5280; docs/concepts/trust.md has the measurements."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from certgate.x509.certificate import Certificate
from certgate.x509.extension import Extension
from certgate.x509.name_constraints import OID as NAME_CONSTRAINTS
from certgate.x509.name_constraints import read_name_constraints

__all__ = ["CLIENTS", "DOUBTFUL", "GO", "OPENSSL", "clients_without", "go_reads_key"]

OPENSSL, GO = "openssl", "go"
CLIENTS: Mapping[str, str] = MappingProxyType({OPENSSL: "OpenSSL", GO: "Go"})
"""Names of the clients, by the words for them in policies."""
_SAN = "2.5.29.17"
_NEITHER = frozenset(
    {
        "2.5.29.14",
        "2.5.29.18",
        "2.5.29.35",
        "2.5.29.46",
        "1.3.6.1.5.5.7.1.1",
        "1.3.6.1.5.5.7.1.11",
        "1.3.6.1.5.5.7.1.24",
    }
)
_REFUSED: Mapping[str, frozenset[str]] = MappingProxyType({OPENSSL: _NEITHER, GO: _NEITHER | {"1.3.6.1.5.5.7.48.1.5"}})
"""Extensions that certgate processes but the client refuses if they are critical."""
DOUBTFUL = frozenset({NAME_CONSTRAINTS, _SAN}).union(*_REFUSED.values())
"""All extensions that some client may not process; every other one is processed by all."""
_GO_CONSTRAINS = frozenset({"DNS", "IP", "URI", "e-mail"})
_GO_NAMES = frozenset({"DNS", "IP", "URI", "email"})
_GO_KEYS = frozenset({"RSA", "EC", "Ed25519"})
_GO_CURVES = frozenset({"P-224", "P-256", "P-384", "P-521"})


def clients_without(certificate: Certificate, extension: Extension, clients: Collection[str]) -> list[str]:
    """The `clients` that do not process this critical extension of the certificate. Raises Malformed."""
    return [
        client
        for client in CLIENTS
        if client in clients
        and (extension.oid in _REFUSED[client] or (client == GO and _is_unsupported_by_go(certificate, extension)))
    ]


def go_reads_key(certificate: Certificate) -> bool:
    """Whether Go supports the certificate's kind of key (crypto/x509, `PublicKeyAlgorithm`). Never raises."""
    key = certificate.key
    return key.algorithm in _GO_KEYS and (key.algorithm != "EC" or key.curve in _GO_CURVES)


def _is_unsupported_by_go(certificate: Certificate, extension: Extension) -> bool:
    """Whether it constrains names, or names the certificate, in ways that Go does not support. Raises Malformed."""
    if extension.oid == NAME_CONSTRAINTS and (constraints := read_name_constraints(certificate)):
        return any(s.kind not in _GO_CONSTRAINS for s in (*constraints.permitted, *constraints.excluded))
    return extension.oid == _SAN and all(name.kind not in _GO_NAMES for name in certificate.san or ())
