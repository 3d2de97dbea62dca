"""Extended key usages by their standard names."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

__all__ = [
    "ANY_PURPOSE",
    "CLIENT_AUTH",
    "CODE_SIGNING",
    "EMAIL_PROTECTION",
    "PURPOSES",
    "SERVER_AUTH",
    "other_use",
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


_OTHER_USES: Mapping[str, str] = MappingProxyType(
    {
        EMAIL_PROTECTION: "an S/MIME",
        CODE_SIGNING: "a code-signing",
        "1.3.6.1.5.5.7.3.8": "a time-stamping",
        "1.3.6.1.5.5.7.3.36": "a document-signing",
    }
)
"""What a certificate is called that is for one of these purposes; the last one is id-kp-documentSigning (RFC 9336)."""


def purpose_name(oid: str) -> str:
    """The name of a purpose, or its OID if certgate has no name for it."""
    return PURPOSES.get(oid, oid)


def other_use(ekus: Collection[str]) -> str:
    """What a leaf with these extended key usages is, if it is not for TLS: `a code-signing`; else empty."""
    if {SERVER_AUTH, CLIENT_AUTH, ANY_PURPOSE}.intersection(ekus):
        return ""
    return next((kind for oid, kind in _OTHER_USES.items() if oid in ekus), "")
