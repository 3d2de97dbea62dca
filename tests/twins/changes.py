"""The changes that certificates get, each by its name: of leaves, of issuing CAs and of roots."""

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.x509.der import encoded
from tests.twins.parts import (
    AIA,
    ANY,
    ANY_POLICY,
    CLIENT,
    CODE,
    DV,
    EV,
    EV_NAME,
    HOST,
    IV,
    IV_NAME,
    MAIL,
    OCSP,
    OV,
    OV_NAME,
    SERVER,
    SUBJECTS,
    TIME,
    access,
    extension,
    key_of,
    lifetime,
    name_of,
    no_extension,
    point,
    points,
    policies,
    raw,
    registered,
    san,
    sans_of,
    subject,
    usage,
    usage_bits,
)

__all__ = ["ALL"]

KEYS = ("P-256", "P-384", "P-521", "P-224", "Ed25519", "RSA-2048", "RSA-1024", "RSA-2056", "RSA-2044", "RSA-2048-3")
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
    "no AKI": no_extension(x509.AuthorityKeyIdentifier),
    "no BC": no_extension(x509.BasicConstraints),
    "no SKI": no_extension(x509.SubjectKeyIdentifier),
    "no CRL": no_extension(x509.CRLDistributionPoints),
    "no AIA": no_extension(x509.AuthorityInformationAccess),
    "no KU": usage(),
    "AKI with issuer": extension(
        x509.AuthorityKeyIdentifier(b"1" * 20, [_KINDS["directory name"]], 1)
    ),
    "AKI without key id": extension(x509.AuthorityKeyIdentifier(None, [_KINDS["directory name"]], 1)),
    "AKI critical": lambda: extension(x509.AuthorityKeyIdentifier(b"1" * 20, None, None), True),
    "SKI critical": extension(x509.SubjectKeyIdentifier(b"1" * 20), True),
    "AIA critical": extension(AIA, True),
    "AIA ldap": extension(access(("ca", "ldap://pki.example.com/"), ("ocsp", "http://ocsp.example.com"))),
    "AIA https": extension(access(("ca", "https://pki.example.com/ca"), ("ocsp", "https://ocsp.example.com"))),
    "AIA other method": extension(access(("other", "http://pki.example.com/"), ("ca", "http://pki.example.com/ca"))),
    "AIA twice": extension(access(("ca", "http://pki.example.com/ca"), ("ca", "http://pki.example.com/ca"))),
    "AIA without OCSP": extension(access(("ca", "http://pki.example.com/ca"))),
    "AIA without issuer": extension(access(("ocsp", "http://ocsp.example.com"))),
    "AIA private": extension(access(("ca", "http://10.0.0.1/ca"), ("ocsp", "http://ocsp.local"))),
    "AIA empty": raw("1.3.6.1.5.5.7.1.1", b"\x30\x00", instead=x509.AuthorityInformationAccess),
    "CRL critical": points(point("http://crl.example.com/1.crl"), critical=True),
    "CRL ldap": points(point("ldap://crl.example.com/cn=a")),
    "CRL https": points(point("https://crl.example.com/1.crl")),
    "CRL two": points(point("http://crl.example.com/1.crl"), point("http://crl.example.com/2.crl")),
    "CRL reasons": points(
        point("http://crl.example.com/1.crl", reasons=frozenset({x509.ReasonFlags.key_compromise}))
    ),
    "CRL issuer": points(point("http://crl.example.com/1.crl", issuer=[_KINDS["directory name"]])),
    "CRL issuer alone": points(point(issuer=[_KINDS["directory name"]])),
    "CRL empty point": raw("2.5.29.31", bytes.fromhex("30023000"), instead=x509.CRLDistributionPoints),
    "CRL empty": raw("2.5.29.31", b"\x30\x00", instead=x509.CRLDistributionPoints),
    "freshest CRL critical": raw("2.5.29.46", bytes.fromhex("300f300da00ba0098607687474703a2f2f61"), True),
    "SIA critical": raw("1.3.6.1.5.5.7.1.11", bytes.fromhex("300f300d06022a03860768747470 3a2f2f61".replace(" ", "")), True),
    "directory attributes critical": raw("2.5.29.9", bytes.fromhex("3009300706035504063100"), True),
    "policies critical": lambda: policies((DV, None), critical=True),
    "policies empty": {"policies": (), **raw("2.5.29.32", b"\x30\x00")},
    "no policies": {"policies": ()},
    "policy twice": {"policies": (), **raw("2.5.29.32", bytes.fromhex("3014" + "3008060667810c010201" * 2))},
    "any policy": {"policies": (DV, ANY_POLICY)},
    "any policy alone": {"policies": (ANY_POLICY,)},
    "two reserved policies": {"policies": (DV, OV)},
    "own policy": {"policies": ("1.2.3.4",)},
    "own policy first": {"policies": ("1.2.3.4", DV)},
    "CPS": lambda: policies((DV, ["http://pki.example.com/cps"])),
    "CPS without scheme": lambda: policies((DV, ["pki.example.com/cps"])),
    "CPS ldap": lambda: policies((DV, ["ldap://pki.example.com/cps"])),
    "user notice": lambda: policies((DV, [_NOTICE])),
    "long user notice": lambda: policies((DV, [x509.UserNotice(None, "a" * 201)])),
    "any policy with notice": lambda: policies((ANY_POLICY, [_NOTICE])),
    "SAN of issuer": extension(x509.IssuerAlternativeName([x509.DNSName("a.example.com")])),
    "SAN of issuer critical": extension(x509.IssuerAlternativeName([x509.DNSName("a.example.com")]), True),
    "SAN of issuer with blank": extension(x509.IssuerAlternativeName([x509.DNSName(" ")])),
    "SAN of issuer with star": extension(x509.IssuerAlternativeName([x509.DNSName("*")])),
    "SAN of issuer with relative URI": extension(
        x509.IssuerAlternativeName([x509.UniformResourceIdentifier("/a")])
    ),
    "mappings to any": raw("2.5.29.33", bytes.fromhex("300e300c06042a0304050604551d2000"), True),
    "mappings": raw("2.5.29.33", bytes.fromhex("300e300c06042a03040506042a030406")),
    "constraints empty": raw("2.5.29.36", b"\x30\x00", True),
    "constraints": raw("2.5.29.36", bytes.fromhex("3003800100")),
    "constraints critical": raw("2.5.29.36", bytes.fromhex("3003800100"), True),
    "inhibit": raw("2.5.29.54", b"\x02\x01\x00"),
    "inhibit critical": raw("2.5.29.54", b"\x02\x01\x00", True),
    "unknown": raw("1.2.3.4.5", b"\x05\x00"),
    "unknown critical": raw("1.2.3.4.5", b"\x05\x00", True),
    "extension twice": raw("2.5.29.19", b"\x30\x00", True),
    "no revocation": raw("2.5.29.56", b"\x05\x00"),
    "TLS feature": raw("1.3.6.1.5.5.7.1.24", bytes.fromhex("3003020105")),
    "poison": raw("1.3.6.1.4.1.11129.2.4.3", b"\x05\x00", True),
    "poison not critical": raw("1.3.6.1.4.1.11129.2.4.3", b"\x05\x00"),
    "no SCTs in the list": raw("1.3.6.1.4.1.11129.2.4.2", bytes.fromhex("04020000")),
    "BC critical TRUE with length": raw("2.5.29.19", bytes.fromhex("30060101ff020103"), True, x509.BasicConstraints),
    "BC FALSE with length": raw("2.5.29.19", bytes.fromhex("3003020100"), True, x509.BasicConstraints),
    "BC not critical": lambda: extension(x509.BasicConstraints(False, None)),
    "BC TRUE not critical": lambda: extension(x509.BasicConstraints(True, None)),
    "BC FALSE written": raw("2.5.29.19", bytes.fromhex("3003010100"), True, x509.BasicConstraints),
    "BC negative length": raw("2.5.29.19", bytes.fromhex("30060101ff0201ff"), True, x509.BasicConstraints),
    "BC length alone": raw("2.5.29.19", bytes.fromhex("3003020103"), True, x509.BasicConstraints),
    "KU superfluous": usage_bits(b"\x00\x80"),
    "KU empty": usage_bits(b"\x07\x00"),
    "KU none": usage_bits(b"\x00"),
    "KU too long": usage_bits(b"\x00\x80\x80\x80"),
    "KU not critical": lambda: {"key_usage": (), **raw("2.5.29.15", bytes.fromhex("03020780"))},
    "constraints of names": raw("2.5.29.30", bytes.fromhex("3011a00f300d820b6578616d706c652e636f6d")),
    "constraints of names critical": lambda: extension(x509.NameConstraints([x509.DNSName("example.com")], None), True),
    "constraints of names empty": raw("2.5.29.30", b"\x30\x00", True),
    "constraints of a URI": raw("2.5.29.30", bytes.fromhex("300aa0083006860461622f63"), True),
    "constraints of reserved addresses": lambda: extension(
        x509.NameConstraints([x509.IPAddress(ip_network("10.0.0.0/8"))], None), True
    ),
    "constraints of addresses": lambda: extension(
        x509.NameConstraints([x509.IPAddress(ip_network("8.8.8.0/24"))], None), True
    ),
    "constraints with minimum": raw("2.5.29.30", bytes.fromhex("300ca00a30088203612e62800101"), True),
    "constraints with maximum": raw("2.5.29.30", bytes.fromhex("300ca00a30088203612e62810101"), True),
    "constraints of registered ids": raw("2.5.29.30", bytes.fromhex("3008a006300488022a03"), True),
}  # fmt: skip
COMMON: Mapping[str, Any] = {
    **EXTENSIONS,
    **{f"key {kind}": {"key": kind} for kind in KEYS},
    **{f"usage {bit}": usage(bit) for bit in _BITS},
    **{f"usage digital_signature, {bit}": usage("digital_signature", bit) for bit in _BITS[1:]},
    **{f"RSA usage {bit}": {"key": "RSA-2048", **usage("digital_signature", bit)} for bit in _BITS[1:]},
    **{f"hash {name}": {"hash_name": name} for name in ("sha1", "sha224", "sha384", "sha512")},
    **{
        f"EKU {name}": {"ekus": ekus}
        for name, ekus in {
            "client": (CLIENT,), "both": (SERVER, CLIENT), "any": (ANY,), "any too": (SERVER, ANY), "none": (),
            "code": (SERVER, CODE), "mail": (SERVER, MAIL), "time": (SERVER, TIME), "OCSP": (SERVER, OCSP),
            "unknown": (SERVER, "1.2.3.4"), "precertificates": (SERVER, "1.3.6.1.4.1.11129.2.4.4"),
        }.items()
    },
    "EKU critical": extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(SERVER)]), True),
    "EKU empty": {"ekus": (), **raw("2.5.29.37", b"\x30\x00")},
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
    "issuer empty": {"issuer_name": name_of()},
    "version 1": {"version": 1},
    "RSA without NULL": lambda: {"key": "RSA-2048", "spki": _without_null()},
}  # fmt: skip


