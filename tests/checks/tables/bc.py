"""basicConstraints of leaves and CAs."""

from cryptography import x509

from certgate.checks.framework.premise import Premise
from certgate.lab.pki import issue
from certgate.model.target import Role
from tests.checks.tables.row import Table, cert, na, nc, problem, row

NONE = {x509.BasicConstraints: None}


def below(**contents):
    return cert("Sub", ca=True, issuer=issue("a", ca=True), **contents)


def constrained(der, *, critical=True):
    return cert(extensions=NONE, raw_extensions=[("2.5.29.19", critical, der)])


ENCODING = problem("basicConstraints is not encoded as 3000 (an empty sequence)", key="encoding")
NOT_CRITICAL = problem("basicConstraints is not critical", key="critical")
UNREADABLE = nc(
    "the extension basicConstraints (2.5.29.19) cannot be read: it has an indefinite length, which DER does not allow"
)
ABSENT = problem("no basicConstraints", key="absent", cause="chain.issuer-ca")

TABLE: Table = {
    "bc.leaf": (
        row("CA:FALSE", cert()),
        row(
            "CA:TRUE",
            cert(ca=True),
            problem("basicConstraints says CA:TRUE", key="cA", cause="chain.leaf-first", denies=Premise.LEAF),
        ),
        row("none", cert(extensions=NONE), na("no basicConstraints")),
        row("FALSE written out", constrained(b"\x30\x03\x01\x01\x00"), ENCODING),
        row("a path length", constrained(b"\x30\x03\x02\x01\x00"), ENCODING),
        row("TRUE as 1", constrained(b"\x30\x03\x01\x01\x01"), ENCODING),
        row("an endless length", constrained(b"\x30\x80"), ENCODING),
        row("nothing", constrained(b""), ENCODING),
        row("not critical", constrained(b"\x30\x00", critical=False), NOT_CRITICAL),
        row("not critical, which the policy allows", constrained(b"\x30\x00", critical=False), critical=False),
    ),
    "bc.ca": (
        row("CA:TRUE", cert(ca=True)),
        row("CA:FALSE", cert(), problem("basicConstraints says CA:FALSE", key="cA"), role=Role.CA),
        row("not critical", constrained(b"\x30\x03\x01\x01\xff", critical=False), NOT_CRITICAL),
        row("none", cert(ca=True, extensions=NONE), ABSENT),
        row("unreadable", constrained(b"\x30\x80"), UNREADABLE),
    ),
    "bc.root-path-length": (
        row("no path length", cert(ca=True)),
        row("a path length", cert(ca=True, path_length=0), "the root has the path length 0"),
        row(
            "an intermediate with one",
            cert("b", ca=True, path_length=0, issuer=issue("a", ca=True)),
            na("the certificate is not a root"),
        ),
    ),
    "bc.subca-path-length": (
        row("no CAs below", below(path_length=0)),
        row("two levels", below(path_length=2)),
        row("three levels", below(path_length=3), problem("the path length is 3, at most 2 allowed", key="length")),
        row("one, where none is allowed", below(path_length=1), problem("the path length is 1, at most 0 allowed", key="length"), max_length=0),
        row("no limit", below(), problem("no path length: any number of CAs may be below it", key="absent")),
        row("a root", cert(ca=True), na("the certificate is a root")),
        row("no CA", cert("b", issuer=issue("a", ca=True)), na("basicConstraints does not say that it is a CA")),
    ),
}  # fmt: skip
