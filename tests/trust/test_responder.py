"""Who may sign an OCSP response.

CA ──▶ leaf          the CA signs itself, or
CA ──▶ OCSP responder (OCSPSigning), carried in the response
"""

import pytest

from certgate.lab.ocsp import issue_responder, make_staple
from certgate.lab.pki import issue, make_key
from certgate.trust.responder import Responder, find_responder
from certgate.x509.certificate import parse_certificate
from certgate.x509.ocsp import parse_ocsp_response

CA = issue("CA", ca=True)
LEAF = issue("leaf", issuer=CA, sans=["a.example"])
STRANGER = issue("Stranger CA", ca=True)
UNKNOWN = "the response is signed neither by the issuer nor by a certificate in the response"
BROKEN = "the signature does not verify with the signer's key"
FOREIGN = "the responder's certificate was not issued by the leaf's issuer"


def responder(**options):
    issuer = options.pop("issuer", CA)
    return find_responder(parse_ocsp_response(make_staple(LEAF, CA, **options)), parse_certificate(issuer.der))


def facts(credential):
    return parse_certificate(credential.der)


@pytest.mark.parametrize("by_name", [True, False])
def test_the_issuer_may_sign(by_name):
    assert responder(by_name=by_name) == Responder(facts(CA))


@pytest.mark.parametrize("kind", ["RSA-2048", "P-384", "Ed25519"])
def test_the_issuer_may_have_any_usual_key(kind):
    issuer = issue("CA", ca=True, key=kind)
    leaf = issue("leaf", issuer=issuer)

    found = find_responder(parse_ocsp_response(make_staple(leaf, issuer)), facts(issuer))

    assert found == Responder(facts(issuer))


@pytest.mark.parametrize("by_name", [True, False])
def test_a_delegate_of_the_issuer_may_sign(by_name):
    delegate = issue_responder(CA)

    assert responder(responder=delegate, by_name=by_name) == Responder(facts(delegate))


def test_a_delegate_is_found_behind_a_stranger_of_the_same_name():
    delegate, stranger = issue_responder(CA), issue_responder(STRANGER)

    assert responder(responder=delegate, by_name=True, embed=[stranger, delegate]) == Responder(facts(delegate))


def test_a_delegate_that_bears_the_issuer_s_name_is_found_too():
    delegate = issue_responder(CA, name="CA")

    assert responder(responder=delegate, by_name=True) == Responder(facts(delegate))


def test_a_delegate_that_is_not_carried_is_unknown():
    assert responder(responder=issue_responder(CA), embed=[]) == Responder(None, UNKNOWN)


@pytest.mark.parametrize("by_name", [True, False])
def test_a_stranger_may_not_sign(by_name):
    assert responder(responder=STRANGER, by_name=by_name) == Responder(None, FOREIGN)
    assert responder(responder=STRANGER, by_name=by_name, embed=[]) == Responder(None, UNKNOWN)


def test_a_stranger_s_signature_in_the_issuer_s_name_does_not_hold():
    assert responder(by_name=True, signing_key=STRANGER.key) == Responder(None, BROKEN)
    assert responder(signing_key=STRANGER.key) == Responder(None, BROKEN)


def test_a_stranger_s_signature_in_a_delegate_s_name_does_not_hold():
    delegate = issue_responder(CA)

    assert responder(responder=delegate, signing_key=STRANGER.key) == Responder(None, BROKEN)


def test_another_ca_s_delegate_may_not_sign():
    assert responder(responder=issue_responder(STRANGER)) == Responder(None, FOREIGN)


def test_a_delegate_that_only_claims_the_issuer_may_not_sign():
    impostor = issue_responder(CA, signing_key=STRANGER.key)

    assert responder(responder=impostor) == Responder(None, f"{FOREIGN}: {BROKEN}")


def test_a_delegate_of_a_sub_ca_of_the_issuer_may_not_sign():
    below = issue("Sub CA", issuer=CA, ca=True)

    assert responder(responder=issue_responder(below), embed=[issue_responder(below), below]) == Responder(
        None, UNKNOWN
    )
    assert responder(responder=issue_responder(below, name="r"), by_name=True) == Responder(None, FOREIGN)


@pytest.mark.parametrize("ekus", [[], ["1.3.6.1.5.5.7.3.1"], ["2.5.29.37.0"]])
def test_a_certificate_without_ocsp_signing_may_not_sign(ekus):
    problem = "the responder's certificate lacks OCSPSigning in extendedKeyUsage"

    assert responder(responder=issue_responder(CA, ekus=ekus)) == Responder(None, problem)


def test_the_leaf_itself_may_not_sign():
    problem = "the responder's certificate lacks OCSPSigning in extendedKeyUsage"

    assert responder(responder=LEAF) == Responder(None, problem)


@pytest.mark.parametrize("name", ["md5", "sha1"])
def test_a_weak_hash_is_no_signature(name):
    key = make_key("RSA-2048")
    issuer = issue("CA", ca=True, key=key)
    leaf = issue("leaf", issuer=issuer)
    delegate = issue_responder(issuer, hash_name=name)

    own = find_responder(parse_ocsp_response(make_staple(leaf, issuer, hash_name=name)), facts(issuer))
    delegated = find_responder(parse_ocsp_response(make_staple(leaf, issuer, responder=delegate)), facts(issuer))

    assert own == Responder(None, f"the response is signed with {name}, which is not secure")
    assert delegated == Responder(None, f"the responder's certificate is signed with {name}, which is not secure")
