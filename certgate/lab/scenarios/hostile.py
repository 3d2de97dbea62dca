"""Certificates whose text attacks its readers: terminals, runners, spreadsheets, browsers."""

from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.lab.scenario import Scenario, fails, unchecked, warns
from certgate.lab.scenarios.spiffe import SIGNER, svid
from certgate.x509.der import encoded

__all__ = ["ASCII", "SCENARIOS", "UNICODE", "SpelledName"]

ASCII = (
    "\x1b]0;owned\x07\x1b[31m\x1b[2J\x00\x7f\r\n::error file=x::owned\n##[error]owned\n##vso[task.complete]owned\n"
    "]]><script>alert(1)</script><!--&amp;-->[link=http://evil.example]owned[/link][owned](http://evil.example)"
    "![owned](http://evil.example/x.png)|a|b|`c` **d** @team #1 {0} =cmd()|'%0A::error::owned' \\n"
)
"""Text for fields that allow only ASCII."""
UNICODE = f"{ASCII}\ufffe\uffff\u202eowned\u202c\u2066\u2069\u200f\u2028\u2029\x85\x9b31m\ufeff\U000e0001🙂"
"""Text for fields that allow all of Unicode."""
_OF_VALUES = ("name.attribute-length", "name.control-characters")
_LONG = "=cmd()|" * 9_362  # 64 kB


class SpelledName(x509.Name):
    """A name with DER that the library would not encode."""

    def __init__(self, *attributes: tuple[x509.ObjectIdentifier, int, bytes]) -> None:
        super().__init__([])
        self._der = encoded(b"\x30", b"".join(_rdn(*attribute) for attribute in attributes))

    def public_bytes(self, backend: Any = None) -> bytes:
        """The DER, unchanged."""
        del backend
        return self._der


def _rdn(oid: x509.ObjectIdentifier, tag: int, value: bytes) -> bytes:
    from cryptography.hazmat import asn1

    return encoded(b"\x31", encoded(b"\x30", asn1.encode_der(oid) + encoded(bytes([tag]), value)))


def _name(text: str) -> x509.Name:
    oids = (NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME)
    return x509.Name([x509.NameAttribute(oid, text, _validate=False) for oid in oids])


def _sans(host: str, text: str) -> tuple[x509.GeneralName, ...]:
    return (
        x509.DNSName(host),
        x509.DNSName(text),
        x509.RFC822Name._init_without_validation(text),  # noqa: SLF001 (validation differs between versions of Python)
        x509.UniformResourceIdentifier(text),
        x509.UniformResourceIdentifier(f"spiffe://{text}"),
        x509.DirectoryName(_name(UNICODE)),
        x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), encoded(b"\x0c", UNICODE.encode())),
    )


def _extensions(text: str) -> dict[type[x509.ExtensionType], tuple[x509.ExtensionType, bool]]:
    url = x509.UniformResourceIdentifier(f"http://evil.example/{text}")
    policy = x509.PolicyInformation(
        x509.ObjectIdentifier("1.3.6.1.4.1.99999.2"), [text, x509.UserNotice(None, UNICODE)]
    )
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.OCSP, url),
            x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, url),
        ]
    )
    points = x509.CRLDistributionPoints([x509.DistributionPoint([url], None, None, None)])
    values = (x509.CertificatePolicies([policy]), access, points)
    return {type(value): (value, False) for value in values}


SCENARIOS = (
    Scenario(
        name="hostile-text",
        title="Every text of the leaf and of its issuer is written against whoever reads it",
        leaf={
            "subject": _name(UNICODE),
            "sans": _sans("hostile-text.lab.example", ASCII),
            "extensions": _extensions(ASCII),
        },
        issuers=({"subject": _name(f"CA {UNICODE}"), "extensions": _extensions(ASCII)},),
        policy="internal-pki",
        gives=(
            *(warns("name.cn-in-san"), warns("name.san-form")),
            *(fails("name.wildcard-form"), fails("ext.form")),
            *(warns(rule, of) for rule in _OF_VALUES for of in ("leaf", "issuer 1")),
        ),
    ),
    Scenario(
        name="hostile-missing-issuer",
        title="The issuer that is not sent has a name written against whoever reads it",
        issuers=({"subject": _name(UNICODE)},),
        leaf={"extensions": _extensions(ASCII)},
        sent=("leaf",),
        policy="internal-pki",
        gives=(fails("chain.complete", "presented chain"), unchecked("trust.anchor", "path")),
    ),
    Scenario(
        name="hostile-qualifier",
        title="The address of the CA's practice statement is written against whoever reads it",
        leaf={
            "extensions": {
                x509.CertificatePolicies: (
                    x509.CertificatePolicies(
                        [x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), [ASCII])]
                    ),
                    False,
                )
            }
        },
        gives=(fails("policy.qualifiers"),),
    ),
    Scenario(
        name="hostile-long",
        title="A name of 64 kB",
        leaf={"policies": (), "sans": ("hostile-long.lab.example", x509.DNSName(_LONG))},
        policy="internal-pki",
        gives=(fails("name.dns-syntax"),),
    ),
    Scenario(
        name="hostile-spelling",
        title="Names in an old encoding, and in bytes that are not text at all",
        leaf={
            "policies": (),
            "subject": SpelledName((NameOID.COMMON_NAME, 0x14, b"\x1b[31m\xff\x9b::error::")),
            "sans": (),
            "raw_extensions": (("2.5.29.17", False, encoded(b"\x30", encoded(b"\x82", b"\xff\x1b[31m::error::"))),),
        },
        policy="internal-pki",
        gives=(
            *(unchecked(f"name.{rule}") for rule in ("host-match", "san-present", "dns-syntax")),
            fails("ext.form"),
            *(warns("name.cn-in-san"), warns("name.control-characters")),
        ),
    ),
    Scenario(
        name="string-of-another-kind",
        title="The subject is written in a string type that Go does not read",
        leaf={
            "policies": (),
            "subject": SpelledName(
                (NameOID.COMMON_NAME, 0x1C, "string-of-another-kind.lab.example".encode("utf-32-be"))
            ),
        },
        policy="internal-pki",
        gives=(fails("cert.form"), warns("name.san-critical")),
    ),
    Scenario(
        name="hostile-svid",
        title="A SPIFFE ID that is written against whoever reads it",
        leaf=svid(f"spiffe://corp.example/{ASCII}"),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(unchecked("spiffe.scheme"), unchecked("spiffe.path"), fails("ext.form")),
    ),
)
