"""OCSP responses on their own: their form, and what they say."""

import pytest

from certgate.lab.ocsp import make_staple
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate
from tests.checks.status.published import ask_of, of_response

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, days=900)
LEAF = issue("leaf", issuer=CA, sans=["a.example"])
OTHER = issue("other", issuer=CA, sans=["b.example"])


def response(**options):
    return make_staple(LEAF, CA, **options)


def revoked(reason=None, **options):
    return response(status="revoked", reason=reason, **options)


def test_every_part_of_a_good_response_can_be_read():
    assert of_response("ocsp.response-form", response(embed=[CA])) == []
    assert of_response("ocsp.response-form", revoked(1)) == []


def test_parts_that_cannot_be_read_fail():
    der = response(embed=[CA] * 17)
    no_date = revoked(1).replace(b"20260613120000Z", b"20261313120000Z")

    assert of_response("ocsp.response-form", der) == ["1 of the embedded certificates cannot be read, or are too many"]
    assert of_response("ocsp.response-form", no_date) == ["the date of a revocation cannot be read"]
    assert of_response("ocsp.response-form", revoked(1).replace(b"\xa0\x03\x0a\x01\x01", b"\xa0\x03\x02\x01\x01")) == [
        "the reason of a revocation cannot be read"
    ]


def test_times_are_in_seconds_and_end_in_z():
    odd = response().replace(b"\x18\x0f20260618120000Z", b"\x18\x0f202606181200.5Z")

    assert of_response("ocsp.response-times", response()) == []
    assert of_response("ocsp.response-times", odd) == [
        "nextUpdate is not a GeneralizedTime of the form YYYYMMDDHHMMSSZ"
    ]


def test_a_response_says_one_thing_of_one_certificate():
    serial = parse_certificate(LEAF.der).serial
    [several] = ask_of(Role.OCSP, "ocsp.response-statuses", response(also=[OTHER]))

    assert of_response("ocsp.response-statuses", response()) == []
    assert (several.message, several.severity) == ("the response is about 2 certificates", Severity.INFO)
    assert of_response("ocsp.response-statuses", revoked(1, also=[LEAF])) == [
        f"the serial number {serial:x} is there 2 times: good and revoked"
    ]


@pytest.mark.parametrize("id_hash", ["sha1", "sha256"])
def test_hashes_that_clients_compute_name_the_certificate(id_hash):
    assert of_response("ocsp.response-certid", response(id_hash=id_hash)) == []


def test_another_hash_does_not():
    assert of_response("ocsp.response-certid", response(id_hash="sha512")) == ["the certificate is named by sha512"]


@pytest.mark.parametrize(
    ("reason", "severity"), [(0, None), (6, None), (8, None), (2, Severity.WARNING), (10, Severity.WARNING)]
)
def test_a_reason_is_one_of_the_listed(reason, severity):
    [answer] = ask_of(Role.OCSP, "ocsp.response-reasons", revoked(reason))

    assert answer.severity is severity


def test_the_listed_reasons_and_none_pass():
    for reason in (None, 1, 3, 4, 5, 9):
        assert of_response("ocsp.response-reasons", revoked(reason), CA) == []


def test_the_revocation_of_a_ca_has_a_reason():
    without = make_staple(CA, ROOT, status="revoked")

    assert of_response("ocsp.response-reasons", without, ROOT) == [
        "there is no reason for the revocation of a CA's certificate"
    ]


def test_the_reason_is_not_in_an_extension():
    der = response(single_extensions=[("2.5.29.21", False, b"\x0a\x01\x01")])

    assert of_response("ocsp.response-reasons", der) == ["a status has the CRL entry extension reasonCode"]


@pytest.mark.parametrize("where", ["extensions", "single_extensions"])
def test_an_unknown_critical_extension_fails(where):
    critical, other = (response(**{where: [("1.2.3.4", flag, b"\x05\x00")]}) for flag in (True, False))

    assert of_response("ocsp.response-critical", other) == []
    assert of_response("ocsp.response-critical", critical) == ["the critical extension 1.2.3.4 is unknown to clients"]
