"""The lab's OCSP responses are what the library reads and verifies."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ReasonFlags, ocsp

from certgate.lab.ocsp import issue_responder, make_staple, unsuccessful_staple
from certgate.lab.pki import CLOCK, issue

CA = issue("CA", ca=True)
LEAF = issue("leaf", issuer=CA, sans=["a.example"])


@pytest.mark.parametrize("by_name", [True, False])
@pytest.mark.parametrize("delegated", [True, False])
@pytest.mark.parametrize("status", list(ocsp.OCSPCertStatus))
def test_the_library_reads_and_verifies_what_was_asked_for(status, delegated, by_name):
    responder = issue_responder(CA) if delegated else None

    der = make_staple(LEAF, CA, status=status.name.lower(), reason=1, responder=responder, by_name=by_name)

    read = ocsp.load_der_ocsp_response(der)
    signer = (responder or CA).native
    signer.public_key().verify(read.signature, read.tbs_response_bytes, ec.ECDSA(read.signature_hash_algorithm))
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    assert (read.certificate_status, read.serial_number) == (status, LEAF.native.serial_number)
    assert read.revocation_time_utc == (CLOCK - timedelta(days=2) if revoked else None)
    assert read.revocation_reason == (ReasonFlags.key_compromise if revoked else None)
    assert (read.this_update_utc, read.next_update_utc) == (CLOCK - timedelta(hours=1), CLOCK + timedelta(days=3))
    assert read.produced_at_utc == CLOCK - timedelta(hours=1)
    assert read.certificates == ([signer] if delegated else [])
    assert read.responder_name == (signer.subject if by_name else None)


def test_an_unsuccessful_response_has_no_body():
    read = ocsp.load_der_ocsp_response(unsuccessful_staple(3))

    assert read.response_status is ocsp.OCSPResponseStatus.TRY_LATER
