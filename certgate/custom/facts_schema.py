"""The schema of the facts: every fact that custom rules may use, with its type and meaning."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["MAX_ITEMS", "MAX_TEXT", "STRUCTS", "VARIABLES", "Fact"]

MAX_ITEMS = 1000
"""Items in one list; a longer one counts as unreadable."""
MAX_TEXT = 16_384
"""Characters in one text; a longer one counts as unreadable."""


class Fact(NamedTuple):
    """A type (`string`, `int`, `bool`, `timestamp`, a struct, `list(T)` or `map(string)`) and what it means."""

    type: str
    meaning: str


_TEXTS = "list(string)"

STRUCTS: Mapping[str, Mapping[str, Fact]] = MappingProxyType(
    {
        "Name": {
            "text": Fact("string", "the whole name as text (RFC 4514)"),
            "common_names": Fact(_TEXTS, "values of CN"),
            "organizations": Fact(_TEXTS, "values of O"),
            "organizational_units": Fact(_TEXTS, "values of OU"),
            "countries": Fact(_TEXTS, "values of C"),
        },
        "Key": {
            "type": Fact("string", "RSA, RSASSA-PSS, EC, Ed25519, Ed448, DSA, ML-DSA-65 …, or a dotted OID"),
            "bits": Fact("int", "modulus, field or prime bits; missing where it has no meaning"),
            "curve": Fact("string", "P-256, P-384, P-521 or another curve's name; missing for other keys"),
            "exponent": Fact("int", "the RSA public exponent; missing for other keys and beyond 63 bits"),
            "sha256": Fact("string", "of the SubjectPublicKeyInfo, hexadecimal"),
        },
        "Signature": {
            "algorithm": Fact("string", "dotted OID"),
            "hash": Fact("string", "sha256, sha384 …; missing where the algorithm has none"),
        },
        "Extension": {
            "oid": Fact("string", "dotted OID"),
            "critical": Fact("bool", "whether it is critical"),
        },
        "Certificate": {
            "subject": Fact("Name", "who it is for"),
            "issuer": Fact("Name", "who issued it"),
            "serial": Fact("string", "the serial number, hexadecimal"),
            "sha256": Fact("string", "of the whole certificate, hexadecimal"),
            "version": Fact("int", "3 for certificates with extensions"),
            "not_before": Fact("timestamp", "start of validity"),
            "not_after": Fact("timestamp", "end of validity, inclusive"),
            "dns_names": Fact(_TEXTS, "alternative names of type DNS, as encoded; empty without the extension"),
            "ip_addresses": Fact(_TEXTS, "alternative names of type IP address; empty without the extension"),
            "uris": Fact(_TEXTS, "alternative names of type URI (SPIFFE IDs); empty without the extension"),
            "key": Fact("Key", "the public key"),
            "signature": Fact("Signature", "the issuer's signature"),
            "is_ca": Fact("bool", "whether basicConstraints says CA"),
            "is_self_issued": Fact("bool", "whether subject and issuer are the same name"),
            "path_length": Fact("int", "pathLenConstraint; missing where there is none"),
            "key_usage": Fact(_TEXTS, "digitalSignature, keyCertSign …; missing without the extension"),
            "extended_key_usage": Fact(_TEXTS, "dotted OIDs; missing without the extension"),
            "policies": Fact(_TEXTS, "certificate policies, dotted OIDs; empty without the extension"),
            "extensions": Fact("list(Extension)", "all extensions, as sent"),
            "ocsp_urls": Fact(_TEXTS, "OCSP responders; empty without the extension"),
            "crl_urls": Fact(_TEXTS, "CRL distribution points; empty without the extension"),
            "must_staple": Fact("bool", "whether it requires a stapled OCSP response"),
        },
        "Handshake": {
            "version": Fact("string", "TLSv1.2 or TLSv1.3"),
            "cipher": Fact("string", "OpenSSL's name"),
            "group": Fact("string", "OpenSSL's name; missing where none was negotiated"),
            "alpn": Fact("string", "missing where none was negotiated"),
            "stapled": Fact("bool", "whether an OCSP response was stapled"),
        },
        "Target": {
            "id": Fact("string", "as reports show it: host:port, host:port#name, or a file"),
            "host": Fact("string", "missing for a file"),
            "port": Fact("int", "missing for a file"),
            "names": Fact(_TEXTS, "the host names that are expected"),
            "roles": Fact(_TEXTS, "the role of the leaf: server, client, spiffe, ca"),
            "policy": Fact("string", "the policy as the target names it"),
            "labels": Fact("map(string)", "the target's labels"),
        },
    }
)
VARIABLES: Mapping[str, Fact] = MappingProxyType(
    {
        "leaf": Fact("Certificate", "the certificate that is checked"),
        "chain": Fact("list(Certificate)", "the chosen path: the leaf first, without the anchor"),
        "anchored": Fact("bool", "whether the path ends at an anchor of the trust store"),
        "anchor": Fact("Certificate", "the anchor; missing where the path has none"),
        "handshake": Fact("Handshake", "what was negotiated; missing for files"),
        "target": Fact("Target", "the declared facts of the target"),
        "now": Fact("timestamp", "the time of evaluation"),
    }
)
