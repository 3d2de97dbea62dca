"""Rules of the family ct: the embedded signed certificate timestamps (SCTs)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import CertificatePath, IssuedInRole, Staple
from certgate.checks.status.ocsp import entry_in, missing
from certgate.model.target import Role
from certgate.x509.certificate import Certificate
from certgate.x509.ct_log import CtLog, read_log_list
from certgate.x509.errors import Malformed
from certgate.x509.sct import STAPLED_SCTS, Sct, embedded_scts, verify_sct

__all__: list[str] = []

_SERVER = frozenset({Role.SERVER})
_NO_LIST = NotApplicable("no log list (--ct-logs)")
_NO_SCT = NotApplicable("the certificate has no SCTs")


@check(
    "ct.sct-count",
    citation="Chrome CT policy; Apple support 103214",
    roles=_SERVER,
    binds={"log_list": Setting.CT_LOGS},
    presumes=[Premise.TLS, Premise.LEAF, Premise.ISSUED, Premise.EXTENSIONS, Premise.TIMESTAMPS],
)
def sct_count(
    subject: IssuedInRole,
    *,
    log_list: str = "",
    short_days: int = 180,
    short_count: int = 2,
    long_count: int = 3,
) -> Iterator[Answer]:
    """The certificate has SCTs from enough distinct logs for its lifetime.

    A certificate that is valid for at most `short_days` days needs `short_count` SCTs, others need `long_count`. With a
    log list only its accepted logs count.

    Why: browsers refuse public certificates that are not in enough logs.

    Fix: have the certificate issued by a CA that logs it; for an internal CA leave this rule out.
    """
    certificate = subject.certificate
    lifetime = certificate.not_after - certificate.not_before
    needed = short_count if lifetime <= timedelta(days=short_days) else long_count
    scts = [s for _, s in _accepted(certificate, log_list)] if log_list else embedded_scts(certificate) or ()
    found = len({sct.log_id for sct in scts})
    if found < needed:
        source = " from accepted logs" if log_list else ""
        count = f"{found} SCT{'' if found == 1 else 's'}{source}"
        cause = "ext.precert-poison" if certificate.has(ExtensionOID.PRECERT_POISON) else ""
        yield Problem(f"{count}, {needed} required for a lifetime of {lifetime.days} days", cause=cause)


@check(
    "ct.sct-valid",
    citation="RFC 6962 §3.2, §3.3; CA/B BR §7.1.2.11.3",
    binds={"log_list": Setting.CT_LOGS},
)
def sct_valid(path: CertificatePath, now: datetime, *, log_list: str = "", skew_s: int = 300) -> Iterator[Answer]:
    """Every embedded SCT is valid: it can be read, is not in the future and, with a log list, is signed by its log.

    `log_list` is the text of a log list (JSON, version 3). An SCT from a log that is not in the list cannot be
    verified; at least one must be verified.

    Why: clients do not count an invalid SCT.

    Fix: have the certificate reissued, and report the problem to the CA.
    """
    try:
        scts = embedded_scts(path.leaf)
    except Malformed as error:
        yield Problem(str(error), denies=Premise.TIMESTAMPS)
        return
    if scts is None:
        yield _NO_SCT
        return
    issuer = path.issuer_of(0)
    if log_list and issuer is None:
        yield NotChecked("the leaf's issuer is not known, so no SCT can be verified")
        return
    logs = read_log_list(log_list) if log_list else {}
    latest = now + timedelta(seconds=skew_s)
    if log_list and not any(sct.log_id in logs or sct.timestamp > latest for sct in scts):
        yield NotChecked("no SCT is from a log in the log list, so none can be verified")
    for sct in scts:
        name = sct.log_id.hex()
        log = logs.get(sct.log_id)
        if sct.timestamp > latest:
            yield Problem(f"the SCT from log {name} is in the future ({_text(sct.timestamp)})", key=name)
        elif log and issuer and (problem := verify_sct(sct, path.leaf, issuer, log.key)):
            yield Problem(f"the SCT from log {log.name or name} is invalid: {problem}", key=name)


@check(
    "ct.operators",
    citation="Chrome CT policy; Apple support 103214",
    roles=_SERVER,
    binds={"log_list": Setting.CT_LOGS},
    presumes=[Premise.TIMESTAMPS],
)
def operators(subject: IssuedInRole, *, log_list: str = "", min_operators: int = 2) -> Iterator[Answer]:
    """The embedded SCTs come from accepted logs of at least `min_operators` operators.

    Why: a single operator must not be able to hide a certificate.

    Fix: have the CA use logs of at least two operators.
    """
    if not log_list:
        yield _NO_LIST
        return
    found = {log.operator for log, _ in _accepted(subject.certificate, log_list)}
    if len(found) < min_operators:
        names = f" ({', '.join(sorted(found))})" if found else ""
        count = f"SCTs from {len(found)} operator{'' if len(found) == 1 else 's'}{names}"
        yield Problem(f"{count}, {min_operators} required")


@check(
    "ct.temporal",
    citation="Chrome CT log policy",
    roles=_SERVER,
    binds={"log_list": Setting.CT_LOGS},
    presumes=[Premise.TIMESTAMPS],
)
def temporal(subject: IssuedInRole, *, log_list: str = "") -> Iterator[Answer]:
    """The certificate expires within the interval that each of its logs accepts.

    Why: clients do not count an SCT from a log that does not accept the certificate.

    Fix: have the certificate reissued, and report the problem to the CA.
    """
    if not log_list:
        yield _NO_LIST
        return
    end = subject.certificate.not_after
    for log, sct in _accepted(subject.certificate, log_list):
        if not log.accepts(end):
            name = sct.log_id.hex()
            yield Problem(
                f"the log {log.name or name} does not accept certificates that expire at {_text(end)}", key=name
            )


@check("ct.delivery", citation="Chrome CT policy", presumes=[Premise.TLS])
def delivery(staple: Staple) -> Iterator[Answer]:
    """SCTs are in the certificate, not only in the staple.

    Why: browsers no longer accept SCTs from OCSP responses.

    Fix: have the CA embed the SCTs in the certificate.
    """
    if absent := missing(staple):
        yield absent
    elif not any(e.oid == STAPLED_SCTS for e in entry_in(staple).extensions):
        yield NotApplicable("the staple has no SCTs")
    elif embedded_scts(staple.leaf) is None:
        yield Problem("SCTs are only in the staple, not in the certificate")


def _accepted(certificate: Certificate, log_list: str) -> Iterator[tuple[CtLog, Sct]]:
    """The embedded SCTs from logs that were accepted at that time, with their logs. Raises Malformed."""
    logs = read_log_list(log_list)
    for sct in embedded_scts(certificate) or ():
        log = logs.get(sct.log_id)
        if log and (log.retired_at is None or sct.timestamp < log.retired_at):
            yield log, sct


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
