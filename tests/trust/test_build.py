"""Which paths are found, in which order, and that the search always ends."""

import itertools
from time import thread_time

import pytest
from cryptography import x509

from certgate.lab.pki import Credential, issue, make_key
from certgate.trust.build import MAX_PATHS, BuiltPaths, build_paths
from certgate.trust.path import CertificatePath
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate, parse_certificate

NO_KEY_IDS = {x509.AuthorityKeyIdentifier: None, x509.SubjectKeyIdentifier: None}


def facts(credential: Credential) -> Certificate:
    return parse_certificate(credential.der)


def store(*anchors: Credential) -> TrustStore:
    return TrustStore("test", tuple(facts(a) for a in anchors))


def build(*presented: Credential, trust: TrustStore) -> BuiltPaths:
    return build_paths(tuple(facts(c) for c in presented), trust)


def path(*chain: Credential, anchor: Credential | None = None) -> CertificatePath:
    return CertificatePath(tuple(facts(c) for c in chain), anchor and facts(anchor))


ROOT = issue("Root", ca=True)
CA = issue("CA", issuer=ROOT, ca=True)
LEAF = issue("leaf", issuer=CA, sans=["leaf.example"])
STRANGER = issue("Stranger", ca=True)


def test_a_usual_chain_gives_its_one_path():
    assert build(LEAF, CA, trust=store(ROOT)) == BuiltPaths((path(LEAF, CA, anchor=ROOT),))


def test_order_and_unrelated_certificates_do_not_matter():
    assert build(LEAF, STRANGER, ROOT, CA, CA, LEAF, trust=store(STRANGER, ROOT)) == BuiltPaths(
        (path(LEAF, CA, anchor=ROOT),)
    )


def test_a_leaf_issued_by_an_anchor_needs_nothing_else():
    assert build(issued := issue("leaf", issuer=ROOT), trust=store(ROOT)).paths == (path(issued, anchor=ROOT),)


def test_a_missing_issuer_leaves_a_partial_path():
    assert build(LEAF, ROOT, trust=store(ROOT)) == BuiltPaths((path(LEAF),))


def test_a_self_signed_end_that_is_no_anchor_stays_unanchored():
    assert build(LEAF, CA, ROOT, trust=store(STRANGER)) == BuiltPaths((path(LEAF, CA, ROOT),))


def test_a_false_root_of_an_anchors_name_stays_unanchored():
    impostor = issue("Root", ca=True)
    assert build(LEAF, CA, ROOT, trust=store(impostor)).paths[0] == path(LEAF, CA, ROOT)


def test_a_self_signed_end_has_no_other_issuer_whatever_bears_its_name():
    impostor = issue("Root", ca=True)
    assert build(LEAF, CA, ROOT, impostor, trust=store(STRANGER)).paths[0] == path(LEAF, CA, ROOT)
    assert build(issue("alone"), issue("alone"), trust=store(ROOT)).paths[0].issuers == ()


def test_of_partial_paths_the_longer_comes_first():
    upper = issue("Upper", issuer=ROOT, ca=True)
    cross = issue("CA", issuer=upper, ca=True, key=CA.key)

    built = build(LEAF, CA, cross, upper, trust=store(STRANGER))

    assert built.paths == (path(LEAF, cross, upper), path(LEAF, CA))


def test_a_self_issued_certificate_with_an_anchors_name_and_key_is_that_anchor():
    again = issue("Root", ca=True, key=ROOT.key, days=300)
    assert build(LEAF, CA, again, trust=store(ROOT)) == BuiltPaths((path(LEAF, CA, anchor=ROOT),))


def test_a_cross_certificate_for_an_anchors_key_leads_on_to_the_other_anchor_for_the_first_may_have_expired():
    older = issue("Old Root", ca=True)
    cross = issue("Root", issuer=older, ca=True, key=ROOT.key)

    built = build(LEAF, CA, cross, trust=store(ROOT, older))

    assert built == BuiltPaths((path(LEAF, CA, anchor=ROOT), path(LEAF, CA, cross, anchor=older)))


def test_a_cross_signed_issuer_gives_a_path_to_each_anchor_the_shorter_first():
    older = issue("Old Root", ca=True)
    between = issue("Between", issuer=older, ca=True)
    cross = issue("CA", issuer=between, ca=True, key=CA.key)

    built = build(LEAF, cross, between, CA, trust=store(older, ROOT))

    assert built == BuiltPaths((path(LEAF, CA, anchor=ROOT), path(LEAF, cross, between, anchor=older)))


def test_paths_of_one_length_come_as_presented():
    twin = issue("CA", issuer=ROOT, ca=True, key=CA.key, days=60)

    assert build(LEAF, twin, CA, trust=store(ROOT)).paths == (
        path(LEAF, twin, anchor=ROOT),
        path(LEAF, CA, anchor=ROOT),
    )


def test_a_namesake_with_another_key_is_left_out_while_a_path_holds():
    namesake = issue("CA", issuer=ROOT, ca=True)

    assert build(LEAF, namesake, CA, trust=store(ROOT)) == BuiltPaths((path(LEAF, CA, anchor=ROOT),))


def test_a_path_with_a_false_signature_is_found_where_there_is_no_better_one():
    forged = issue("leaf", issuer=CA, signing_key=make_key())

    assert build(forged, CA, trust=store(ROOT)).paths == (path(forged, CA, anchor=ROOT),)


