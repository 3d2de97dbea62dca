"""Certificates as public CAs would issue them, each with up to three changes, or with one element of its DER changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from random import Random
from typing import Any

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from certgate.lab.chain import issue_public
from certgate.lab.pki import CLOCK, Credential, issue, make_key
from certgate.lab.scenarios.hostile import SpelledName
from certgate.lab.scenarios.validated import identifier_extension
from certgate.model.target import Role
from certgate.x509.der import encoded
from tests.fuzz.mutate import restructured

__all__ = ["Sample", "samples"]

HOST = "www.example.com"
SERVER, CLIENT, ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"
CODE, MAIL, TIME, OCSP = (f"1.3.6.1.5.5.7.3.{last}" for last in (3, 4, 8, 9))
DV, OV, IV, EV, ANY_POLICY = "2.23.140.1.2.1", "2.23.140.1.2.2", "2.23.140.1.2.3", "2.23.140.1.1", "2.5.29.32.0"
KEYS = ("P-256", "P-384", "P-521", "P-224", "Ed25519", "RSA-2048", "RSA-1024", "RSA-2056", "RSA-2044", "RSA-2048-3")
STRUCTURAL = 4
"""One sample in this many has an element of its DER changed, instead of what it says."""

Changes = Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """A certificate, and the role in which it is judged."""

    name: str
    der: bytes
    role: Role


def samples(count: int, seed: int) -> Iterator[Sample]:
    """`count` certificates: each change by itself, then chosen by `seed`."""
    random = Random(seed)
    alone = [(kind, (name,)) for kind, changes in ALL.items() for name in changes]
    for number in range(count):
        if number < len(alone):
            kind, names = alone[number]
        else:
            kind = random.choice(("leaf", "leaf", "leaf", "ca", "root"))
            names = tuple(random.sample(list(ALL[kind]), random.choice((1, 2, 2, 3))))
        made = _made(kind, names, random)
        name, der = f"{kind}: {', '.join(names)}", made.der
        if number >= len(alone) and number % STRUCTURAL == 0:
            name, der = f"{name}; one element changed", restructured(random, der)
        yield Sample(name, der, {"leaf": Role.SERVER, "ca": Role.ISSUER, "root": Role.CA}[kind])


def _made(kind: str, names: tuple[str, ...], random: Random) -> Credential:
    arguments: dict[str, Any] = dict(BASES[kind]())
    if kind == "leaf":
        arguments |= random.choice((SUBJECTS["dv"], SUBJECTS["dv"], SUBJECTS["ov"], SUBJECTS["iv"], SUBJECTS["ev"]))
    for name in names:
        found = ALL[kind][name]
        change = found() if callable(found) else found
        for key, value in change.items():
            if key == "extensions":
                arguments[key] = {**arguments.get(key, {}), **value}
            elif key == "raw_extensions":
                arguments[key] = (*arguments.get(key, ()), *value)
            else:
                arguments[key] = value
    if isinstance(arguments.get("key"), str):
        arguments["key"] = _key(arguments["key"])
    made = issue_public(3, timedelta()) if kind == "leaf" else issue
    return made(**arguments)


_key = cache(make_key)


def _root_subject() -> x509.Name:
    return _name(("C", "DE"), ("O", "Lab"), ("CN", "Lab Root"))


@cache
def _root() -> Credential:
    return issue(_root_subject(), ca=True, not_before=CLOCK - timedelta(days=1800), days=20 * 365)


@cache
def _issuer() -> Credential:
    return issue(**BASES["ca"]())


def _access(*locations: tuple[str, str]) -> x509.AuthorityInformationAccess:
    methods = {"ca": AuthorityInformationAccessOID.CA_ISSUERS, "ocsp": AuthorityInformationAccessOID.OCSP}
    return x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                methods.get(method, x509.ObjectIdentifier("1.2.3")), x509.UniformResourceIdentifier(url)
            )
            for method, url in locations
        ]
    )


_AIA = _access(("ca", "http://pki.example.com/ca.der"), ("ocsp", "http://ocsp.example.com"))
_CRL = x509.CRLDistributionPoints(
    [x509.DistributionPoint([x509.UniformResourceIdentifier("http://crl.example.com/1.crl")], None, None, None)]
)
BASES: Mapping[str, Any] = {
    "leaf": lambda: {
        "issuer": _issuer(),
        "sans": (HOST, "example.com"),
        "extensions": {x509.AuthorityInformationAccess: (_AIA, False), x509.CRLDistributionPoints: (_CRL, False)},
        "not_before": datetime(2026, 5, 1, tzinfo=UTC),
    },
    "ca": lambda: {
        "issuer": _root(),
        "subject": _name(("C", "DE"), ("O", "Lab"), ("CN", "Lab CA")),
        "ca": True,
        "path_length": 0,
        "not_before": datetime(2025, 6, 15, tzinfo=UTC),
        "days": 1000,
        "ekus": (SERVER,),
        "policies": (DV,),
        "extensions": {x509.AuthorityInformationAccess: (_AIA, False), x509.CRLDistributionPoints: (_CRL, False)},
    },
    "root": lambda: {
        "subject": _root_subject(),
        "ca": True,
        "not_before": datetime(2024, 1, 1, tzinfo=UTC),
        "days": 20 * 365,
    },
}

_OIDS = {
    "C": NameOID.COUNTRY_NAME, "ST": NameOID.STATE_OR_PROVINCE_NAME, "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME, "OU": NameOID.ORGANIZATIONAL_UNIT_NAME, "CN": NameOID.COMMON_NAME,
    "street": NameOID.STREET_ADDRESS, "postalCode": NameOID.POSTAL_CODE, "serialNumber": NameOID.SERIAL_NUMBER,
    "givenName": NameOID.GIVEN_NAME, "surname": NameOID.SURNAME, "emailAddress": NameOID.EMAIL_ADDRESS,
    "businessCategory": NameOID.BUSINESS_CATEGORY, "jurisdictionC": NameOID.JURISDICTION_COUNTRY_NAME,
    "jurisdictionST": NameOID.JURISDICTION_STATE_OR_PROVINCE_NAME,
    "jurisdictionL": NameOID.JURISDICTION_LOCALITY_NAME, "orgId": NameOID.ORGANIZATION_IDENTIFIER,
    "DC": NameOID.DOMAIN_COMPONENT, "title": NameOID.TITLE,
}  # fmt: skip
_PRINTABLE = frozenset({"C", "serialNumber", "jurisdictionC"})


def _name(*attributes: tuple[str, str] | tuple[str, int, bytes]) -> x509.Name:
    """A name with these attributes in this order: text, or a tag with its content."""
    return _Spelled(*(_attribute(*attribute) for attribute in attributes))


class _Spelled(SpelledName):
    """A name that knows whether it has attributes, so that the subjectAltName is critical only for an empty one."""

    def __init__(self, *attributes: tuple[x509.ObjectIdentifier, int, bytes]) -> None:
        super().__init__(*attributes)
        self._oids = [oid for oid, _, _ in attributes]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._oids)


def _attribute(short: str, value: Any, content: bytes | None = None) -> tuple[x509.ObjectIdentifier, int, bytes]:
    if content is not None:
        return _OIDS[short], value, content
    tag = 0x13 if short in _PRINTABLE else 0x16 if short in {"emailAddress", "DC"} else 0x0C
    return _OIDS[short], tag, value.encode()


_OV = (("C", "DE"), ("ST", "Berlin"), ("L", "Berlin"), ("O", "Lab GmbH"))
_IV = (("C", "DE"), ("ST", "Berlin"), ("L", "Berlin"), ("givenName", "Ada"), ("surname", "Lovelace"))
_EV = (
    ("businessCategory", "Private Organization"),
    ("jurisdictionC", "DE"),
    ("serialNumber", "HRB 1"),
    ("C", "DE"),
    ("L", "Berlin"),
    ("O", "Lab GmbH"),
)
SUBJECTS: Mapping[str, Changes] = {
    "dv": {"subject": _name(("CN", HOST)), "policies": (DV,)},
    "ov": {"subject": _name(*_OV), "policies": (OV,)},
    "iv": {"subject": _name(*_IV), "policies": (IV,)},
    "ev": {"subject": _name(*_EV), "policies": (EV,)},
}


def _subject(policy: str, base: tuple[Any, ...], **changes: Any) -> Changes:
    """A subject with attributes replaced, left out (None) or added at the end."""
    attributes = [(k, changes.get(k, v)) for k, v in base if changes.get(k, v) is not None]
    attributes += [(k, v) for k, v in changes.items() if v is not None and k not in dict(base)]
    flat = [(k, *v) if isinstance(v, tuple) else (k, v) for k, v in attributes]
    return {"subject": _name(*flat), "policies": (policy,)}


def _registered(identifier: str, extension: str | None) -> Changes:
    more = () if extension is None else (("2.23.140.3.1", False, identifier_extension(extension)),)
    return {**_subject(EV, _EV, orgId=identifier), "raw_extensions": more}


def _lifetime(year: int, month: int, day: int, days: float) -> Changes:
    return {"not_before": datetime(year, month, day, tzinfo=UTC), "days": days}


def _with(value: x509.ExtensionType, critical: bool = False) -> Changes:
    return {"extensions": {type(value): (value, critical)}}


def _without(*kinds: type[x509.ExtensionType]) -> Changes:
    return {"extensions": dict.fromkeys(kinds)}


def _raw(oid: str, value: bytes, critical: bool = False, instead: type[x509.ExtensionType] | None = None) -> Changes:
    found: dict[str, Any] = {"raw_extensions": ((oid, critical, value),)}
    return found | ({"extensions": {instead: None}} if instead else {})


def _san(*names: Any) -> Changes:
    return {"sans": (HOST, *names)}


def _sans_of(der: bytes) -> Changes:
    return {"sans": (), **_raw("2.5.29.17", encoded(b"\x30", der))}


def _usage(*bits: str) -> Changes:
    return {"key_usage": bits}


def _usage_bits(content: bytes) -> Changes:
    return {"key_usage": (), **_raw("2.5.29.15", encoded(b"\x03", content), True)}


def _points(*points: x509.DistributionPoint, critical: bool = False) -> Changes:
    return _with(x509.CRLDistributionPoints(points), critical)


def _point(*urls: str, **more: Any) -> x509.DistributionPoint:
    names = [x509.UniformResourceIdentifier(url) for url in urls] or None
    return x509.DistributionPoint(names, None, more.get("reasons"), more.get("issuer"))


def _policies(*policies: tuple[str, list[Any] | None], critical: bool = False) -> Changes:
    found = [x509.PolicyInformation(x509.ObjectIdentifier(oid), qualifiers) for oid, qualifiers in policies]
    return {"policies": (), **_with(x509.CertificatePolicies(found), critical)}


_NOTICE = x509.UserNotice(None, "Read our statement.")
_KINDS = {
    "other name": x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x0c\x01a"),
    "mail address": x509.RFC822Name("a@example.com"),
    "directory name": x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a")])),
    "registered id": x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
    "uri": x509.UniformResourceIdentifier("https://www.example.com/"),
}
_NAMES = (
    "*.example.com", "*.com", "w*.example.com", "a.*.example.com", "*", "*.*.example.com", "a_b.example.com",
    "-a.example.com", "a-.example.com", "a..example.com", ".example.com", "example.com.", "a b.example.com",
    "localhost", "intranet", "db.internal", "mail.corp", "com", "co.uk", "example.co.uk", "ab--cd.example.com",
    "xn--mller-kva.example.com", "xn--a.example.com", "xn--abc.com", f"{'a' * 63}.example.com",
    f"{'a' * 64}.example.com", ".".join(["a" * 60] * 5) + ".com", "WWW.EXAMPLE.COM", "1.2.3.4", "4.3.2.1.in-addr.arpa",
    "8.b.d.0.1.0.0.2.ip6.arpa", "a/b.example.com", "a@example.com", "expyuzz4wqqyqhjn.onion",
    "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscrye.onion",
    "www.example.com", "?.example.com", "a.example", "a.test", "_acme.example.com", "café.example.com",
)  # fmt: skip
_ADDRESSES = (
    "8.8.8.8",
    "10.0.0.1",
    "192.168.1.1",
    "127.0.0.1",
    "192.0.2.1",
    "2001:db8::1",
    "2606:4700::1",
    "fe80::1",
    "::1",
)
_TEXTS = {
    "blank first": " Lab", "blank last": "Lab ", "control": "Lab\x07", "line break": "Lab\nBerlin", "dash": "-",
    "dot": ".", "na": "N/A", "digits": "123456", "entity": "Lab &amp; Sons", "numeric entity": "Lab &#38; Sons",
    "mojibake": "MÃ¼ller", "replacement": "M\ufffdller", "empty": "", "64": "L" * 64, "65": "L" * 65, "128": "L" * 128,
    "129": "L" * 129, "question marks": "???", "null": "NULL", "stars": "***", "accents": "Müller & Söhne",
}  # fmt: skip
_REGISTERED = (
    ("VATDE-123456789", "VATDE-123456789"), ("VATDE-123456789", "VATDE-123456780"), ("VATDE-123456789", None),
    ("NTRDE-HRB 1", "NTRDE-HRB 1"), ("NTRDE-HRB 2", "NTRDE-HRB 2"), ("NTRFR-HRB 1", "NTRFR-HRB 1"),
    ("NTRUS+CA-HRB 1", "NTRUS+CA-HRB 1"), ("NTRDE+BE-HRB 1", "NTRDE+BE-HRB 1"), ("VATDE+BE-1", "VATDE+BE-1"),
    ("PSDDE-BAFIN-1", "PSDDE-BAFIN-1"), ("PSDDE+BE-BAFIN-1", "PSDDE+BE-BAFIN-1"), ("VATXX-1", "VATXX-1"),
    ("VATEL-1", "VATEL-1"), ("VATXI-1", "VATXI-1"), ("ABCDE-1", "ABCDE-1"), ("LEIXG-1", "LEIXG-1"), ("VATDE", "VATDE-"),
    ("VATDE-", "VATDE-"), ("NTRde-1", "NTRde-1"), ("NTRDE+be-1", "NTRDE+be-1"), ("GOVUS+CA", "GOVUS+CA-"),
    ("NTRXG-1", "NTRXG-1"), ("INTXG-1", "INTXG-1"), ("VATDE 1", "VATDE-1"),
)  # fmt: skip
_ERAS = (
    (2017, 6, 1, (1186, 1189, 1200)), (2018, 6, 1, (824, 825, 826, 827)), (2020, 8, 31, (398, 399, 824, 825, 826)),
    (2020, 9, 1, (396, 397, 398, 399)), (2023, 9, 14, (397, 398, 399)), (2023, 9, 15, (397, 398, 399)),
    (2024, 3, 14, (7, 10, 11)), (2024, 3, 15, (7, 10, 11)), (2026, 3, 14, (397, 398, 399)),
    (2026, 3, 15, (7, 10, 46, 47, 48, 99, 100, 101, 199, 200, 201, 398)), (2027, 3, 15, (99, 100, 101, 200)),
    (2029, 3, 15, (46, 47, 48, 100)),
)  # fmt: skip
_BITS = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign",
)  # fmt: skip

EXTENSIONS: Mapping[str, Any] = {
    "no AKI": _without(x509.AuthorityKeyIdentifier),
    "no BC": _without(x509.BasicConstraints),
    "no SKI": _without(x509.SubjectKeyIdentifier),
    "no CRL": _without(x509.CRLDistributionPoints),
    "no AIA": _without(x509.AuthorityInformationAccess),
    "no KU": _usage(),
    "AKI with issuer": _with(
        x509.AuthorityKeyIdentifier(b"1" * 20, [_KINDS["directory name"]], 1)
    ),
    "AKI without key id": _with(x509.AuthorityKeyIdentifier(None, [_KINDS["directory name"]], 1)),
    "AKI critical": lambda: _with(x509.AuthorityKeyIdentifier(b"1" * 20, None, None), True),
    "SKI critical": _with(x509.SubjectKeyIdentifier(b"1" * 20), True),
    "AIA critical": _with(_AIA, True),
    "AIA ldap": _with(_access(("ca", "ldap://pki.example.com/"), ("ocsp", "http://ocsp.example.com"))),
    "AIA https": _with(_access(("ca", "https://pki.example.com/ca"), ("ocsp", "https://ocsp.example.com"))),
    "AIA other method": _with(_access(("other", "http://pki.example.com/"), ("ca", "http://pki.example.com/ca"))),
    "AIA twice": _with(_access(("ca", "http://pki.example.com/ca"), ("ca", "http://pki.example.com/ca"))),
    "AIA without OCSP": _with(_access(("ca", "http://pki.example.com/ca"))),
    "AIA without issuer": _with(_access(("ocsp", "http://ocsp.example.com"))),
    "AIA private": _with(_access(("ca", "http://10.0.0.1/ca"), ("ocsp", "http://ocsp.local"))),
    "AIA empty": _raw("1.3.6.1.5.5.7.1.1", b"\x30\x00", instead=x509.AuthorityInformationAccess),
    "CRL critical": _points(_point("http://crl.example.com/1.crl"), critical=True),
    "CRL ldap": _points(_point("ldap://crl.example.com/cn=a")),
    "CRL https": _points(_point("https://crl.example.com/1.crl")),
    "CRL two": _points(_point("http://crl.example.com/1.crl"), _point("http://crl.example.com/2.crl")),
    "CRL reasons": _points(
        _point("http://crl.example.com/1.crl", reasons=frozenset({x509.ReasonFlags.key_compromise}))
    ),
    "CRL issuer": _points(_point("http://crl.example.com/1.crl", issuer=[_KINDS["directory name"]])),
    "CRL issuer alone": _points(_point(issuer=[_KINDS["directory name"]])),
    "CRL empty point": _raw("2.5.29.31", bytes.fromhex("30023000"), instead=x509.CRLDistributionPoints),
    "CRL empty": _raw("2.5.29.31", b"\x30\x00", instead=x509.CRLDistributionPoints),
    "freshest CRL critical": _raw("2.5.29.46", bytes.fromhex("300f300da00ba0098607687474703a2f2f61"), True),
    "SIA critical": _raw("1.3.6.1.5.5.7.1.11", bytes.fromhex("300f300d06022a03860768747470 3a2f2f61".replace(" ", "")), True),
    "directory attributes critical": _raw("2.5.29.9", bytes.fromhex("3009300706035504063100"), True),
    "policies critical": lambda: _policies((DV, None), critical=True),
    "policies empty": {"policies": (), **_raw("2.5.29.32", b"\x30\x00")},
    "no policies": {"policies": ()},
    "policy twice": {"policies": (), **_raw("2.5.29.32", bytes.fromhex("3014" + "3008060667810c010201" * 2))},
    "any policy": {"policies": (DV, ANY_POLICY)},
    "any policy alone": {"policies": (ANY_POLICY,)},
    "two reserved policies": {"policies": (DV, OV)},
    "own policy": {"policies": ("1.2.3.4",)},
    "own policy first": {"policies": ("1.2.3.4", DV)},
    "CPS": lambda: _policies((DV, ["http://pki.example.com/cps"])),
    "CPS without scheme": lambda: _policies((DV, ["pki.example.com/cps"])),
    "CPS ldap": lambda: _policies((DV, ["ldap://pki.example.com/cps"])),
    "user notice": lambda: _policies((DV, [_NOTICE])),
    "long user notice": lambda: _policies((DV, [x509.UserNotice(None, "a" * 201)])),
    "any policy with notice": lambda: _policies((ANY_POLICY, [_NOTICE])),
    "SAN of issuer": _with(x509.IssuerAlternativeName([x509.DNSName("a.example.com")])),
    "SAN of issuer critical": _with(x509.IssuerAlternativeName([x509.DNSName("a.example.com")]), True),
    "SAN of issuer with blank": _with(x509.IssuerAlternativeName([x509.DNSName(" ")])),
    "SAN of issuer with star": _with(x509.IssuerAlternativeName([x509.DNSName("*")])),
    "SAN of issuer with relative URI": _with(
        x509.IssuerAlternativeName([x509.UniformResourceIdentifier("/a")])
    ),
    "mappings to any": _raw("2.5.29.33", bytes.fromhex("300e300c06042a0304050604551d2000"), True),
    "mappings": _raw("2.5.29.33", bytes.fromhex("300e300c06042a03040506042a030406")),
    "constraints empty": _raw("2.5.29.36", b"\x30\x00", True),
    "constraints": _raw("2.5.29.36", bytes.fromhex("3003800100")),
    "constraints critical": _raw("2.5.29.36", bytes.fromhex("3003800100"), True),
    "inhibit": _raw("2.5.29.54", b"\x02\x01\x00"),
    "inhibit critical": _raw("2.5.29.54", b"\x02\x01\x00", True),
    "unknown": _raw("1.2.3.4.5", b"\x05\x00"),
    "unknown critical": _raw("1.2.3.4.5", b"\x05\x00", True),
    "extension twice": _raw("2.5.29.19", b"\x30\x00", True),
    "no revocation": _raw("2.5.29.56", b"\x05\x00"),
    "TLS feature": _raw("1.3.6.1.5.5.7.1.24", bytes.fromhex("3003020105")),
    "poison": _raw("1.3.6.1.4.1.11129.2.4.3", b"\x05\x00", True),
    "poison not critical": _raw("1.3.6.1.4.1.11129.2.4.3", b"\x05\x00"),
    "no SCTs in the list": _raw("1.3.6.1.4.1.11129.2.4.2", bytes.fromhex("04020000")),
    "BC critical TRUE with length": _raw("2.5.29.19", bytes.fromhex("30060101ff020103"), True, x509.BasicConstraints),
    "BC FALSE with length": _raw("2.5.29.19", bytes.fromhex("3003020100"), True, x509.BasicConstraints),
    "BC not critical": lambda: _with(x509.BasicConstraints(False, None)),
    "BC TRUE not critical": lambda: _with(x509.BasicConstraints(True, None)),
    "BC FALSE written": _raw("2.5.29.19", bytes.fromhex("3003010100"), True, x509.BasicConstraints),
    "BC negative length": _raw("2.5.29.19", bytes.fromhex("30060101ff0201ff"), True, x509.BasicConstraints),
    "BC length alone": _raw("2.5.29.19", bytes.fromhex("3003020103"), True, x509.BasicConstraints),
    "KU superfluous": _usage_bits(b"\x00\x80"),
    "KU empty": _usage_bits(b"\x07\x00"),
    "KU none": _usage_bits(b"\x00"),
    "KU too long": _usage_bits(b"\x00\x80\x80\x80"),
    "KU not critical": lambda: {"key_usage": (), **_raw("2.5.29.15", bytes.fromhex("03020780"))},
    "constraints of names": _raw("2.5.29.30", bytes.fromhex("3011a00f300d820b6578616d706c652e636f6d")),
    "constraints of names critical": lambda: _with(x509.NameConstraints([x509.DNSName("example.com")], None), True),
    "constraints of names empty": _raw("2.5.29.30", b"\x30\x00", True),
    "constraints of a URI": _raw("2.5.29.30", bytes.fromhex("300aa0083006860461622f63"), True),
    "constraints of reserved addresses": lambda: _with(
        x509.NameConstraints([x509.IPAddress(ip_network("10.0.0.0/8"))], None), True
    ),
    "constraints of addresses": lambda: _with(
        x509.NameConstraints([x509.IPAddress(ip_network("8.8.8.0/24"))], None), True
    ),
    "constraints with minimum": _raw("2.5.29.30", bytes.fromhex("300ca00a30088203612e62800101"), True),
    "constraints with maximum": _raw("2.5.29.30", bytes.fromhex("300ca00a30088203612e62810101"), True),
    "constraints of registered ids": _raw("2.5.29.30", bytes.fromhex("3008a006300488022a03"), True),
}  # fmt: skip
COMMON: Mapping[str, Any] = {
    **EXTENSIONS,
    **{f"key {kind}": {"key": kind} for kind in KEYS},
    **{f"usage {bit}": _usage(bit) for bit in _BITS},
    **{f"usage digital_signature, {bit}": _usage("digital_signature", bit) for bit in _BITS[1:]},
    **{f"RSA usage {bit}": {"key": "RSA-2048", **_usage("digital_signature", bit)} for bit in _BITS[1:]},
    **{f"hash {name}": {"hash_name": name} for name in ("sha1", "sha224", "sha384", "sha512")},
    **{
        f"EKU {name}": {"ekus": ekus}
        for name, ekus in {
            "client": (CLIENT,), "both": (SERVER, CLIENT), "any": (ANY,), "any too": (SERVER, ANY), "none": (),
            "code": (SERVER, CODE), "mail": (SERVER, MAIL), "time": (SERVER, TIME), "OCSP": (SERVER, OCSP),
            "unknown": (SERVER, "1.2.3.4"), "precertificates": (SERVER, "1.3.6.1.4.1.11129.2.4.4"),
        }.items()
    },
    "EKU critical": _with(x509.ExtendedKeyUsage([x509.ObjectIdentifier(SERVER)]), True),
    "EKU empty": {"ekus": (), **_raw("2.5.29.37", b"\x30\x00")},
    "inner hash": {"inner_hash": "sha384"},
    "unique ids": {"unique_ids": True},
    "serial 0": {"serial": 0},
    "serial negative": {"serial": -5},
    "serial 1": {"serial": 1},
    "serial short": {"serial": 1 << 40},
    "serial 20 octets": {"serial": (1 << 158) + 12345678901234567890},
    "serial 21 octets": {"serial": (1 << 160) + 12345678901234567890},
    "GeneralizedTime": {"generalized_end": True},
    "no end": {"not_after": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)},
    "ends first": {"not_before": datetime(2026, 5, 1, tzinfo=UTC), "not_after": datetime(2026, 4, 1, tzinfo=UTC)},
    "issuer empty": {"issuer_name": _name()},
    "version 1": {"version": 1},
    "RSA without NULL": lambda: {"key": "RSA-2048", "spki": _without_null()},
}  # fmt: skip


def _without_null() -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    spki = _key("RSA-2048").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    bits = spki[spki.index(b"\x05\x00") + 2 :]
    return encoded(b"\x30", bytes.fromhex("300b06092a864886f70d010101") + bits)


LEAF: Mapping[str, Any] = {
    "as it is": {},
    **{f"subject {name}": change for name, change in SUBJECTS.items()},
    **COMMON,
    **{f"name {name[:70]}": _san(x509.DNSName(name) if name.isascii() else x509.DNSName(name.encode("idna").decode())) for name in _NAMES},
    **{f"address {address}": _san(x509.IPAddress(ip_address(address))) for address in _ADDRESSES},
    **{f"SAN {kind}": _san(name) for kind, name in _KINDS.items()},
    "SAN EDI party": _sans_of(encoded(b"\x82", HOST.encode()) + bytes.fromhex("a50581036e616d")),
    "SAN X.400": _sans_of(encoded(b"\x82", HOST.encode()) + bytes.fromhex("a3023000")),
    "SAN empty": _sans_of(b""),
    "SAN empty name": _sans_of(b"\x82\x00"),
    "SAN blank": _sans_of(b"\x82\x01 "),
    "SAN not ASCII": _sans_of(encoded(b"\x82", "café.example.com".encode())),
    "SAN NUL": _sans_of(encoded(b"\x82", b"www.example.com\0.a")),
    "SAN address of 3 octets": _sans_of(encoded(b"\x82", HOST.encode()) + bytes.fromhex("8703010203")),
    "SAN critical": lambda: _with(x509.SubjectAlternativeName([x509.DNSName(HOST)]), True),
    "SAN not critical, no subject": lambda: {
        "subject": _name(), **_with(x509.SubjectAlternativeName([x509.DNSName(HOST)]))
    },
    "no subject": {"subject": _name()},
    "no SAN": {"sans": ()},
    "relative URI": _san(x509.UniformResourceIdentifier("/a")),
    "bad mail address": _san(x509.RFC822Name("a.example.com")),
    "CA": {"ca": True},
    **{f"{days} days from {y}-{m:02}-{d:02}": _lifetime(y, m, d, days) for y, m, d, spans in _ERAS for days in spans},
    **{f"O {name}": _subject(OV, _OV, O=text) for name, text in _TEXTS.items()},
    **{f"L {name}": _subject(OV, _OV, L=text) for name, text in _TEXTS.items()},
    **{f"ST {name}": _subject(OV, _OV, ST=text) for name, text in _TEXTS.items()},
    **{f"C {text}": _subject(OV, _OV, C=text) for text in ("de", "XX", "UK", "DEU", "ZZ", "D", "US")},
    "C UTF-8": _subject(OV, _OV, C=(0x0C, b"DE")),
    "O Teletex": _subject(OV, _OV, O=(0x14, b"Lab")),
    "O BMP": _subject(OV, _OV, O=(0x1E, "Lab".encode("utf-16-be"))),
    "O Printable with at": _subject(OV, _OV, O=(0x13, b"a@b")),
    "OV without O": _subject(OV, _OV, O=None),
    "OV without C": _subject(OV, _OV, C=None),
    "OV without L": _subject(OV, _OV, L=None),
    "OV without ST": _subject(OV, _OV, ST=None),
    "OV without place": _subject(OV, _OV, L=None, ST=None),
    "OV with OU": _subject(OV, _OV, OU="Unit"),
    "OV with CN": _subject(OV, _OV, CN=HOST),
    "OV with other CN": _subject(OV, _OV, CN="other.example.com"),
    "OV with CN of another case": _subject(OV, _OV, CN="WWW.example.com"),
    "OV with street": _subject(OV, _OV, street="A 1", postalCode="10115"),
    "OV with long street": _subject(OV, _OV, street="A" * 129, postalCode="1" * 41),
    "OV with mail": _subject(OV, _OV, emailAddress="a@example.com"),
    "OV with given name": _subject(OV, _OV, givenName="Ada", surname="L"),
    "OV with serial number": _subject(OV, _OV, serialNumber="1" * 65),
    "OV with DC": _subject(OV, _OV, DC="example"),
    "OV with title": _subject(OV, _OV, title="Dr"),
    "OV in other order": {"subject": _name(("O", "Lab"), ("C", "DE"), ("L", "Berlin")), "policies": (OV,)},
    "OV with two O": {"subject": _name(*_OV, ("O", "Other")), "policies": (OV,)},
    "DV with O": _subject(DV, (("C", "DE"), ("O", "Lab"))),
    "DV with L": _subject(DV, (("C", "DE"), ("L", "Berlin"))),
    "DV with street": _subject(DV, (("C", "DE"), ("street", "A 1"))),
    "DV with C": _subject(DV, (("C", "DE"), ("CN", HOST))),
    "DV with two CN": {"subject": _name(("CN", HOST), ("CN", "example.com")), "policies": (DV,)},
    "DV with long CN": {"subject": _name(("CN", "a" * 65)), "policies": (DV,)},
    "DV with reserved address as CN": {"subject": _name(("CN", "10.0.0.1")), "policies": (DV,)},
    "DV with OU": _subject(DV, (("CN", HOST), ("OU", "Unit"))),
    "IV without given name": _subject(IV, _IV, givenName=None),
    "IV without surname": _subject(IV, _IV, surname=None),
    "IV without C": _subject(IV, _IV, C=None),
    "IV without place": _subject(IV, _IV, L=None, ST=None),
    "IV with long names": _subject(IV, _IV, givenName="A" * 65, surname="B" * 65),
    "EV without category": _subject(EV, _EV, businessCategory=None),
    "EV with another category": _subject(EV, _EV, businessCategory="Company"),
    "EV with a category in other case": _subject(EV, _EV, businessCategory="private organization"),
    "EV without number": _subject(EV, _EV, serialNumber=None),
    "EV without jurisdiction": _subject(EV, _EV, jurisdictionC=None),
    "EV with another jurisdiction": _subject(EV, _EV, jurisdictionC="XX"),
    "EV with locality of jurisdiction": _subject(EV, _EV, jurisdictionL="Berlin"),
    "EV with state of jurisdiction": _subject(EV, _EV, jurisdictionST="Berlin"),
    "EV without O": _subject(EV, _EV, O=None),
    "EV without C": _subject(EV, _EV, C=None),
    "EV with title": _subject(EV, _EV, title="Dr"),
    "EV with wildcard": {**SUBJECTS["ev"], **_san("*.example.com")},
    "EV with address": {**SUBJECTS["ev"], **_san(x509.IPAddress(ip_address("8.8.8.8")))},
    "EV with mail address": {**SUBJECTS["ev"], **_san(_KINDS["mail address"])},
    **{f"EV {of} as {extension}": _registered(of, extension) for of, extension in _REGISTERED},
    "two values in one RDN": {"subject": x509.Name([x509.RelativeDistinguishedName([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lab")])]),
        "policies": (OV,)},
    "self-signed": {"issuer": None},
}  # fmt: skip
CA: Mapping[str, Any] = {
    "as it is": {},
    **COMMON,
    "no CN": {"subject": _name(("C", "DE"), ("O", "Lab"))},
    "no O": {"subject": _name(("C", "DE"), ("CN", "Lab CA"))},
    "no C": {"subject": _name(("O", "Lab"), ("CN", "Lab CA"))},
    "no subject": {"subject": _name()},
    "with OU": {"subject": _name(("C", "DE"), ("O", "Lab"), ("OU", "Unit"), ("CN", "Lab CA"))},
    "other order": {"subject": _name(("CN", "Lab CA"), ("O", "Lab"), ("C", "DE"))},
    **{f"C {text}": {"subject": _name(("C", text), ("O", "Lab"), ("CN", "Lab CA"))} for text in ("de", "XX", "UK")},
    **{f"O {name}": {"subject": _name(("C", "DE"), ("O", text), ("CN", "Lab CA"))} for name, text in _TEXTS.items()},
    "not a CA": {"ca": False, "path_length": None},
    "no path length": {"path_length": None},
    "issued in 2022": {"not_before": datetime(2022, 1, 1, tzinfo=UTC), "days": 3650},
}
ROOT: Mapping[str, Any] = {
    **{k: v for k, v in CA.items() if k not in {"issuer empty", "C de", "C XX", "C UK", "no path length"}},
    "for a year": {"days": 365},
    "for 8 years": {"days": 2923},
    "for 26 years": {"days": 26 * 365.25},
    "with path length": {"path_length": 3},
    "with CRL": _points(_point("http://crl.example.com/1.crl")),
    "with AKI": lambda: _with(x509.AuthorityKeyIdentifier(b"1" * 20, None, None)),
}
ALL: Mapping[str, Mapping[str, Any]] = {"leaf": LEAF, "ca": CA, "root": ROOT}
