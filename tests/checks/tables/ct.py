"""Certificate transparency: enough logs and operators, signatures that hold, dates that fit."""

from datetime import timedelta
from hashlib import sha256

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.subjects import CertificatePath, Staple
from certgate.lab.ct import Log, log_list, sct_list
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK, issue
from certgate.x509.certificate import parse_certificate
from certgate.x509.sct import EMBEDDED_SCTS, STAPLED_SCTS
from tests.checks.tables.logged import A1, A2, B1, CA, LISTED, START, logged
from tests.checks.tables.row import Table, cert, na, nc, problem, row

SECOND, LIMIT = timedelta(seconds=1), timedelta(days=180)
NO_LIST, NO_SCT, NOT_ONE = (
    na("no log list (--ct-logs)"),
    na("the certificate has no SCTs"),
    na("the certificate is not a precertificate"),
)
STRANGER = Log("s", "S")
BROKEN = [(EMBEDDED_SCTS, False, b"\x04\x00")]
EMPTY_LIST = (EMBEDDED_SCTS, False, b"\x04\x02\x00\x00")
POISON = "1.3.6.1.4.1.11129.2.4.3"
UNLISTED = nc("no SCT is from a log in the log list, so none can be verified")
UNREAD = "the list of signed certificate timestamps cannot be read"


def log_id(log):
    return sha256(log.spki).hexdigest()


def path(*logs, anchor=CA, **options):
    def made():
        leaf = logged(*logs, **options)()
        return CertificatePath((parse_certificate(leaf.der),), anchor and parse_certificate(anchor.der))

    return made


def until(span, *logs):
    return logged(*logs, not_after=START + span)


def missing(count, required, days, accepted=""):
    return f"{count} SCT{'' if count == 1 else 's'}{accepted}, {required} required for a lifetime of {days} days"


def forged():
    """A path with an SCT for another certificate."""
    other = issue("other", issuer=CA)
    sct = A1.sign(other.native.tbs_certificate_bytes, CA, START)
    leaf = issue("leaf", issuer=CA, raw_extensions=[(EMBEDDED_SCTS, False, sct_list([sct]))])
    return CertificatePath((parse_certificate(leaf.der),), parse_certificate(CA.der))


def precertificate(*extensions, critical=True, value=b"\x05\x00"):
    return cert("a", raw_extensions=[(POISON, critical, value), *extensions])


def sharded(year):
    interval = {"start_inclusive": f"{year}-01-01T00:00:00Z", "end_exclusive": f"{year + 1}-01-01T00:00:00Z"}
    return Log("sharded", "A", more={"temporal_interval": interval})


def ending(second):
    """A log whose interval ends so long after the leaf does."""
    end = START + timedelta(days=90) - SECOND + second * SECOND
    interval = {"start_inclusive": "2026-01-01T00:00:00Z", "end_exclusive": end.isoformat().replace("+00:00", "Z")}
    return Log("sharded", "A", more={"temporal_interval": interval})


def retired(seconds):
    end = (START + timedelta(seconds=seconds)).isoformat()
    return Log("b2", "B", more={"state": {"retired": {"timestamp": end}}})


def listed(*logs, **options):
    return {"log_list": log_list(*logs, **options)}


def stapled(*extensions, logs=()):
    def made():
        leaf = logged(*logs)()
        der = make_staple(leaf, CA, single_extensions=extensions)
        return Staple(der, parse_certificate(leaf.der), parse_certificate(CA.der))

    return made


CARRIED = (STAPLED_SCTS, False, sct_list([A1.sign(b"", CA, START)]))
ONE_OPERATOR = "SCTs from 1 operator (A), 2 required"
SHARD_26, SHARD_27, ENDS_THEN, ENDS_LATER = sharded(2026), sharded(2027), ending(0), ending(1)
RETIRED_THEN, RETIRED_LATER = retired(0), retired(1)
PLAIN = parse_certificate(issue("leaf", issuer=CA).der)


def not_accepted(log):
    return problem(
        "the log sharded does not accept certificates that expire at 2026-08-14 11:59:59 UTC", key=log_id(log)
    )


