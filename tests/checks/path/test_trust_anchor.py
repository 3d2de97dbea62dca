"""Whether a path ends at an anchor, and whether clients accept that anchor's own certificate."""

from datetime import timedelta

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotChecked, Problem
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.path.trust_anchor import anchor, anchor_expiry, constraints
from certgate.lab.pki import CLOCK, Credential, issue, make_key
from certgate.model.finding import Severity
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.purposes import ANY_PURPOSE, CLIENT_AUTH, SERVER_AUTH

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
ROOT = issue("Root", ca=True)
CA = issue("CA", issuer=ROOT, ca=True)
LEAF = issue("leaf", issuer=CA)


def path(*chain: Credential, to: Credential | None = None) -> CertificatePath:
    return CertificatePath(tuple(parse_certificate(c.der) for c in chain), to and parse_certificate(to.der))


def test_the_end_of_a_path_is_named_even_if_its_subject_is_empty():
    (problem,) = anchor(path(issue("", issuer=CA, sans=["a.example"])))
    assert "the chain stops at a certificate with an empty subject, issued by CN=CA" in problem.message


def root(**contents) -> Credential:
    return issue(**({"subject": "Root", "ca": True, "key": ROOT.key} | contents))


def dated(start, end, **parameters) -> list:
    return list(anchor_expiry(path(LEAF, CA, to=root(not_before=start, not_after=end)), CLOCK, **parameters))


@pytest.mark.parametrize(
    ("lifetime", "margin", "words"),
    [
        (timedelta(days=7300), timedelta(days=90), "89 days left of the root Root, at least 90 days required"),
        (timedelta(days=90), timedelta(days=9), "8 days left of the root Root, at least 9 days required"),
        (timedelta(hours=20), timedelta(hours=2), "1 hour left of the root Root, at least 2 hours required"),
    ],
)
def test_an_anchor_that_ends_soon_is_a_warning_by_days_or_by_a_fraction_of_its_lifetime(lifetime, margin, words):
    edge = CLOCK + margin
    assert dated(edge - lifetime + SECOND, edge) == []
    (problem,) = dated(edge - lifetime, edge - SECOND)
    assert problem == Problem(
        words,
        severity=Severity.WARNING,
        evidence={"not_after": (edge - SECOND).isoformat()},
    )


def test_an_anchor_whose_dates_cannot_be_read_is_not_known_to_be_good(rework):
    timeless = parse_certificate(rework(ROOT, validity=b"\x30\x04\x17\x00\x17\x00"))
    with pytest.raises(Malformed):
        list(anchor_expiry(CertificatePath(path(LEAF, CA).certificates, timeless), CLOCK))


def under(**contents) -> list:
    """What is said of a leaf `a.example` under one CA under a root with these contents."""
    top = issue(**({"subject": "Root", "ca": True} | contents))
    ca = issue("CA", issuer=top, ca=True)
    return list(constraints(path(issue("leaf", issuer=ca, sans=["a.example"]), ca, to=top)))


def with_extension(value: x509.ExtensionType) -> dict:
    return {"extensions": {type(value): (value, True)}}


@pytest.mark.parametrize(
    ("contents", "problem"),
    [
        ({}, None),
        ({"version": 1}, None),
        ({"key_usage": []}, None),
        ({"path_length": 1}, None),
        ({"ekus": [SERVER_AUTH]}, None),
        ({"ekus": [ANY_PURPOSE]}, None),
        ({"signing_key": make_key()}, None),
        (with_extension(x509.NameConstraints([x509.DNSName("a.example")], None)), None),
        ({"raw_extensions": [("1.2.3.4", False, b"\x05\x00")]}, None),
        (
            {"extensions": {x509.BasicConstraints: None}},
            Problem("the root Root is an issuer but not a CA: it has no basicConstraints", key="basicConstraints"),
        ),
        (
            {"version": 1, "issuer": issue("Upper", ca=True)},
            Problem("the root Root is an issuer but not a CA: it has no basicConstraints", key="basicConstraints"),
        ),
        (
            {"ca": False, "key_usage": [], "ekus": []},
            Problem("the root Root is an issuer but not a CA: basicConstraints says CA:FALSE", key="basicConstraints"),
        ),
        (
            {"key_usage": ["crl_sign"]},
            Problem("the root Root lacks keyCertSign in keyUsage", key="keyUsage"),
        ),
        (
            {"path_length": 0},
            Problem("1 CA below the root Root, at most 0 allowed by its path length", key="pathLenConstraint"),
        ),
        (
            {"ekus": [CLIENT_AUTH]},
            Problem("the root Root is not for server: extendedKeyUsage allows clientAuth", key="extKeyUsage server"),
        ),
        (
            {"raw_extensions": [("1.2.3.4", True, b"\x05\x00")]},
            Problem(
                "the root Root has the critical extension 1.2.3.4, which certgate does not process",
                key="critical 1.2.3.4",
            ),
        ),
        (
            {"raw_extensions": [("1.2.3.4", False, b"\x05\x00")] * 2},
            Problem("the root Root has the extension 1.2.3.4 2 times", key="twice 1.2.3.4"),
        ),
        (
            with_extension(x509.NameConstraints([x509.DNSName("b.example")], None)),
            Problem(
                "DNS a.example in leaf violates the name constraints of the root Root: it is outside the permitted names: DNS b.example",
                key="nameConstraints leaf DNS a.example",
            ),
        ),
        (
            {"raw_extensions": [("2.5.29.30", True, b"\x30\x00")]},
            Problem(
                "the name constraints of the root Root cannot be applied to leaf: the name constraints are empty",
                key="nameConstraints",
            ),
        ),
    ],
)
def test_an_anchor_has_to_allow_the_path_like_any_issuer(contents, problem):
    assert under(**contents) == ([problem] if problem else [])


