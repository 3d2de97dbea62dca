"""Trusted roots whose own certificates clients refuse."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from certgate.lab.changes import Changes
from certgate.lab.pki import CLOCK
from certgate.lab.scenario import Scenario, fails, unchecked, warns
from certgate.lab.scenarios.spiffe import SIGNER, svid
from certgate.x509.purposes import ANY_PURPOSE

__all__ = ["SCENARIOS"]

_DAY = timedelta(days=1)
_EXPIRED: Changes = {"not_before": CLOCK - 3650 * _DAY, "not_after": CLOCK - _DAY}

SCENARIOS = (
    Scenario(
        name="root-expired",
        title="The root expired yesterday; the certificates below it are valid",
        anchor=_EXPIRED,
        gives=(fails("trust.anchor-expiry", "path"),),
    ),
    Scenario(
        name="internal-root-expired",
        title="An internal server under an internal root that expired yesterday",
        anchor=_EXPIRED,
        policy="internal-pki",
        gives=(fails("trust.anchor-expiry", "path"),),
    ),
    Scenario(
        name="kubernetes-root-expired",
        title="A workload of a cluster whose CA expired yesterday",
        anchor=_EXPIRED,
        policy="kubernetes-workload",
        gives=(fails("trust.anchor-expiry", "path"),),
    ),
    Scenario(
        name="svid-root-expired",
        title="An SVID under a bundle whose root expired yesterday",
        leaf=svid(),
        issuers=(SIGNER,),
        anchor=_EXPIRED,
        policy="spiffe-svid",
        gives=(fails("trust.anchor-expiry", "path"), unchecked("spiffe.bundle-fresh", "presented chain")),
    ),
    Scenario(
        name="root-not-yet-valid",
        title="The root is valid from tomorrow on",
        anchor={"not_before": CLOCK + _DAY},
        gives=(fails("trust.anchor-expiry", "path"),),
    ),
    Scenario(
        name="root-ends-soon",
        title="The root has thirty days left",
        anchor={"not_before": CLOCK - 3650 * _DAY, "not_after": CLOCK + 30 * _DAY},
        gives=(warns("trust.anchor-expiry", "path"),),
    ),
    Scenario(
        name="root-too-old",
        title="The root is so old that browsers have removed it",
        anchor={"not_before": datetime(2007, 1, 1, tzinfo=UTC), "not_after": CLOCK + 3650 * _DAY},
        gives=(warns("chain.root-age", "path"),),
    ),
    Scenario(
        name="root-path-length",
        title="The root may issue leaves only, and has issued an intermediate",
        anchor={"path_length": 0},
        gives=(fails("trust.anchor-constraints", "path"),),
    ),
    Scenario(
        name="root-without-cert-sign",
        title="The root's key usage does not allow it to sign certificates",
        anchor={"key_usage": ("crl_sign",)},
        policy="internal-pki",
        gives=(fails("trust.anchor-constraints", "path"),),
    ),
    Scenario(
        name="root-for-clients",
        title="The root's extended key usage allows clients alone, and the leaf is a server's",
        anchor={"ekus": (Purpose.CLIENT_AUTH.dotted_string,)},
        policy="internal-pki",
        gives=(fails("trust.anchor-constraints", "path"),),
    ),
    Scenario(
        name="name-outside-roots-constraints",
        title="The root may issue for corp.example alone, and the leaf is for another host",
        anchor={
            "extensions": {
                x509.NameConstraints: (x509.NameConstraints([x509.DNSName("corp.example")], None), True),
            }
        },
        policy="internal-pki",
        gives=(fails("trust.anchor-constraints", "path"),),
    ),
    Scenario(
        name="root-for-any-purpose",
        title="The root's extended key usage is anyExtendedKeyUsage, which OpenSSL takes for no purpose",
        anchor={"ekus": (ANY_PURPOSE,)},
        policy="internal-pki",
        gives=(fails("trust.anchor-constraints", "path"),),
    ),
    Scenario(
        name="root-negative-serial",
        title="The root has a negative serial number, so Go leaves it out of its store",
        anchor={"serial": -5},
        policy="kubernetes-workload",
        gives=(fails("trust.anchor-constraints", "path"),),
    ),
    Scenario(
        name="root-ed448",
        title="The root has an Ed448 key, which Go has no code for",
        anchor={"key": "Ed448"},
        policy="internal-pki",
        gives=(fails("trust.anchor-constraints", "path"),),
    ),
    Scenario(
        name="root-critical-tls-feature",
        title="The root has a critical TLS feature, which neither OpenSSL nor Go processes",
        anchor={"extensions": {x509.TLSFeature: (x509.TLSFeature([x509.TLSFeatureType.status_request]), True)}},
        policy="internal-pki",
        gives=(fails("trust.anchor-constraints", "path"),),
    ),
)
