"""The attributes of subject and issuer, as the rules of the family name judge them."""

from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from certgate.lab.scenarios.subject import named
from certgate.model.finding import Severity
from certgate.model.target import Role
from tests.checks.tables.names_made import ca, holding, spelled, subject
from tests.checks.tables.row import Table, cert, na, problem, row

DV, OV, IV, EV = "2.23.140.1.2.1", "2.23.140.1.2.2", "2.23.140.1.2.3", "2.23.140.1.1"
EMPTY = na("the subject is empty")
UNNAMED = "the subject of the CA has no CN"
CA_EMPTY = "name.ca-subject-empty"
LONGEST = {
    "DC": 63,
    "C": 2,
    "ST": 128,
    "L": 128,
    "postalCode": 40,
    "street": 128,
    "O": 64,
    "SN": 64,
    "GN": 64,
    "OU": 64,
    "CN": 64,
    "businessCategory": 128,
    "jurisdictionC": 2,
    "jurisdictionST": 128,
    "jurisdictionL": 128,
    "serialNumber": 64,
}
BY_RFC_5280 = {"ST": 128, "L": 128, "O": 64, "OU": 64, "CN": 64, "serialNumber": 64, "title": 64, "pseudonym": 128}


def has(what, text):
    return f"the subject has {what}: O ({text})"


def subject_texts(what, *, good, bad):
    """Rows of a rule on the texts of a subject."""
    return (
        *(row(f"{text!a}", holding(text)) for text in good),
        *(row(f"{text!a}", holding(text), has(what, text)) for text in bad),
        row("an empty subject", cert(""), EMPTY),
    )


def lengths(bounds, *, message):
    for name, most in bounds.items():
        yield row(f"{name} of {most} characters", subject(f"{name}={'x' * most}"))
        yield row(f"{name} of {most + 1} characters", subject(f"{name}={'x' * (most + 1)}"), message(name, most))


def too_long(name, most):
    return f"the subject has a value that is too long: {name} ({most + 1} characters, at most {most} allowed)"


def encoded_too_long(name, most):
    cause = "name.attribute-length" if name in BY_RFC_5280 else ""
    return problem(f"{name} has {most + 1} characters, at most {most} allowed", key=f"length {name}", cause=cause)


def lacking(what, key):
    return problem(f"the subject has {what}", key=key)


def validated():
    """Rows of name.ov-iv-ev-subject."""
    for policy, text in [
        (OV, "C,ST,L,O,CN"),
        (OV, "DC,C,L,O"),
        (IV, "C,ST,SN,GN"),
        (EV, "C,L,O,CN,businessCategory,jurisdictionC,serialNumber"),
    ]:
        yield row(f"{text} for {policy}", subject(text, policy))
    yield row(
        "neither ST nor L", subject("C,O", OV), lacking("neither ST nor L, one of them required for OV", "no ST or L")
    )
    yield row(
        "no C and no O",
        subject("ST", OV),
        lacking("no C, required for OV", "no C"),
        lacking("no O, required for OV", "no O"),
    )
    yield row("a person in OV", subject("C,L,O,SN,GN", OV), lacking("SN, GN, not allowed for OV", "surplus"))
    yield row("no given name in IV", subject("C,L,SN", IV), lacking("no GN, required for IV", "no GN"))
    yield row(
        "no register in EV",
        subject("C,L,O,serialNumber", EV),
        lacking("no businessCategory, required for EV", "no businessCategory"),
        lacking("no jurisdictionC, required for EV", "no jurisdictionC"),
    )
    yield row(
        "a title in EV",
        subject("C,L,O,businessCategory,jurisdictionC,serialNumber,title", EV),
        lacking("2.5.4.12, not allowed for EV", "surplus"),
    )
    yield row(
        "filler",
        subject("C,L=-,O= . ", OV),
        *(problem(f"the value of {name} in the subject is filler", key=f"filler {name}") for name in ("L", "O")),
    )
    yield row(
        "domain validation",
        subject("CN"),
        na("the certificate does not assert organization, individual or extended validation"),
    )


OLD_O = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "x", _ASN1Type.T61String)])
UTF8_C = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "AA", _ASN1Type.UTF8String)])
MANY = x509.Name([x509.NameAttribute(NameOID.STREET_ADDRESS, "x", _ASN1Type.T61String)] * 30)
OLD_STREET = problem("street has the wrong string type (tag 0x14)", key="type street")
OU = "the subject has an organizational unit (OU)"
ADDRESS = named(emailAddress="Root@lab.example")

