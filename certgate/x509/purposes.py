"""Extended key usages by their standard names."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "ANY_PURPOSE",
    "CLIENT_AUTH",
    "CODE_SIGNING",
    "EMAIL_PROTECTION",
    "PURPOSES",
    "SERVER_AUTH",
    "purpose_name",
]

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4"
ANY_PURPOSE = "2.5.29.37.0"
PURPOSES: Mapping[str, str] = MappingProxyType(
    {
        SERVER_AUTH: "serverAuth",
        CLIENT_AUTH: "clientAuth",
        CODE_SIGNING: "codeSigning",
        EMAIL_PROTECTION: "emailProtection",
        "1.3.6.1.5.5.7.3.8": "timeStamping",
        "1.3.6.1.5.5.7.3.9": "OCSPSigning",
        ANY_PURPOSE: "anyExtendedKeyUsage",
        "1.3.6.1.4.1.11129.2.4.4": "precertificate signing",
    }
)
"""Names of purposes by OID (RFC 5280 §4.2.1.12, RFC 6962 §3.1)."""


def purpose_name(oid: str) -> str:
    """The name of a purpose, or its OID if certgate has no name for it."""
    return PURPOSES.get(oid, oid)
