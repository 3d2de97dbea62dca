"""SVIDs with a fault, and what a good one is made of."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from certgate.lab.pki import CLOCK
from certgate.lab.scenario import Scenario, fails

__all__ = ["SCENARIOS", "SIGNER", "svid"]

SIGNER: Mapping[str, Any] = {"sans": ("spiffe://corp.example",)}
"""Arguments of `pki.issue` for the CA of a trust domain."""


def svid(*ids: str) -> Mapping[str, Any]:
    """Arguments of `pki.issue` for a good SVID with these SPIFFE IDs."""
    return {
        "subject": "",
        "sans": ids or ("spiffe://corp.example/db",),
        "ekus": (Purpose.SERVER_AUTH.dotted_string, Purpose.CLIENT_AUTH.dotted_string),
        "policies": (),
        "not_before": CLOCK - timedelta(hours=1),
        "days": 1,
    }


SCENARIOS = (
    Scenario(
        name="svid-two-ids",
        title="An SVID with two URIs",
        leaf=svid("spiffe://corp.example/db", "spiffe://corp.example/web"),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(fails("spiffe.single-uri"),),
    ),
    Scenario(
        name="svid-query",
        title="An SVID whose SPIFFE ID has a query",
        leaf=svid("spiffe://corp.example/db?replica=1"),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(fails("spiffe.scheme"),),
    ),
    Scenario(
        name="svid-other-id",
        title="A good SVID of another workload than the expected one",
        leaf=svid("spiffe://corp.example/web"),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        spiffe_ids=("spiffe://corp.example/db",),
        gives=(fails("spiffe.id-allowed"),),
    ),
)
