"""Which extensions a certificate has, how critical they are, and what they hold."""

from ipaddress import ip_network

from cryptography import x509

from certgate.checks.framework.premise import Premise
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role
from tests.checks.tables.row import Table, cert, na, nc, problem, row, warning

BC, SCT_LIST, EMPTY, NULL = "2.5.29.19", "1.3.6.1.4.1.11129.2.4.2", b"\x30\x00", b"\x05\x00"
ROOT = issue("Root", ca=True)
SCTS = f"signedCertificateTimestampList ({SCT_LIST})"
NO_CONSTRAINTS = na("no nameConstraints")
NOT_SELF = na("the certificate is self-issued")
ISSUER = [x509.DirectoryName(x509.Name([]))]
NAMES = x509.NameConstraints([x509.DNSName("a.example")], None)
INHIBIT = x509.InhibitAnyPolicy(0)
REGISTERED, ADDRESS = x509.RegisteredID(x509.ObjectIdentifier("1.2.3")), x509.RFC822Name("a.example")
UNUSABLE = "nameConstraints has names of the type registered ID"
LISTS = {
    "2.5.29.17": "name.san-present", "2.5.29.18": "", "2.5.29.37": "eku.server-auth", "2.5.29.32": "policy.reserved-oid",
    "2.5.29.33": "", "2.5.29.36": "", "2.5.29.31": "", "2.5.29.46": "", "1.3.6.1.5.5.7.1.1": "", "1.3.6.1.5.5.7.1.11": "",
    "2.5.29.9": "",
}  # fmt: skip
NAMED = {
    "2.5.29.17": "subjectAltName", "2.5.29.18": "issuerAltName", "2.5.29.37": "extendedKeyUsage",
    "2.5.29.32": "certificatePolicies", "2.5.29.33": "policyMappings", "2.5.29.36": "policyConstraints",
    "2.5.29.31": "cRLDistributionPoints", "2.5.29.46": "freshestCRL", "1.3.6.1.5.5.7.1.1": "authorityInfoAccess",
    "1.3.6.1.5.5.7.1.11": "subjectInfoAccess", "2.5.29.9": "subjectDirectoryAttributes", "2.5.29.14": "subjectKeyIdentifier",
    "2.5.29.35": "authorityKeyIdentifier", "2.5.29.30": "nameConstraints", "2.5.29.54": "inhibitAnyPolicy", SCT_LIST: "signedCertificateTimestampList",
}  # fmt: skip
CRITICAL = {
    "2.5.29.9": False, "2.5.29.14": False, "2.5.29.30": True, "2.5.29.35": False, "2.5.29.36": True, "2.5.29.46": False,
    "2.5.29.54": True, "1.3.6.1.5.5.7.1.1": False, "1.3.6.1.5.5.7.1.11": False,
}  # fmt: skip


def holding(*extensions):
    return cert(ekus=(), policies=(), raw_extensions=extensions)


def ca(value, *, critical=True):
    return cert("a", ca=True, extensions={type(value): (value, critical)})


def constrained(permitted, excluded=None):
    return ca(x509.NameConstraints(permitted, excluded))


def networks(*texts):
    return [x509.IPAddress(ip_network(text)) for text in texts]


def identified(*parts):
    aki = x509.AuthorityKeyIdentifier(*parts)
    return cert(issuer=ROOT, extensions={type(aki): (aki, False)})


def root(key_id):
    aki, ski = x509.AuthorityKeyIdentifier(key_id, None, None), x509.SubjectKeyIdentifier(b"1234")
    return cert("a", ca=True, extensions={type(aki): (aki, False), type(ski): (ski, False)})


def with_critical(oid, *, critical):
    without = {x509.SubjectKeyIdentifier: None, x509.AuthorityKeyIdentifier: None}
    return cert("a", ca=True, extensions=without, raw_extensions=[(oid, critical, NULL)])


def criticality_rows():
    for oid, wanted in CRITICAL.items():
        name = NAMED[oid]
        message = f"{name} ({oid}) {'is not critical' if wanted else 'is critical'}"
        yield row(f"{name} as required", with_critical(oid, critical=wanted))
        yield row(f"{name} otherwise", with_critical(oid, critical=not wanted), problem(message, key=oid))


def overlap(network, special):
    return problem(f"the permitted range {network} overlaps the special-purpose range {special}", key=network)


