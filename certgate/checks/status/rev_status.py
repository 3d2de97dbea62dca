"""Rule rev.status: what the staple, OCSP responses and CRLs together say about one certificate."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import IntEnum

from certgate.checks.framework.needs import Need
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import RevocationEvidence, Staple
from certgate.checks.status.ocsp import BROKEN, critical_problem, freshness_problems, response_to, signature_problem
from certgate.checks.status.ocsp_nonce import nonce_in
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.finding import Severity
from certgate.model.frozen import frozen
from certgate.model.target import Revocation
from certgate.trust.crl import CrlState, crl_status
from certgate.x509.certificate import Certificate
from certgate.x509.crl import Crl, parse_crl
from certgate.x509.errors import Malformed

__all__ = ["NO_SOURCE", "RevocationState", "Status", "crls_about", "signers_above", "status_of"]

_NO_REV_AVAIL = "2.5.29.56"
NO_SOURCE = "no OCSP response was stapled, and --revocation is off"
"""The reason if no source was used: the same for all targets, so that reports can count them."""


class RevocationState(IntEnum):
    """The revocation state of one certificate; of several answers the highest counts."""

    UNDETERMINED = 0
    GOOD = 1
    UNKNOWN = 2
    """The responder is responsible for the issuer but does not know the certificate."""
    REVOKED = 3


@frozen(slots=True)
class Status:
    """A state with `text`: the problem in one sentence, or why the state is undetermined."""

    state: RevocationState
    text: str = ""


@check(
    "rev.status",
    citation="RFC 6960 §2.2; RFC 5280 §6.3; CA/B BR §4.9; PCI DSS 4.0.1 req. 4.2.1",
    needs=[Need.STATUS],
)
def status(
    subject: RevocationEvidence, now: datetime, *, skew_s: int = 300, short_lived_days: int = 7
) -> Iterator[Answer]:
    """The certificate is not revoked.

    The rule uses the staple, OCSP responses and CRLs. One answer is enough, and a revocation counts more than any other
    answer. An answer counts if its signature is valid, it is about this certificate, certgate understands it and, if it
    is good, it is current. Without `--revocation` there is only the staple, and what `--staple` and `--crl` give, which
    must answer for the leaf. A certificate without a revocation pointer needs no answer if it is valid for at most
    `short_lived_days` days, or has noRevAvail and is not a CA.

    Why: a revoked certificate must not be trusted, whatever its dates say.

    Fix: if it is revoked, replace the certificate and its key now. If there is no answer, use `--revocation soft` or
    `--revocation hard`, give the CRL with `--crl`, or restore the source that the message names.
    """
    found = status_of(subject, now, skew_s)
    if found.state is RevocationState.GOOD:
        return
    if found.state is not RevocationState.UNDETERMINED:
        yield Problem(found.text)
    elif subject.certificate == subject.path.anchor:
        yield NotApplicable("a trusted root cannot be revoked, only removed from the trust store")
    elif _needs_none(subject, short_lived_days):
        yield NotApplicable("no revocation pointer needed: the certificate is short-lived or has noRevAvail")
    elif subject.mode is Revocation.SOFT or (subject.mode is Revocation.GIVEN and subject.index):
        message = f"revocation status unknown: {found.text}"
        yield Problem(message, key="undetermined", severity=Severity.WARNING)
    else:
        yield NotChecked(found.text)


def status_of(subject: RevocationEvidence, now: datetime, skew_s: int = 300) -> Status:
    """The status from all sources together at `now` (aware, UTC); if undetermined, with all reasons. Never raises."""
    if subject.issuer is None:
        return Status(RevocationState.UNDETERMINED, "the certificate's issuer is not known")
    found = [*_ocsp_answers(subject, subject.issuer, now, skew_s), *_crl_answers(subject, now, skew_s)]
    best = max(found, key=lambda answer: answer.state, default=Status(RevocationState.UNDETERMINED))
    if best.state is not RevocationState.UNDETERMINED:
        return best
    return Status(RevocationState.UNDETERMINED, "; ".join(dict.fromkeys(a.text for a in found)) or _no_answer(subject))


def crls_about(subject: RevocationEvidence) -> Iterator[tuple[Evidence, Crl | str]]:
    """The CRLs from its distribution points or its issuer, or why they are not CRLs.

    A file that is not a CRL is reported for the leaf. Never raises.
    """
    named = _crl_urls(subject)
    for evidence in subject.evidence:
        if evidence.kind is not EvidenceKind.CRL or evidence.content is None:
            continue
        concerns = evidence.source in named
        try:
            crl = parse_crl(evidence.content)
            indirect = crl.scope is not None and crl.scope.indirect
            if concerns or indirect or crl.issuer == subject.certificate.issuer:
                yield evidence, crl
        except Malformed as error:
            if concerns or ("://" not in evidence.source and subject.index == 0):
                yield evidence, str(error)


def signers_above(subject: RevocationEvidence) -> dict[Certificate, bytes]:
    """The issuers above the certificate on its path, including the anchor, each with its working public key."""
    path = subject.path
    keys = zip((issuer for _, issuer in path.links), path.working_keys, strict=True)
    return dict(list(keys)[subject.index :])


def _ocsp_answers(subject: RevocationEvidence, issuer: Certificate, now: datetime, skew_s: int) -> Iterator[Status]:
    if subject.unusable:
        yield Status(RevocationState.UNDETERMINED, BROKEN)
    elif subject.staple is not None:
        staple = Staple(subject.staple, subject.certificate, issuer)
        yield _response_status("the staple", staple, now, skew_s)
    for evidence in subject.ocsp_responses:
        if evidence.content is None:
            yield Status(RevocationState.UNDETERMINED, f"{evidence.source}: {evidence.detail}")
        elif evidence.nonce and nonce_in(evidence) not in {None, evidence.nonce}:
            yield Status(RevocationState.UNDETERMINED, f"{evidence.source}: the nonce in the response is wrong")
        else:
            staple = Staple(evidence.content, subject.certificate, issuer)
            yield _response_status(f"the response of {evidence.source}", staple, now, skew_s)


def _response_status(name: str, staple: Staple, now: datetime, skew_s: int) -> Status:
    """The status in one response; undetermined if the response is not usable. Never raises."""
    if staple.issuer is None:
        return Status(RevocationState.UNDETERMINED, "the certificate's issuer is not known")
    try:
        response = response_to(staple)
        if problem := signature_problem(staple, response, now):
            return Status(RevocationState.UNDETERMINED, f"{name} is not valid: {problem}")
        entry = response.status_of(staple.leaf, staple.issuer)
    except Malformed as error:
        return Status(RevocationState.UNDETERMINED, f"{name} is not valid: {error}")
    if entry is None:
        return Status(RevocationState.UNDETERMINED, f"{name} is about another certificate")
    if problem := critical_problem(response, entry):
        return Status(RevocationState.UNDETERMINED, f"{name} is not valid: {problem}")
    doubt = next(freshness_problems(response, entry, now, skew_s), None)
    begun = entry.revoked_at is None or entry.revoked_at <= now + timedelta(seconds=skew_s)
    if entry.status == "revoked" and (begun or not doubt):
        when = f" at {entry.revoked_at:%Y-%m-%d %H:%M:%S} UTC" if entry.revoked_at else ""
        why = f" ({entry.reason})" if entry.reason else ""
        return Status(RevocationState.REVOKED, f"revoked{when}{why}, according to {name}")
    if doubt:
        return Status(RevocationState.UNDETERMINED, f"{name} is not valid: {doubt.message}")
    if entry.status != "good":
        return Status(RevocationState.UNKNOWN, f"the responder does not know the certificate, according to {name}")
    return Status(RevocationState.GOOD)


def _crl_answers(subject: RevocationEvidence, now: datetime, skew_s: int) -> Iterator[Status]:
    named = _crl_urls(subject)
    for evidence in subject.evidence:
        if evidence.kind is EvidenceKind.CRL and evidence.content is None and evidence.source in named:
            yield Status(RevocationState.UNDETERMINED, f"{evidence.source}: {evidence.detail}")
    crls = []
    for evidence, crl in crls_about(subject):
        if isinstance(crl, str):
            yield Status(RevocationState.UNDETERMINED, f"{evidence.source}: {crl}")
        else:
            crls.append(crl)
    if not crls:
        return
    answer = crl_status(subject.certificate, crls, signers_above(subject), now, timedelta(seconds=skew_s))
    if answer.state is CrlState.REVOKED:
        yield Status(RevocationState.REVOKED, f"revoked ({answer.reason}), according to a CRL")
    elif answer.state is CrlState.GOOD:
        yield Status(RevocationState.GOOD)
    else:
        yield Status(RevocationState.UNDETERMINED, answer.reason)


def _crl_urls(subject: RevocationEvidence) -> tuple[str, ...]:
    try:
        return subject.certificate.crl_urls
    except Malformed:
        return ()


def _needs_none(subject: RevocationEvidence, short_lived_days: int) -> bool:
    certificate = subject.certificate
    if subject.staple is not None or certificate.ocsp_urls or certificate.crl_urls:
        return False
    promised = certificate.extension(_NO_REV_AVAIL) is not None and not certificate.is_ca
    return promised or certificate.lifetime <= timedelta(days=short_lived_days)


def _no_answer(subject: RevocationEvidence) -> str:
    """Why there is no answer at all."""
    if subject.mode in {Revocation.OFF, Revocation.GIVEN}:
        return NO_SOURCE if subject.mode is Revocation.OFF else "no given CRL is from the certificate's issuer"
    try:
        named = subject.certificate.ocsp_urls or subject.certificate.crl_urls
    except Malformed as error:
        return str(error)
    return "no answer" if named else "the certificate names neither an OCSP responder nor a CRL"
