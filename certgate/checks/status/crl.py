"""Rules of the family crl: whether fetched and named CRLs can be used for the certificate.

Nobody who deploys a certificate has its CA's publishing in hand: problems of what was fetched are warnings at most, and
that there is no answer is rev.status's to say.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from certgate.checks.framework.needs import Demand, Need, Setting
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import RevocationEvidence
from certgate.checks.status.rev_status import crls_about, signers_above
from certgate.model.evidence import Evidence
from certgate.model.finding import Severity
from certgate.trust.crl import CrlState, crl_status
from certgate.x509.crl import Crl
from certgate.x509.errors import Malformed

__all__: list[str] = []

_NONE = NotApplicable("no CRL that concerns the certificate was had")


@check(
    "crl.fresh",
    citation="RFC 5280 §5.1.2; CA/B BR §7.2; Mozilla Root Store Policy §6",
    needs=[Need.STATUS],
    demanded_by=[Demand(Setting.REVOCATION)],
)
def fresh(
    subject: RevocationEvidence, now: datetime, *, skew_s: int = 300, max_days: int = 0, max_ca_days: int = 0
) -> Iterator[Answer]:
    """A CRL is valid now: thisUpdate lies in the past, nextUpdate is there and not yet over.

    It holds no longer than `max_days` (for CA certificates `max_ca_days`) where these are not 0. The Baseline
    Requirements have 10 and 366. `skew_s` seconds are forgiven to clocks that run ahead of this one. A CRL that was
    fetched gives a warning at most: rev.status says whether an answer was missed.

    Why: an old CRL may hide that the certificate was revoked since; clients do not use it.

    Fix: publish a new CRL; look why the CA's job did not.
    """
    crls = [(evidence, crl) for evidence, crl in crls_about(subject) if isinstance(crl, Crl)]
    if not crls:
        yield _NONE
    bound = max_ca_days if subject.certificate.is_ca else max_days
    for evidence, crl in crls:
        try:
            for message in _untimely(crl, now, now + timedelta(seconds=skew_s), bound):
                yield _problem(evidence, message)
        except Malformed as error:
            yield _problem(evidence, str(error))


@check(
    "crl.scope",
    citation="RFC 5280 §5.2.5, §6.3.3; CA/B BR §7.2.2.1",
    needs=[Need.STATUS],
    demanded_by=[Demand(Setting.REVOCATION)],
)
def scope(subject: RevocationEvidence) -> Iterator[Answer]:
    """A CRL can be read, is signed by who may, and covers the certificate for all reasons.

    One that is signed with MD5 or SHA-1 does not count, as an OCSP response does not; what it lists stays revoked.
    Dates are crl.fresh's to say. Of several CRLs one that covers the certificate suffices. A CRL that was fetched gives
    a warning at most: rev.status says whether an answer was missed.

    Why: a CRL that does not cover a certificate says nothing about it, however good its dates.

    Fix: fetch the CRL that the certificate's cRLDistributionPoints names, and keep it as it came.
    """
    crls = []
    for evidence, crl in (had := list(crls_about(subject))):
        if isinstance(crl, str):
            yield _problem(evidence, crl)
        else:
            crls.append((evidence, crl))
    if not had:
        yield _NONE
    signers = signers_above(subject)
    everything = [crl for _, crl in crls]
    if crl_status(subject.certificate, everything, signers, None).state is CrlState.UNDETERMINED:
        for evidence, crl in crls:
            yield _problem(evidence, crl_status(subject.certificate, [crl], signers, None).reason)


def _untimely(crl: Crl, now: datetime, latest: datetime, bound: int) -> Iterator[str]:
    """What is wrong with its dates. Raises Malformed."""
    start, end = crl.this_update, crl.next_update
    if start > latest:
        yield f"thisUpdate lies in the future ({_text(start)})"
    if end is None:
        yield "nextUpdate is missing, so nobody can tell how long the CRL holds"
    elif end < now:
        yield f"the CRL expired at {_text(end)}"
    elif bound and end - start > timedelta(days=bound):
        yield f"the CRL holds for {(end - start) / timedelta(days=1):.1f} days, more than {bound}"


def _problem(evidence: Evidence, message: str) -> Problem:
    severity = Severity.WARNING if "://" in evidence.source else None
    return Problem(f"{evidence.source}: {message}", key=evidence.source, severity=severity)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
