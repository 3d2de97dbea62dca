"""X.509-SVIDs and the certificates that sign them."""

import pytest

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.model.target import Role

DB = "spiffe://corp.example/db"
BOTH = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]
FORM = ["spiffe.scheme", "spiffe.trust-domain", "spiffe.path", "spiffe.length", "spiffe.leaf-path"]


def svid(*uris, **options):
    return issue(sans=uris, **{"ekus": BOTH, **options})


@pytest.fixture
def ask_svid(ask):
    return lambda rule, certificate, **parameters: ask(rule, certificate, Role.SPIFFE, **parameters)


@pytest.mark.parametrize(
    "rule",
    ["spiffe.single-uri", *FORM, "spiffe.leaf-not-ca", "spiffe.leaf-ku", "spiffe.leaf-ku-extra", "spiffe.leaf-eku", "spiffe.san-critical"],
)  # fmt: skip
def test_a_good_svid_passes(ask_svid, rule):
    assert ask_svid(rule, svid(DB)) == []


def test_one_uri_is_an_identity_and_two_are_none(ask_svid):
    assert ask_svid("spiffe.single-uri", svid("db.corp.example")) == [
        Problem("0 URIs in the subjectAltName, 1 required")
    ]
    assert ask_svid("spiffe.single-uri", svid(DB, DB)) == [Problem("2 URIs in the subjectAltName, 1 required")]
    assert ask_svid("spiffe.single-uri", svid(DB, "db.corp.example")) == []


@pytest.mark.parametrize("rule", FORM)
def test_without_a_uri_there_is_no_form_to_judge(ask_svid, rule):
    assert ask_svid(rule, svid("db.corp.example")) == [NotApplicable("no URI in the subjectAltName")]


def test_every_uri_is_judged(ask_svid):
    assert ask_svid("spiffe.scheme", svid("https://corp.example/db", f"{DB}?a=b")) == [
        Problem("https://corp.example/db has the scheme https, not spiffe", key="https://corp.example/db"),
        Problem("spiffe://corp.example/db?a=b has a query", key="spiffe://corp.example/db?a=b"),
    ]


def test_scheme_and_trust_domain_are_judged_apart(ask_svid):
    shouting = svid("SPIFFE://Corp.example/db")
    assert ask_svid("spiffe.scheme", shouting) == []
    [problem] = ask_svid("spiffe.trust-domain", shouting)
    assert problem.message.endswith("characters other than a-z, 0-9, dot, dash and underscore")


def test_the_path_is_judged(ask_svid):
    assert ask_svid("spiffe.path", svid("spiffe://corp.example/a/../db")) == [
        Problem("spiffe://corp.example/a/../db has a relative path segment", key="spiffe://corp.example/a/../db")
    ]


def test_2048_bytes_pass_and_2049_do_not(ask_svid):
    prefix = "spiffe://corp.example/"
    longest = prefix + "a" * (2048 - len(prefix))
    assert ask_svid("spiffe.length", svid(longest)) == []
    [problem] = ask_svid("spiffe.length", svid(longest + "a"))
    assert problem.message.endswith("… has 2049 bytes, at most 2048 allowed")


@pytest.mark.parametrize("uri", ["spiffe://corp.example", "spiffe://corp.example/"])
def test_a_leaf_needs_a_path(ask_svid, uri):
    assert ask_svid("spiffe.leaf-path", svid(uri)) == [Problem(f"{uri} has no path", key=uri)]


@pytest.mark.parametrize(
    "ids",
    [(DB,), ("spiffe://other.example/a", DB), ("spiffe://corp.example/*",), ("SPIFFE://CORP.example/db",), ("spiffe://corp.example/db",)],
)  # fmt: skip
def test_an_expected_id_passes(ask_svid, ids):
    assert ask_svid("spiffe.id-allowed", svid(DB), ids=ids) == []


@pytest.mark.parametrize(
    "ids",
    [
        ("spiffe://corp.example/DB",), ("spiffe://corp.example",), ("spiffe://corp.example/d*",), ("spiffe://corp.example/db/*",),
        ("spiffe://other.example/*",), ("spiffe://corp.example.evil.example/*",), ("*",), ("/*",), ("",), ("spiffe://corp.example/d/*",),
    ],
)  # fmt: skip
def test_another_id_fails(ask_svid, ids):
    assert ask_svid("spiffe.id-allowed", svid(DB), ids=ids) == [
        Problem(f"SPIFFE ID {DB} is not allowed, only {ids[0] or 'none'}")
    ]


def test_an_id_that_is_none_is_never_expected(ask_svid):
    broken = "spiffe://corp.example/a/../db"
    assert ask_svid("spiffe.id-allowed", svid(broken), ids=(broken, "spiffe://corp.example/*")) != []
    assert ask_svid("spiffe.id-allowed", svid(DB, DB), ids=(DB,)) == [
        Problem("2 URIs in the subjectAltName, exactly 1 required for an identity")
    ]


def test_where_no_id_is_expected_none_is_asked(ask_svid):
    assert ask_svid("spiffe.id-allowed", svid(DB)) == [NotApplicable("no expected SPIFFE ID (spiffe_ids)")]


def test_the_shape_of_a_service_account(ask_svid):
    assert ask_svid("spiffe.k8s-shape", svid("spiffe://corp.example/ns/a/sa/b")) == []
    for uri in (DB, "spiffe://corp.example/ns/a/sa/b/c", "spiffe://corp.example/ns//sa/b"):
        assert len(ask_svid("spiffe.k8s-shape", svid(uri))) == 1
