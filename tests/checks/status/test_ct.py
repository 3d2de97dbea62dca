"""What embedded timestamps promise: enough logs and operators, signatures that hold, dates that fit."""

from datetime import timedelta

import pytest

from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import CertificateInRole, CertificatePath, Staple
from certgate.checks.status.ct import delivery, operators, sct_count, sct_valid, temporal
from certgate.lab.ct import Log, issue_logged, log_list, sct_list
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK, issue
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.sct import EMBEDDED_SCTS, STAPLED_SCTS

CA = issue("CA", ca=True)
A1, A2, B1 = Log("a1", "A"), Log("a2", "A"), Log("b1", "B")
LISTED = log_list(A1, A2, B1)
START = CLOCK - timedelta(days=30)
PLAIN = issue("leaf", issuer=CA)
BROKEN = issue("leaf", issuer=CA, raw_extensions=[(EMBEDDED_SCTS, False, b"\x04\x00")])
NO_LIST = NotApplicable("no log list (--ct-logs)")
NO_SCT = NotApplicable("the certificate has no SCTs")


def leaf(*logs, **options):
    return server(issue_logged(subject="leaf", issuer=CA, logs=logs, **options))


def server(credential):
    return CertificateInRole(parse_certificate(credential.der), "leaf", frozenset({Role.SERVER}))


def path(*logs, anchor=CA, **options):
    credential = issue_logged(subject="leaf", issuer=CA, logs=logs, **options) if logs else options["credential"]
    return CertificatePath((parse_certificate(credential.der),), anchor and parse_certificate(anchor.der))


# --- how many ---


def test_two_logs_do_for_a_hundred_and_eighty_days_and_three_for_more():
    span = timedelta(days=180)

    assert list(sct_count(leaf(A1, B1, not_after=START + span))) == []
    assert list(sct_count(leaf(A1, A2, B1, not_after=START + span + timedelta(seconds=1)))) == []
    assert list(sct_count(leaf(A1, B1, not_after=START + span + timedelta(seconds=1)))) == [
        Problem("2 SCTs, 3 required for a lifetime of 180 days")
    ]


def test_the_same_log_twice_counts_once():
    assert list(sct_count(leaf(A1, A1))) == [Problem("1 SCT, 2 required for a lifetime of 89 days")]


def test_with_a_log_list_a_log_that_it_does_not_accept_does_not_count():
    stranger = Log("s", "S")

    assert list(sct_count(leaf(A1, stranger))) == list(sct_count(leaf(A1, B1), log_list=LISTED)) == []
    assert list(sct_count(leaf(A1, stranger), log_list=LISTED)) == [
        Problem("1 SCT from accepted logs, 2 required for a lifetime of 89 days")
    ]


def test_without_timestamps_there_are_none():
    assert list(sct_count(server(PLAIN))) == [Problem("0 SCTs, 2 required for a lifetime of 89 days")]


def test_a_list_that_cannot_be_read_is_not_counted():
    with pytest.raises(Malformed):
        list(sct_count(server(BROKEN)))


# --- whether they hold ---


def test_timestamps_that_hold_pass_with_and_without_a_log_list():
    subject = path(A1, B1)

    assert list(sct_valid(subject, CLOCK)) == list(sct_valid(subject, CLOCK, log_list=LISTED)) == []


def test_a_timestamp_is_for_the_certificate_of_the_leafs_own_issuer():
    sub = issue("Sub", ca=True, issuer=CA)
    for issuer, is_its_own in ((sub, True), (CA, False)):
        credential = issue_logged(subject="leaf", issuer=issuer, logs=[A1])
        chain = CertificatePath(tuple(parse_certificate(c.der) for c in (credential, sub)), parse_certificate(CA.der))
        assert (list(sct_valid(chain, CLOCK, log_list=LISTED)) == []) is is_its_own


def test_a_certificate_without_timestamps_has_none_to_be_valid():
    assert list(sct_valid(path(credential=PLAIN), CLOCK)) == [NO_SCT]


def test_a_list_that_cannot_be_read_fails():
    (problem,) = sct_valid(path(credential=BROKEN), CLOCK)

    assert problem.message.startswith("the list of signed certificate timestamps cannot be read")


@pytest.mark.parametrize(("seconds", "passes"), [(300, True), (301, False)])
def test_a_timestamp_of_the_future_fails(seconds, passes):
    answers = list(sct_valid(path(A1, at=CLOCK + timedelta(seconds=seconds)), CLOCK))

    name = log_id(A1)
    message = f"the SCT from log {name} is in the future (2026-06-15 12:05:01 UTC)"
    assert answers == ([] if passes else [Problem(message, key=name)])


