"""What embedded timestamps promise: enough logs and operators, signatures that hold, dates that fit."""

import pytest

from certgate.checks.framework.subjects import CertificateInRole, CertificatePath
from certgate.checks.status.ct import operators, sct_valid, temporal
from certgate.lab.ct import Log, issue_logged, log_list
from certgate.lab.pki import CLOCK, issue
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

CA = issue("CA", ca=True)
A1, A2, B1 = Log("a1", "A"), Log("a2", "A"), Log("b1", "B")
LISTED = log_list(A1, A2, B1)


def leaf(*logs, **options):
    return server(issue_logged(subject="leaf", issuer=CA, logs=logs, **options))


def server(credential):
    return CertificateInRole(parse_certificate(credential.der), "leaf", frozenset({Role.SERVER}))


def path(*logs, anchor=CA, **options):
    credential = issue_logged(subject="leaf", issuer=CA, logs=logs, **options) if logs else options["credential"]
    return CertificatePath((parse_certificate(credential.der),), anchor and parse_certificate(anchor.der))


# --- whether they hold ---


def test_a_timestamp_is_for_the_certificate_of_the_leafs_own_issuer():
    sub = issue("Sub", ca=True, issuer=CA)
    for issuer, is_its_own in ((sub, True), (CA, False)):
        credential = issue_logged(subject="leaf", issuer=issuer, logs=[A1])
        chain = CertificatePath(tuple(parse_certificate(c.der) for c in (credential, sub)), parse_certificate(CA.der))
        assert (list(sct_valid(chain, CLOCK, log_list=LISTED)) == []) is is_its_own


def test_a_log_list_that_cannot_be_read_is_no_log_list():
    for check in (operators, temporal):
        with pytest.raises(Malformed, match="the log list cannot be read"):
            list(check(leaf(A1), log_list="{}"))
    with pytest.raises(Malformed, match="the log list cannot be read"):
        list(sct_valid(path(A1), CLOCK, log_list="{}"))
