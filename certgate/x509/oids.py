"""Names of the object identifiers that people meet in messages."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["EXTENSION_NAMES", "extension_name"]

EXTENSION_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "1.3.6.1.4.1.11129.2.4.2": "signedCertificateTimestampList",
        "1.3.6.1.4.1.11129.2.4.3": "CT precertificate poison",
        "1.3.6.1.4.1.311.20.2": "Microsoft certificate template name",
        "1.3.6.1.4.1.311.21.1": "Microsoft CA version",
        "1.3.6.1.4.1.311.21.7": "Microsoft certificate template",
        "1.3.6.1.4.1.311.21.10": "Microsoft application policies",
        "1.3.6.1.5.5.7.1.1": "authorityInfoAccess",
        "1.3.6.1.5.5.7.1.3": "qcStatements",
        "1.3.6.1.5.5.7.1.11": "subjectInfoAccess",
        "1.3.6.1.5.5.7.1.24": "tlsFeature",
        "1.3.6.1.5.5.7.48.1.2": "OCSP nonce",
        "1.3.6.1.5.5.7.48.1.5": "OCSP noCheck",
        "2.5.29.9": "subjectDirectoryAttributes",
        "2.5.29.14": "subjectKeyIdentifier",
        "2.5.29.15": "keyUsage",
        "2.5.29.16": "privateKeyUsagePeriod",
        "2.5.29.17": "subjectAltName",
        "2.5.29.18": "issuerAltName",
        "2.5.29.19": "basicConstraints",
        "2.5.29.20": "cRLNumber",
        "2.5.29.21": "reasonCode",
        "2.5.29.24": "invalidityDate",
        "2.5.29.27": "deltaCRLIndicator",
        "2.5.29.28": "issuingDistributionPoint",
        "2.5.29.29": "certificateIssuer",
        "2.5.29.30": "nameConstraints",
        "2.5.29.31": "cRLDistributionPoints",
        "2.5.29.32": "certificatePolicies",
        "2.5.29.33": "policyMappings",
        "2.5.29.35": "authorityKeyIdentifier",
        "2.5.29.36": "policyConstraints",
        "2.5.29.37": "extendedKeyUsage",
        "2.5.29.46": "freshestCRL",
        "2.5.29.54": "inhibitAnyPolicy",
        "2.5.29.56": "noRevAvail",
        "2.16.840.1.113730.1.1": "Netscape certificate type",
        "2.16.840.1.113730.1.13": "Netscape comment",
    }
)


def extension_name(oid: str) -> str:
    """The OID, with the extension's name if it has one: `keyUsage (2.5.29.15)`."""
    name = EXTENSION_NAMES.get(oid)
    return f"{name} ({oid})" if name else oid
