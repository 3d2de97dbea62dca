"""The certificate policies that a certificate asserts, maps and limits."""

from cryptography import x509

from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role
from tests.checks.tables.row import Table, cert, na, oid, problem, row, sequence, warning

DV, OV, IV, EV, ANY, OWN = (
    "2.23.140.1.2.1",
    "2.23.140.1.2.2",
    "2.23.140.1.2.3",
    "2.23.140.1.1",
    "2.5.29.32.0",
    "1.2.3.4",
)
NONE = na("no certificatePolicies")
NO_MAPPINGS = na("no policyMappings")
NOT_A_ROOT = na("the certificate is not a root")
NO_RESERVED = f"no reserved policy OID, one of {DV}, {OV}, {IV}, {EV} required"
NOTICE = x509.UserNotice(None, "read this")
ROOT = issue("a", ca=True)
LIMITS = {"2.5.29.33": "policyMappings", "2.5.29.36": "policyConstraints", "2.5.29.54": "inhibitAnyPolicy"}


def leaf(*oids, **options):
    return cert(policies=oids, **options)


def sub(*oids):
    return cert("Sub", ca=True, policies=oids)


def qualified(*qualifiers):
    value = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(DV), list(qualifiers))])
    return leaf(extensions={type(value): (value, False)})


def with_qualifier(policy, qualifier):
    value = sequence(sequence(oid(policy), sequence(sequence(oid(qualifier), sequence()))))
    return cert(policies=(), raw_extensions=[("2.5.29.32", False, value)])


def mapping(*pairs, policies=(), critical=True):
    value = sequence(*(sequence(oid(a), oid(b)) for a, b in pairs))
    return cert("a", ca=True, policies=policies, raw_extensions=[("2.5.29.33", critical, value)])


def present(count):
    return problem(f"{count} policy qualifiers present", key="present", severity=Severity.INFO)


CRITICAL = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(DV), None)])
UNMAPPED = row("nothing mapped", cert("a", ca=True), NO_MAPPINGS)
MAPS_ANY = "policyMappings has anyPolicy (2.5.29.32.0)"

TABLE: Table = {
    "policy.reserved-oid": (
        *(row(f"{name} with one's own", leaf(OWN, one)) for name, one in {"DV": DV, "OV": OV, "IV": IV, "EV": EV}.items()),
        row("one's own alone", leaf(OWN), NO_RESERVED),
        row("none", leaf(), NO_RESERVED),
        row("two", leaf(DV, OV), f"2 reserved policy OIDs, 1 allowed: domain validated ({DV}), organization validated ({OV})"),
    ),
    "policy.expected": (
        row("all of them", leaf(OWN, DV), oids=(DV, OWN)),
        row("one of them", leaf(DV), problem(f"the policy {OWN} is missing; found domain validated ({DV})", key=OWN), oids=(DV, OWN)),
        row("none", leaf(), problem(f"the policy domain validated ({DV}) is missing; found none", key=DV), oids=(DV,)),
        row("any", leaf(ANY), problem(f"the policy domain validated ({DV}) is missing; found anyPolicy ({ANY})", key=DV), oids=(DV,)),
        row("no list", leaf(DV), na("the target lists no policy OID")),
    ),
    "policy.any-policy": (
        row("a policy", leaf(DV)),
        row("any", leaf(DV, ANY), "certificatePolicies has anyPolicy (2.5.29.32.0)"),
        row("none", leaf(), NONE),
    ),
    "policy.qualifiers": (
        row("without", leaf(DV)),
        row("addresses", qualified("https://ca.example/cps", "HTTP://ca.example"), present(2)),
        row("an address of FTP", qualified("ftp://ca.example"), problem("a policy has the qualifier URL ftp://ca.example", key="address")),
        row("a notice", qualified(NOTICE), problem("a policy has the qualifier user notice", key="notice")),
        row("all of these", qualified("https://ca.example/cps", "ftp://ca.example", NOTICE), problem("a policy has the qualifier URL ftp://ca.example", key="address"), problem("a policy has the qualifier user notice", key="notice")),
        row("none", leaf(), NONE),
    ),
    "policy.first": (
        row("the reserved one first", leaf(DV, OWN)),
        row("one's own first", leaf(OWN, DV), f"the first policy is {OWN}, a reserved policy required"),
        row("one's own alone", leaf(OWN), na("no reserved policy OID")),
    ),
    "policy.subca": (
        row("any", sub(ANY)),
        row("a reserved one", sub(DV)),
        row("a reserved one behind one's own", sub(OWN, OV)),
        row("any and another", sub(ANY, DV), problem("anyPolicy is present together with other policies", key="anyPolicy")),
        row("one's own alone", sub(OWN), problem("no reserved policy OID, 1 required", key="reserved")),
        row("two reserved ones", sub(DV, OV), warning("2 reserved policy OIDs, 1 allowed", key="several")),
        row("none", sub(), problem("no certificatePolicies", key="absent")),
    ),
    "policy.critical": (
        row("not critical", leaf(DV)),
        row("critical", leaf(extensions={type(CRITICAL): (CRITICAL, True)}), "certificatePolicies is critical"),
        row("none", leaf(), NONE),
    ),
    "policy.mapping-any": (
        row("two policies", mapping(("1.2.4", "1.2.5"))),
        row("from any", mapping(("1.2.4", "1.2.5"), (ANY, "1.2.3")), MAPS_ANY),
        row("to any", mapping(("1.2.4", "1.2.5"), ("1.2.3", ANY)), MAPS_ANY),
        UNMAPPED,
    ),
    "policy.mapping-asserted": (
        *(row(f"asserted: {', '.join(policies)}", mapping(("1.2.3", "1.2.4"), policies=policies)) for policies in (("1.2.3",), (ANY,), ("1.2.9", "1.2.3"))),
        row("only its image asserted", mapping(("1.2.3", "1.2.4"), policies=("1.2.4",)), "mapped but not asserted: 1.2.3"),
        UNMAPPED,
    ),
    "policy.mapping-critical": (
        row("critical", mapping(("1.2.3", "1.2.4"))),
        row("not critical", mapping(("1.2.3", "1.2.4"), critical=False), "policyMappings is not critical"),
        UNMAPPED,
    ),
    "policy.limits-leaf": (
        row("no limit", cert("a")),
        *(row(name, cert(raw_extensions=[(one, True, b"\x30\x00")]), problem(f"{name} ({one}) is present", key=one)) for one, name in LIMITS.items()),
    ),
    "policy.any-qualifiers": (
        row("a notice for any", with_qualifier(ANY, "1.3.6.1.5.5.7.2.2")),
        row("an address for any", with_qualifier(ANY, "1.3.6.1.5.5.7.2.1")),
        row("an unknown one for any", with_qualifier(ANY, "1.2.3.4"), problem("anyPolicy has the qualifier 1.2.3.4", cause="policy.qualifiers")),
        row("an unknown one for a policy", with_qualifier("1.2.3", "1.2.3.4"), na("anyPolicy is not asserted")),
    ),
    "policy.root": (
        row("none", cert("a", ca=True)),
        row("any", cert("a", ca=True, policies=(ANY,)), "certificatePolicies is present", role=Role.CA),
        row("an intermediate", cert("b", issuer=ROOT, ca=True, policies=(ANY,)), NOT_A_ROOT),
    ),
}  # fmt: skip