ATTRIBUTES: Table = {
    "name.dv-subject": (
        *(row(text or "nothing", subject(text)) for text in ("", "CN", "C,CN")),
        row("an organization", subject("C,O,OU,CN,title"), "the subject has O, OU, 2.5.4.12, only C and CN allowed with domain validation"),
        row("organization validation", subject("O", OV), na("the certificate does not assert domain validation")),
    ),
    "name.ov-iv-ev-subject": tuple(validated()),
    "name.ou-forbidden": (
        row("none", subject("C,O,CN", OV)),
        row("one", subject("C,O,OU", OV), OU),
        row("one of a CA", subject("C,O,OU"), problem(OU, severity=Severity.WARNING), role=Role.ISSUER),
    ),
    "name.rdn-form": (
        *(row(text or "nothing", subject(text)) for text in ("", "DC,DC,C,ST,L,street,street,O,SN,GN,OU,CN,businessCategory", "serialNumber,CN,title", "C,title,CN")),
        row("out of order", subject("CN,C"), problem("the attributes of the subject are in the wrong order: CN, C", key="order")),
        row("two in one RDN", subject("C,ST=xx", together=True), problem("an RDN of the subject has several attributes or none, 1 required", key="grouping")),
        row("O twice", subject("O=a,O=b"), problem("the subject has O 2 times, 1 allowed", key="repeated O")),
        *lengths(LONGEST, message=encoded_too_long),
        row("64 characters of two octets", subject("O=" + "\u00fc" * 64)),
        row("an old string type", cert(OLD_O), problem("O has the wrong string type (tag 0x14)", key="type O")),
        row("a country in UTF-8", cert(UTF8_C), problem("C has the wrong string type (tag 0xc)", key="type C")),
        row("30 of them", cert(MANY), *[OLD_STREET] * 20, problem("10 further problems of this kind", key="further")),
    ),
    "name.attribute-length": (
        *lengths(BY_RFC_5280, message=too_long),
        row("64 characters of two octets", holding("\u00e4" * 64)),
        row("an e-mail address of 255", cert(named(emailAddress="x" * 255))),
        row("an e-mail address of 256", cert(named(emailAddress="x" * 256)), "the subject has a value that is too long: emailAddress (256 characters, at most 255 allowed)"),
        row("an empty subject", cert(""), EMPTY),
    ),
    "name.ca-subject": (
        row("C, O and CN", ca(C="DE", O="Lab", CN="Lab CA")),
        row("no C", ca(O="Lab", CN="x"), problem("the subject of the CA has no C", cause=CA_EMPTY)),
        row("no O", ca(C="DE", CN="x"), problem("the subject of the CA has no O", cause=CA_EMPTY)),
        row("neither", ca(CN="x"), problem("the subject of the CA has no C and no O", cause=CA_EMPTY)),
        row("no CN", ca(C="DE", O="Lab"), problem(UNNAMED, key="CN", severity=Severity.WARNING, cause=CA_EMPTY)),
        row("a root without CN", ca(C="DE", O="Lab"), problem(UNNAMED, key="CN", cause=CA_EMPTY), role=Role.CA),
        row("no CN, which the policy does not ask for", ca(C="DE", O="Lab"), role=Role.CA, common_name=False),
    ),
    "name.ca-subject-empty": (
        row("a subject", ca(CN="x")),
        row("none", ca(), "the subject of the CA is empty"),
    ),
    "name.issuer-empty": (
        row("an issuer", cert()),
        row("none", cert(issuer_name=x509.Name([])), problem("the issuer is empty", cause=CA_EMPTY)),
    ),
    "name.country-code": (
        *(row(code, holding(code, "C")) for code in ("DE", "GB", "XX")),
        *(row(code, holding(code, "C"), problem(f"the country {code} is not an ISO 3166-1 code", key="country")) for code in ("UK", "EU", "XK", "DEU", "D")),
        row("de", holding("de", "C"), problem("the country de is not in capital letters", key="country")),
        row("EU, which the policy accepts", holding("EU", "C"), more=("EU",)),
        row("nothing", spelled(NameOID.COUNTRY_NAME, 0x13, b""), problem("the country (empty) is not an ISO 3166-1 code", key="country")),
        row("none", holding("Lab"), na("the subject has no country")),
    ),
    "name.control-characters": (
        *subject_texts("a control character", good=("Lab", "M\u00fcller & S\u00f6hne", "\u200cLab", "\u540d\u53e4\u5c4b", "La b", "La~b", "La\u00a0b", "La\u2029b", "La\u2065b"), bad=[f"La{one}b" for one in "\0\n\x1f\x7f\x80\x9f\u202a\u202e\u2066\u2069"]),
        row("a number", spelled(NameOID.ORGANIZATION_NAME, 0x02, b"\x07"), EMPTY),
    ),
    "name.outer-blanks": subject_texts("a blank at the beginning or end of a value", good=("Lab Ltd",), bad=(" Lab", "Lab ", "\tLab", "Lab\u00a0")),
    "name.html-entities": subject_texts("an HTML entity", good=("AT&T", "A & B;", "Smith&notaries", "R&D;", "&;", "A&B&C"), bad=("A &amp; B", "A&#38;B", "A&#x26;B", "Caf&eacute;")),
    "name.misread-characters": subject_texts("characters of a wrong character set", good=("M\u00fcnchen", "S\u00c3O PAULO", "CAF\u00c9\u00ae", "\u00cele-de-France", "\u00c2nia"), bad=("M\u00c3\u00bcnchen", "S\u00c3\u00a3o Paulo", "\u00c3\u2013sterreich", "Caf\u00c3\u0089", "Lab\ufffd")),
    "name.placeholder": (
        *subject_texts("a placeholder", good=("None", "NA", "Unknown Pleasures Ltd", "3", "\u682a", "Default Lab"), bad=("Some-State", "Internet Widgits Pty Ltd", "N/A", "unknown", "?", " - ")),
        row("filler where an organization was validated", holding(" - ", policies=[OV])),
        row("a word of the policy", holding("ACME"), has("a placeholder", "ACME"), words=("acme",)),
    ),
    "name.email-in-san": (
        row("in both", cert(ADDRESS, sans=[x509.RFC822Name("root@lab.example")])),
        row("in the subject alone", cert(ADDRESS, sans=["lab.example"]), "an e-mail address is in the subject but not in the subjectAltName"),
        row("none", cert(), na("the subject has no e-mail address")),
    ),
}  # fmt: skip
