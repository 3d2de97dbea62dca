"""Certificates that say the wrong thing about what they may be used for."""

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from certgate.lab.scenario import Scenario, fails, warns

__all__ = ["SCENARIOS"]

_SERVER, _CLIENT = Purpose.SERVER_AUTH.dotted_string, Purpose.CLIENT_AUTH.dotted_string

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
        gives=(fails("ext.duplicate"),),
    ),
    Scenario(
        name="negative-serial",
        title="The leaf has a negative serial number",
        leaf={"serial": -1},
        gives=(fails("serial.form"),),
    ),
)
