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
)
