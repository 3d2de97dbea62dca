"""Rules of the family crl: whether fetched and named CRLs can be used for the certificate.

People who deploy a certificate do not control what its CA publishes: problems of fetched CRLs are at most warnings, and
rev.status reports that there is no answer.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from certgate.checks.framework.needs import Need
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import RevocationEvidence
from certgate.checks.status.rev_status import crls_about, signers_above
from certgate.model.evidence import Evidence
from certgate.model.finding import Severity
from certgate.trust.crl import CrlState, crl_status
from certgate.x509.crl import Crl
from certgate.x509.errors import Malformed

__all__: list[str] = []

_NONE = NotApplicable("no CRL for the certificate")


@check(
    "crl.fresh",
    citation="RFC 5280 §5.1.2; CA/B BR §7.2; Mozilla Root Store Policy §6",
    needs=[Need.STATUS],
)
def fresh(
    subject: RevocationEvidence, now: datetime, *, skew_s: int = 300, max_days: int = 0, max_ca_days: int = 0
) -> Iterator[Answer]:
    """The CRL is current: thisUpdate is in the past, nextUpdate is in the future.

    It is valid for at most `max_days` days (for CA certificates `max_ca_days`), unless these are 0. The Baseline
    Requirements have 10 and 366. `skew_s` seconds are allowed for clocks that run ahead of this one. Problems of a
    fetched CRL are at most warnings; rev.status reports a missing answer.

    Why: an old CRL may hide a later revocation, and clients do not use it.

    Fix: publish a new CRL, and find out why the CA's job did not.
    """
    crls = [(evidence, crl) for evidence, crl in crls_about(subject) if isinstance(crl, Crl)]
    if not crls:
        yield _NONE
    bound = max_ca_days if subject.certificate.is_ca else max_days
    for evidence, crl in crls:
        try:
            for message in _date_problems(crl, now, now + timedelta(seconds=skew_s), bound):
                yield _problem(evidence, message)
        except Malformed as error:
            yield _problem(evidence, str(error))


@check(
    "crl.scope",
    citation="RFC 5280 §5.2.5, §6.3.3; CA/B BR §7.2.2.1",
    needs=[Need.STATUS],
)
def scope(subject: RevocationEvidence) -> Iterator[Answer]:
    """The CRL can be read, has a valid signature, and covers the certificate for all reasons.

    A CRL that is signed with MD5 or SHA-1 does not count, but certificates that it lists stay revoked. crl.fresh checks
    the dates. If there are several CRLs, one that covers the certificate is enough. Problems of a fetched CRL are at
    most warnings; rev.status reports a missing answer.

    Why: a CRL that does not cover a certificate says nothing about it, even if it is current.

    Fix: fetch the CRL that the certificate's cRLDistributionPoints names, and do not change it.
    """
    crls = []
    for evidence, crl in (found := list(crls_about(subject))):
        if isinstance(crl, str):
            yield _problem(evidence, crl)
        else:
            crls.append((evidence, crl))
    if not found:
        yield _NONE
    signers = signers_above(subject)
    everything = [crl for _, crl in crls]
    if crl_status(subject.certificate, everything, signers, None).state is CrlState.UNDETERMINED:
        for evidence, crl in crls:
            yield _problem(evidence, crl_status(subject.certificate, [crl], signers, None).reason)


def _date_problems(crl: Crl, now: datetime, latest: datetime, bound: int) -> Iterator[str]:
    """What is wrong with the CRL's dates. Raises Malformed."""
    start, end = crl.this_update, crl.next_update
    if start > latest:
        yield f"thisUpdate is in the future ({_text(start)})"
    if end is None:
        yield "nextUpdate is missing, so the CRL never expires"
    elif end < now:
        yield f"the CRL expired at {_text(end)}"
    elif bound and end - start > timedelta(days=bound):
        yield f"the CRL is valid for {(end - start) / timedelta(days=1):.1f} days, at most {bound} allowed"


def _problem(evidence: Evidence, message: str) -> Problem:
    severity = Severity.WARNING if "://" in evidence.source else None
    return Problem(f"{evidence.source}: {message}", key=evidence.source, severity=severity)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
