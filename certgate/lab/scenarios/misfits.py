"""Certificates whose parts do not fit together, or that standards do not allow."""

from datetime import timedelta
from ipaddress import ip_network

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from certgate.lab.changes import Extensions
from certgate.lab.pki import CLOCK
from certgate.lab.scenario import Scenario, fails, notes, unchecked, warns
from certgate.lab.scenarios.subject import named
from certgate.x509.der import encoded

__all__ = ["SCENARIOS"]

_SERVER, _CLIENT = Purpose.SERVER_AUTH.dotted_string, Purpose.CLIENT_AUTH.dotted_string
_ANY_POLICY, _DOMAIN = "2.5.29.32.0", "2.23.140.1.2.1"
_NULL = b"\x05\x00"
_POISON = "1.3.6.1.4.1.11129.2.4.3"


def _sequence(*parts: bytes) -> bytes:
    return encoded(b"\x30", b"".join(parts))


def _oid(dotted: str) -> bytes:
    return asn1.encode_der(x509.ObjectIdentifier(dotted))


def _mapping(issuer: str, subject: str, *, critical: bool = True) -> tuple[str, bool, bytes]:
    return "2.5.29.33", critical, _sequence(_sequence(_oid(issuer), _oid(subject)))


def _points(url: str, *, critical: bool = False) -> Extensions:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return {x509.CRLDistributionPoints: (x509.CRLDistributionPoints([point]), critical)}


def _permitted(name: x509.GeneralName, *, critical: bool = True) -> Extensions:
    return {x509.NameConstraints: (x509.NameConstraints([x509.DNSName("lab.example"), name], None), critical)}


_ONION = "aaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dyp3kead.onion"

