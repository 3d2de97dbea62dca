"""Where the leaf is among the certificates that were sent."""

import pytest

from certgate.lab.pki import issue
from certgate.trust.leaf import find_leaf
from certgate.trust.links import verify_link
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True)
UPPER = issue("Upper", issuer=ROOT, ca=True)
CA = issue("CA", issuer=UPPER, ca=True)
LEAF = issue("leaf", issuer=CA)
OTHER = issue("other", issuer=CA)
STRANGER = issue("Stranger", ca=True)


def position(*sent, key=None):
    certificates = tuple(c and parse_certificate(c.der) for c in sent)
    return find_leaf(certificates, key and parse_certificate(key.der).spki)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ((LEAF, CA, UPPER, ROOT), 0),
        ((LEAF, UPPER, CA), 0),
        ((LEAF,), 0),
        ((ROOT, UPPER, CA, LEAF), 3),
        ((UPPER, LEAF, CA), 1),
        ((CA, LEAF, STRANGER), 1),
        ((CA, None, LEAF), 2),
        ((None, LEAF), 0),
        ((STRANGER, LEAF), 0),
        ((CA, LEAF, OTHER), 0),
        ((CA, LEAF, LEAF), 1),
    ],
)
def test_the_leaf_is_at_the_end_of_what_the_first_certificate_issued(sent, expected):
    assert position(*sent) == expected


def test_the_key_decides_among_several_leaves_and_for_the_first():
    assert position(CA, LEAF, OTHER, key=OTHER) == 2
    assert position(CA, LEAF, OTHER, key=STRANGER) == 0
    assert position(CA, LEAF, key=CA) == 0
    assert position(LEAF, CA, key=CA) == 0
    assert position(STRANGER, LEAF, key=LEAF) == 0


def test_a_namesake_of_another_key_is_not_issued():
    assert position(issue("CA", ca=True), issue("leaf", issuer=CA)) == 0


def test_certificates_that_issue_each_other_end_nowhere():
    one, other = (issue("CA", issuer=CA, key=CA.key, ca=True) for _ in range(2))
    assert position(one, other) == 0


def test_a_flood_of_namesakes_is_looked_at_within_a_limit(monkeypatch):
    tried = []
    monkeypatch.setattr("certgate.trust.leaf.verify_link", lambda c, i: tried.append(c) or verify_link(c, i))
    leaf = issue("leaf", issuer=CA)

    assert position(CA, *(issue(f"{n}", issuer=CA) for n in range(129)), leaf, key=leaf) == 0
    assert len(tried) == 128
