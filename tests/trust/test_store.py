"""What may trust a leaf: the anchors of a store or, of bundles, those of the leaf's own trust domain."""

from certgate.lab.pki import issue
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

ROOTS = [parse_certificate(issue(name, ca=True).der) for name in ("one", "two")]
BUNDLES = {f"{root.subject.short}.example": TrustStore(root.subject.short, (root,)) for root in ROOTS}
STORE = TrustStore("bundles", (), BUNDLES)


def anchors(*uris):
    return STORE.for_leaf(parse_certificate(issue("leaf", sans=uris).der)).anchors


def test_a_leaf_is_trusted_by_the_bundle_of_its_own_domain_alone():
    assert anchors("spiffe://one.example/web") == (ROOTS[0],)
    assert anchors("spiffe://TWO.example/web", "spiffe://two.example/api") == (ROOTS[1],)


def test_a_leaf_of_no_domain_of_two_or_of_an_unknown_one_is_trusted_by_none():
    assert anchors("a.example") == ()
    assert anchors("spiffe://one.example/web", "spiffe://two.example/web") == ()
    assert anchors("spiffe://three.example/web") == ()


def test_anchors_are_named_held_and_counted_whatever_their_order():
    one, two = ROOTS
    other = parse_certificate(issue("one", ca=True).der)
    store = TrustStore("both", (one, two))

    assert store.named(one.subject) == (one,)
    assert store.has_anchor_like(one)
    assert not store.has_anchor_like(other)
    assert one in store
    assert other not in store
    assert store.sha256 == TrustStore("again", (two, one, one)).sha256 != TrustStore("one", (one,)).sha256
    assert STORE.sha256 != TrustStore("fewer", (), {"one.example": BUNDLES["one.example"]}).sha256
