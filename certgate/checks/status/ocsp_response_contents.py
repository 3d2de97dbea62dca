"""Rules of the family ocsp on the form of a response that is about to be published, and on what it says."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, Problem, check
from certgate.checks.framework.subjects import PublishedResponse
from certgate.checks.framework.wording import capped
from certgate.checks.status.crl_contents import PUBLIC_REASONS
from certgate.model.finding import Severity
from certgate.x509.ocsp import SingleResponse
from certgate.x509.oids import extension_name

__all__: list[str] = []

_REASON_CODE = "2.5.29.21"


@check("ocsp.response-form", citation="RFC 6960 §4.2.1; ITU-T X.690 §10")
def response_form(subject: PublishedResponse) -> Iterator[Answer]:
    """Clients can read every part of the response: dates of revocations, reasons and certificates.

    Why: a client that cannot read a part refuses the whole response.

    Fix: correct the responder; `openssl ocsp -respin FILE -noverify -text` shows how far it can be read.
    """
    if unread := subject.response.unread_certificates:
        yield Problem(f"{unread} of the embedded certificates cannot be read, or are too many", key="certificates")
    for single in _revoked(subject):
        if single.revoked_at is None:
            yield Problem("the date of a revocation cannot be read", key="date")
        if single.reason == "a reason that cannot be read":
            yield Problem("the reason of a revocation cannot be read", key="reason")


@check("ocsp.response-times", citation="RFC 6960 §4.2.2.1; RFC 5280 §4.1.2.5.2")
def response_times(subject: PublishedResponse) -> Iterator[Answer]:
    """All times in the response are GeneralizedTime with seconds, without fractions, ending in Z.

    Why: strict clients refuse the response, others read a wrong date.

    Fix: correct the responder.
    """
    found = {f"{name} {problem}" for name, time in subject.response.times if (problem := time.form_problem())}
    yield from capped(Problem(message, key=message) for message in sorted(found))


@check("ocsp.response-statuses", citation="RFC 6960 §4.2.1; RFC 5019 §2.2.1")
def response_statuses(subject: PublishedResponse) -> Iterator[Answer]:
    """The response says one thing of each certificate, and is about certificates of one issuer.

    Several certificates in one response are a note: clients that keep responses look for one that is about their
    certificate alone.

    Why: of two statuses for one certificate, some clients read the first and others the last.

    Fix: have the responder give a response for each certificate.
    """
    singles = subject.response.singles
    said = defaultdict[object, set[str]](set)
    for single in singles:
        said[single.cert_id].add(single.status)
    counted = Counter(single.cert_id for single in singles)
    for cert_id, times in counted.items():
        if times > 1:
            statuses = " and ".join(sorted(said[cert_id]))
            yield Problem(f"the serial number {cert_id.serial:x} is there {times} times: {statuses}", key="twice")
            break
    if len({(one.hash_name, one.issuer_name_hash, one.issuer_key_hash) for one in counted}) > 1:
        yield Problem("the response is about certificates of several issuers", key="issuers")
    if len(counted) > 1:
        message = f"the response is about {len(counted):,} certificates"
        yield Problem(message, key="several", severity=Severity.INFO)


@check("ocsp.response-certid", citation="RFC 6960 §4.3; RFC 5019 §2.1.1")
def response_certid(subject: PublishedResponse) -> Iterator[Answer]:
    """The response names its certificate by hashes that clients compute: SHA-1 or SHA-256.

    SHA-1 is what clients of RFC 5019 use. It does no harm here, because nothing is signed with it.

    Why: a client that does not know the hash cannot tell that the response is about its certificate.

    Fix: configure the responder to answer with the hash of the request.
    """
    found = {single.cert_id.hash_name or "an unknown hash" for single in subject.response.singles}
    for name in sorted(found - {"sha1", "sha256"}):
        yield Problem(f"the certificate is named by {name}", key=name)


@check("ocsp.response-reasons", citation="CA/B BR §7.3, §7.3.2, §7.2.2")
def response_reasons(subject: PublishedResponse) -> Iterator[Answer]:
    """The reason of a revocation is one that the Baseline Requirements list, and stands in RevokedInfo alone.

    A reason that they do not mention, such as cACompromise, is a warning. For certificates that a root issued, which
    are those of CAs, a reason is required.

    Why: a certificate on hold can become valid again, and root programs forbid that for TLS servers.

    Fix: revoke the certificate for good, with the reason that applies, or with none.
    """
    if any(e.oid == _REASON_CODE for single in subject.response.singles for e in single.extensions):
        yield Problem("a status has the CRL entry extension reasonCode", key="extension")
    revoked = _revoked(subject)
    is_of_cas = bool(subject.issuers) and all(issuer.is_self_issued for issuer in subject.issuers)
    if is_of_cas and any(single.reason is None for single in revoked):
        yield Problem("there is no reason for the revocation of a CA's certificate", key="absent")
    for name in sorted({single.reason for single in revoked if single.reason} - PUBLIC_REASONS):
        is_forbidden = name in {"certificateHold", "unspecified", "removeFromCRL"}
        yield Problem(f"the reason is {name}", key=name, severity=None if is_forbidden else Severity.WARNING)


@check("ocsp.response-critical", citation="RFC 6960 §4.4")
def response_critical(subject: PublishedResponse) -> Iterator[Answer]:
    """No extension of the response is critical unless RFC 6960 defines it.

    Why: clients must not use a response with a critical extension that they do not know.

    Fix: leave the extension out, or make it non-critical.
    """
    found = {subject.response.unknown_critical(single) for single in subject.response.singles}
    yield from capped(
        Problem(f"the critical extension {extension_name(oid)} is unknown to clients", key=oid)
        for oid in sorted(filter(None, found))
    )


def _revoked(subject: PublishedResponse) -> list[SingleResponse]:
    return [single for single in subject.response.singles if single.status == "revoked"]
