"""What a certificate's key is for: extendedKeyUsage."""

from datetime import UTC, datetime, timedelta

from cryptography import x509

from certgate.checks.framework.premise import Premise
from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Role
from tests.checks.tables.row import Table, cert, na, problem, row, warning

SERVER, CLIENT, CODE, MAIL, TIME, DOCUMENT, ANY = (
    "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.8",
    "1.3.6.1.5.5.7.3.36", "2.5.29.37.0",
)  # fmt: skip
PRECERT, IPSEC = "1.3.6.1.4.1.11129.2.4.4", "1.3.6.1.5.5.7.3.17"
NO_EKU = na("no extendedKeyUsage")
SECOND = timedelta(seconds=1)
END, DEDICATED = datetime(2027, 3, 15, tzinfo=UTC), datetime(2026, 6, 15, tzinfo=UTC)
ROOT = issue("Root", ca=True)
LACKS_SERVER = problem("extendedKeyUsage lacks serverAuth", key="serverAuth", cause="chain.eku-nesting")


def leaf(*ekus, **options):
    return cert(ekus=ekus, **options)


def marked(*ekus, critical):
    usages = x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in ekus])
    return cert(extensions={x509.ExtendedKeyUsage: (usages, critical)})


def sub(*ekus, **options):
    return cert("Sub", ca=True, issuer=ROOT, ekus=ekus, **options)


def has(name, oid, severity=None):
    return problem(f"extendedKeyUsage has {name}", key=oid, severity=severity)


def other_use(what, name):
    message = f"this is {what} certificate, not one for a TLS server: extendedKeyUsage has {name}"
    return problem(message, denies=Premise.TLS)


TABLE: Table = {
    "eku.server-auth": (
        row("serverAuth", leaf(SERVER)),
        row("with clientAuth", leaf(SERVER, CLIENT)),
        row("clientAuth alone", leaf(CLIENT), "extendedKeyUsage lacks serverAuth, it has clientAuth"),
        row("any", leaf(ANY), "extendedKeyUsage lacks serverAuth, it has anyExtendedKeyUsage"),
        row("any, where it may be absent", leaf(ANY), "extendedKeyUsage lacks serverAuth, it has anyExtendedKeyUsage", allow_absent=True),
        row("absent", leaf(), "no extendedKeyUsage, serverAuth required"),
        row("absent, which the policy allows", leaf(), allow_absent=True),
        row("codeSigning", leaf(CODE), other_use("a code-signing", "codeSigning")),
        row("emailProtection", leaf(MAIL), other_use("an S/MIME", "emailProtection")),
        row("timeStamping", leaf(TIME), other_use("a time-stamping", "timeStamping")),
        row("document signing", leaf(DOCUMENT), other_use("a document-signing", DOCUMENT)),
        row("codeSigning and clientAuth", leaf(CODE, CLIENT), problem("extendedKeyUsage lacks serverAuth, it has clientAuth, codeSigning")),
        row("codeSigning and any", leaf(CODE, ANY), problem("extendedKeyUsage lacks serverAuth, it has anyExtendedKeyUsage, codeSigning")),
    ),
    "eku.client-auth-public": (
        row("with clientAuth, in the last second before", leaf(SERVER, CLIENT, not_before=END - SECOND), warning("extendedKeyUsage has clientAuth")),
        row("with clientAuth, from the day on", leaf(SERVER, CLIENT, not_before=END), problem("extendedKeyUsage has clientAuth")),
        row("without", leaf(SERVER, not_before=END)),
        row("absent", leaf()),
    ),
    "eku.forbidden": (
        row("serverAuth and clientAuth", leaf(SERVER, CLIENT)),
        row("four others", leaf(SERVER, MAIL, CODE, PRECERT, ANY), has("precertificate signing", PRECERT), has("codeSigning", CODE), has("emailProtection", MAIL), has("anyExtendedKeyUsage", ANY)),
        row("absent", leaf(), NO_EKU),
    ),
    "eku.unlisted": (
        row("known purposes", leaf(SERVER, CLIENT, CODE)),
        row("an unknown one", leaf(SERVER, IPSEC), f"extendedKeyUsage has {IPSEC}"),
        row("seven unknown ones", leaf(SERVER, *(f"1.2.3.{n}" for n in range(7))), "extendedKeyUsage has 1.2.3.0, 1.2.3.1, 1.2.3.2, 1.2.3.3, 1.2.3.4 and 2 more"),
        row("absent", leaf(), NO_EKU),
    ),
    "eku.critical": (
        row("not critical", leaf(SERVER)),
        row("critical", marked(SERVER, critical=True), "extendedKeyUsage is critical"),
        row("absent", leaf(), NO_EKU),
    ),
    "eku.any-critical": (
        row("any, critical", marked(SERVER, ANY, critical=True), problem("extendedKeyUsage has anyExtendedKeyUsage and is critical", cause="eku.critical")),
        row("any, not critical", marked(SERVER, ANY, critical=False)),
        row("critical without any", marked(SERVER, critical=True)),
        row("absent", leaf(), NO_EKU),
    ),
    "eku.subca": (
        row("serverAuth", sub(SERVER)),
        row("with clientAuth", sub(SERVER, CLIENT)),
        row("clientAuth alone", sub(CLIENT), LACKS_SERVER),
        row("with emailProtection", sub(SERVER, MAIL), has("emailProtection", MAIL)),
        row("with any", sub(SERVER, ANY), has("anyExtendedKeyUsage", ANY)),
        row("with an unknown one", sub(SERVER, IPSEC), has(IPSEC, IPSEC, Severity.INFO)),
        row("any alone", sub(ANY), warning("extendedKeyUsage has only anyExtendedKeyUsage", key="any")),
        row("absent", sub(), warning("no extendedKeyUsage", key="absent")),
    ),
    "eku.subca-dedicated": (
        row("with clientAuth, in the last second before", sub(SERVER, CLIENT, not_before=DEDICATED - SECOND)),
        row("with clientAuth, from the day on", sub(SERVER, CLIENT, not_before=DEDICATED), "extendedKeyUsage has clientAuth"),
        row("serverAuth", sub(SERVER, not_before=DEDICATED)),
        row("absent", sub(not_before=DEDICATED), NO_EKU),
        row("a root", cert("Root", ca=True, ekus=[CLIENT]), na("the certificate is a root"), role=Role.CA),
    ),
    "eku.root": (
        row("absent", cert("Root", ca=True)),
        row("present", cert("Root", ca=True, ekus=[SERVER]), "extendedKeyUsage is present"),
        row("an intermediate with one", sub(SERVER), na("the certificate is not a root")),
    ),
}  # fmt: skip
