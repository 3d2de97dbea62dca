"""Servers without a fault: each must be compliant."""

from datetime import timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from certgate.lab.pki import CLOCK
from certgate.lab.scenario import Scenario
from certgate.lab.scenarios.spiffe import SIGNER, svid

__all__ = ["SCENARIOS"]


def _client_certificate(context: SSL.Context) -> None:
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)


SCENARIOS = (
    Scenario(
        name="good-rsa",
        title="A good RSA chain",
        leaf={"key": "RSA-2048"},
        issuers=({"key": "RSA-3072"},),
    ),
    Scenario(name="good-ecdsa", title="A good ECDSA chain"),
    Scenario(
        name="good-ed25519",
        title="A good Ed25519 chain of an internal CA",
        leaf={"key": "Ed25519", "policies": ()},
        issuers=({"key": "Ed25519"},),
        policy="internal-pki",
    ),
    Scenario(
        name="good-svid",
        title="A good SPIFFE SVID",
        leaf=svid(),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        spiffe_ids=("spiffe://corp.example/db",),
    ),
    Scenario(
        name="good-svid-bundle",
        title="A good SPIFFE SVID under the bundle of its trust domain",
        leaf=svid(),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        trust_domain="corp.example",
    ),
    Scenario(
        name="good-ip-address",
        title="An internal server known by its IP address, which its certificate names",
        leaf={"subject": "127.0.0.1", "sans": ("127.0.0.1",), "policies": ()},
        policy="internal-pki",
        named=False,
    ),
    Scenario(
        name="good-tls-1.2",
        title="A server that speaks TLS 1.2 and nothing newer",
        configure=lambda context: context.set_max_proto_version(SSL.TLS1_2_VERSION),
    ),
    Scenario(
        name="good-client-certificate",
        title="A server that refuses clients without a certificate, after it has shown its own",
        configure=_client_certificate,
    ),
    Scenario(
        name="good-names",
        title="A leaf for a host, every host of a domain, and a public address",
        leaf={"sans": ("good-names.lab.example", "*.good-names.lab.example", "2a00::1")},
    ),
    Scenario(
        name="good-constrained",
        title="A new intermediate that may issue for the leaf's domain alone",
        issuers=(
            {
                "not_before": CLOCK - timedelta(days=60),
                "extensions": {
                    x509.NameConstraints: (x509.NameConstraints([x509.DNSName("lab.example")], None), True),
                },
            },
        ),
    ),
    Scenario(
        name="good-policy",
        title="The target wants a domain-validated certificate, and the leaf is one",
        policy_oids=("2.23.140.1.2.1",),
    ),
    Scenario(
        name="good-organization",
        title="A good organisation-validated leaf",
        leaf={
            "subject": x509.Name(
                [
                    x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
                    x509.NameAttribute(NameOID.LOCALITY_NAME, "Berlin"),
                    x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lab"),
                    x509.NameAttribute(NameOID.COMMON_NAME, "good-organization.lab.example"),
                ]
            ),
            "policies": ("2.23.140.1.2.2",),
        },
    ),
    Scenario(
        name="good-six-days",
        title="A leaf for six days, without a revocation pointer: it needs none, and is not about to expire",
        leaf={
            "not_before": CLOCK - timedelta(days=3),
            "days": 6,
            "extensions": {x509.CRLDistributionPoints: None},
        },
    ),
)
