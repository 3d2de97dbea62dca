"""CRLs that were fetched or given: in time, and about the certificate."""

from datetime import timedelta

import pytest
from cryptography import x509

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.checks.framework.subjects import CertificatePath, RevocationEvidence
from certgate.checks.status.crl import fresh, scope
from certgate.lab.crl import make_crl
from certgate.lab.pki import CLOCK, issue
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.finding import Severity
from certgate.model.target import Revocation
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, days=900)
LEAF = issue("leaf", issuer=CA, sans=["a.example"])
URL = "http://crl.lab.example/1.crl"
FILE = "ca.crl"
NONE = [NotApplicable("no CRL for the certificate")]
SECOND = timedelta(seconds=1)


def subject(*crls, index=0):
    path = CertificatePath((parse_certificate(LEAF.der), parse_certificate(CA.der)), parse_certificate(ROOT.der))
    evidence = tuple(Evidence(kind=EvidenceKind.CRL, source=source, content=content) for source, content in crls)
    return RevocationEvidence(path=path, index=index, evidence=evidence, mode=Revocation.GIVEN)


def test_a_crl_of_the_issuer_that_is_in_time_passes_both():
    for source in (URL, FILE):
        assert list(fresh(subject((source, make_crl(CA))), CLOCK)) == []
        assert list(scope(subject((source, make_crl(CA))))) == []


def test_the_crl_of_another_issuer_does_not_concern_the_certificate():
    stranger = subject((FILE, make_crl(ROOT)))

    assert list(fresh(stranger, CLOCK)) == NONE
    assert list(scope(stranger)) == NONE
    assert list(scope(subject((FILE, make_crl(ROOT)), index=1))) == []


@pytest.mark.parametrize(
    ("this", "end", "message"),
    [
        (-60, 0, None),
        (300, 400, None),
        (-60, -1, "the CRL expired at 2026-06-15 11:59:59 UTC"),
        (301, 400, "thisUpdate is in the future (2026-06-15 12:05:01 UTC)"),
    ],
)
def test_a_crl_is_fresh_from_this_update_to_next_update_with_some_skew_before(this, end, message):
    crl = make_crl(CA, this_update=CLOCK + this * SECOND, next_update=CLOCK + end * SECOND)

    assert list(fresh(subject((FILE, crl)), CLOCK)) == ([Problem(f"{FILE}: {message}", key=FILE)] if message else [])
    assert list(scope(subject((FILE, crl)))) == []


def test_dates_that_are_missing_or_cannot_be_read_fail_as_a_file_and_warn_where_the_crl_was_fetched():
    endless = make_crl(CA, next_update=None)
    crooked = make_crl(CA).replace(b"260618120000Z", b"261318120000Z")
    for crl, message in [
        (endless, "nextUpdate is missing, so the CRL never expires"),
        (crooked, "nextUpdate of the CRL cannot be read: it is not a valid date"),
    ]:
        assert list(fresh(subject((FILE, crl)), CLOCK)) == [Problem(f"{FILE}: {message}", key=FILE)]
        assert list(fresh(subject((URL, crl)), CLOCK)) == [
            Problem(f"{URL}: {message}", key=URL, severity=Severity.WARNING)
        ]
    assert list(scope(subject((FILE, endless)))) == []


def test_how_long_a_crl_may_hold_is_the_policy_s_and_different_for_cas():
    ten_days = subject((FILE, make_crl(CA, this_update=CLOCK, next_update=CLOCK + timedelta(days=10))))
    longer = subject((FILE, make_crl(CA, this_update=CLOCK, next_update=CLOCK + timedelta(days=10, seconds=1))))
    of_ca = subject((FILE, make_crl(ROOT, this_update=CLOCK, next_update=CLOCK + timedelta(days=300))), index=1)

    assert list(fresh(ten_days, CLOCK, max_days=10)) == []
    assert list(fresh(longer, CLOCK, max_days=10)) == [
        Problem(f"{FILE}: the CRL is valid for 10.0 days, at most 10 allowed", key=FILE)
    ]
    assert list(fresh(longer, CLOCK)) == []
    assert list(fresh(of_ca, CLOCK)) == []
    assert list(fresh(of_ca, CLOCK, max_days=10, max_ca_days=300)) == []
    assert list(fresh(of_ca, CLOCK, max_days=10, max_ca_days=299)) == [
        Problem(f"{FILE}: the CRL is valid for 300.0 days, at most 299 allowed", key=FILE)
    ]


@pytest.mark.parametrize(
    ("crl", "reason"),
    [
        (b"", "the CRL cannot be read"),
        (b"<html>", "the CRL cannot be read"),
        (LEAF.der, "the CRL cannot be read"),
        (make_crl(CA, signing_key=ROOT.key), "the CRL of CN=CA has a bad signature"),
        (make_crl(CA, hash_name="sha1"), "the CRL is signed with sha1, which is not secure"),
        (make_crl(CA, scope={"only_contains_ca_certs": True}), "the CRL covers only CA certificates"),
        (
            make_crl(CA, scope={"full_name": [x509.UniformResourceIdentifier("http://crl.lab.example/2.crl")]}),
            "the CRL is for another distribution point",
        ),
        (
            make_crl(CA, scope={"only_some_reasons": frozenset({x509.ReasonFlags.superseded})}),
            "no CRL covers all reasons",
        ),
        (make_crl(CA, extensions=[(x509.DeltaCRLIndicator(1), True)]), "no base CRL fits the delta CRL"),
    ],
)
def test_a_crl_that_does_not_serve_fails_as_a_file_and_warns_where_it_was_fetched(crl, reason):
    (from_file,) = scope(subject((FILE, crl)))
    (fetched,) = scope(subject((URL, crl)))

    assert from_file.message.startswith(f"{FILE}: {reason}")
    assert (from_file.key, from_file.severity) == (FILE, None)
    assert fetched.message.startswith(f"{URL}: {reason}")
    assert (fetched.key, fetched.severity) == (URL, Severity.WARNING)


def test_of_several_crls_one_that_covers_the_certificate_suffices():
    shard = make_crl(CA, scope={"full_name": [x509.UniformResourceIdentifier("http://crl.lab.example/2.crl")]})

    older = make_crl(CA, this_update=CLOCK - timedelta(days=3), next_update=CLOCK - timedelta(days=2))

    assert list(scope(subject(("2.crl", shard), ("1.crl", make_crl(CA))))) == []
    assert list(scope(subject(("2.crl", shard), ("old.crl", older)))) == []


def test_a_file_that_is_no_crl_is_told_once_with_the_leaf():
    junk = (FILE, b"junk")

    assert len(list(scope(subject(junk, ("1.crl", make_crl(CA)))))) == 1
    assert list(scope(subject(junk, index=1))) == NONE
