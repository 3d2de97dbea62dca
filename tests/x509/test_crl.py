"""What a CRL's bytes say."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certgate.lab.pki import CLOCK, issue
from certgate.x509.crl import CrlEntry, parse_crl
from certgate.x509.errors import Malformed
from certgate.x509.name import Name

CA = issue("CA", ca=True)
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
    found = CrlEntry(x509.ReasonFlags.unspecified, datetime(2026, 6, 15, 12, tzinfo=UTC))
    assert crl.entry(NAME, 5) == found
    assert crl.entry(NAME, 6) is None
    assert crl.entry(NAME, -1) is None
    assert crl.entry(Name(b"\x30\x00"), 5) is None


@pytest.mark.parametrize("der", [b"", b"\x30\x00", made(5)[:-1], CA.der])
def test_what_is_no_crl_is_malformed(der):
    with pytest.raises(Malformed, match="the CRL cannot be read"):
        parse_crl(der)


def test_the_same_bytes_are_the_same_crl():
    assert parse_crl(made(5)).der
    der = made(5)
    assert parse_crl(der) is parse_crl(der)
