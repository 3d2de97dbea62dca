"""Servers checked by pkilint through the policy `lint`."""

from typing import Any

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from certgate.lab.chain import ca_name
from certgate.lab.changes import Changes, Extensions
from certgate.lab.scenario import Scenario, fails, notes, warns

__all__ = ["SCENARIOS"]

_HOST = "www.example.com"
"""The linter requires names below a public suffix, and `example` is not one."""


def _uri(path: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(f"http://pki.example.com/{path}")


_ISSUER = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, _uri("ca.der"))
_POINTERS: Extensions = {
    x509.AuthorityInformationAccess: (x509.AuthorityInformationAccess([_ISSUER]), False),
    x509.CRLDistributionPoints: (
        x509.CRLDistributionPoints([x509.DistributionPoint([_uri("1.crl")], None, None, None)]),
        False,
    ),
}
_LEAF: Changes = {"subject": "", "sans": (_HOST,), "extensions": _POINTERS}
_CA: Changes = {
    "subject": ca_name("Lab CA 1 linted"),
    "key_usage": ("digital_signature", "key_cert_sign", "crl_sign"),
    "extensions": _POINTERS,
}


def _linted(**words: Any) -> Scenario:
    usual: dict[str, Any] = {"leaf": _LEAF, "issuers": (_CA,), "policy": "lint", "needs": "pkilint"}
    return Scenario(**(usual | words))


SCENARIOS = (
    _linted(name="good-lint", title="A chain in which pkilint finds nothing"),
    _linted(
        name="lint-no-name",
        title="The leaf has no subjectAltName, and pkilint says so",
        leaf={**_LEAF, "sans": ()},
        gives=(fails("lint.cabf"),),
    ),
    _linted(
        name="lint-common-name",
        title="The leaf has a common name, which pkilint would rather not see",
        leaf={**_LEAF, "subject": _HOST},
        gives=(warns("lint.cabf"),),
    ),
    _linted(
        name="lint-policy-twice",
        title="The leaf asserts one certificate policy twice, against RFC 5280",
        leaf={**_LEAF, "policies": ("2.23.140.1.2.1", "2.23.140.1.2.1")},
        gives=(fails("lint.pkix"),),
    ),
    _linted(
        name="lint-issuer-usage",
        title="The intermediate's key cannot sign OCSP responses, which pkilint notes",
        issuers=({**_CA, "key_usage": ("key_cert_sign", "crl_sign")},),
        gives=(notes("lint.cabf", "issuer 1"),),
    ),
)
