"""Whether a path holds by RFC 5280 §6, and of which kind each problem is."""

from datetime import timedelta

import pytest
from cryptography import x509

from certgate.checks.framework.catalogue import all_checks
from certgate.lab.pki import CLOCK, Credential, issue
from certgate.trust.path import CertificatePath
from certgate.trust.problem import CLIENTS, RFC5280, Kind, PathProblem
from certgate.trust.validation import best, validate
from certgate.x509.certificate import parse_certificate
from certgate.x509.purposes import CLIENT_AUTH

ROOT = issue("Root", ca=True)
CA = issue("CA", issuer=ROOT, ca=True)
LEAF = issue("a.example", issuer=CA, sans=["a.example"])
UNREADABLE = [("2.5.29.37", False, b"\x05\x00")]


def path(*chain: Credential, to: Credential | None = ROOT) -> CertificatePath:
    return CertificatePath(tuple(parse_certificate(c.der) for c in chain), to and parse_certificate(to.der))


def below(**contents) -> CertificatePath:
    """A leaf under a CA with these contents."""
    ca = issue(**({"subject": "CA", "issuer": ROOT, "ca": True} | contents))
    return path(issue("a.example", issuer=ca, sans=["a.example"]), ca)


def with_extension(value: x509.ExtensionType) -> CertificatePath:
    return below(extensions={type(value): (value, True)})


def test_a_path_with_nothing_wrong_holds():
    assert validate(path(LEAF, CA), CLOCK) == ()


UPPER = issue("Upper", issuer=ROOT, ca=True, path_length=0)
LOWER = issue("CA", issuer=UPPER, ca=True)
UNDER_NAMES = with_extension(x509.NameConstraints([x509.DNSName("b.example")], None))
BROKEN: dict[Kind, tuple[CertificatePath, PathProblem]] = {
    Kind.ANCHOR: (
        path(LEAF, CA, to=None),
        PathProblem(
            kind=Kind.ANCHOR,
            index=1,
            text="no path to a trusted root: the chain stops at CN=CA, issued by CN=Root, "
            "which was neither sent nor is trusted",
            cause="chain.complete",
        ),
    ),
    Kind.SIGNATURE: (
        path(issue("a.example", issuer=CA, signing_key=ROOT.key), CA),
        PathProblem(
            kind=Kind.SIGNATURE, index=0, text="leaf: the signature does not verify with the signer's key", key="leaf"
        ),
    ),
    Kind.NO_CA: (
        below(ca=False, key_usage=[]),
        PathProblem(
            kind=Kind.NO_CA,
            index=1,
            text="issuer 1 (CA) is an issuer but not a CA: basicConstraints says CA:FALSE",
            key="issuer 1",
        ),
    ),
    Kind.NO_CERT_SIGN: (
        below(key_usage=["crl_sign"]),
        PathProblem(
            kind=Kind.NO_CERT_SIGN, index=1, text="issuer 1 (CA) lacks keyCertSign in keyUsage", key="issuer 1"
        ),
    ),
    Kind.PATH_LENGTH: (
        path(issue("a.example", issuer=LOWER, sans=["a.example"]), LOWER, UPPER),
        PathProblem(
            kind=Kind.PATH_LENGTH,
            index=2,
            text="1 CA below issuer 2 (Upper), at most 0 allowed by its path length",
            key="issuer 2",
        ),
    ),
    Kind.PURPOSE: (
        below(ekus=[CLIENT_AUTH]),
        PathProblem(
            kind=Kind.PURPOSE,
            index=1,
            text="issuer 1 (CA) is not for server: extendedKeyUsage allows clientAuth",
            key="issuer 1 server",
        ),
    ),
    Kind.NAMES: (
        UNDER_NAMES,
        PathProblem(
            kind=Kind.NAMES,
            index=0,
            text="DNS a.example in leaf violates the name constraints of issuer 1 (CA): "
            "it is outside the permitted names: DNS b.example",
            key="leaf DNS a.example",
        ),
    ),
    Kind.POLICIES: (
        with_extension(x509.PolicyConstraints(0, None)),
        PathProblem(kind=Kind.POLICIES, index=0, text="no valid policy at leaf, where an explicit policy is required"),
    ),
    Kind.CRITICAL: (
        below(raw_extensions=[("1.2.3.4", True, b"\x05\x00")]),
        PathProblem(
            kind=Kind.CRITICAL,
            index=1,
            text="issuer 1 (CA) has the critical extension 1.2.3.4, which certgate does not process",
            key="issuer 1 1.2.3.4",
        ),
    ),
    Kind.EXPIRED: (
        below(not_after=CLOCK - timedelta(days=2)),
        PathProblem(kind=Kind.EXPIRED, index=1, text="issuer 1 expired 2 days ago (2026-06-13)", key="issuer 1"),
    ),
    Kind.NOT_YET_VALID: (
        below(not_before=CLOCK + timedelta(days=2)),
        PathProblem(
            kind=Kind.NOT_YET_VALID,
            index=1,
            text="issuer 1 is not valid until 2026-06-17, in 2 days",
            key="issuer 1",
        ),
    ),
    Kind.ANCHOR_DATES: (
        path(LEAF, CA, to=issue("Root", ca=True, key=ROOT.key, not_after=CLOCK - timedelta(days=2))),
        PathProblem(
            kind=Kind.ANCHOR_DATES,
            index=2,
            text="the root Root expired 2 days ago (2026-06-13)",
            evidence={"not_after": "2026-06-13T12:00:00+00:00"},
        ),
    ),
    Kind.ANCHOR_CONSTRAINTS: (
        path(LEAF, CA, to=issue("Root", ca=True, key=ROOT.key, path_length=0)),
        PathProblem(
            kind=Kind.ANCHOR_CONSTRAINTS,
            index=2,
            text="1 CA below the root Root, at most 0 allowed by its path length",
            key="pathLenConstraint",
        ),
    ),
}


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_of_problem_is_found_with_its_certificate_and_only_where_it_is_asked_for(kind):
    broken, problem = BROKEN[kind]
    signed = {Kind.ANCHOR} if kind is Kind.SIGNATURE else set()
    assert [p for p in validate(broken, CLOCK) if p.kind not in signed] == [problem]
    assert validate(broken, CLOCK, kinds={kind}) == (problem,)
    assert validate(broken, CLOCK, kinds=CLIENTS - {kind} - signed) == ()