def test_the_purposes_asked_of_an_anchor_are_those_of_the_leaf():
    top = issue("Root", ca=True, ekus=[CLIENT_AUTH])
    chain = path(issue("leaf", issuer=top), to=top)
    assert list(constraints(chain, purposes=("client",))) == []
    assert list(constraints(chain, purposes=())) == []
    assert [problem.key for problem in constraints(chain, purposes=("client", "server"))] == ["extKeyUsage server"]


def test_constraints_of_the_cas_below_are_not_the_anchors():
    ca = issue("CA", issuer=ROOT, ca=True, **with_extension(x509.NameConstraints([x509.DNSName("b.example")], None)))
    assert list(constraints(path(issue("leaf", issuer=ca, sans=["a.example"]), ca, to=ROOT))) == []


def test_more_names_under_an_anchors_constraints_than_the_limit_are_not_checked():
    many = x509.NameConstraints([x509.DNSName("a.example")] * 100_001, None)
    assert under(**with_extension(many)) == [
        NotChecked("names times constraints exceed the limit max-name-comparisons (100000)")
    ]


def refused_by(client: str, **contents) -> list:
    top = issue(**({"subject": "Root", "ca": True} | contents))
    ca = issue("CA", issuer=top, ca=True)
    found = constraints(path(issue("leaf", issuer=ca, sans=["a.example"]), ca, to=top), clients=(client,))
    return [problem.key for problem in found]


MUST_STAPLE = with_extension(x509.TLSFeature([x509.TLSFeatureType.status_request]))


@pytest.mark.parametrize(
    ("contents", "openssl", "go"),
    [
        ({}, [], []),
        ({"ekus": [ANY_PURPOSE]}, ["extKeyUsage server"], []),
        ({"ekus": [ANY_PURPOSE, SERVER_AUTH]}, [], []),
        ({"serial": -1}, [], ["serial"]),
        ({"serial": 0}, [], []),
        ({"key": "Ed448"}, [], ["key"]),
        ({"key": "Ed25519"}, [], []),
        ({"key": "P-224"}, [], []),
        ({"key": "P-521"}, [], []),
        ({"key": "RSA-2048"}, [], []),
        (MUST_STAPLE, ["critical 1.3.6.1.5.5.7.1.24"], ["critical 1.3.6.1.5.5.7.1.24"]),
        (
            {"raw_extensions": [("2.5.29.46", True, b"\x30\x00")]},
            ["critical 2.5.29.46"],
            ["critical 2.5.29.46"],
        ),
    ],
)
def test_what_a_client_refuses_in_an_anchor_counts_where_the_client_is_named(contents, openssl, go):
    assert under(**contents) == []
    assert (refused_by("openssl", **contents), refused_by("go", **contents)) == (openssl, go)


def test_what_go_cannot_read_in_an_anchor_is_said():
    chain = path(issue("leaf", issuer=ROOT), to=root(serial=-1, key=make_key("Ed448")))
    assert list(constraints(chain, clients=("go",))) == [
        Problem("the root Root has a negative serial number, which Go refuses", key="serial"),
        Problem("the root Root has a key that Go does not support: Ed448", key="key"),
    ]


def test_self_issued_cas_count_towards_the_anchors_path_length_for_go():
    top = root(path_length=0)
    twin = issue("Root", issuer=top, ca=True)
    chain = path(issue("leaf", issuer=twin), twin, to=top)
    assert list(constraints(chain)) == list(constraints(chain, clients=("openssl",))) == []
    assert [p.key for p in constraints(chain, clients=("go",))] == ["pathLenConstraint"]
