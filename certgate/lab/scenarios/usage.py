"""Certificates that say the wrong thing about what they may be used for."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from certgate.lab.chain import access
from certgate.lab.scenario import Scenario, fails, unchecked, warns
from certgate.x509.der import encoded

__all__ = ["SCENARIOS"]

_SERVER, _CLIENT = Purpose.SERVER_AUTH.dotted_string, Purpose.CLIENT_AUTH.dotted_string
_MAIL_NAME = encoded(
    b"\x30", encoded(b"\x82", b"mail-name-in-utf-8.lab.example") + encoded(b"\x81", "ä@a.example".encode())
)

SCENARIOS = (
    Scenario(
        name="no-server-auth",
        title="An internal server's leaf is for clients only",
        leaf={"ekus": (_CLIENT,), "policies": ()},
        policy="internal-pki",
        gives=(fails("eku.server-auth"),),
    ),
    Scenario(
        name="public-client-auth",
        title="A public server's leaf may be used by a client too",
        leaf={"ekus": (_SERVER, _CLIENT)},
        gives=(warns("eku.client-auth-public"),),
    ),
    Scenario(
        name="young-mixed-issuer",
        title="A public intermediate that was issued since Chrome wants servers alone is for clients too",
        issuers=({"ekus": (_SERVER, _CLIENT), "not_before": datetime(2026, 6, 15, tzinfo=UTC)},),
        gives=(warns("eku.subca-dedicated", "issuer 1"),),
    ),
    Scenario(
        name="leaf-is-ca",
        title="The leaf says that it is a CA",
        leaf={"extensions": {x509.BasicConstraints: (x509.BasicConstraints(True, None), True)}},
        gives=(fails("bc.leaf"),),
    ),
    Scenario(
        name="code-signing",
        title="The leaf may sign code too",
        leaf={"ekus": (_SERVER, Purpose.CODE_SIGNING.dotted_string)},
        gives=(fails("eku.forbidden"),),
    ),
    Scenario(
        name="no-key-usage",
        title="The leaf has no key usage",
        leaf={"key_usage": ()},
        gives=(warns("ku.present"),),
    ),
    Scenario(
        name="ca-without-crl-sign",
        title="The key usage of the intermediate does not allow it to sign CRLs",
        issuers=({"key_usage": ("key_cert_sign",)},),
        gives=(fails("ku.ca", "issuer 1"),),
    ),
    Scenario(
        name="extension-twice",
        title="The leaf has an extension twice",
        leaf={"raw_extensions": (("1.3.6.1.4.1.99999.1", False, b"\x05\x00"),) * 2},
        gives=(fails("ext.duplicate"), warns("trust.engines-agree", "presented chain")),
    ),
    Scenario(
        name="empty-key-usage",
        title="The leaf's key usage allows nothing, for which OpenSSL refuses the certificate",
        leaf={"key_usage": (), "raw_extensions": (("2.5.29.15", True, b"\x03\x01\x00"),)},
        gives=(
            unchecked("ku.handshake"),
            *(fails("ext.form"), unchecked("ku.ec-leaf"), unchecked("ku.tls13-signature", "handshake")),
            warns("trust.engines-agree", "presented chain"),
        ),
    ),
    Scenario(
        name="policy-twice",
        title="The leaf asserts one policy twice, for which Go refuses the certificate",
        leaf={"policies": ("2.23.140.1.2.1", "1.2.3", "1.2.3")},
        gives=(fails("ext.form"),),
    ),
    Scenario(
        name="mail-name-in-utf-8",
        title="An e-mail name beside the host's holds UTF-8, for which Go refuses the certificate",
        leaf={"policies": (), "sans": (), "raw_extensions": (("2.5.29.17", False, _MAIL_NAME),)},
        policy="internal-pki",
        gives=(fails("ext.form"),),
    ),
    Scenario(
        name="critical-access",
        title="The leaf's authority information access is critical, for which Go refuses it",
        leaf={"extensions": {x509.AuthorityInformationAccess: (access(), True)}},
        gives=(fails("ext.criticality"), unchecked("chain.unknown-critical", "path")),
    ),
    Scenario(
        name="negative-serial",
        title="The leaf has a negative serial number",
        leaf={"serial": -1},
        gives=(fails("serial.form"),),
    ),
    Scenario(
        name="ec-key-encipherment",
        title="The leaf's elliptic-curve key may encrypt keys",
        leaf={"key_usage": ("digital_signature", "key_encipherment")},
        gives=(fails("ku.ec-leaf"),),
    ),
    Scenario(
        name="rsa-key-agreement",
        title="The leaf's RSA key may agree on keys",
        leaf={"key": "RSA-2048", "key_usage": ("digital_signature", "key_agreement")},
        gives=(fails("ku.rsa-leaf"),),
    ),
    Scenario(
        name="rsa-without-signature",
        title="The leaf's RSA key may not sign, though TLS 1.3 needs it",
        leaf={"key": "RSA-2048", "key_usage": ("key_encipherment",)},
        gives=(fails("ku.tls13-signature", "handshake"), warns("ku.rsa-leaf")),
    ),
    Scenario(
        name="version-1",
        title="The leaf is of version 1, so without extensions",
        leaf={"version": 1},
        policy="internal-pki",
        gives=(
            fails("cert.version"),
            unchecked("name.san-present"),
            unchecked("name.host-match"),
            unchecked("name.cn-only"),
            unchecked("eku.server-auth"),
        ),
    ),
    Scenario(
        name="leaf-for-crls-alone",
        title="The key usage of an internal leaf is cRLSign alone, so OpenSSL refuses it",
        leaf={"key": "Ed25519", "key_usage": ("crl_sign",)},
        policy="internal-pki",
        gives=(fails("ku.handshake"), unchecked("ku.tls13-signature", "handshake")),
    ),
)
