"""Rules of the family ocsp on a response that is about to be published: who signed it, and when it is valid."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Passed, Problem, check
from certgate.checks.framework.subjects import PublishedResponse
from certgate.checks.framework.wording import capped
from certgate.checks.status.ocsp_profile import profile_problems
from certgate.trust.responder import find_responder
from certgate.x509.certificate import Certificate
from certgate.x509.ocsp import SingleResponse
from certgate.x509.signature import WEAK_HASHES

__all__: list[str] = []

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_INCLUSIVE = timedelta(seconds=1)
"""Both ends of an interval count (CA/B BR §4.9.9)."""


@check("ocsp.response-signature", citation="RFC 6960 §3.2(2)(3), §4.2.2.2")
def response_signature(subject: PublishedResponse, now: datetime) -> Iterator[Answer]:
    """The response is signed by the issuer of the certificates it is about, or by a responder that the issuer allowed.

    The issuer is the certificate in the trust store whose name and key the statuses name: name its file with `--trust`,
    an intermediate CA's too. Without it the rule is not-checked. The responder's certificate must be valid.

    Why: a response that anybody could have made proves nothing, and clients do not use it.

    Fix: sign with the CA's key, or embed the certificate that the CA issued to its responder.
    """
    if not subject.issuers:
        lack = "the issuer of the certificates it is about is not in the trust store"
        yield NotChecked(f"{lack} {subject.store}: name its file with --trust")
        return
    problems = [_problem(subject, issuer, now) for issuer in subject.issuers]
    if all(problems):
        is_weak = subject.response.signature_algorithm.hash in WEAK_HASHES
        denies = None if _signer(subject) else Premise.SIGNER
        yield Problem(problems[0], cause="ocsp.response-hash" if is_weak else "", denies=denies)
    else:
        yield Passed(f"signed for {subject.issuers[problems.index('')].subject.short}")


def _problem(subject: PublishedResponse, issuer: Certificate, now: datetime) -> str:
    """Why nobody allowed by this issuer signed the response; empty if somebody did. Raises Malformed."""
    responder = find_responder(subject.response, issuer)
    signer = responder.certificate
    if signer is None:
        return responder.problem
    if not signer.not_before <= now <= signer.not_after:
        return f"the signer's certificate is valid only from {_text(signer.not_before)} to {_text(signer.not_after)}"
    return ""


def _signer(subject: PublishedResponse) -> Certificate | None:
    found = (find_responder(subject.response, issuer).certificate for issuer in subject.issuers)
    return next(filter(None, found), None)


@check("ocsp.response-hash", citation="CA/B BR §7.1.3.2; Mozilla Root Store Policy 3.1 §5.1.3")
def response_hash(subject: PublishedResponse) -> Iterator[Answer]:
    """The response is not signed with MD5 or SHA-1.

    The hash by which a response names its certificate is another one, and may be SHA-1.

    Why: collisions of these hashes can be computed, so that such a signature proves nothing.

    Fix: have the responder sign with SHA-256 or better.
    """
    name = subject.response.signature_algorithm.hash
    if name in WEAK_HASHES:
        yield Problem(f"the response is signed with {name.upper()}", evidence={"hash": name})


@check(
    "ocsp.response-responder",
    citation="CA/B BR §7.1.2.8; RFC 6960 §4.2.2.2.1",
    presumes=[Premise.SIGNER],
)
def response_responder(subject: PublishedResponse) -> Iterator[Answer]:
    """A delegated responder's certificate is for signing OCSP responses and nothing else.

    It has id-pkix-ocsp-nocheck, only digitalSignature and OCSPSigning, and no subjectAltName, nameConstraints or
    cRLDistributionPoints.

    Why: a responder that can do more, or whose own revocation matters, is a risk for every client.

    Fix: have the CA issue a certificate with the OCSP responder profile to its responder.
    """
    signer = _signer(subject)
    if signer is None:
        yield NotChecked("the signer of the response is not known")
    elif signer in subject.issuers:
        yield NotApplicable("the response is signed by the issuer itself")
    else:
        yield from profile_problems(signer)


@check("ocsp.response-current", citation="RFC 6960 §3.2(5)(6), §4.2.2.1")
def response_current(subject: PublishedResponse, now: datetime, *, skew_s: int = 300) -> Iterator[Answer]:
    """Every status in the response is current: thisUpdate and producedAt are in the past, nextUpdate in the future.

    `skew_s` seconds are allowed for clocks that run ahead of this one; after nextUpdate nothing is allowed. nextUpdate
    is not before thisUpdate.

    Why: clients do not use a response before or after its time.

    Fix: publish a new response. Correct the clock of the responder.
    """
    latest = now + timedelta(seconds=skew_s)
    if subject.response.produced_at > latest:
        yield Problem(f"producedAt is in the future ({_text(subject.response.produced_at)})", key="producedAt")
    yield from capped(
        Problem(f"{message}{_of(subject, single)}", key=f"{key} {single.cert_id.serial:x}")
        for single in subject.response.singles
        for key, message in _date_problems(single, now, latest)
    )


def _date_problems(single: SingleResponse, now: datetime, latest: datetime) -> Iterator[tuple[str, str]]:
    if single.this_update > latest:
        yield "thisUpdate", f"thisUpdate is in the future ({_text(single.this_update)})"
    end = single.next_update
    if end is None:
        return
    if end < single.this_update:
        yield "nextUpdate", f"nextUpdate ({_text(end)}) is before thisUpdate ({_text(single.this_update)})"
    elif end < now:
        yield "nextUpdate", f"the response expired at {_text(end)}"


@check("ocsp.response-next-update", citation="Mozilla Root Store Policy 3.1 §6; RFC 5019 §2.2.4")
def response_next_update(subject: PublishedResponse) -> Iterator[Answer]:
    """Every status in the response has a nextUpdate.

    Why: a response without it never expires, so it hides a later revocation for ever, and caches cannot keep it.

    Fix: have the responder write nextUpdate; with OpenSSL, `openssl ocsp -ndays 4`.
    """
    yield from capped(
        Problem(f"nextUpdate is missing{_of(subject, single)}", key=f"{single.cert_id.serial:x}")
        for single in subject.response.singles
        if single.next_update is None
    )


@check("ocsp.response-interval", citation="CA/B BR §4.9.9")
def response_interval(
    subject: PublishedResponse, *, min_hours: int = 8, max_days: int = 10, max_ca_days: int = 366
) -> Iterator[Answer]:
    """A status is valid for at least `min_hours` hours and at most `max_days` days, both ends included.

    If every issuer is a root, which issues to CAs alone, only `max_ca_days` counts.

    Why: a shorter response cannot be kept current, a longer one hides a revocation for too long.

    Fix: set the responder's validity interval to between 8 hours and 10 days.
    """
    is_of_cas = bool(subject.issuers) and all(issuer.is_self_issued for issuer in subject.issuers)
    least, most = (0, max_ca_days) if is_of_cas else (min_hours, max_days)
    spans = [(s, s.next_update - s.this_update + _INCLUSIVE) for s in subject.response.singles if s.next_update]
    if not spans:
        yield NotApplicable("the response has no nextUpdate")
        return
    yield from capped(
        Problem(f"valid for {_length(span)}, {bound}{_of(subject, single)}", key=f"{single.cert_id.serial:x}")
        for single, span in spans
        if (bound := _bound(span, least, most))
    )


def _bound(span: timedelta, least: int, most: int) -> str:
    if span < least * _HOUR:
        return f"at least {least} hours required"
    return f"at most {most} days allowed" if span > most * _DAY else ""


@check("ocsp.response-outlives", citation="Mozilla Root Store Policy 3.1 §6")
def response_outlives(subject: PublishedResponse) -> Iterator[Answer]:
    """No status is valid longer than a certificate in the response, or, without any, than the issuer's certificate.

    Why: a response cannot be verified once its signer has expired.

    Fix: configure the responder to limit nextUpdate to the notAfter of its own certificate.
    """
    bounds = subject.response.certificates or subject.issuers
    if not bounds:
        yield NotChecked("the issuer of the certificates it is about is not known")
        return
    end = min(certificate.not_after for certificate in bounds)
    yield from capped(
        Problem(f"nextUpdate is after {_text(end)}, when the signer's certificate expires{_of(subject, single)}")
        for single in subject.response.singles
        if single.next_update and single.next_update > end
    )


def _of(subject: PublishedResponse, single: SingleResponse) -> str:
    """Which certificate a status is about, if there are several."""
    return f" (serial number {single.cert_id.serial:x})" if len(subject.response.singles) > 1 else ""


def _length(span: timedelta) -> str:
    return f"{span.days} d {span.seconds / 3600:.1f} h" if span.days else f"{span.seconds / 3600:.1f} h"


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
