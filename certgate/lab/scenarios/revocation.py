"""Stapled OCSP responses, right and wrong."""

from datetime import timedelta

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from certgate.lab.chain import Chain
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK, issue
from certgate.lab.scenario import Scenario, fails, notes

__all__ = ["SCENARIOS"]

_RESPONDER = x509.AccessDescription(
    AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://ocsp.lab.example")
)
_OCSP = {x509.AuthorityInformationAccess: (x509.AuthorityInformationAccess([_RESPONDER]), False)}
_MUST_STAPLE = {x509.TLSFeature: (x509.TLSFeature([x509.TLSFeatureType.status_request]), False)}


def _expired(chain: Chain) -> bytes:
    start = CLOCK - timedelta(days=4)
    return make_staple(chain.leaf, chain.issuer, this_update=start, next_update=start + timedelta(days=3))


def _of_another(chain: Chain) -> bytes:
    """About the certificate that has this serial under the CA's former key.

    OpenSSL's server withholds a staple unless issuer name and serial are those of its own certificate.
    """
    former = issue(chain.issuer.native.subject, ca=True)
    return make_staple(chain.leaf, former, responder=chain.issuer, embed=())


SCENARIOS = (
    Scenario(
        name="staple-missing",
        title="The leaf names an OCSP responder, and nothing is stapled",
        leaf={"extensions": _OCSP},
        gives=(notes("ocsp.stapled", "staple"),),
    ),
    Scenario(
        name="must-staple-missing",
        title="The leaf promises a staple, and none is sent",
        leaf={"extensions": _MUST_STAPLE},
        gives=(fails("ocsp.must-staple", "staple"),),
    ),
    Scenario(
        name="staple-good",
        title="The leaf promises a staple, and a good one is sent",
        leaf={"extensions": _OCSP | _MUST_STAPLE},
        staple=lambda chain: make_staple(chain.leaf, chain.issuer),
    ),
    Scenario(
        name="staple-expired",
        title="The staple expired yesterday",
        leaf={"extensions": _OCSP},
        staple=_expired,
        gives=(fails("ocsp.fresh", "staple"),),
    ),
    Scenario(
        name="staple-revoked",
        title="The staple says that the leaf is revoked",
        leaf={"extensions": _OCSP},
        staple=lambda chain: make_staple(chain.leaf, chain.issuer, status="revoked"),
        gives=(fails("rev.status"),),
    ),
    Scenario(
        name="staple-of-another",
        title="The staple is about another certificate: one that the CA issued with its former key",
        leaf={"extensions": _OCSP},
        staple=_of_another,
        gives=(fails("ocsp.certid", "staple"),),
    ),
    Scenario(
        name="staple-by-stranger",
        title="The staple is signed by an unrelated CA",
        leaf={"extensions": _OCSP},
        staple=lambda chain: make_staple(chain.leaf, chain.issuer, responder=chain.labelled("stranger")),
        gives=(fails("ocsp.signature", "staple"),),
    ),
    Scenario(
        name="no-revocation-pointer",
        title="The leaf says nowhere how to learn that it was revoked",
        leaf={"extensions": {x509.CRLDistributionPoints: None}},
        gives=(fails("rev.pointer"),),
    ),
)
