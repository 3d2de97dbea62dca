"""What an OCSP response says: each part is read, or refused as Malformed."""

from contextlib import suppress
from datetime import timedelta

import pytest

from certgate.lab.ocsp import issue_responder, make_staple, successful_staple, unsuccessful_staple
from certgate.lab.pki import CLOCK, issue
from certgate.x509.certificate import parse_certificate
from certgate.x509.der import NotDer, elements, encoded
from certgate.x509.errors import Malformed
from certgate.x509.ocsp import parse_ocsp_response
from certgate.x509.ocsp_der import read_basic_response, read_envelope

CA = issue("CA", ca=True)
LEAF = issue("leaf", issuer=CA, sans=["a.example"])
OTHER = issue("other", issuer=CA, sans=["b.example"])


def facts(credential):
    return parse_certificate(credential.der)


def patched(der, old, new):
    assert der.count(old) == 1
    return der.replace(old, new)


def test_every_fact_of_a_revoked_status_is_read():
    der = make_staple(LEAF, CA, status="revoked", reason=1, single_extensions=[("1.2.3", False, b"\x05\x00")])

    response = parse_ocsp_response(der)
    status = response.status_of(facts(LEAF), facts(CA))

    assert (status.status, status.revoked_at, status.reason) == ("revoked", CLOCK - timedelta(days=2), "keyCompromise")
    assert (status.this_update, status.next_update) == (CLOCK - timedelta(hours=1), CLOCK + timedelta(days=3))
    assert response.produced_at == CLOCK - timedelta(hours=1)
    assert [(e.oid, e.critical, e.value) for e in status.extensions] == [("1.2.3", False, b"\x05\x00")]
    assert response.is_responder(facts(CA))
    assert not response.is_responder(facts(LEAF))


@pytest.mark.parametrize("id_hash", ["sha1", "sha256", "sha384", "sha512"])
def test_a_status_is_found_by_serial_and_by_its_issuer_s_name_and_key(id_hash):
    same_name = issue("CA", ca=True)
    same_key = issue("Another CA", ca=True, key=CA.key)
    response = parse_ocsp_response(make_staple(LEAF, CA, id_hash=id_hash))

    found = response.status_of(facts(LEAF), facts(CA))
    others = [
        response.status_of(facts(leaf), facts(issuer))
        for leaf, issuer in [
            (OTHER, CA),
            (LEAF, same_name),
            (issue("leaf", issuer=same_key, serial=facts(LEAF).serial), CA),
        ]
    ]

    assert found.status == "good"
    assert others == [None, None, None]


def test_of_several_statuses_the_one_of_the_certificate_counts():
    response = parse_ocsp_response(make_staple(LEAF, CA, status="revoked", also=[OTHER, OTHER]))

    assert response.status_of(facts(LEAF), facts(CA)).status == "revoked"
    assert response.status_of(facts(OTHER), facts(CA)).status == "good"


def test_a_contradiction_is_never_to_the_good():
    response = parse_ocsp_response(make_staple(LEAF, CA, status="revoked", also=[LEAF]))

    assert [s.status for s in response.singles] == ["good", "revoked"]
    assert response.status_of(facts(LEAF), facts(CA)).status == "revoked"


def test_an_unknown_hash_in_a_cert_id_matches_nothing():
    der = patched(make_staple(LEAF, CA), bytes.fromhex("06052b0e03021a"), bytes.fromhex("06052b0e03021b"))

    response = parse_ocsp_response(der)

    assert response.singles[0].cert_id.hash_name is None
    assert response.status_of(facts(LEAF), facts(CA)) is None


def test_the_responder_can_be_named_and_its_certificate_carried():
    delegate = issue_responder(CA)

    response = parse_ocsp_response(make_staple(LEAF, CA, responder=delegate, by_name=True))

    assert response.responder_name.text == "CN=OCSP responder"
    assert response.is_responder(facts(delegate))
    assert response.certificates == (facts(delegate),)


def test_unreadable_certificates_are_left_out_and_no_more_than_sixteen_are_read():
    many = [issue_responder(CA) for _ in range(2)] * 9
    der = make_staple(LEAF, CA, embed=many)
    *basic, certificates = elements(elements(basic_of(der))[0].content)
    broken = encoded(b"\xa0", encoded(b"\x30", basic[0].der + elements(certificates.content)[0].content))

    other = successful_staple(encoded(b"\x30", b"".join(part.der for part in basic) + broken))

    assert len(parse_ocsp_response(der).certificates) == 16
    assert len(parse_ocsp_response(other).certificates) == 15


def basic_of(der):
    _, (_, basic) = read_envelope(der)
    return basic


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1, "malformedRequest"),
        (2, "internalError"),
        (3, "tryLater"),
        (5, "sigRequired"),
        (6, "unauthorized"),
        (4, "the unknown status 4"),
    ],
)
def test_an_error_is_no_response_and_says_which(number, name):
    with pytest.raises(Malformed, match=f"the OCSP responder answered with the error {name}"):
        parse_ocsp_response(unsuccessful_staple(number))


GOOD = make_staple(LEAF, CA)