def choice_rows(*, listed, other):
    """Rows of the rules that a policy gives a list; `listed` is the answer where the extension is there, `other` where not."""
    return (
        row("an extension that is there", cert(), *listed(BC, "basicConstraints"), oids=(BC,)),
        row("one that is not, named twice", cert(), *other(SCT_LIST, "signedCertificateTimestampList"), oids=(SCT_LIST, SCT_LIST)),
        row("no list", cert(), na("the policy lists no extension")),
        row("an issuer, where leaves are checked", cert(ca=True), na("the policy checks only leaves"), role=Role.ISSUER, oids=(BC,)),
        row("a leaf, where issuers are checked", cert(), na("the policy checks only issuers"), oids=(BC,), of="issuers"),
        row("an issuer, where they are checked", cert(ca=True), *listed(BC, "basicConstraints"), role=Role.ISSUER, oids=(BC,), of="issuers"),
        row("words instead of OIDs", cert(), nc("the parameter oids holds no dotted OID: basicConstraints, 1.02"), oids=("basicConstraints", BC, "1.02")),
        row("another word for whom", cert(), nc("the parameter of is 'all', leaf or issuers expected"), oids=(BC,), of="all"),
    )  # fmt: skip


def sub_ca(*names, excluded=()):
    permitted, other = ([x509.DNSName(n) for n in some] or None for some in (names, excluded))
    value = {x509.NameConstraints: (x509.NameConstraints(permitted, other), True)} if names or excluded else {}
    return cert("Sub", ca=True, issuer=ROOT, extensions=value)


def within():
    for names, found in {
        ("corp.example",): [],
        ("a.corp.example", "corp.test"): [],
        ("xcorp.example",): ["xcorp.example"],
        ("corp.example", "example"): ["example"],
        ("",): ["every DNS name"],
    }.items():
        expected = [f"nameConstraints permits {name}" for name in found]
        yield row(f"{names} within two domains", sub_ca(*names), *expected, within=("Corp.Example", ".corp.test"))