def _without_null() -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    spki = key_of("RSA-2048").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    bits = spki[spki.index(b"\x05\x00") + 2 :]
    return encoded(b"\x30", bytes.fromhex("300b06092a864886f70d010101") + bits)


LEAF: Mapping[str, Any] = {
    "as it is": {},
    **{f"subject {name}": change for name, change in SUBJECTS.items()},
    **COMMON,
    **{f"name {name[:70]}": san(x509.DNSName(name) if name.isascii() else x509.DNSName(name.encode("idna").decode())) for name in _NAMES},
    **{f"address {address}": san(x509.IPAddress(ip_address(address))) for address in _ADDRESSES},
    **{f"SAN {kind}": san(name) for kind, name in _KINDS.items()},
    "SAN EDI party": sans_of(encoded(b"\x82", HOST.encode()) + bytes.fromhex("a50581036e616d")),
    "SAN X.400": sans_of(encoded(b"\x82", HOST.encode()) + bytes.fromhex("a3023000")),
    "SAN empty": sans_of(b""),
    "SAN empty name": sans_of(b"\x82\x00"),
    "SAN blank": sans_of(b"\x82\x01 "),
    "SAN not ASCII": sans_of(encoded(b"\x82", "café.example.com".encode())),
    "SAN NUL": sans_of(encoded(b"\x82", b"www.example.com\0.a")),
    "SAN address of 3 octets": sans_of(encoded(b"\x82", HOST.encode()) + bytes.fromhex("8703010203")),
    "SAN critical": lambda: extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), True),
    "SAN not critical, no subject": lambda: {
        "subject": name_of(), **extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]))
    },
    "no subject": {"subject": name_of()},
    "no SAN": {"sans": ()},
    "relative URI": san(x509.UniformResourceIdentifier("/a")),
    "bad mail address": san(x509.RFC822Name("a.example.com")),
    "CA": {"ca": True},
    **{f"{days} days from {y}-{m:02}-{d:02}": lifetime(y, m, d, days) for y, m, d, spans in _ERAS for days in spans},
    **{f"O {name}": subject(OV, OV_NAME, O=text) for name, text in _TEXTS.items()},
    **{f"L {name}": subject(OV, OV_NAME, L=text) for name, text in _TEXTS.items()},
    **{f"ST {name}": subject(OV, OV_NAME, ST=text) for name, text in _TEXTS.items()},
    **{f"C {text}": subject(OV, OV_NAME, C=text) for text in ("de", "XX", "UK", "DEU", "ZZ", "D", "US")},
    "C UTF-8": subject(OV, OV_NAME, C=(0x0C, b"DE")),
    "O Teletex": subject(OV, OV_NAME, O=(0x14, b"Lab")),
    "O BMP": subject(OV, OV_NAME, O=(0x1E, "Lab".encode("utf-16-be"))),
    "O Printable with at": subject(OV, OV_NAME, O=(0x13, b"a@b")),
    "OV without O": subject(OV, OV_NAME, O=None),
    "OV without C": subject(OV, OV_NAME, C=None),
    "OV without L": subject(OV, OV_NAME, L=None),
    "OV without ST": subject(OV, OV_NAME, ST=None),
    "OV without place": subject(OV, OV_NAME, L=None, ST=None),
    "OV with OU": subject(OV, OV_NAME, OU="Unit"),
    "OV with CN": subject(OV, OV_NAME, CN=HOST),
    "OV with other CN": subject(OV, OV_NAME, CN="other.example.com"),
    "OV with CN of another case": subject(OV, OV_NAME, CN="WWW.example.com"),
    "OV with street": subject(OV, OV_NAME, street="A 1", postalCode="10115"),
    "OV with long street": subject(OV, OV_NAME, street="A" * 129, postalCode="1" * 41),
    "OV with mail": subject(OV, OV_NAME, emailAddress="a@example.com"),
    "OV with given name": subject(OV, OV_NAME, givenName="Ada", surname="L"),
    "OV with serial number": subject(OV, OV_NAME, serialNumber="1" * 65),
    "OV with DC": subject(OV, OV_NAME, DC="example"),
    "OV with title": subject(OV, OV_NAME, title="Dr"),
    "OV in other order": {"subject": name_of(("O", "Lab"), ("C", "DE"), ("L", "Berlin")), "policies": (OV,)},
    "OV with two O": {"subject": name_of(*OV_NAME, ("O", "Other")), "policies": (OV,)},
    "DV with O": subject(DV, (("C", "DE"), ("O", "Lab"))),
    "DV with L": subject(DV, (("C", "DE"), ("L", "Berlin"))),
    "DV with street": subject(DV, (("C", "DE"), ("street", "A 1"))),
    "DV with C": subject(DV, (("C", "DE"), ("CN", HOST))),
    "DV with two CN": {"subject": name_of(("CN", HOST), ("CN", "example.com")), "policies": (DV,)},
    "DV with long CN": {"subject": name_of(("CN", "a" * 65)), "policies": (DV,)},
    "DV with reserved address as CN": {"subject": name_of(("CN", "10.0.0.1")), "policies": (DV,)},
    "DV with OU": subject(DV, (("CN", HOST), ("OU", "Unit"))),
    "IV without given name": subject(IV, IV_NAME, givenName=None),
    "IV without surname": subject(IV, IV_NAME, surname=None),
    "IV without C": subject(IV, IV_NAME, C=None),
    "IV without place": subject(IV, IV_NAME, L=None, ST=None),
    "IV with long names": subject(IV, IV_NAME, givenName="A" * 65, surname="B" * 65),
    "EV without category": subject(EV, EV_NAME, businessCategory=None),
    "EV with another category": subject(EV, EV_NAME, businessCategory="Company"),
    "EV with a category in other case": subject(EV, EV_NAME, businessCategory="private organization"),
    "EV without number": subject(EV, EV_NAME, serialNumber=None),
    "EV without jurisdiction": subject(EV, EV_NAME, jurisdictionC=None),
    "EV with another jurisdiction": subject(EV, EV_NAME, jurisdictionC="XX"),
    "EV with locality of jurisdiction": subject(EV, EV_NAME, jurisdictionL="Berlin"),
    "EV with state of jurisdiction": subject(EV, EV_NAME, jurisdictionST="Berlin"),
    "EV without O": subject(EV, EV_NAME, O=None),
    "EV without C": subject(EV, EV_NAME, C=None),
    "EV with title": subject(EV, EV_NAME, title="Dr"),
    "EV with wildcard": {**SUBJECTS["ev"], **san("*.example.com")},
    "EV with address": {**SUBJECTS["ev"], **san(x509.IPAddress(ip_address("8.8.8.8")))},
    "EV with mail address": {**SUBJECTS["ev"], **san(_KINDS["mail address"])},
    **{f"EV {of} as {other}": registered(of, other) for of, other in _REGISTERED},
    "two values in one RDN": {"subject": x509.Name([x509.RelativeDistinguishedName([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lab")])]),
        "policies": (OV,)},
    "self-signed": {"issuer": None},
}  # fmt: skip
CA: Mapping[str, Any] = {
    "as it is": {},
    **COMMON,
    "no CN": {"subject": name_of(("C", "DE"), ("O", "Lab"))},
    "no O": {"subject": name_of(("C", "DE"), ("CN", "Lab CA"))},
    "no C": {"subject": name_of(("O", "Lab"), ("CN", "Lab CA"))},
    "no subject": {"subject": name_of()},
    "with OU": {"subject": name_of(("C", "DE"), ("O", "Lab"), ("OU", "Unit"), ("CN", "Lab CA"))},
    "other order": {"subject": name_of(("CN", "Lab CA"), ("O", "Lab"), ("C", "DE"))},
    **{f"C {text}": {"subject": name_of(("C", text), ("O", "Lab"), ("CN", "Lab CA"))} for text in ("de", "XX", "UK")},
    **{f"O {name}": {"subject": name_of(("C", "DE"), ("O", text), ("CN", "Lab CA"))} for name, text in _TEXTS.items()},
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
    "with CRL": points(point("http://crl.example.com/1.crl")),
    "with AKI": lambda: extension(x509.AuthorityKeyIdentifier(b"1" * 20, None, None)),
}
ALL: Mapping[str, Mapping[str, Any]] = {"leaf": LEAF, "ca": CA, "root": ROOT}
