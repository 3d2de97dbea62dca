"""One chain in the eyes of clients with different trust stores."""

from certgate.judge.matrix import trust_matrix
from certgate.lab.pki import CLOCK, Credential, issue
from certgate.model.observation import Observation, Observed
from certgate.model.target import Endpoint, Target
from certgate.model.verdict import PathState, TrustMatrixRow
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from tests.judge.addresses import GOOD, MIDDLE, STORE, TARGET, A, B, at

ROOT = issue("Root", ca=True)
CA = issue("CA", issuer=ROOT, ca=True)
LEAF = issue("a.example", issuer=CA, sans=["a.example"])


def store(name: str, *anchors: Credential) -> TrustStore:
    return TrustStore(name, tuple(parse_certificate(a.der) for a in anchors))


def observed(*chain: bytes) -> Observed:
    target = Target(id="a.example:443", ordinal=0, source=Endpoint("a.example", 443, "a.example"))
    return Observed(target, (Observation(observed_at=CLOCK, presented=chain),))


def seen(*chain: Credential, by: TrustStore, purposes=("server",), now=CLOCK) -> TrustMatrixRow:
    (row,) = trust_matrix(observed(*(c.der for c in chain)), (by,), now, purposes)
    return row


def test_each_store_has_its_row_in_the_order_asked_for():
    rows = trust_matrix(observed(LEAF.der, CA.der), (store("empty"), store("app.pem", ROOT)), CLOCK, ("server",))
    assert rows == (
        TrustMatrixRow(
            "empty",
            PathState.FAILS,
            "trust.anchor: no path to a trusted root: the chain stops at CN=CA, issued by CN=Root, which was neither sent nor is trusted",
        ),
        TrustMatrixRow("app.pem", PathState.HOLDS),
    )


def test_what_is_wrong_besides_is_counted():
    row = seen(LEAF, CA, by=store("app.pem"), now=CLOCK.replace(year=2030))
    assert (row.state, row.reason.endswith(" (and 2 more)")) == (PathState.FAILS, True)


def test_the_purpose_counts():
    assert seen(LEAF, CA, by=store("app.pem", ROOT), purposes=("client",)).state is PathState.FAILS
    assert seen(LEAF, CA, by=store("app.pem", ROOT), purposes=()).state is PathState.HOLDS


def test_a_chain_that_was_not_seen_or_cannot_be_read_is_undecided():
    assert seen(by=store("a")) == TrustMatrixRow("a", PathState.NOT_CHECKED, "no chain was observed")
    (row,) = trust_matrix(observed(b"\x30\x00"), (store("a"),), CLOCK, ())
    assert row.state is PathState.NOT_CHECKED
    assert row.reason.startswith("certificate 1: ")
    odd = issue("a", issuer=CA, ekus=(), raw_extensions=[("2.5.29.37", False, b"\x05\x00")])
    assert seen(odd, CA, by=store("a", ROOT)).state is PathState.NOT_CHECKED


def test_a_store_whose_anchor_clients_refuse_fails():
    old = issue("Root", ca=True, key=ROOT.key, days=10)
    narrow = issue("Root", ca=True, key=ROOT.key, path_length=0)
    assert seen(LEAF, CA, by=store("old", old)) == TrustMatrixRow(
        "old",
        PathState.FAILS,
        "trust.anchor-expiry: the root Root expired 20 days ago (2026-05-26)",
    )
    assert seen(LEAF, CA, by=store("narrow", narrow)) == TrustMatrixRow(
        "narrow",
        PathState.FAILS,
        "trust.anchor-constraints: 1 CA below the root Root, at most 0 allowed by its path length",
    )
    assert seen(LEAF, CA, by=store("both", old, ROOT)) == TrustMatrixRow("both", PathState.HOLDS)


def test_what_is_certainly_wrong_outweighs_what_cannot_be_read():
    odd = issue("a", issuer=CA, ekus=(), raw_extensions=[("2.5.29.37", False, b"\x05\x00")])
    assert seen(odd, CA, by=store("a")).state is PathState.FAILS


def test_other_clients_see_the_chain_of_the_address_that_does_worst():
    observed = Observed(TARGET, (at(A, GOOD, MIDDLE), at(B, GOOD)))
    (row,) = trust_matrix(observed, (STORE,), CLOCK, ("server",))
    assert (row.store, row.state, row.reason.startswith(f"at {B}: trust.anchor: ")) == ("test", PathState.FAILS, True)
    assert trust_matrix(Observed(TARGET, observed.observations[:1] * 2), (STORE,), CLOCK, ("server",)) == (
        TrustMatrixRow("test", PathState.HOLDS),
    )