SCENARIOS = (
    Scenario(
        name="good-alternative-names",
        title="A leaf for an onion service and an internationalized name, with an alternative name of its issuer",
        leaf={
            "sans": ("good-alternative-names.lab.example", _ONION, "xn--cole-9oa.lab.example"),
            "extensions": {
                x509.IssuerAlternativeName: (x509.IssuerAlternativeName([x509.DNSName("lab.example")]), False)
            },
        },
    ),
    Scenario(
        name="good-mapping",
        title="An intermediate that maps one of its policies to another",
        issuers=({"policies": (_DOMAIN, "1.2.3"), "raw_extensions": (_mapping("1.2.3", "1.2.4"),)},),
    ),
    Scenario(
        name="good-mail-address",
        title="An internal server's leaf has an e-mail address in its subject and in its alternative names",
        leaf={
            "policies": (),
            "subject": named(emailAddress="root@lab.example"),
            "sans": ("good-mail-address.lab.example", x509.RFC822Name("root@lab.example")),
        },
        policy="internal-pki",
    ),
    Scenario(
        name="dates-reversed",
        title="The leaf ends before it begins",
        leaf={"not_before": CLOCK - timedelta(days=10), "not_after": CLOCK - timedelta(days=20)},
        gives=(fails("validity.order"), unchecked("validity.expired")),
    ),
    Scenario(
        name="key-usage-encoding",
        title="The encoding of the leaf's key usage ends with bits that are not set",
        leaf={"key_usage": (), "raw_extensions": (("2.5.29.15", True, b"\x03\x02\x00\x80"),)},
        gives=(fails("ku.encoding"),),
    ),
    Scenario(
        name="ca-key-agreement",
        title="The key of the intermediate may agree on keys",
        issuers=({"key_usage": ("key_cert_sign", "crl_sign", "key_agreement")},),
        gives=(fails("ku.ca-only", "issuer 1"),),
    ),
    Scenario(
        name="ca-key-encipherment",
        title="The key usage of an internal CA allows encryption, which its elliptic-curve key cannot do",
        leaf={"policies": ()},
        issuers=({"key_usage": ("key_cert_sign", "crl_sign", "key_encipherment")},),
        policy="internal-pki",
        gives=(warns("ku.algorithm", "issuer 1"),),
    ),
    Scenario(
        name="purpose-without-usage",
        title="The leaf is also for clients, but its key usage does not let a client sign",
        leaf={"key": "RSA-2048", "key_usage": ("key_encipherment",), "ekus": (_SERVER, _CLIENT)},
        gives=(
            fails("ku.tls13-signature", "handshake"),
            *(warns("ku.purposes"), warns("ku.rsa-leaf"), warns("eku.client-auth-public")),
        ),
    ),
    Scenario(
        name="any-purpose-critical",
        title="An internal server's leaf is for every purpose, and says so in a critical extension",
        leaf={
            "policies": (),
            "ekus": (),
            "extensions": {
                x509.ExtendedKeyUsage: (
                    x509.ExtendedKeyUsage([Purpose.SERVER_AUTH, Purpose.ANY_EXTENDED_KEY_USAGE]),
                    True,
                )
            },
        },
        policy="internal-pki",
        gives=(warns("eku.any-critical"), warns("eku.forbidden")),
    ),
    Scenario(
        name="empty-extension",
        title="The leaf names no delta CRL in the extension for it",
        leaf={"raw_extensions": (("2.5.29.46", False, _sequence()),)},
        gives=(fails("ext.empty"),),
    ),
    Scenario(
        name="critical-crl-pointer",
        title="The leaf's CRL distribution points are critical",
        leaf={"extensions": _points("http://crl.lab.example/1.crl", critical=True)},
        gives=(fails("ext.not-critical"),),
    ),
    Scenario(
        name="constraint-without-meaning",
        title="The intermediate constrains registered IDs",
        issuers=({"extensions": _permitted(x509.RegisteredID(x509.ObjectIdentifier("1.2.3")), critical=False)},),
        gives=(fails("ext.name-constraints-types", "issuer 1"), warns("ext.criticality", "issuer 1")),
    ),
    Scenario(
        name="private-range-permitted",
        title="The intermediate may issue for private addresses",
        issuers=({"extensions": _permitted(x509.IPAddress(ip_network("10.0.0.0/8")))},),
        gives=(fails("ext.name-constraints-reserved", "issuer 1"),),
    ),
    Scenario(
        name="mapped-policy-missing",
        title="The intermediate maps a policy that it does not assert",
        issuers=({"policies": (_DOMAIN,), "raw_extensions": (_mapping("1.2.3", "1.2.4"),)},),
        gives=(warns("policy.mapping-asserted", "issuer 1"),),
    ),
    Scenario(
        name="mapping-not-critical",
        title="The intermediate's policy mappings are not critical",
        issuers=({"raw_extensions": (_mapping("1.2.3", "1.2.4", critical=False),)},),
        gives=(warns("policy.mapping-critical", "issuer 1"),),
    ),
    Scenario(
        name="leaf-limits-policies",
        title="The leaf limits the policies below it",
        leaf={"extensions": {x509.InhibitAnyPolicy: (x509.InhibitAnyPolicy(0), True)}},
        gives=(warns("policy.limits-leaf"),),
    ),
    Scenario(
        name="any-policy-qualified",
        title="An internal CA qualifies every policy with something of its own",
        leaf={"policies": ()},
        issuers=(
            {
                "policies": (),
                "raw_extensions": (
                    (
                        "2.5.29.32",
                        False,
                        _sequence(_sequence(_oid(_ANY_POLICY), _sequence(_sequence(_oid("1.2.3.4"), _NULL)))),
                    ),
                ),
            },
        ),
        policy="internal-pki",
        gives=(warns("policy.any-qualifiers", "issuer 1"),),
    ),
    Scenario(
        name="single-label",
        title="A name of a single label, beside the right name",
        leaf={"sans": ("single-label.lab.example", "intranet")},
        gives=(fails("name.single-label"), unchecked("name.internal-name")),
    ),
    Scenario(
        name="name-twice",
        title="The leaf has its name twice",
        leaf={"sans": ("name-twice.lab.example", "NAME-twice.lab.example")},
        gives=(notes("name.duplicate"),),
    ),
    Scenario(
        name="onion-version-2",
        title="The address of an onion service of version 2, beside the right name",
        leaf={"sans": ("onion-version-2.lab.example", "t3y3qp7zoduvisdl.onion")},
        gives=(fails("name.onion"),),
    ),
    Scenario(
        name="name-not-normalized",
        title="A name with an accent as a character of its own, beside the right name",
        leaf={"sans": ("name-not-normalized.lab.example", "xn--ecole-6ed.lab.example")},
        gives=(warns("name.idn-normalized"),),
    ),
    Scenario(
        name="mail-name-form",
        title="An e-mail name without a domain, beside an internal host's name",
        leaf={
            "policies": (),
            "sans": ("mail-name-form.lab.example", x509.RFC822Name._init_without_validation("nobody")),  # noqa: SLF001
        },
        policy="internal-pki",
        gives=(warns("name.san-form"),),
    ),
    Scenario(
        name="issuer-alternative-name",
        title="The issuer's alternative name is not a host",
        leaf={
            "extensions": {x509.IssuerAlternativeName: (x509.IssuerAlternativeName([x509.DNSName("lab ca")]), False)}
        },
        gives=(fails("name.issuer-alt-name"),),
    ),
    Scenario(
        name="precertificate-with-timestamps",
        title="A precertificate that has SCTs already",
        leaf={"raw_extensions": ((_POISON, True, _NULL),)},
        gives=(
            *(fails("ct.precert-scts"), fails("ext.precert-poison")),
            unchecked("chain.unknown-critical", "path"),
        ),
    ),
    Scenario(
        name="precertificate-not-critical",
        title="A precertificate whose mark is not critical",
        leaf={"raw_extensions": ((_POISON, False, _NULL),)},
        logs=0,
        gives=(fails("ct.poison-form"), fails("ext.precert-poison"), unchecked("ct.sct-count")),
    ),
    Scenario(
        name="crl-pointer-incomplete",
        title="A CRL distribution point of an internal server has reasons, but no name",
        leaf={
            "policies": (),
            "extensions": {x509.CRLDistributionPoints: None},
            "raw_extensions": (("2.5.29.31", False, _sequence(_sequence(b"\x81\x02\x05\x60"))),),
        },
        policy="internal-pki",
        gives=(
            *(fails("rev.crldp-complete"), warns("rev.pointer")),
            warns("trust.engines-agree", "presented chain"),
        ),
    ),
    Scenario(
        name="crl-pointer-private",
        title="The leaf's CRL is on a host of the CA's own network",
        leaf={"extensions": _points("http://crl.lab.internal/1.crl")},
        gives=(warns("rev.public-urls"),),
    ),
)