def test_a_leaf_that_is_an_anchor_is_a_path_of_one():
    alone = issue("alone")
    assert build(alone, trust=store(alone)) == BuiltPaths((path(alone, anchor=alone),))
    assert build(LEAF, CA, trust=store(LEAF)) == BuiltPaths((path(LEAF, anchor=LEAF),))
    assert path(LEAF, anchor=LEAF).links == ()


def test_a_renewed_self_signed_leaf_with_an_anchors_key_must_verify():
    anchor = issue("alone")
    renewed = issue("alone", key=anchor.key, days=200)

    (found,) = build(renewed, trust=store(anchor)).paths

    assert found == path(renewed, anchor=anchor)
    assert found.links == ((facts(renewed), facts(anchor)),)


def test_each_certificate_of_one_anchor_ends_a_path_of_its_own_for_clients_look_at_its_dates():
    again = issue("Root", ca=True, key=ROOT.key, days=300)
    assert build(LEAF, CA, trust=store(ROOT, again, ROOT)).paths == (
        path(LEAF, CA, anchor=ROOT),
        path(LEAF, CA, anchor=again),
    )


def test_an_anchor_may_be_an_intermediate():
    assert build(LEAF, CA, ROOT, trust=store(CA)).paths == (path(LEAF, anchor=CA),)


def test_two_authorities_that_certify_each_other_make_no_loop():
    one, two = make_key(), make_key()
    first = issue("One", key=one, ca=True)
    second = issue("Two", key=two, ca=True)
    crosses = [issue("One", key=one, issuer=second, ca=True), issue("Two", key=two, issuer=first, ca=True)]
    leaf = issue("leaf", issuer=first)

    built = build(leaf, *crosses, trust=store(ROOT))

    assert built == BuiltPaths((path(leaf, crosses[0], crosses[1]),))


def test_key_identifiers_that_contradict_are_tried_last_but_are_no_filter():
    odd = issue("CA", issuer=ROOT, ca=True, key=CA.key, extensions={
        x509.SubjectKeyIdentifier: (x509.SubjectKeyIdentifier(b"other"), False),
    })  # fmt: skip

    assert build(LEAF, odd, CA, trust=store(ROOT)).paths == (
        path(LEAF, CA, anchor=ROOT),
        path(LEAF, odd, anchor=ROOT),
    )


def flood(count: int) -> tuple[list[Credential], Credential]:
    """`count` certificates of one name and different keys, each signed by the next, and a leaf of the first."""
    keys = [make_key() for _ in range(count)]
    signers = [issue("CA", key=key, ca=True, extensions=NO_KEY_IDS) for key in keys]
    crosses = [
        issue("CA", key=signer.key, issuer=other, ca=True, extensions=NO_KEY_IDS)
        for signer, other in zip(signers, [*signers[1:], signers[0]], strict=True)
    ]
    return crosses, issue("leaf", issuer=signers[0], extensions=NO_KEY_IDS)


def test_a_flood_of_namesakes_ends_within_milliseconds_and_names_the_limit():
    crosses, leaf = flood(100)

    start = thread_time()
    built = build(leaf, *crosses, trust=store(ROOT))

    assert built.limit == "max-links"
    assert {p.anchor for p in built.paths} == {None}
    assert thread_time() - start < 0.5  # 128 signatures: some 30 ms


def test_a_flood_does_not_hide_the_path_that_key_identifiers_point_to():
    decoys = [issue("CA", issuer=STRANGER, ca=True) for _ in range(100)]

    built = build(LEAF, *decoys, CA, trust=store(ROOT))

    assert built == BuiltPaths((path(LEAF, CA, anchor=ROOT),))


def test_more_paths_than_the_limit_are_cut_and_said_so():
    twins = [issue("CA", issuer=ROOT, ca=True, key=CA.key, days=60 + n) for n in range(MAX_PATHS + 1)]

    at_limit = build(LEAF, *twins[:MAX_PATHS], trust=store(ROOT))
    over = build(LEAF, *twins, trust=store(ROOT))

    assert (len(at_limit.paths), at_limit.limit) == (MAX_PATHS, "")
    assert (at_limit.paths, over.limit) == (over.paths, "max-paths")


def test_a_path_longer_than_the_limit_is_cut_and_said_so():
    chain = list(itertools.accumulate(range(20), lambda up, n: issue(f"CA {n}", issuer=up, ca=True), initial=ROOT))[1:]
    leaf = issue("leaf", issuer=chain[-1])

    longest = build(issue("leaf", issuer=chain[-2]), *chain[:-1], trust=store(ROOT))
    over = build(leaf, *chain, trust=store(ROOT))

    assert (len(longest.paths[0].certificates), longest.paths[0].anchor, longest.limit) == (20, facts(ROOT), "")
    assert (over.paths, over.limit) == ((path(leaf, *reversed(chain[1:])),), "max-length")


def test_the_same_chain_is_searched_once():
    assert build(LEAF, CA, trust=store(ROOT)) is build(LEAF, CA, trust=store(ROOT))


def test_nothing_presented_is_refused():
    with pytest.raises(ValueError, match="no certificate"):
        build_paths((), store(ROOT))
