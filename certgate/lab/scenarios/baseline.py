"""Public certificates that break a Baseline Requirement which few clients check."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID

from certgate.lab.pki import CLOCK, PrivateKey, make_key
from certgate.lab.scenario import Scenario, fails, notes, unchecked, warns
from certgate.lab.weak_keys import close_primes_key, roca_key

__all__ = ["SCENARIOS"]

_SERVER, _MAIL = Purpose.SERVER_AUTH.dotted_string, Purpose.EMAIL_PROTECTION.dotted_string
_DV, _OV = "2.23.140.1.2.1", "2.23.140.1.2.2"
_POISON = ("1.3.6.1.4.1.11129.2.4.3", True, b"\x05\x00")
_ODD_RSA = bytes.fromhex("300b06092a864886f70d010101")
"""The AlgorithmIdentifier of an RSA key without the required NULL."""


def _named(**attributes: str) -> x509.Name:
    """A subject with these attributes, by their names in the library, in this order."""
    return x509.Name([x509.NameAttribute(getattr(NameOID, name), text) for name, text in attributes.items()])


def _policies(*qualifiers: str | x509.UserNotice) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(_DV), qualifiers or None)])


def _without_null(key: PrivateKey) -> bytes:
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    body = _ODD_RSA + spki[4 + 15 :]
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


_RSA = make_key("RSA-2048")

SCENARIOS = (
    Scenario(
        name="reserved-address",
        title="A public leaf names an address of a private network",
        leaf={"sans": ("reserved-address.lab.example", "10.0.0.1")},
        gives=(fails("name.reserved-ip"),),
    ),
    Scenario(
        name="reverse-zone",
        title="A leaf issued since 2026-03-15 names a host in a zone of reverse look-ups",
        leaf={"sans": ("reverse-zone.lab.example", "1.2.0.192.in-addr.arpa")},
        gives=(fails("name.ip-reverse-zone"),),
    ),
    Scenario(
        name="mail-name",
        title="A leaf holds a mail address beside its host",
        leaf={"sans": ("mail-name.lab.example", x509.RFC822Name("root@lab.example"))},
        gives=(fails("name.san-types"),),
    ),
    Scenario(
        name="domain-validated-organization",
        title="A domain-validated leaf names an organisation in its subject",
        leaf={"subject": _named(ORGANIZATION_NAME="Lab", COMMON_NAME="domain-validated-organization.lab.example")},
        gives=(fails("name.dv-subject"),),
    ),
    Scenario(
        name="organization-without-place",
        title="An organisation-validated leaf says neither state nor city",
        leaf={
            "subject": _named(
                COUNTRY_NAME="DE", ORGANIZATION_NAME="Lab", COMMON_NAME="organization-without-place.lab.example"
            ),
            "policies": (_OV,),
        },
        gives=(fails("name.ov-iv-ev-subject"),),
    ),
    Scenario(
        name="organizational-unit",
        title="An organisation-validated leaf has an organizational unit",
        leaf={
            "subject": _named(
                COUNTRY_NAME="DE",
                LOCALITY_NAME="Berlin",
                ORGANIZATION_NAME="Lab",
                ORGANIZATIONAL_UNIT_NAME="Anything",
                COMMON_NAME="organizational-unit.lab.example",
            ),
            "policies": (_OV,),
        },
        gives=(fails("name.ou-forbidden"),),
    ),
    Scenario(
        name="subject-out-of-order",
        title="The subject has its common name before its country",
        leaf={"subject": _named(COMMON_NAME="subject-out-of-order.lab.example", COUNTRY_NAME="DE")},
        gives=(warns("name.rdn-form"),),
    ),
    Scenario(
        name="one-day-below-limit",
        title="A leaf for 200 days, which is allowed, and a day more than is recommended",
        leaf={"days": 200},
        gives=(warns("validity.max-lifetime-should"),),
    ),
    Scenario(
        name="no-end",
        title="A leaf without an end",
        leaf={"not_after": CLOCK.replace(year=9999, month=12, day=31, hour=23, minute=59, second=59)},
        gives=(
            fails("validity.no-expiry"),
            unchecked("validity.max-lifetime"),
            warns("chain.leaf-outlives-issuer", "path"),
        ),
    ),
    Scenario(
        name="time-encoding",
        title="The leaf's end is encoded as only those from 2050 on may be",
        leaf={"generalized_end": True},
        gives=(fails("validity.time-encoding"),),
    ),
    Scenario(
        name="unlisted-purpose",
        title="The leaf is for a purpose that nobody knows, too",
        leaf={"ekus": (_SERVER, "1.3.6.1.4.1.99999.2")},
        gives=(notes("eku.unlisted"),),
    ),
    Scenario(
        name="critical-purpose",
        title="The leaf's extended key usage is critical",
        leaf={
            "extensions": {
                x509.ExtendedKeyUsage: (x509.ExtendedKeyUsage([x509.ObjectIdentifier(_SERVER)]), True),
            }
        },
        gives=(warns("eku.critical"),),
    ),
    Scenario(
        name="mail-intermediate",
        title="The intermediate may issue for mail too",
        issuers=({"ekus": (_SERVER, _MAIL)},),
        gives=(fails("eku.subca", "issuer 1"),),
    ),
    Scenario(
        name="precertificate",
        title="A precertificate was installed in place of the certificate",
        leaf={"raw_extensions": (_POISON,)},
        logs=0,
        gives=(fails("ext.precert-poison"), unchecked("chain.unknown-critical", "path"), unchecked("ct.sct-count")),
    ),
    Scenario(
        name="constrained-leaf",
        title="The leaf constrains names, as only a CA may",
        leaf={
            "extensions": {
                x509.NameConstraints: (x509.NameConstraints([x509.DNSName("lab.example")], None), True),
            }
        },
        gives=(fails("ext.name-constraints-leaf"),),
    ),
    Scenario(
        name="no-authority-key-identifier",
        title="The leaf does not say which key its issuer has",
        leaf={"extensions": {x509.AuthorityKeyIdentifier: None}},
        gives=(fails("ext.aki-form"),),
    ),
    Scenario(
        name="no-subject-key-identifier",
        title="The intermediate has no identifier of its key",
        issuers=({"extensions": {x509.SubjectKeyIdentifier: None}},),
        gives=(fails("ext.ski", "issuer 1"),),
    ),
    Scenario(
        name="outer-algorithm",
        title="The signature algorithm outside of the signed part is another than the one within",
        leaf={"inner_hash": "sha384"},
        gives=(fails("cert.tbs-sigalg"), *(warns("trust.engines-agree", "presented chain"),) * 2),
    ),
    Scenario(
        name="unique-identifier",
        title="The leaf has a unique identifier of its issuer, which nobody reads",
        leaf={"unique_ids": True},
        gives=(fails("cert.unique-ids"),),
    ),
    Scenario(
        name="counted-serial",
        title="The leaf's serial number is a counter",
        leaf={"serial": 4711},
        gives=(warns("serial.entropy"),),
    ),
    Scenario(
        name="policy-second",
        title="The reserved policy is not the leaf's first",
        leaf={"policies": ("1.3.6.1.4.1.99999.3", _DV)},
        gives=(notes("policy.first"),),
    ),
    Scenario(
        name="policy-notice",
        title="The leaf's policy is qualified by a notice to users",
        leaf={"extensions": {x509.CertificatePolicies: (_policies(x509.UserNotice(None, "Rely on this.")), False)}},
        gives=(fails("policy.qualifiers"),),
    ),
    Scenario(
        name="policy-critical",
        title="The leaf's policies are critical",
        leaf={"extensions": {x509.CertificatePolicies: (_policies(), True)}},
        gives=(warns("policy.critical"),),
    ),
    Scenario(
        name="intermediate-without-policy",
        title="The intermediate asserts no policy",
        issuers=({"policies": ()},),
        gives=(fails("policy.subca", "issuer 1"),),
    ),
    Scenario(
        name="rsa-2052",
        title="The leaf has an RSA key of 2052 bits",
        leaf={"key": "RSA-2052"},
        gives=(fails("key.rsa-mod8"),),
    ),
    Scenario(
        name="close-primes",
        title="The leaf's RSA key comes from faulty software, which took two primes next to each other",
        leaf={"key": close_primes_key()},
        gives=(fails("key.weak"),),
    ),
    Scenario(
        name="roca",
        title="The leaf's RSA key was made by a smart card with the flaw ROCA",
        leaf={"key": roca_key()},
        gives=(fails("key.weak"),),
    ),
    Scenario(
        name="key-encoding",
        title="The leaf's RSA key is encoded without the NULL that belongs to its algorithm",
        leaf={"key": _RSA, "spki": _without_null(_RSA)},
        gives=(fails("cert.form"), unchecked("key.spki-encoding")),
    ),
    Scenario(
        name="hash-of-another-curve",
        title="The intermediate has a key on P-384 and signs with SHA-256",
        issuers=({"key": "P-384"},),
        gives=(fails("sig.curve-hash", "path"),),
    ),
    Scenario(
        name="sha224",
        title="The leaf is signed with SHA-224",
        leaf={"hash_name": "sha224"},
        gives=(fails("sig.alg-encoding"), unchecked("sig.curve-hash", "path")),
    ),
    Scenario(
        name="long-lived-intermediate",
        title="An intermediate, issued since Chrome asks for three years at most, lives a day longer",
        issuers=({"not_before": CLOCK - timedelta(days=90), "days": 1097},),
        gives=(warns("chain.subca-lifetime", "issuer 1"),),
    ),
)
