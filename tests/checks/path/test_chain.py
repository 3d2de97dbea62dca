"""What is said about the message itself: one fault, ideally one finding."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.framework.subjects import PresentedChain
from certgate.checks.path.chain import alt_path, complete, extraneous, leaf_first, order, root_sent
from certgate.lab.pki import CLOCK, Credential, issue, make_key
from certgate.trust.build import build_paths
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True)
UPPER = issue("Upper", issuer=ROOT, ca=True)
CA = issue("CA", issuer=UPPER, ca=True)
LEAF = issue("leaf", issuer=CA)
STRANGER = issue("Stranger", ca=True)
CHECKS = (leaf_first, order, complete, root_sent, extraneous)


def sent(*chain: Credential, trust: Credential = ROOT, tls: str | None = None) -> PresentedChain:
    certificates = tuple(parse_certificate(c.der) for c in chain)
    store = TrustStore("test", (parse_certificate(trust.der),))
    built = build_paths(certificates, store)
    return PresentedChain(certificates=certificates, paths=built.paths, store=store, tls_version=tls, limit=built.limit)


def findings(chain: PresentedChain) -> dict[str, list[object]]:
    """What each check of the message says, those that pass left out."""
    answers = {check.run.__name__: list(check(chain)) for check in CHECKS}
    return {name: found for name, found in answers.items() if found}


@pytest.mark.parametrize("chain", [(LEAF, CA, UPPER), (issue("leaf", issuer=ROOT),)])
def test_a_good_message_has_no_findings(chain):
    assert findings(sent(*chain)) == {}


def test_intermediates_in_the_wrong_order_break_the_order_alone():
    problem = Problem("wrong order: the path from the leaf takes the certificates in the order 1, 3, 2")
    assert findings(sent(LEAF, UPPER, CA)) == {"order": [problem]}
    assert findings(sent(LEAF, UPPER, CA, tls="TLSv1.2")) == {"order": [problem]}


def test_of_several_paths_in_the_wrong_order_the_best_is_told():
    cross = issue("CA", issuer=ROOT, ca=True, key=CA.key)
    (problem,) = order(sent(LEAF, ROOT, UPPER, CA, cross))
    assert problem.message.endswith(" 1, 5, 2")


def test_a_root_in_the_middle_breaks_the_order_too():
    found = findings(sent(LEAF, CA, ROOT, UPPER))
    assert set(found) == {"order", "root_sent"}
    assert found["order"] == [
        Problem("wrong order: the path from the leaf takes the certificates in the order 1, 2, 4, 3"),
    ]


def test_a_root_that_is_sent_along_is_noted_alone():
    size = len(ROOT.der)
    assert findings(sent(LEAF, CA, UPPER, ROOT)) == {
        "root_sent": [Problem(f"certificate 4 (Root) is a trusted root, which wastes {size} bytes", key="Root")]
    }


def test_a_cross_certificate_of_the_anchor_serves_older_clients():
    cross = issue("Root", issuer=STRANGER, key=ROOT.key, ca=True)
    assert findings(sent(LEAF, CA, UPPER, cross, STRANGER)) == {}


def test_an_issuer_sent_before_its_leaf_is_no_end_entity():
    assert findings(sent(CA, LEAF, UPPER)) == {
        "leaf_first": [
            Problem("the first certificate is not the leaf: it issued certificate 2 (leaf)", denies=Premise.LEAF)
        ],
        "order": [NotApplicable("the first certificate is not the leaf (see chain.leaf-first)")],
    }


def test_a_leaf_that_is_not_first_is_an_error_of_order_alone_whatever_the_version():
    for version in ("TLSv1.2", "TLSv1.3", None):
        chain = sent(LEAF, CA, UPPER)
        in_reverse = replace(chain, certificates=chain.certificates[::-1], leaf_at=2, tls_version=version)
        found = findings(in_reverse)
        assert found == {
            "order": [
                Problem(
                    "wrong order: certificate 3 (leaf) is the leaf, but certificate 1 (Upper) is sent first", "leaf"
                )
            ],
        }


def test_a_chain_with_its_own_root_is_complete_whoever_trusts_it():
    assert list(complete(sent(issue("leaf", issuer=STRANGER), UPPER, STRANGER))) == []


def test_a_namesake_of_the_first_certificates_subject_is_not_its_work():
    other = issue("other", issuer_name=x509.Name.from_bytes(parse_certificate(LEAF.der).subject.der))
    assert list(leaf_first(sent(LEAF, other))) == []


def test_an_unrelated_certificate_is_extraneous_alone():
    assert findings(sent(LEAF, STRANGER, CA, UPPER)) == {
        "extraneous": [Problem("certificate 2 (Stranger) does not belong to the leaf's chain", key="Stranger")]
    }


def test_a_namesake_of_the_issuer_with_another_key_is_extraneous():
    old = issue("CA", issuer=UPPER, ca=True)
    assert findings(sent(LEAF, CA, old, UPPER)) == {
        "extraneous": [Problem("certificate 3 (CA) does not belong to the leaf's chain", key="CA")]
    }


def test_a_certificate_sent_twice_is_extraneous():
    assert findings(sent(LEAF, CA, UPPER, CA, LEAF)) == {
        "extraneous": [
            Problem("certificate 4 (CA) is a duplicate", key="twice CA"),
            Problem("certificate 5 (leaf) is a duplicate", key="twice leaf"),
        ]
    }


def test_an_alternative_for_other_clients_is_not_extraneous():
    cross = issue("Upper", issuer=STRANGER, key=UPPER.key, ca=True)
    assert findings(sent(LEAF, CA, cross, UPPER, STRANGER)) == {}


def test_a_missing_intermediate_makes_the_message_incomplete_and_nothing_else():
    problem = Problem(
        "the chain stops at CN=leaf, issued by CN=CA, which was neither sent nor is trusted: "
        "send the intermediate, or trust CN=CA",
        evidence={"ca_issuers": ""},
        cause="spiffe.trust-domain-bundle",
    )
    assert findings(sent(LEAF)) == {"complete": [problem]}
    assert findings(sent(LEAF, UPPER)) == {"complete": [problem]}


@pytest.mark.parametrize("chain", [(LEAF, CA, UPPER, ROOT), (STRANGER,)])
def test_a_self_signed_end_is_complete_whoever_trusts_it(chain):
    assert findings(sent(*chain, trust=issue("Elsewhere", ca=True))) == {}


def test_a_false_signature_does_not_make_the_message_incomplete():
    forged = issue("leaf", issuer=CA, signing_key=make_key())
    assert findings(sent(forged, CA, UPPER)) == {}


def alternatives(chain: PresentedChain) -> list[object]:
    return list(alt_path(chain, CLOCK))


def test_two_good_paths_are_no_alternative_to_note():
    assert alternatives(sent(LEAF, CA, UPPER, issue("Upper", issuer=ROOT, key=UPPER.key, ca=True, days=50))) == []


def test_without_a_good_path_nothing_is_an_alternative():
    reason = NotApplicable("no path holds at this time")
    assert alternatives(sent(LEAF, CA)) == [reason]
    expired = issue("CA", issuer=UPPER, key=CA.key, ca=True, not_after=CLOCK - timedelta(days=1))
    assert alternatives(sent(LEAF, expired, UPPER)) == [reason]
