"""One part of a certificate that is damaged or odd: the part's flaw, and every other fact as before."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.lab.pki import CLOCK, Credential, issue
from certgate.lab.scenarios.hostile import SpelledName
from certgate.x509.certificate import Certificate
from certgate.x509.der import encoded, sequence
from certgate.x509.errors import Malformed
from certgate.x509.form import extension_flaws, field_flaws

SAN, KU, EKU, BC, POLICIES, FEATURE = (
    "2.5.29.17",
    "2.5.29.15",
    "2.5.29.37",
    "2.5.29.19",
    "2.5.29.32",
    "1.3.6.1.5.5.7.1.24",
)
ROOT = issue("Root", ca=True)


def leaf(**changes) -> Credential:
    return issue("a.example", issuer=ROOT, **{"sans": ["a.example"]} | changes)


def replaced(credential: Credential, old: bytes, new: bytes) -> Certificate:
    """The certificate with one element of the signed part replaced; lengths around it stay right."""

    def within(data: bytes) -> bytes:
        if data == old:
            return new
        found = b""
        for element in elements_of(data):
            inner = within(element.content) if element.tag & 0x20 or element.tag == 0x04 else element.content
            found += new if element.der == old else encoded(bytes([element.tag]), inner)
        return found

    assert old in credential.der
    return Certificate(within(credential.der))


def elements_of(data: bytes):
    from certgate.x509.der import NotDer, elements

    try:
        return elements(data)
    except NotDer:
        return []


def with_dates(start: bytes, end: bytes = b"\x17\x0d270101000000Z") -> Certificate:
    made = leaf()
    return replaced(made, Certificate(made.der).validity_der, encoded(b"\x30", start + end))


FACTS = (
    "version", "serial", "subject", "issuer", "not_before", "not_after", "key", "signature_algorithm", "basic_constraints",
    "key_usage", "ekus", "san", "ski", "aki", "policies", "ocsp_urls", "ca_issuer_urls", "crl_urls", "must_staple",
)  # fmt: skip


def unreadable(certificate: Certificate) -> set[str]:
    found = set()
    for fact in FACTS:
        try:
            getattr(certificate, fact)
        except Malformed:
            found.add(fact)
    return found


def flaws(certificate: Certificate) -> list[tuple[str, str]]:
    return [tuple(flaw) for flaw in (*field_flaws(certificate), *extension_flaws(certificate))]


def test_a_usual_certificate_has_no_flaw():
    for key in ("P-256", "RSA-2048", "Ed25519"):
        certificate = Certificate(leaf(key=key).der)
        assert (unreadable(certificate), flaws(certificate)) == (set(), [])


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        (b"\x18\x0f00000101000000Z", datetime(1, 1, 1, tzinfo=UTC)),
        (b"\x17\x0b2601010000Z", datetime(2026, 1, 1, tzinfo=UTC)),
        (b"\x17\x11260101010000+0100", datetime(2026, 1, 1, tzinfo=UTC)),
        (b"\x18\x1120260101000000.5Z", datetime(2026, 1, 1, tzinfo=UTC)),
        (b"\x18\x0d202601010000Z", datetime(2026, 1, 1, tzinfo=UTC)),
        (b"\x17\x0d500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (b"\x17\x0d491231235959Z", datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_dates_are_read_in_every_form_that_some_client_reads(time, moment):
    assert with_dates(time).not_before == moment
    assert with_dates(time).lifetime == datetime(2027, 1, 1, tzinfo=UTC) - moment + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("time", "problem"),
    [
        (b"\x17\x0b2601010000Z", "notBefore is not a UTCTime of the form YYMMDDHHMMSSZ"),
        (b"\x18\x1320260101000000+0100", "notBefore is not a GeneralizedTime of the form YYYYMMDDHHMMSSZ"),
        (b"\x17\x0d260230000000Z", "notBefore is not a valid date"),
        (b"\x0c\x0d260101000000Z", "notBefore has the tag 0xc, neither UTCTime nor GeneralizedTime"),
        (b"\x17\x00", "notBefore is not a UTCTime of the form YYMMDDHHMMSSZ"),
    ],
)
def test_dates_that_a_client_refuses_are_flaws(time, problem):
    assert flaws(with_dates(time)) == [("notBefore", problem)]


@pytest.mark.parametrize("time", [b"\x17\x0d260230000000Z", b"\x0c\x0d260101000000Z", b"\x18\x0f20260101240000Z"])
def test_a_date_that_is_none_hides_the_other_one_as_little_as_the_rest(time):
    assert unreadable(with_dates(time)) == {"not_before"}


def test_a_validity_without_dates_hides_both():
    made = leaf()
    certificate = replaced(made, Certificate(made.der).validity_der, b"\x30\x00")
    assert unreadable(certificate) == {"not_before", "not_after"}
    assert [part for part, _ in flaws(certificate)] == ["notBefore", "notAfter"]


@pytest.mark.parametrize(
    ("tag", "text", "flaw"),
    [
        (0x13, b"*.a.example", None),
        (0x13, b"A & B", None),
        (0x13, b"a_b", "its PrintableString has characters that the type does not allow"),
        (0x14, b"\xe9", None),
        (0x16, b"\xc3\xa4", "its IA5String has characters that the type does not allow"),
        (0x1E, b"\0a", None),
        (0x1E, b"a", "its BMPString cannot be decoded"),
        (0x0C, b"\xff", "its UTF8String cannot be decoded"),
        (0x1C, b"\0\0\0a", "an attribute has the tag 0x1c, which is not a string type that clients read"),
        (0x03, b"\0a", "an attribute has the tag 0x3, which is not a string type that clients read"),
    ],
)
def test_a_name_is_read_whatever_its_strings_are_and_clients_have_the_last_word(tag, text, flaw):
    made = issue(SpelledName((NameOID.COMMON_NAME, tag, text)), sans=["a.example"])
    certificate = Certificate(made.der)
    assert unreadable(certificate) == set()
    assert certificate.subject.text.startswith("CN=")
    assert [text for part, text in flaws(certificate) if part == "subject"] == (
        [f"the subject: {flaw}"] if flaw else []
    )


def test_an_unknown_version_is_a_fact():
    assert Certificate(leaf(version=4).der).version == 4


def test_a_serial_number_that_is_none_is_one_flaw():
    made = leaf(serial=0x1234)
    certificate = replaced(made, b"\x02\x02\x12\x34", b"\x04\x02\x12\x34")
    assert unreadable(certificate) == {"serial"}
    assert flaws(certificate) == [
        ("serial number", "the serial number cannot be read: it is not an INTEGER, but has the tag 0x4")
    ]


@pytest.mark.parametrize("critical", [b"\x01\x01\x00", b"\x01\x01\xff", b""])
def test_the_flag_critical_may_be_written_out(critical):
    """As in the example of RFC 8410 §10.2."""
    entry = encoded(b"\x30", b"\x06\x03\x55\x1d\x0f" + critical + encoded(b"\x04", b"\x03\x02\x07\x80"))
    made = leaf(key_usage=("digital_signature",))
    usual = encoded(b"\x30", b"\x06\x03\x55\x1d\x0f\x01\x01\xff" + encoded(b"\x04", b"\x03\x02\x07\x80"))
    certificate = replaced(made, usual, entry)
    assert (unreadable(certificate), flaws(certificate)) == (set(), [])
    assert certificate.key_usage == {"digitalSignature"}
    assert certificate.extension(KU).critical == (critical == b"\x01\x01\xff")


def test_an_entry_without_a_value_counts_as_critical_and_is_its_own_flaw():
    made = leaf(key_usage=("digital_signature",))
    usual = encoded(b"\x30", b"\x06\x03\x55\x1d\x0f\x01\x01\xff" + encoded(b"\x04", b"\x03\x02\x07\x80"))
    certificate = replaced(made, usual, b"\x30\x05\x06\x03\x55\x1d\x0f")
    assert unreadable(certificate) == {"key_usage"}
    assert certificate.extension(KU).critical
    assert flaws(certificate) == [(KU, "keyUsage (2.5.29.15): it is not an OID, a flag and a value")]


def test_an_entry_without_an_oid_hides_the_extensions_alone():
    made = leaf(key_usage=("digital_signature",))
    usual = encoded(b"\x30", b"\x06\x03\x55\x1d\x0f\x01\x01\xff" + encoded(b"\x04", b"\x03\x02\x07\x80"))
    certificate = replaced(made, usual, b"\x30\x02\x05\x00")
    assert unreadable(certificate) == set(FACTS[8:])
    assert [part for part, _ in flaws(certificate)] == ["extensions"]


X400 = encoded(b"\xa3", b"\x30\x00")
HOST = b"\x82\x09a.example"


@pytest.mark.parametrize(
    ("oid", "value", "fact", "flaw"),
    [
        (SAN, encoded(b"\x30", HOST + encoded(b"\x81", "ä@a.example".encode())), None, "a name of type email is invalid: it holds octets that are not ASCII"),
        (SAN, encoded(b"\x30", HOST + b"\x87\x03abc"), None, "a name of type IP is invalid: it has 3 octets, 4 or 16 required"),
        (SAN, encoded(b"\x30", HOST + b"\x86\x03a b"), None, "a name of type URI is invalid: it has no scheme"),
        (SAN, encoded(b"\x30", HOST + b"\xa0\x02\x05\x00"), None, "a name of type otherName is invalid: it is not a type and a value"),
        (SAN, encoded(b"\x30", HOST + b"\x8c\x01a"), None, "a name of type tag 0x8c is invalid: its tag is not a type of name"),
        (SAN, encoded(b"\x30", HOST + X400), None, None),
        (SAN, b"\x31\x00", "san", "it is not a SEQUENCE, but has the tag 0x31"),
        (KU, b"\x03\x01\x00", None, "it has no bit set"),
        (KU, b"\x03\x02\x07\x00", None, "it has no bit set"),
        (KU, b"\x03\x02\x09\x80", "key_usage", "it is a BIT STRING with wrong unused bits"),
        (EKU, b"\x30\x03\x06\x01\x80", "ekus", "it is not a valid OBJECT IDENTIFIER"),
        (BC, b"\x30\x03\x01\x01\x00", None, None),
        (BC, b"\x30\x03\x01\x01\x01", None, "it has a BOOLEAN other than 00 and FF"),
        (BC, b"\x30\x06\x01\x01\xff\x02\x01\xff", "basic_constraints", "it is not a flag and a path length"),
        (POLICIES, b"\x30\x0c" + b"\x30\x04\x06\x02\x2a\x03" * 2, None, "it has the policy 1.2.3 2 times, 1 allowed"),
        (POLICIES, encoded(b"\x30", encoded(b"\x30", b"\x06\x02\x2a\x03" + encoded(b"\x30", b"\x30\x06\x06\x02\x2a\x04\x05\x00"))), None, None),
        (FEATURE, b"\x30\x03\x02\x01\x10", None, None),
        (FEATURE, b"\x02\x01\x05", "must_staple", "it is not a SEQUENCE, but has the tag 0x2"),
        ("2.5.29.35", b"\x30\x03\x82\x01\x01", None, None),
        ("2.5.29.31", b"\x30\x04\x30\x02\xa0\x00", "crl_urls", "an entry of it has a name that is neither full nor relative"),
        ("1.3.6.1.5.5.7.1.1", b"\x30\x02\x30\x00", "ocsp_urls", "an entry of it is not a method and a location"),
        ("1.3.6.1.4.1.4294967296", b"\x05\x00", None, "its OID has a number of more than 31 bits"),
        ("1.3.6.1.4.1.99999.1", b"?", None, None),
    ],
)  # fmt: skip
def test_an_extension_that_is_damaged_is_a_flaw_of_its_own_and_hides_no_other(oid, value, fact, flaw):
    without = {k: None for k in (x509.KeyUsage, x509.ExtendedKeyUsage, x509.BasicConstraints, x509.CertificatePolicies, x509.AuthorityKeyIdentifier, x509.CRLDistributionPoints, x509.AuthorityInformationAccess) if k.oid.dotted_string == oid}  # fmt: skip
    made = leaf(sans=() if oid == SAN else ["a.example"], extensions=without, raw_extensions=[(oid, False, value)])
    certificate = Certificate(made.der)
    both = {"ocsp_urls", "ca_issuer_urls"}
    assert unreadable(certificate) == (both if fact in both else {fact} if fact else set())
    assert [text.partition(": ")[2] for _, text in flaws(certificate)] == ([flaw] if flaw else [])
    if oid != SAN or fact is None:
        assert certificate.dns_names == ("a.example",)


def test_rsa_parameters_other_than_null_are_a_flaw_and_the_key_is_a_key():
    usual = leaf(key="RSA-2048")
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    certificate = replaced(usual, algorithm, bytes.fromhex("300b06092a864886f70d010101"))
    assert (str(certificate.key), certificate.key.problem) == ("RSA 2048", None)
    assert certificate.public_key == usual.key.public_key()
    assert flaws(certificate) == [("key", "the parameters of the RSA key are not NULL")]


@pytest.mark.parametrize(
    "der",
    [b"", b"\x30", b"\x30\x80\0\0", b"\x30\x84\xff\xff\xff\xff", b"\x1f\x01\0", b"\x30\x00", leaf().der + b"\0", leaf().der[:-1], b"\x30\x81\x01\0"],
)  # fmt: skip
def test_what_has_not_the_outer_structure_is_no_certificate(der):
    with pytest.raises(Malformed, match="not a DER certificate: "):
        Certificate(der)


def test_a_certificate_revocation_list_is_no_certificate():
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    builder = x509.CertificateRevocationListBuilder(ROOT.native.subject, CLOCK, CLOCK + timedelta(days=1))
    entry = x509.RevokedCertificateBuilder(1, CLOCK).build()
    with pytest.raises(Malformed, match="not a DER certificate: "):
        Certificate(builder.add_revoked_certificate(entry).sign(ROOT.key, hashes.SHA256()).public_bytes(Encoding.DER))


def test_surplus_elements_are_a_flaw():
    tbs = sequence(leaf().der)[0]
    made = leaf()
    certificate = replaced(made, sequence(made.der)[0].der, encoded(b"\x30", sequence(made.der)[0].content + b"\x05\0"))
    assert tbs.tag == 0x30
    assert flaws(certificate) == [("surplus", "the signed part has 1 unknown elements")]
