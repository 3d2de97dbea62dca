"""Whether an OCSP response repeats the nonce of the request."""

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.framework.subjects import CertificatePath, RevocationEvidence
from certgate.checks.status.ocsp_nonce import nonce
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import issue
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.x509.certificate import parse_certificate

CA = issue("CA", ca=True)
LEAF = issue("leaf", issuer=CA)
PATH = CertificatePath((parse_certificate(LEAF.der),), parse_certificate(CA.der))
OCSP_URL = "http://ocsp.lab.example/"


def ask(*evidence):
    return list(nonce(RevocationEvidence(path=PATH, index=0, evidence=evidence)))


def response(returned=None, sent=None):
    extensions = [] if returned is None else [("1.3.6.1.5.5.7.48.1.2", False, b"\x04\x20" + returned)]
    content = make_staple(LEAF, CA, extensions=extensions)
    return Evidence(kind=EvidenceKind.OCSP, source=OCSP_URL, content=content, about=PATH.leaf.sha256, nonce=sent)


def test_a_response_repeats_the_nonce():
    sent = b"n" * 32
    assert ask(response(sent, sent)) == []
    assert ask(response(None, sent)) == [Problem(f"no nonce in the response of {OCSP_URL}", key=OCSP_URL)]
    assert ask(response(b"m" * 32, sent)) == [Problem(f"wrong nonce in the response of {OCSP_URL}", key=OCSP_URL)]


def test_where_no_nonce_was_sent_none_is_missed():
    reason = NotApplicable("no response to a request with a nonce")

    assert ask(response()) == [reason]
    assert ask() == [reason]
