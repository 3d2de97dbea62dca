"""The subject's attributes."""

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from certgate.checks.framework.registry import NotApplicable, Problem
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role

DV, OV, IV, EV = "2.23.140.1.2.1", "2.23.140.1.2.2", "2.23.140.1.2.3", "2.23.140.1.1"
OIDS = {
    "DC": NameOID.DOMAIN_COMPONENT, "C": NameOID.COUNTRY_NAME, "ST": NameOID.STATE_OR_PROVINCE_NAME, "L": NameOID.LOCALITY_NAME,
    "street": NameOID.STREET_ADDRESS, "O": NameOID.ORGANIZATION_NAME, "SN": NameOID.SURNAME, "GN": NameOID.GIVEN_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME, "CN": NameOID.COMMON_NAME, "businessCategory": NameOID.BUSINESS_CATEGORY,
    "jurisdictionC": NameOID.JURISDICTION_COUNTRY_NAME, "serialNumber": NameOID.SERIAL_NUMBER, "title": NameOID.TITLE,
    "postalCode": NameOID.POSTAL_CODE, "jurisdictionST": NameOID.JURISDICTION_STATE_OR_PROVINCE_NAME,
    "jurisdictionL": NameOID.JURISDICTION_LOCALITY_NAME,
}  # fmt: skip


def attribute(text):
    name, _, value = text.partition("=")
    return x509.NameAttribute(OIDS[name], value or ("AA" if name in {"C", "jurisdictionC"} else "x"), _validate=False)


def named(text, policy=DV):
    return issue(x509.Name([attribute(part) for part in text.split(",") if part]), policies=[policy])


@pytest.mark.parametrize("subject", ["", "CN", "C,CN"])
def test_a_validated_domain_needs_no_subject(ask, subject):
    assert ask("name.dv-subject", named(subject)) == []


def test_a_validated_domain_says_nothing_of_an_organization(ask):
    assert ask("name.dv-subject", named("C,O,OU,CN,title")) == [
        Problem("the subject has O, OU, 2.5.4.12, only C and CN allowed with domain validation")
    ]
    assert ask("name.dv-subject", named("O", OV)) == [
        NotApplicable("the certificate does not assert domain validation")
    ]


@pytest.mark.parametrize(
    ("policy", "subject"),
    [
        (OV, "C,ST,L,O,CN"), (OV, "DC,C,L,O"), (IV, "C,ST,SN,GN"), (EV, "C,L,O,CN,businessCategory,jurisdictionC,serialNumber"),
    ],
)  # fmt: skip
def test_subjects_that_hold_what_their_type_demands(ask, policy, subject):
    assert ask("name.ov-iv-ev-subject", named(subject, policy)) == []


@pytest.mark.parametrize(
    ("policy", "subject", "problems"),
    [
        (OV, "C,O", {"no ST or L": "the subject has neither ST nor L, one of them required for OV"}),
        (OV, "ST", {"no C": "the subject has no C, required for OV", "no O": "the subject has no O, required for OV"}),
        (OV, "C,L,O,SN,GN", {"surplus": "the subject has SN, GN, not allowed for OV"}),
        (IV, "C,L,SN", {"no GN": "the subject has no GN, required for IV"}),
        (EV, "C,L,O,serialNumber", {"no businessCategory": "the subject has no businessCategory, required for EV", "no jurisdictionC": "the subject has no jurisdictionC, required for EV"}),
        (EV, "C,L,O,businessCategory,jurisdictionC,serialNumber,title", {"surplus": "the subject has 2.5.4.12, not allowed for EV"}),
        (OV, "C,L=-,O= . ", {"filler L": "the value of L in the subject is filler", "filler O": "the value of O in the subject is filler"}),
    ],
)  # fmt: skip
def test_subjects_that_do_not(ask, policy, subject, problems):
    found = ask("name.ov-iv-ev-subject", named(subject, policy))
    assert found == [Problem(message, key=key) for key, message in problems.items()]


def test_a_validated_domain_has_no_other_type(ask):
    assert ask("name.ov-iv-ev-subject", named("CN")) == [
        NotApplicable("the certificate does not assert organization, individual or extended validation")
    ]


def test_organizational_units_are_gone(ask):
    message = "the subject has an organizational unit (OU)"
    assert ask("name.ou-forbidden", named("C,O,CN", OV)) == []
    assert ask("name.ou-forbidden", named("C,O,OU", OV)) == [Problem(message)]
    assert ask("name.ou-forbidden", named("C,O,OU"), Role.ISSUER) == [Problem(message, severity=Severity.WARNING)]


@pytest.mark.parametrize(
    "subject", ["", "DC,DC,C,ST,L,street,street,O,SN,GN,OU,CN,businessCategory", "serialNumber,CN,title", "C,title,CN"]
)
def test_names_in_the_required_form(ask, subject):
    assert ask("name.rdn-form", named(subject)) == []


def test_attributes_out_of_order(ask):
    assert ask("name.rdn-form", named("CN,C")) == [
        Problem("the attributes of the subject are in the wrong order: CN, C", key="order")
    ]


def test_two_attributes_in_one_rdn(ask):
    one = x509.Name([x509.RelativeDistinguishedName([attribute("C"), attribute("ST=xx")])])
    assert [p.key for p in ask("name.rdn-form", issue(one))] == ["grouping"]


def test_an_attribute_that_stands_twice(ask):
    assert ask("name.rdn-form", named("O=a,O=b")) == [Problem("the subject has O 2 times, 1 allowed", key="repeated O")]


LONGEST = {
    "DC": 63, "C": 2, "ST": 128, "L": 128, "postalCode": 40, "street": 128, "O": 64, "SN": 64, "GN": 64, "OU": 64, "CN": 64,
    "businessCategory": 128, "jurisdictionC": 2, "jurisdictionST": 128, "jurisdictionL": 128, "serialNumber": 64,
}  # fmt: skip


@pytest.mark.parametrize("name", LONGEST)
def test_an_attribute_of_the_longest_length_fits_and_one_character_more_does_not(ask, name):
    most = LONGEST[name]
    assert ask("name.rdn-form", named(f"{name}={'x' * most}")) == []
    cause = "name.attribute-length" if name in {"ST", "L", "O", "OU", "CN", "serialNumber"} else ""
    assert ask("name.rdn-form", named(f"{name}={'x' * (most + 1)}")) == [
        Problem(f"{name} has {most + 1} characters, at most {most} allowed", key=f"length {name}", cause=cause)
    ]


def test_characters_are_counted_and_not_bytes(ask):
    assert ask("name.rdn-form", named("O=" + "\u00fc" * 64)) == []


def test_old_string_types(ask):
    old = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "x", _ASN1Type.T61String)])
    assert ask("name.rdn-form", issue(old)) == [Problem("O has the wrong string type (tag 0x14)", key="type O")]
    country = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "AA", _ASN1Type.UTF8String)])
    assert ask("name.rdn-form", issue(country)) == [Problem("C has the wrong string type (tag 0xc)", key="type C")]


def test_a_hostile_number_of_attributes_gives_a_bounded_number_of_problems(ask):
    many = x509.Name([x509.NameAttribute(NameOID.STREET_ADDRESS, "x", _ASN1Type.T61String)] * 30)
    assert len(ask("name.rdn-form", issue(many))) == 21
