"""Composite ML-DSA: one clear answer, never a pass."""

import pytest
from cryptography import x509
from cryptography.hazmat import asn1

from certgate.lab.chain import make_chain
from certgate.lab.pki import issue
from certgate.model.finding import Outcome
from certgate.model.target import Role
from certgate.model.verdict import Verdict
from certgate.x509.composite import COMPOSITES
from certgate.x509.der import encoded
from tests.policy.test_pack_verdicts import failures, judged

FIRST, LAST = "1.3.6.1.5.5.7.6.37", "1.3.6.1.5.5.7.6.54"


def algorithm(oid):
    return encoded(b"\x30", asn1.encode_der(x509.ObjectIdentifier(oid)))


def spki(oid):
    return encoded(b"\x30", algorithm(oid) + encoded(b"\x03", b"\0" + b"\x01" * 2000))


def signed(rework, oid):
    name = asn1.decode_der(asn1.TLV, algorithm(oid))
    return rework(issue("a.example"), signature_algorithm=name, signature=name)


def messages(answers):
    return [answer.message for answer in answers]


@pytest.mark.parametrize("oid", [FIRST, LAST])
def test_a_composite_key_and_a_composite_signature_are_named(ask, holding, rework, oid):
    said = f"is composite ML-DSA ({COMPOSITES[oid]}), which is not standardised for TLS"

    assert messages(ask("pq.composite", holding(spki(oid)))) == [f"the key {said}"]
    assert messages(ask("pq.composite", signed(rework, oid))) == [f"the signature {said}"]


@pytest.mark.parametrize("oid", ["1.3.6.1.5.5.7.6.36", "1.3.6.1.5.5.7.6.55", "2.16.840.1.101.3.4.3.18"])
def test_the_oids_beside_them_and_ml_dsa_alone_are_not(ask, holding, rework, oid):
    assert ask("pq.composite", holding(spki(oid))) == []
    assert ask("pq.composite", signed(rework, oid)) == []


@pytest.mark.parametrize("pack", ["webpki-public", "internal-pki"])
def test_a_server_with_a_composite_key_has_one_cause(pack):
    policies = ("2.23.140.1.2.1",) if pack == "webpki-public" else ()
    chain = make_chain("a.example", {"spki": spki("1.3.6.1.5.5.7.6.45"), "policies": policies}, ({},), "public")
    result = judged(pack, chain, Role.SERVER)
    of_key = next(one for one in result.findings if (one.rule, one.subject) == ("key.type", "leaf"))

    assert result.verdict is Verdict.VIOLATED
    assert ("pq.composite", "leaf") in failures(result)
    assert (of_key.outcome, of_key.message) == (Outcome.NOT_CHECKED, "depends on pq.composite")
