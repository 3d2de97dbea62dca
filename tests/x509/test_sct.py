"""Signed certificate timestamps are read from their list and verified with the log's key."""

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat import asn1

from certgate.lab.ct import Log, issue_logged, sct_list
from certgate.lab.pki import CLOCK, issue, make_key
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.sct import EMBEDDED_SCTS, embedded_scts, read_scts, verify_sct

CA = issue("CA", ca=True)
LOGS = [Log("one", "A"), Log("two", "B", key=make_key("RSA-2048"))]
LEAF = issue_logged(subject="leaf", issuer=CA, logs=LOGS, at=CLOCK - timedelta(days=30, microseconds=-1000))
FAILED = "the signature does not verify with the signer's key"


def facts(credential):
    return parse_certificate(credential.der)


def test_what_is_read_is_what_the_library_reads():
    library = facts(LEAF).read(x509.PrecertificateSignedCertificateTimestamps)

    ours = embedded_scts(facts(LEAF))

    assert [(s.log_id, s.timestamp.replace(tzinfo=None), s.signature) for s in ours] == [
        (s.log_id, s.timestamp, s.signature) for s in library
    ]
    assert [s.algorithm for s in ours] == [(4, 3), (4, 1)]
    assert [s.extensions for s in ours] == [b"", b""]


def test_a_certificate_without_the_extension_has_none():
    assert embedded_scts(facts(CA)) is None


@pytest.mark.parametrize("index", [0, 1])
def test_a_timestamp_holds_with_its_log_s_key_for_this_certificate_and_no_other(index):
    sct, log, other = embedded_scts(facts(LEAF))[index], LOGS[index], issue("CA", ca=True)
    renewed = issue_logged(subject="leaf", issuer=CA, logs=LOGS)

    assert verify_sct(sct, facts(LEAF), facts(CA), log.spki) is None
    assert verify_sct(sct, facts(LEAF), facts(other), log.spki) == FAILED
    assert verify_sct(sct, facts(renewed), facts(CA), log.spki) == FAILED
    for changed in (
        replace(sct, milliseconds=sct.milliseconds + 1),
        replace(sct, extensions=b"\x00"),
        replace(sct, signature=sct.signature[:-1] + bytes([sct.signature[-1] ^ 1])),
    ):
        assert verify_sct(changed, facts(LEAF), facts(CA), log.spki) == FAILED


def test_an_algorithm_that_no_log_uses_or_a_key_that_is_none_does_not_hold():
    sct = embedded_scts(facts(LEAF))[0]

    assert verify_sct(replace(sct, algorithm=(2, 3)), facts(LEAF), facts(CA), LOGS[0].spki) == (
        "the signature algorithm (2, 3) is not used by logs"
    )
    assert verify_sct(sct, facts(LEAF), facts(CA), b"junk").startswith("the signature cannot be verified: ")


def test_a_time_that_no_calendar_has_is_a_time_far_away():
    sct = replace(embedded_scts(facts(LEAF))[0], milliseconds=2**64 - 1)

    assert sct.timestamp == datetime(9999, 12, 31, tzinfo=UTC)


GOOD = LOGS[0].sign(b"tbs", CA, CLOCK)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b"", "cannot be read"),
        (b"\x04", "cannot be read"),
        (asn1.encode_der(b""), "cannot be read"),
        (asn1.encode_der(b"\x00\x00"), "is empty"),
        (asn1.encode_der(b"\x00\x01"), "its length is wrong"),
        (asn1.encode_der(b"\x00\x00\x00"), "its length is wrong"),
        (asn1.encode_der(b"\x00\x01\x00"), "cannot be read"),
        (asn1.encode_der(b"\x00\x03\x00\x09\x00"), "it is truncated"),
        (sct_list([b""]), "cannot be read"),
        (sct_list([b"\x01" + GOOD[1:]]), "unknown version 2"),
        (sct_list([GOOD[:-1]]), "it is truncated"),
        (sct_list([GOOD + b"\x00"]), "octets follow a signature"),
        (sct_list([GOOD, GOOD[:20]]), "cannot be read"),
        (sct_list([GOOD]) + b"\x00", "cannot be read"),
    ],
)
def test_a_list_that_cannot_be_read_is_malformed(value, message):
    with pytest.raises(Malformed, match=message):
        read_scts(value)


def test_every_cut_of_a_list_is_malformed():
    inner = struct.pack(">HH", len(GOOD) + 2, len(GOOD)) + GOOD

    assert len(read_scts(asn1.encode_der(inner))) == 1
    for length in range(len(inner)):
        with pytest.raises(Malformed):
            read_scts(asn1.encode_der(inner[:length]))


def test_the_extension_s_oid_is_the_library_s():
    assert x509.PrecertificateSignedCertificateTimestamps.oid.dotted_string == EMBEDDED_SCTS