@pytest.mark.parametrize(
    ("der", "message"),
    [
        (b"", "not a DER OCSP response: it is empty"),
        (b"\x00" * 20_000, "not a DER OCSP response: it is not a SEQUENCE, but has the tag 0x0"),
        (GOOD[:-1], "not a DER OCSP response: it is truncated"),
        (GOOD + b"\x00", "not a DER OCSP response: 1 octets follow it"),
        (GOOD + b"\x05\x00", "not a DER OCSP response: 2 octets follow it"),
        (LEAF.der, "not a DER OCSP response: it is not an ENUMERATED, but has the tag 0x30"),
        (unsuccessful_staple(0), "the OCSP response is empty"),
        (patched(GOOD, bytes.fromhex("2b0601050507300101"), bytes.fromhex("2b0601050507300102")), "unknown type"),
        (patched(GOOD, b"\x0a\x01\x00\xa0", b"\x02\x01\x00\xa0"), "it is not an ENUMERATED, but has the tag 0x2"),
    ],
)
def test_what_is_no_response_is_malformed(der, message):
    with pytest.raises(Malformed, match=message):
        parse_ocsp_response(der)


def test_every_cut_and_every_changed_byte_is_read_or_malformed_and_nothing_else():
    for position in range(len(GOOD)):
        for der in (GOOD[:position], GOOD[:position] + bytes([GOOD[position] ^ 0xFF]) + GOOD[position + 1 :]):
            try:
                response = parse_ocsp_response(der)
                response.status_of(facts(LEAF), facts(CA))
                response.is_responder(facts(CA))
                _ = response.certificates, response.signature_algorithm
            except Malformed:
                continue


def test_an_unreadable_status_is_malformed_when_it_is_asked_for():
    der = patched(GOOD, b"\x80\x00\x18\x0f2026", b"\x83\x00\x18\x0f2026")

    response = parse_ocsp_response(der)

    with pytest.raises(Malformed, match="a status in the OCSP response cannot be read"):
        response.status_of(facts(LEAF), facts(CA))


def test_the_signed_bytes_are_those_on_the_wire():
    response = parse_ocsp_response(GOOD)

    assert response.signed in GOOD
    assert read_basic_response(basic_of(GOOD)).signed == response.signed


# --- as lenient as OpenSSL and Go ---

KNOWN = make_staple(LEAF, CA, status="revoked", extensions=[("1.2.3", True, b"\x05\x00")], reason=1)


def rebuilt(der, old, new):
    """The elements in `der`, with `new` for the element `old`, and all lengths as they must be then."""
    found = []
    for element in elements(der):
        content = element.content
        if old in content and (element.tag & 0x20 or element.tag == 4):
            with suppress(NotDer):  # a digest may hold these octets too
                content = rebuilt(content, old, new)
        found.append(new if element.der == old else encoded(bytes([element.tag]), content))
    return b"".join(found)


def test_what_is_written_out_though_it_is_the_default_is_read():
    falsely = rebuilt(KNOWN, b"\x01\x01\xff", b"\x01\x01\x00")
    response = parse_ocsp_response(falsely)
    assert [(e.oid, e.critical) for e in response.extensions] == [("1.2.3", False)]

    key = elements(elements(elements(basic_of(GOOD))[0].content)[0].content)[0].der
    versioned = parse_ocsp_response(rebuilt(GOOD, key, b"\xa0\x03\x02\x01\x00" + key))
    assert versioned.status_of(facts(LEAF), facts(CA)).status == "good"


@pytest.mark.parametrize("flag", [b"\x01\x01\x01", b"\x01\x00", b"\x01\x02\x00\x00", b"\x02\x01\x00"])
def test_a_flag_that_is_not_well_formed_counts_as_critical(flag):
    response = parse_ocsp_response(rebuilt(KNOWN, b"\x01\x01\xff", flag))
    assert [(e.oid, e.critical) for e in response.extensions] == [("1.2.3", True)]
    assert response.unknown_critical(response.singles[0]) == "1.2.3"


@pytest.mark.parametrize(
    ("old", "new", "reason", "dated"),
    [
        (b"\x0a\x01\x01", b"\x0a\x01\x07", "the unknown reason 7", True),
        (b"\x0a\x01\x01", b"\x0a\x01\xff", "the unknown reason -1", True),
        (b"\x0a\x01\x01", b"\x02\x01\x01", "a reason that cannot be read", True),
        (b"\x0a\x01\x01", b"", "a reason that cannot be read", True),
        (b"\x18\x0f20260613120000Z", b"\x18\x0f20260632120000Z", "keyCompromise", False),
        (b"\x18\x0f20260613120000Z", b"\x05\x00", "keyCompromise", False),
    ],
)
def test_a_revocation_whose_details_are_damaged_stays_one(old, new, reason, dated):
    found = parse_ocsp_response(rebuilt(KNOWN, old, new)).status_of(facts(LEAF), facts(CA))
    assert (found.status, found.reason, found.revoked_at is not None) == ("revoked", reason, dated)


@pytest.mark.parametrize(
    ("der", "message"),
    [
        (make_staple(LEAF, CA, version=2), "the OCSP response has the unknown version 2"),
        (
            rebuilt(GOOD, b"\x80\x00", b"\x80\x01\x00"),
            "a status in the OCSP response cannot be read: its status is not",
        ),
        (rebuilt(GOOD, b"\x18\x0f20260615110000Z", b"\x05\x00"), "producedAt of the OCSP response cannot be read"),
        (rebuilt(GOOD, b"\x18\x0f20260618120000Z", b"\x18\x0f20261318120000Z"), "nextUpdate of the OCSP response"),
    ],
)
def test_what_the_answer_rests_on_must_be_readable(der, message):
    with pytest.raises(Malformed, match=message) as caught:
        parse_ocsp_response(der).status_of(facts(LEAF), facts(CA))
    assert "ParseError" not in str(caught.value)
