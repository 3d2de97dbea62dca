"""Stapled OCSP responses, right and wrong."""

from datetime import timedelta

from cryptography import x509

from certgate.lab.chain import Chain, access
from certgate.lab.changes import Extensions
from certgate.lab.ocsp import issue_responder, make_staple
from certgate.lab.pki import CLOCK, issue
from certgate.lab.scenario import Scenario, fails, notes, unchecked, warns
from certgate.model.finding import Severity

__all__ = ["SCENARIOS"]

_OCSP: Extensions = {x509.AuthorityInformationAccess: (access(ocsp="http://ocsp.lab.example"), False)}
_MUST_STAPLE: Extensions = {x509.TLSFeature: (x509.TLSFeature([x509.TLSFeatureType.status_request]), False)}


def _expired(chain: Chain) -> bytes:
    start = CLOCK - timedelta(days=4)
    return make_staple(chain.leaf, chain.issuer, this_update=start, next_update=start + timedelta(days=3))


def _by_wide_responder(chain: Chain) -> bytes:
    usual = {x509.OCSPNoCheck: (x509.OCSPNoCheck(), False)}
    return make_staple(chain.leaf, chain.issuer, responder=issue_responder(chain.issuer, extensions=usual))


def _point(url: str) -> x509.CRLDistributionPoints:
    return x509.CRLDistributionPoints([x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)])


def _of_another(chain: Chain) -> bytes:
    """A staple for a certificate with the same serial number under the CA's former key.

    OpenSSL's server withholds a staple unless issuer name and serial number match its certificate.
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
        gives=(fails("ocsp.fresh", "staple"), warns("ocsp.stale", "staple")),
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
        gives=(
            fails("ocsp.signature", "staple"),
            unchecked("ocsp.delegate-profile", "staple")._replace(severity=Severity.WARNING),
        ),
    ),
    Scenario(
        name="no-revocation-pointer",
        title="The leaf says nowhere how to learn that it was revoked",
        leaf={"extensions": {x509.CRLDistributionPoints: None}},
        gives=(fails("rev.pointer"),),
    ),
    Scenario(
        name="no-crl-of-intermediate",
        title="The intermediate says nowhere how to learn that it was revoked",
        issuers=({"extensions": {x509.CRLDistributionPoints: None}},),
        gives=(fails("rev.ca-crldp", "issuer 1"),),
    ),
    Scenario(
        name="crl-by-https",
        title="The leaf's CRL is served by https, and fetching it may need a CRL in turn",
        leaf={"extensions": {x509.CRLDistributionPoints: (_point("https://crl.lab.example/1.crl"), False)}},
        gives=(fails("rev.crldp-form"),),
    ),
    Scenario(
        name="no-issuer-url",
        title="The leaf has no authority information access",
        leaf={"extensions": {x509.AuthorityInformationAccess: None}},
        gives=(fails("rev.aia-form"),),
    ),
    Scenario(
        name="no-revocation-but-crl",
        title="The leaf says that there is no revocation information, and names a CRL",
        leaf={"raw_extensions": [("2.5.29.56", False, b"\x05\x00")], "policies": ()},
        policy="internal-pki",
        gives=(fails("rev.no-rev-avail"),),
    ),
    Scenario(
        name="good-no-revocation",
        title="The leaf lives for six days, says that there is no revocation information, and names none",
        leaf={
            "not_before": CLOCK - timedelta(days=1),
            "days": 6,
            "raw_extensions": [("2.5.29.56", False, b"\x05\x00")],
            "extensions": {x509.CRLDistributionPoints: None},
            "policies": (),
        },
        policy="internal-pki",
    ),
    Scenario(
        name="good-delegated-staple",
        title="The staple is signed by a responder that the issuer authorised for nothing else",
        leaf={"extensions": _OCSP},
        staple=lambda chain: make_staple(chain.leaf, chain.issuer, responder=issue_responder(chain.issuer)),
    ),
    Scenario(
        name="staple-by-wide-responder",
        title="The staple's responder has a CRL of its own, instead of being trusted for its short life",
        leaf={"extensions": _OCSP},
        staple=_by_wide_responder,
        gives=(warns("ocsp.delegate-profile", "staple"),),
    ),
    Scenario(
        name="staple-short",
        title="The staple holds for four hours: too short to be kept fresh",
        leaf={"extensions": _OCSP},
        staple=lambda chain: make_staple(chain.leaf, chain.issuer, next_update=CLOCK + timedelta(hours=3)),
        gives=(warns("ocsp.interval", "staple"),),
    ),
    Scenario(
        name="staple-stale",
        title="The staple still holds, but a newer one must have been there since yesterday",
        leaf={"extensions": _OCSP},
        staple=lambda chain: make_staple(chain.leaf, chain.issuer, this_update=CLOCK - timedelta(days=5)),
        gives=(warns("ocsp.stale", "staple"),),
    ),
    Scenario(
        name="staple-outlives-responder",
        title="The staple holds for longer than the certificate of its responder",
        leaf={"extensions": _OCSP},
        staple=lambda chain: make_staple(chain.leaf, chain.issuer, responder=issue_responder(chain.issuer, days=31)),
        gives=(warns("ocsp.next-update-bound", "staple"),),
    ),
    Scenario(
        name="staple-with-reason",
        title="The staple carries a CRL entry extension",
        leaf={"extensions": _OCSP},
        staple=lambda chain: make_staple(
            chain.leaf, chain.issuer, single_extensions=[("2.5.29.21", False, b"\x0a\x01\x01")]
        ),
        gives=(warns("ocsp.reason-ext", "staple"),),
    ),
)