def test_rfc_5280_takes_only_name_and_key_from_an_anchor():
    for kind in CLIENTS - RFC5280:
        assert validate(BROKEN[kind][0], CLOCK, kinds=RFC5280) == ()


def test_each_kind_is_named_after_a_rule():
    assert all_checks().keys() >= set(Kind)


def test_dates_count_to_the_second():
    leaf = parse_certificate(LEAF.der)
    assert validate(path(LEAF, CA), leaf.not_before) == ()
    assert validate(path(LEAF, CA), leaf.not_after) == ()
    early = validate(path(LEAF, CA), leaf.not_before - timedelta(seconds=1))
    late = validate(path(LEAF, CA), leaf.not_after + timedelta(seconds=1))
    assert [(p.kind, p.index) for p in early] == [
        (Kind.NOT_YET_VALID, 0),
        (Kind.NOT_YET_VALID, 1),
        (Kind.ANCHOR_DATES, 2),
    ]
    assert [(p.kind, p.index) for p in late] == [(Kind.EXPIRED, 0), (Kind.EXPIRED, 1), (Kind.ANCHOR_DATES, 2)]


def test_the_purpose_must_hold_in_the_leaf_and_need_not_if_none_is_asked_for():
    client = path(issue("a.example", issuer=CA, ekus=[CLIENT_AUTH]), CA)
    assert validate(client, CLOCK, ("client",)) == ()
    assert validate(client, CLOCK, ()) == ()
    (problem,) = validate(client, CLOCK, ("client", "server"))
    assert (problem.kind, problem.index, problem.key) == (Kind.PURPOSE, 0, "leaf server")


def test_what_cannot_be_read_is_undecided_and_no_path_that_holds():
    odd = path(issue("a.example", issuer=CA, ekus=(), raw_extensions=UNREADABLE), CA)
    (problem,) = validate(odd, CLOCK)
    assert (problem.kind, problem.not_checked) == (Kind.PURPOSE, True)
    assert problem.text.startswith("the extension extendedKeyUsage (2.5.29.37) cannot be read")


def test_what_is_wrong_beside_something_that_cannot_be_read_is_found_all_the_same():
    ca = issue("CA", issuer=ROOT, ca=True, raw_extensions=UNREADABLE)
    client = issue("a.example", issuer=ca, ekus=[CLIENT_AUTH])
    assert [(p.kind, p.not_checked) for p in validate(path(client, ca), CLOCK)] == [
        (Kind.PURPOSE, False),
        (Kind.PURPOSE, True),
    ]


def test_what_is_beyond_a_limit_is_undecided():
    names = with_extension(x509.NameConstraints([x509.DNSName("a.example")] * 100_001, None))
    assert validate(names, CLOCK) == (
        PathProblem(
            kind=Kind.NAMES,
            index=0,
            text="names times constraints exceed the limit max-name-comparisons (100000)",
            not_checked=True,
        ),
    )


def test_of_several_paths_the_best_is_the_one_with_nothing_wrong_then_with_nothing_certain_then_the_least():
    wrong, unknown = (
        PathProblem(kind=Kind.NO_CA, index=1, text=""),
        PathProblem(kind=Kind.NAMES, index=0, text="", not_checked=True),
    )
    assert best([(wrong,), ()]) == ()
    assert best([(wrong,), (unknown, unknown)]) == (unknown, unknown)
    assert best([(wrong, wrong), (wrong, unknown)]) == (wrong, unknown)
    assert best([(wrong, unknown), (wrong,)]) == (wrong,)