def log_id(log):
    from hashlib import sha256

    return sha256(log.spki).hexdigest()


def test_a_timestamp_of_another_certificate_fails_with_a_log_list():
    other = issue("other", issuer=CA)
    sct = A1.sign(other.native.tbs_certificate_bytes, CA, START)
    credential = issue("leaf", issuer=CA, raw_extensions=[(EMBEDDED_SCTS, False, sct_list([sct]))])
    subject = path(credential=credential)

    assert list(sct_valid(subject, CLOCK)) == []
    assert list(sct_valid(subject, CLOCK, log_list=LISTED)) == [
        Problem(
            "the SCT from log a1 is invalid: the signature does not verify with the signer's key",
            key=log_id(A1),
        )
    ]


def test_timestamps_of_which_none_can_be_verified_are_not_checked():
    stranger = Log("s", "S")

    assert list(sct_valid(path(A1, stranger), CLOCK, log_list=LISTED)) == []
    assert list(sct_valid(path(stranger), CLOCK, log_list=LISTED)) == [
        NotChecked("no SCT is from a log in the log list, so none can be verified")
    ]
    assert [type(a) for a in sct_valid(path(stranger), CLOCK - timedelta(days=60), log_list=LISTED)] == [Problem]


def test_without_the_issuer_no_timestamp_can_be_verified():
    subject = path(A1, anchor=None)

    assert list(sct_valid(subject, CLOCK)) == []
    assert list(sct_valid(subject, CLOCK, log_list=LISTED)) == [
        NotChecked("the leaf's issuer is not known, so no SCT can be verified")
    ]


def test_a_log_list_that_cannot_be_read_is_no_log_list():
    for check in (operators, temporal):
        with pytest.raises(Malformed, match="the log list cannot be read"):
            list(check(leaf(A1), log_list="{}"))
    with pytest.raises(Malformed, match="the log list cannot be read"):
        list(sct_valid(path(A1), CLOCK, log_list="{}"))


# --- whose they are ---


def test_logs_of_two_operators_pass_and_of_one_fail():
    assert list(operators(leaf(A1, B1), log_list=LISTED)) == []
    assert list(operators(leaf(A1, A2), log_list=LISTED)) == [Problem("SCTs from 1 operator (A), 2 required")]
    assert list(operators(server(PLAIN), log_list=LISTED)) == [Problem("SCTs from 0 operators, 2 required")]


def test_a_log_that_is_not_listed_has_no_operator():
    assert list(operators(leaf(A1, B1), log_list=log_list(A1))) == [Problem("SCTs from 1 operator (A), 2 required")]


@pytest.mark.parametrize(("seconds", "passes"), [(0, False), (1, True)])
def test_a_log_counts_for_what_it_promised_before_it_was_retired(seconds, passes):
    end = (START + timedelta(seconds=seconds)).isoformat()
    retired = Log("b2", "B", more={"state": {"retired": {"timestamp": end}}})

    answers = list(operators(leaf(A1, retired), log_list=log_list(A1, retired)))

    assert (answers == []) is passes


def test_without_a_log_list_operators_and_intervals_are_no_matter():
    assert list(operators(leaf(A1))) == list(temporal(leaf(A1))) == [NO_LIST]


@pytest.mark.parametrize(("year", "passes"), [(2026, True), (2027, False)])
def test_a_log_must_take_what_expires_then(year, passes):
    interval = {"start_inclusive": f"{year}-01-01T00:00:00Z", "end_exclusive": f"{year + 1}-01-01T00:00:00Z"}
    log = Log("sharded", "A", more={"temporal_interval": interval})

    answers = list(temporal(leaf(log, B1), log_list=log_list(log, B1)))

    message = "the log sharded does not accept certificates that expire at 2026-08-14 11:59:59 UTC"
    assert answers == ([] if passes else [Problem(message, key=log_id(log))])


# --- in the staple ---


def stapled(credential, *extensions):
    der = make_staple(credential, CA, single_extensions=extensions)
    return Staple(der, parse_certificate(credential.der), parse_certificate(CA.der))


def test_timestamps_in_the_staple_alone_fail():
    carried = (STAPLED_SCTS, False, sct_list([A1.sign(b"", CA, START)]))

    assert list(delivery(stapled(PLAIN, carried))) == [Problem("SCTs are only in the staple, not in the certificate")]
    assert list(delivery(stapled(issue_logged(subject="leaf", issuer=CA, logs=[A1]), carried))) == []
    assert list(delivery(stapled(PLAIN))) == [NotApplicable("the staple has no SCTs")]
    assert list(delivery(Staple(None, parse_certificate(PLAIN.der), None))) == [NotApplicable("no staple")]


# --- dates that were set back ---
