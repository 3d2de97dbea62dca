"""What a CRL's bytes say."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certgate.lab.crl import crl_entry, make_crl
from certgate.lab.pki import CLOCK, issue
from certgate.x509.crl import CrlEntry, parse_crl
from certgate.x509.der import encoded
from certgate.x509.errors import Malformed
from certgate.x509.name import Name

CA = issue("CA", ca=True)
SOME = frozenset({x509.ReasonFlags.key_compromise})
NAME = Name(CA.native.subject.public_bytes())


def made(*serials: int) -> bytes:
    builder = x509.CertificateRevocationListBuilder(CA.native.subject, CLOCK, CLOCK + timedelta(days=1))
    for serial in serials:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(CLOCK).build()
        )
    return builder.sign(CA.key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_the_facts_of_a_bare_crl():
    crl = parse_crl(made(5))
    assert (crl.issuer, crl.this_update, crl.next_update) == (NAME, CLOCK, CLOCK + timedelta(days=1))
    assert (crl.number, crl.base_number, crl.scope, crl.key_identifier, crl.unknown_critical) == (None,) * 4 + ((),)


@pytest.mark.parametrize("serial", [1, 127, 128, 255, 256, 2**63, 2**159 - 1])
def test_a_serial_of_any_length_is_found(serial):
    assert parse_crl(made(serial)).entry(NAME, serial)
    assert parse_crl(made(serial)).entry(NAME, serial + 1) is None


def test_many_lookups_give_what_the_first_ones_gave():
    listed = range(2**61 - 100, 2**61 + 100, 2)  # around the modulus of Python's hashes of numbers
    crl = parse_crl(made(*listed, 2**159 - 1))
    asked = [*range(2**61 - 110, 2**61 + 110), 2**159 - 1, 2**159 - 3]

    answers = [[serial for serial in asked if crl.entry(NAME, serial)] for _ in range(3)]

    assert answers == [[*listed, 2**159 - 1]] * 3


def test_an_entry_is_found_by_issuer_and_serial():
    crl = parse_crl(made(5))
    found = CrlEntry("unspecified", datetime(2026, 6, 15, 12, tzinfo=UTC))
    assert crl.entry(NAME, 5) == found
    assert crl.entry(NAME, 6) is None
    assert crl.entry(NAME, -1) is None
    assert crl.entry(Name(b"\x30\x00"), 5) is None


@pytest.mark.parametrize(
    ("der", "message"),
    [
        (b"", "it is empty"),
        (b"<html>", "it is not a SEQUENCE, but has the tag 0x3c"),
        (b"\x30\x00", "it is not a SEQUENCE of the signed part, the algorithm and the signature"),
        (made(5)[:-1], "it is truncated"),
        (made(5) + b"\0\0", "2 octets follow it"),
        (CA.der, "the signed part is not that of a CRL"),
        (make_crl(CA, crl_entry(5)[:-1]), "an entry does not begin with a serial number"),
        (make_crl(CA, b"\x30\x00"), "an entry does not begin with a serial number"),
        (make_crl(CA, b"\x30\x80\x02\x01\x05\0\0"), "an entry has a length that is not DER"),
        (make_crl(CA, b"\x02\x01\x05"), "an entry is not a SEQUENCE"),
    ],
)
def test_what_is_no_crl_is_malformed(der, message):
    with pytest.raises(Malformed) as caught:
        parse_crl(der)
    assert str(caught.value) == f"the CRL cannot be read: {message}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"version": 3}, "the CRL has the unknown version 3"),
        ({"inner_hash": "sha384"}, "the two signature algorithms of the CRL differ"),
    ],
)
def test_a_crl_of_another_version_or_with_two_algorithms_is_malformed(options, message):
    with pytest.raises(Malformed) as caught:
        parse_crl(make_crl(CA, **options))
    assert str(caught.value) == message


ODD = ("1.2.3.4", True, b"\x05\x00")
NOT_CRITICAL = ("1.2.3.4", False, b"\x05\x00")
SCOPE, NUMBER, DELTA, KEY = "2.5.29.28", "2.5.29.20", "2.5.29.27", "2.5.29.35"


@pytest.mark.parametrize(
    ("entries", "options", "unknown"),
    [
        ([], {"raw_extensions": [ODD]}, ("1.2.3.4",)),
        ([], {"raw_extensions": [NOT_CRITICAL]}, ()),
        ([crl_entry(5, raw_extensions=[ODD])], {}, ("1.2.3.4",)),
        ([crl_entry(5, raw_extensions=[NOT_CRITICAL])], {}, ()),
        ([crl_entry(serial, raw_extensions=[ODD]) for serial in range(3)], {"raw_extensions": [ODD]}, ("1.2.3.4",)),
        ([crl_entry(5, raw_extensions=[("2.5.29.21", True, b"\x0a\x01\x01"), ODD])], {}, ("1.2.3.4",)),
        ([crl_entry(5, raw_extensions=[("2.5.29.21", True, b"\x0a\x01\x01")])], {}, ()),
        ([crl_entry(0x0101FF04)], {}, ()),
        ([crl_entry(5, raw_extensions=[("1.2.3.4", False, b"\x01\x01\xff\x04")])], {}, ()),
        ([crl_entry(5, raw_extensions=[ODD]).replace(b"\x01\x01\xff", b"\x01\x01\x01")], {}, ("1.2.3.4",)),
        ([crl_entry(5, raw_extensions=[ODD]).replace(b"\x01\x01\xff", b"\x01\x01\x00")], {}, ()),
    ],
)
def test_unknown_critical_extensions_are_found_in_the_list_and_in_every_entry(entries, options, unknown):
    assert parse_crl(make_crl(CA, *entries, **options)).unknown_critical == unknown


@pytest.mark.parametrize(
    ("version", "entries", "options", "problem"),
    [
        (2, [], {}, ""),
        (None, [], {"number": None}, ""),
        (None, [crl_entry(5)], {"number": None}, ""),
        (None, [], {}, "the CRL is of version 1 and has extensions"),
        (
            None,
            [crl_entry(5, raw_extensions=[NOT_CRITICAL])],
            {"number": None},
            "the CRL is of version 1 and has extensions",
        ),
        (1, [], {"number": None}, "the CRL writes out that it is of version 1"),
    ],
)
def test_extensions_are_for_version_2_alone(version, entries, options, problem):
    assert parse_crl(make_crl(CA, *entries, version=version, **options)).form_problem == problem


REASON = "2.5.29.21"


@pytest.mark.parametrize(
    ("extensions", "reason"),
    [
        ([], "unspecified"),
        ([(REASON, False, b"\x0a\x01\x01")], "keyCompromise"),
        ([(REASON, False, b"\x0a\x01\x08")], "removeFromCRL"),
        ([(REASON, False, b"\x0a\x01\x08"), (REASON, False, b"\x0a\x01\x01")], "keyCompromise"),
        ([(REASON, False, b"\x0a\x01\x07")], "the unknown reason 7"),
        ([(REASON, False, b"\x0a\x02\x01\x00")], "the unknown reason 256"),
        ([(REASON, False, b"\x02\x01\x08")], "a reason that cannot be read"),
        ([(REASON, False, b"")], "a reason that cannot be read"),
        ([("2.5.29.24", False, b"\x05\x00"), ("2.5.29.23", False, b"junk")], "unspecified"),
    ],
)
def test_an_entry_counts_whatever_is_wrong_with_its_reason(extensions, reason):
    der = make_crl(CA, crl_entry(5, revoked_at=CLOCK, raw_extensions=extensions))
    assert parse_crl(der).entry(NAME, 5) == CrlEntry(reason, CLOCK)


@pytest.mark.parametrize("time", [b"\x17\x0d260230120000Z", b"\x05\x00", b"\x18\x05junk!"])
def test_an_entry_counts_whatever_is_wrong_with_its_date(time):
    der = make_crl(CA, encoded(b"\x30", b"\x02\x01\x05" + time))
    assert parse_crl(der).entry(NAME, 5) == CrlEntry("unspecified", None)


def test_of_an_entry_that_is_there_twice_the_one_that_revokes_counts():
    back = crl_entry(5, reason=x509.ReasonFlags.remove_from_crl)
    held = crl_entry(5, reason=x509.ReasonFlags.certificate_hold)
    for entries in ([back, held], [held, back]):
        assert parse_crl(make_crl(CA, *entries)).entry(NAME, 5).reason == "certificateHold"


def test_an_entry_of_which_not_even_the_parts_can_be_told_is_malformed_and_others_are_not():
    broken = encoded(b"\x30", b"\x02\x01\x05" + b"\x17\x0d260615120000Z" + b"\x05\x00")
    crl = parse_crl(make_crl(CA, broken, crl_entry(6)))
    with pytest.raises(Malformed, match=r"^an entry of the CRL cannot be read"):
        crl.entry(NAME, 5)
    assert crl.entry(NAME, 6)
    assert crl.entry(NAME, 7) is None


def test_a_serial_is_no_entry_where_it_is_a_part_of_something_else():
    hidden = crl_entry(6, raw_extensions=[("1.2.3.4", False, b"\x02\x01\x05")])
    assert parse_crl(make_crl(CA, hidden)).entry(NAME, 5) is None
    assert parse_crl(make_crl(CA, hidden, crl_entry(5))).entry(NAME, 5)


@pytest.mark.parametrize("serial", [0, -1, -128, -129])
def test_a_serial_that_no_ca_may_give_is_found_too(serial):
    crl = parse_crl(make_crl(CA, crl_entry(serial)))
    assert crl.entry(NAME, serial)
    assert crl.entry(NAME, serial - 1) is None


@pytest.mark.parametrize(
    ("oid", "fact"), [(NUMBER, "number"), (DELTA, "base_number"), (SCOPE, "scope"), (KEY, "key_identifier")]
)
@pytest.mark.parametrize("value", [b"", b"\x05\x00", b"junk"])
def test_an_extension_that_cannot_be_read_is_malformed_and_the_rest_is_read(oid, fact, value):
    crl = parse_crl(make_crl(CA, number=None, raw_extensions=[(oid, False, value)]))
    with pytest.raises(Malformed, match="of the CRL cannot be read"):
        getattr(crl, fact)
    assert crl.this_update == CLOCK - timedelta(hours=1)


def test_an_extension_that_is_there_twice_is_malformed():
    crl = parse_crl(make_crl(CA, raw_extensions=[(NUMBER, False, b"\x02\x01\x01")]))
    with pytest.raises(
        Malformed, match="the list of extensions of the CRL cannot be read: one of them is present twice"
    ):
        _ = crl.number


def test_every_cut_and_every_changed_byte_is_read_or_malformed_and_nothing_else():
    issuer = ("2.5.29.29", True, encoded(b"\x30", encoded(b"\xa4", CA.native.subject.public_bytes())))
    listed = [crl_entry(5, reason=x509.ReasonFlags.superseded), crl_entry(6, raw_extensions=[issuer]), crl_entry(7)]
    whole = make_crl(CA, *listed, scope={"indirect_crl": True, "only_some_reasons": SOME})
    for position in range(len(whole)):
        for der in (whole[:position], whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :]):
            read_all(der)


def read_all(der):
    try:
        crl = parse_crl(der)
    except Malformed:
        return
    for fact in ("issuer", "this_update", "next_update", "number", "base_number", "scope", "key_identifier",
                 "profile_problem", "form_problem", "unknown_critical"):  # fmt: skip
        with contextlib.suppress(Malformed):
            getattr(crl, fact)
    for serial in (5, 6, 7, 8):
        with contextlib.suppress(Malformed):
            crl.entry(NAME, serial)


def test_the_same_bytes_are_the_same_crl():
    assert parse_crl(made(5)).der
    der = made(5)
    assert parse_crl(der) is parse_crl(der)