TABLE: Table = {
    "ext.subca-name-constraints": (
        row("a domain", sub_ca("corp.example")),
        row("only excluded names", sub_ca(excluded=["corp.example"]), problem("nameConstraints permits no DNS names", key="absent")),
        row("none", sub_ca(), problem("no nameConstraints", key="absent")),
        row("a root", cert("Root", ca=True), na("the certificate is a root")),
        *within(),
    ),
    "ext.required": choice_rows(listed=lambda *_: (), other=lambda oid, name: [problem(f"no extension {name} ({oid})", key=oid)]),
    "ext.forbidden": choice_rows(listed=lambda oid, name: [problem(f"the extension {name} ({oid}) is not allowed", key=oid)], other=lambda *_: ()),
    "ext.duplicate": (
        row("each once", cert(raw_extensions=[(SCT_LIST, False, NULL)])),
        row("one twice", cert(raw_extensions=[(SCT_LIST, False, NULL), (SCT_LIST, True, b"")]), problem(f"the extension {SCTS} is present 2 times", key=SCT_LIST)),
    ),
    "ext.form": (
        row("readable", cert()),
        row("purposes that are no list", cert(ekus=(), raw_extensions=[("2.5.29.37", False, NULL)]), problem("extendedKeyUsage (2.5.29.37): it is not a SEQUENCE, but has the tag 0x5", key="2.5.29.37", denies=Premise.READABLE)),
        row("keyUsage without a bit", cert(key_usage=(), raw_extensions=[("2.5.29.15", True, b"\x03\x02\x07\x00")]), problem("keyUsage (2.5.29.15): it has no bit set", key="2.5.29.15", denies=Premise.READABLE)),
        row("an unknown extension of any form", cert(raw_extensions=[("1.2.3", False, b"junk")])),
    ),
    "ext.name-constraints-leaf": (
        row("none", cert()),
        row("present", cert(extensions={x509.NameConstraints: (NAMES, True)}), "nameConstraints is present"),
    ),
    "ext.precert-poison": (
        row("none", cert()),
        row("present", cert(extensions={x509.PrecertPoison: (x509.PrecertPoison(), True)}), "precertificate: the CT poison extension is present"),
    ),
    "ext.aki-form": (
        row("the key identifier", cert(issuer=ROOT)),
        row("with issuer and serial number", identified(b"key", ISSUER, 1), problem("authorityKeyIdentifier names issuer and serial number", key="authorityCertIssuer")),
        row("issuer and serial number alone", identified(None, ISSUER, 1), problem("authorityKeyIdentifier has no key identifier", key="keyIdentifier"), problem("authorityKeyIdentifier names issuer and serial number", key="authorityCertIssuer")),
        row("absent", cert(issuer=ROOT, extensions={x509.AuthorityKeyIdentifier: None}), problem("no authorityKeyIdentifier", key="absent")),
        row("a root without", cert("Root", ca=True), NOT_SELF, role=Role.CA),
    ),
    "ext.ski": (
        row("a CA with it", cert(ca=True), role=Role.ISSUER),
        row("a CA without", cert(ca=True, extensions={x509.SubjectKeyIdentifier: None}), "no subjectKeyIdentifier", role=Role.ISSUER),
        row("a leaf without", cert()),
        row("a leaf with it", cert(extensions={x509.SubjectKeyIdentifier: (x509.SubjectKeyIdentifier(b"key"), False)}), problem("subjectKeyIdentifier is present, which a leaf does not need", severity=Severity.INFO)),
    ),
    "ext.root-aki": (
        row("its own", root(b"1234")),
        row("none", cert(ca=True)),
        row("another", root(b"4321"), "authorityKeyIdentifier is not the root's own subjectKeyIdentifier"),
        row("a new key of a root", cert("a", ca=True, issuer=issue("a", ca=True)), na("the certificate is not a root")),
    ),
    "ext.empty": (
        *(row(f"{NAMED[oid]} empty", holding((oid, False, EMPTY)), problem(f"{NAMED[oid]} ({oid}) is an empty list", key=oid, cause=cause)) for oid, cause in LISTS.items()),
        row("an extension that may be empty", holding(("2.5.29.35", False, EMPTY))),
        row("an unknown extension", holding(("1.2.3", False, EMPTY))),
        row("none", cert()),
    ),
    "ext.not-critical": (
        *(row(f"{NAMED[oid]} critical", holding((oid, True, EMPTY)), problem(f"{NAMED[oid]} ({oid}) is critical", key=oid)) for oid in ("2.5.29.31", SCT_LIST)),
        *(row(f"{NAMED[oid]} not critical", holding((oid, False, EMPTY))) for oid in ("2.5.29.31", SCT_LIST, "2.5.29.18")),
        row("issuerAltName critical", holding(("2.5.29.18", True, EMPTY)), warning("issuerAltName (2.5.29.18) is critical", key="2.5.29.18")),
        row("an unknown one critical", holding(("1.2.3", True, EMPTY))),
    ),
    "ext.criticality": (
        *criticality_rows(),
        row("an unknown one critical", cert(raw_extensions=[("1.2.3", True, NULL)])),
        row("name constraints not critical, which the policy tolerates", ca(NAMES, critical=False), warning("nameConstraints (2.5.29.30) is not critical", key="2.5.29.30"), role=Role.ISSUER, name_constraints=False),
        row("inhibitAnyPolicy not critical all the same", ca(INHIBIT, critical=False), problem("inhibitAnyPolicy (2.5.29.54) is not critical", key="2.5.29.54"), role=Role.ISSUER, name_constraints=False),
    ),
    "ext.ca-consistency": (
        row("a CA with a path length", cert(ca=True, path_length=0), role=Role.ISSUER),
        row("a CA without keyUsage", cert(ca=True, path_length=0, key_usage=()), role=Role.ISSUER),
        row("a leaf", cert()),
        row("keyCertSign in a leaf", cert(key_usage=["key_cert_sign"]), problem("keyUsage has keyCertSign, but the certificate is not a CA", key="keyCertSign")),
        row("a path length without keyCertSign", cert(ca=True, path_length=0, key_usage=["crl_sign"]), problem("path length without the right to sign certificates", key="path length"), role=Role.ISSUER),
    ),
    "ext.name-constraints-types": (
        row("addresses and hosts", constrained([ADDRESS, x509.DNSName("a.example")])),
        row("a permitted registered ID", constrained([REGISTERED]), UNUSABLE),
        row("an excluded registered ID", constrained(None, [ADDRESS, REGISTERED]), UNUSABLE),
        row("none", cert(ca=True), NO_CONSTRAINTS),
    ),
    "ext.name-constraints-reserved": (
        *(row(f"{network} permitted", constrained(networks(network))) for network in ("8.8.8.0/24", "2a00::/16", "0.0.0.0/0", "::/0")),
        *(
            row(f"{network} permitted", constrained(networks(network)), overlap(network, special))
            for network, special in [("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.0/24", "10.0.0.0/8"), ("192.0.0.0/8", "192.0.0.0/24"), ("fd00::/8", "fc00::/7")]
        ),
        row("the last range before 10.0.0.0/8", constrained(networks("9.255.255.0/24"))),
        row("the first range after 10.0.0.0/8", constrained(networks("11.0.0.0/24"))),
        row("10.0.0.0/8 excluded", constrained(None, networks("10.0.0.0/8"))),
        row("none", cert(ca=True), NO_CONSTRAINTS),
    ),
}  # fmt: skip
