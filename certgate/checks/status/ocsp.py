"""Rules of the family ocsp: whether there is an OCSP response, and whether it is valid."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import Staple
from certgate.trust.responder import find_responder
from certgate.x509.errors import Malformed
from certgate.x509.ocsp import OcspResponse, SingleResponse, parse_ocsp_response

__all__ = ["critical_problem", "freshness_problems", "missing", "signature_problem"]

_BROKEN = "asking for the staple broke the handshake (it is no DER, or over 16 kB), so its content was never seen"


@check("ocsp.must-staple", citation="RFC 7633 §4")
def must_staple(staple: Staple) -> Iterator[Answer]:
    """A readable response is stapled where the certificate demands one.

    The TLS feature extension with status_request promises clients that every handshake carries a staple.

    Why: clients that honour the extension refuse the connection.

    Fix: turn stapling on (nginx: `ssl_stapling on;`), or have the certificate issued without the extension.
    """
    if not staple.leaf.must_staple:
        yield NotApplicable("the certificate does not demand a staple")
    elif staple.unusable:
        yield Problem(f"the certificate demands a staple, but {_BROKEN}")
    elif staple.der is None:
        yield Problem("the certificate demands a staple, but none was sent")
    else:
        try:
            parse_ocsp_response(staple.der)
        except Malformed as error:
            yield Problem(f"the certificate demands a staple, but {error}")


@check("ocsp.stapled", citation="RFC 6066 §8; NIST SP 800-52r2 §3.4.1")
def stapled(staple: Staple) -> Iterator[Answer]:
    """A response is stapled where the certificate names an OCSP responder.

    Why: without a staple most clients never learn that a certificate was revoked.

    Fix: turn stapling on (nginx: `ssl_stapling on;`, HAProxy: `ocsp-update on`).
    """
    if not staple.leaf.ocsp_urls:
        yield NotApplicable("the certificate names no OCSP responder")
    elif staple.unusable:
        yield Problem(_BROKEN)
    elif staple.der is None:
        yield Problem("the certificate names an OCSP responder, but nothing was stapled")


@check("ocsp.signature", citation="RFC 6960 §4.2.2.2, §4.4; CA/B BR §4.9.9")
def signature(staple: Staple, now: datetime) -> Iterator[Answer]:
    """The staple is a response signed by the issuer, or by a responder that the issuer authorised.

    A delegate must be embedded, be valid now, have the extended key usage OCSPSigning, and be issued by the very CA
    that issued the leaf. SHA-1 and MD5 are no signatures. A staple that cannot be read, or has a critical extension
    that certgate does not know, fails here.

    Why: a response that anybody could have made proves nothing; some clients refuse the connection.

    Fix: let the server fetch the response again from the responder that the certificate names.
    """
    if staple.unusable:
        yield Problem(_BROKEN)
    elif staple.der is None:
        yield NotApplicable("nothing was stapled")
    else:
        try:
            response = parse_ocsp_response(staple.der)
        except Malformed as error:
            yield Problem(str(error))
            return
        try:
            if problem := critical_problem(response, entry_in(staple)):
                yield Problem(problem, key="critical")
        except Malformed as error:
            yield Problem(str(error), key="content")
        if staple.issuer is None:
            yield NotChecked("the leaf's issuer is not known")
        elif problem := signature_problem(staple, response, now):
            yield Problem(problem)


@check("ocsp.certid", citation="RFC 6960 §3.2(1)")
def certid(staple: Staple) -> Iterator[Answer]:
    """The staple is about this certificate: serial number, and hashes of its issuer's name and key.

    Why: a response about another certificate says nothing about this one.

    Fix: give the server the response of the certificate it serves; after a renewal remove the old one.
    """
    if absent := missing(staple):
        yield absent
    elif staple.issuer is None:
        yield NotChecked("the leaf's issuer is not known")
    elif response_to(staple).status_of(staple.leaf, staple.issuer) is None:
        yield Problem("the staple is about another certificate")


@check("ocsp.fresh", citation="RFC 6960 §3.2(5)(6), §4.2.2.1; Mozilla Root Store Policy §6")
def fresh(staple: Staple, now: datetime, *, skew_s: int = 300) -> Iterator[Answer]:
    """The staple is valid now: thisUpdate and producedAt lie in the past, nextUpdate is there and not yet over.

    `skew_s` seconds are forgiven to clocks that run ahead of this one; nothing is forgiven after nextUpdate.

    Why: an old response may hide that the certificate was revoked since; clients refuse it.

    Fix: let the server fetch a new response; look why its update job or its way to the responder fails.
    """
    if absent := missing(staple):
        yield absent
        return
    yield from freshness_problems(response_to(staple), entry_in(staple), now, skew_s)


def missing(staple: Staple) -> NotApplicable | NotChecked | None:
    """What a rule about the content of a staple answers where there is no content."""
    if staple.unusable:
        return NotChecked(_BROKEN)
    return NotApplicable("nothing was stapled") if staple.der is None else None


def response_to(staple: Staple) -> OcspResponse:
    """The response that is stapled. Raises Malformed."""
    return parse_ocsp_response(staple.der or b"")


def entry_in(staple: Staple) -> SingleResponse:
    """The status of the leaf, or where the response has none, its first: ocsp.certid says so. Raises Malformed."""
    response = response_to(staple)
    found = response.status_of(staple.leaf, staple.issuer) if staple.issuer else None
    same = (s for s in response.singles if s.cert_id.serial == staple.leaf.serial)
    return found or next(same, response.singles[0])


def signature_problem(staple: Staple, response: OcspResponse, now: datetime) -> str | None:
    """Why the response is not signed by one who may, None if it is. The leaf's issuer must be known."""
    if staple.issuer is None:
        return "the leaf's issuer is not known"
    responder = find_responder(response, staple.issuer)
    if responder.certificate is None:
        return responder.problem
    delegated = responder.certificate != staple.issuer
    if delegated and not responder.certificate.not_before <= now <= responder.certificate.not_after:
        start, end = responder.certificate.not_before, responder.certificate.not_after
        return f"the responder's certificate is valid only from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    return None


def critical_problem(response: OcspResponse, entry: SingleResponse) -> str | None:
    """Why the response must not be used though it is signed: a critical extension that is unknown (RFC 6960 §4.4)."""
    oid = response.unknown_critical(entry)
    return oid and f"the response has the critical extension {oid}, which is unknown"


def freshness_problems(response: OcspResponse, entry: SingleResponse, now: datetime, skew_s: int) -> Iterator[Problem]:
    """What is wrong with the times of `entry` at `now`."""
    latest = now + timedelta(seconds=skew_s)
    if entry.this_update > latest:
        yield Problem(f"thisUpdate lies in the future ({_text(entry.this_update)})", key="thisUpdate")
    if response.produced_at > latest:
        yield Problem(f"producedAt lies in the future ({_text(response.produced_at)})", key="producedAt")
    if entry.next_update is None:
        message = "nextUpdate is missing, so nobody can tell how long the response holds"
    elif entry.next_update < entry.this_update:
        message = f"nextUpdate ({_text(entry.next_update)}) lies before thisUpdate ({_text(entry.this_update)})"
    elif entry.next_update < now:
        message = f"the response expired at {_text(entry.next_update)}"
    else:
        return
    yield Problem(message, key="nextUpdate")


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
