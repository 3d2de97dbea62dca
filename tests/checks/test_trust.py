"""Whether a path ends at an anchor."""

from certgate.checks.registry import Problem
from certgate.checks.subjects import Path
from certgate.checks.trust import anchor
from certgate.lab.pki import CLOCK, Credential, issue, make_key
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True)
CA = issue("CA", issuer=ROOT, ca=True)
LEAF = issue("leaf", issuer=CA)


def path(*chain: Credential, to: Credential | None = None) -> Path:
    return Path(tuple(parse_certificate(c.der) for c in chain), to and parse_certificate(to.der))


def test_a_path_to_an_anchor_with_good_signatures_passes():
    assert list(anchor(path(LEAF, CA, to=ROOT))) == []


def test_an_expired_anchor_is_an_anchor_all_the_same():
    expired = issue(
        "Root", ca=True, key=ROOT.key, not_after=CLOCK.replace(year=2025), not_before=CLOCK.replace(year=2020)
    )
    assert list(anchor(path(LEAF, CA, to=expired))) == []


def test_a_self_signed_end_that_is_no_anchor_fails():
    assert list(anchor(path(LEAF, CA, ROOT))) == [
        Problem("the path ends at CN=Root, which is self-signed and no anchor of the trust store")
    ]


def test_a_path_that_ends_early_fails():
    assert list(anchor(path(LEAF))) == [Problem("the path ends at CN=leaf, short of any anchor of the trust store")]


def test_a_false_signature_anywhere_on_the_path_fails():
    forged = issue("leaf", issuer=CA, signing_key=make_key())
    impostor = issue("Root", ca=True)
    problem = [Problem("the path to the anchor CN=Root has a signature that does not verify")]

    assert list(anchor(path(forged, CA, to=ROOT))) == problem
    assert list(anchor(path(LEAF, CA, to=impostor))) == problem


def test_a_leaf_that_is_an_anchor_byte_for_byte_is_trusted_as_it_is():
    assert list(anchor(path(LEAF, to=LEAF))) == []