TABLE: Table = {
    "ct.sct-count": (
        row("two for 180 days", until(LIMIT, A1, B1)),
        row("two for a second more", until(LIMIT + SECOND, A1, B1), missing(2, 3, 180)),
        row("three for a second more", until(LIMIT + SECOND, A1, A2, B1)),
        row("one log twice", logged(A1, A1), missing(1, 2, 89)),
        row("none", cert("leaf"), missing(0, 2, 89)),
        row("an unknown log", logged(A1, STRANGER)),
        row("an unknown log, by a list", logged(A1, STRANGER), missing(1, 2, 89, " from accepted logs"), log_list=LISTED),
        row("known logs, by a list", logged(A1, B1), log_list=LISTED),
        row("a precertificate", precertificate(), problem(missing(0, 2, 89), cause="ext.precert-poison")),
        row("unreadable", cert("leaf", raw_extensions=BROKEN), nc(UNREAD)),
    ),
    "ct.sct-valid": (
        row("valid", path(A1, B1)),
        row("valid, by a list", path(A1, B1), log_list=LISTED),
        row("for another certificate", forged),
        row("for another certificate, by a list", forged, problem("the SCT from log a1 is invalid: the signature does not verify with the signer's key", key=log_id(A1)), log_list=LISTED),
        row("the skew allowed for clocks", path(A1, at=CLOCK + 300 * SECOND)),
        row("a second more", path(A1, at=CLOCK + 301 * SECOND), problem(f"the SCT from log {log_id(A1)} is in the future (2026-06-15 12:05:01 UTC)", key=log_id(A1))),
        row("one unknown log", path(A1, STRANGER), log_list=LISTED),
        row("unknown logs alone", path(STRANGER), UNLISTED, log_list=LISTED),
        row("no issuer", path(A1, anchor=None)),
        row("no issuer, by a list", path(A1, anchor=None), nc("the leaf's issuer is not known, so no SCT can be verified"), log_list=LISTED),
        row("none", path(), NO_SCT),
        row("unreadable", path(raw_extensions=BROKEN), problem(UNREAD, denies=Premise.TIMESTAMPS)),
    ),
    "ct.operators": (
        row("two", logged(A1, B1), log_list=LISTED),
        row("one", logged(A1, A2), ONE_OPERATOR, log_list=LISTED),
        row("one that is listed", logged(A1, B1), ONE_OPERATOR, **listed(A1)),
        row("a log that retired a second later", logged(A1, RETIRED_LATER), **listed(A1, RETIRED_LATER)),
        row("a log that retired then", logged(A1, RETIRED_THEN), ONE_OPERATOR, **listed(A1, RETIRED_THEN)),
        row("none", cert("leaf"), "SCTs from 0 operators, 2 required", log_list=LISTED),
        row("no list", logged(A1), NO_LIST),
        row("a list that is none", logged(A1), nc("the log list cannot be read: it is not a CT log list, version 3"), log_list="{}"),
    ),
    "ct.temporal": (
        row("its year", logged(SHARD_26, B1), **listed(SHARD_26, B1)),
        row("another year", logged(SHARD_27, B1), not_accepted(SHARD_27), **listed(SHARD_27, B1)),
        row("an interval that ends a second later", logged(ENDS_LATER, B1), **listed(ENDS_LATER, B1)),
        row("an interval that ends then", logged(ENDS_THEN, B1), not_accepted(ENDS_THEN), **listed(ENDS_THEN, B1)),
        row("no list", logged(A1), NO_LIST),
    ),
    "ct.delivery": (
        row("in the certificate too", stapled(CARRIED, logs=[A1])),
        row("in the staple alone", stapled(CARRIED), "SCTs are only in the staple, not in the certificate"),
        row("none in the staple", stapled(), na("the staple has no SCTs")),
        row("no staple", Staple(None, PLAIN, None), na("no staple")),
    ),
    "ct.precert-scts": (
        row("none", precertificate()),
        row("a list", precertificate(EMPTY_LIST), "the precertificate has a list of SCTs"),
        row("a certificate with one", cert("a", raw_extensions=[EMPTY_LIST]), NOT_ONE),
    ),
    "ct.poison-form": (
        row("critical and NULL", precertificate()),
        row("not critical", precertificate(critical=False), problem("the CT poison extension is not critical", key="critical")),
        row("not NULL", precertificate(value=b"\x30\x00"), problem("the value of the CT poison extension is not NULL", key="value")),
        row("a certificate", cert("a"), NOT_ONE),
    ),
}  # fmt: skip
