"""Rules of the family ocsp: whether a response is stapled, and whether it is valid."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import Staple
from certgate.trust.responder import find_responder
from certgate.x509.errors import Malformed
from certgate.x509.ocsp import OcspResponse, SingleResponse, parse_ocsp_response
from certgate.x509.oids import extension_name

__all__ = ["BROKEN", "critical_problem", "freshness_problems", "missing", "signature_problem"]

BROKEN = "the staple cannot be read: it breaks the handshake (not DER, or over 16 kB)"


@check("ocsp.must-staple", citation="RFC 7633 §4")
def must_staple(staple: Staple) -> Iterator[Answer]:
    """The server staples an OCSP response if the certificate requires it.

    The TLS feature extension with status_request (must-staple) promises a staple in every handshake.

    Why: clients that support the extension refuse the connection.

    Fix: turn stapling on (nginx: `ssl_stapling on;`), or have the certificate reissued without the extension.
    """
    if not staple.leaf.must_staple:
        yield NotApplicable("the certificate does not require a staple")
    elif staple.unusable:
        yield Problem(f"the certificate requires a staple, but {BROKEN}")
    elif staple.der is None:
        yield Problem("no staple, but the certificate requires one")
    else:
        try:
            parse_ocsp_response(staple.der)
        except Malformed as error:
            yield Problem(f"the certificate requires a staple, but {error}")


@check("ocsp.stapled", citation="RFC 6066 §8; NIST SP 800-52r2 §3.4.1")
def stapled(staple: Staple) -> Iterator[Answer]:
    """The server staples an OCSP response if the certificate names a responder.

    Why: without a staple most clients never learn that a certificate was revoked.

    Fix: turn stapling on (nginx: `ssl_stapling on;`, HAProxy: `ocsp-update on`).
    """
    if not staple.leaf.ocsp_urls:
        yield NotApplicable("the certificate names no OCSP responder")
    elif staple.unusable:
        yield Problem(BROKEN)
    elif staple.der is None:
        yield Problem("no staple, but the certificate names an OCSP responder")


@check("ocsp.signature", citation="RFC 6960 §4.2.2.2, §4.4; CA/B BR §4.9.9")
def signature(staple: Staple, now: datetime) -> Iterator[Answer]:
    """The staple is signed by the issuer, or by a responder that the issuer authorised.

    A responder's certificate must be in the response, be valid now, have OCSPSigning in extendedKeyUsage, and be issued
    by the CA that issued the leaf. SHA-1 and MD5 signatures are not accepted. The rule fails as well if the staple
    cannot be read or has an unknown critical extension.

    Why: a response that anybody could have made proves nothing, and some clients refuse the connection.

    Fix: have the server fetch the response again from the responder that the certificate names.
    """
    if staple.unusable:
        yield Problem(BROKEN, denies=Premise.READABLE)
    elif staple.der is None:
        yield NotApplicable("no staple")
    else:
        try:
            response = parse_ocsp_response(staple.der)
        except Malformed as error:
            yield Problem(str(error), denies=Premise.READABLE)
            return
        try:
            if problem := critical_problem(response, entry_in(staple)):
                yield Problem(problem, key="critical")
        except Malformed as error:
            yield Problem(str(error), key="content", denies=Premise.READABLE)
        if staple.issuer is None:
            yield NotChecked("the leaf's issuer is not known")
        elif problem := signature_problem(staple, response, now):
            is_stranger = find_responder(response, staple.issuer).certificate is None
            yield Problem(problem, denies=Premise.SIGNER if is_stranger else None)


@check("ocsp.certid", citation="RFC 6960 §3.2(1)")
def certid(staple: Staple) -> Iterator[Answer]:
    """The staple is about this certificate.

    The serial number and the hashes of the issuer's name and key must match.

    Why: a response about another certificate says nothing about this one.

    Fix: give the server the response for the certificate that it serves; after a renewal remove the old response.
    """
    if absent := missing(staple):
        yield absent
    elif staple.issuer is None:
        yield NotChecked("the leaf's issuer is not known")
    elif response_to(staple).status_of(staple.leaf, staple.issuer) is None:
        yield Problem("the staple is about another certificate")


@check("ocsp.fresh", citation="RFC 6960 §3.2(5)(6), §4.2.2.1; Mozilla Root Store Policy §6")
def fresh(staple: Staple, now: datetime, *, skew_s: int = 300) -> Iterator[Answer]:
    """The staple is current: thisUpdate and producedAt are in the past, nextUpdate is in the future.

    `skew_s` seconds are allowed for clocks that run ahead of this one; after nextUpdate nothing is allowed.

    Why: an old response may hide a later revocation, and clients refuse it.

    Fix: have the server fetch a new response, and find out why its update job or its connection to the responder fails.
    """
    if absent := missing(staple):
        yield absent
        return
    yield from freshness_problems(response_to(staple), entry_in(staple), now, skew_s)


def missing(staple: Staple) -> NotApplicable | None:
    """The answer of a rule about a staple's content if there is no staple; else None. Raises Malformed."""
    if staple.unusable:
        raise Malformed(BROKEN)
    return NotApplicable("no staple") if staple.der is None else None


def response_to(staple: Staple) -> OcspResponse:
    """The stapled response. Raises Malformed."""
    return parse_ocsp_response(staple.der or b"")


def entry_in(staple: Staple) -> SingleResponse:
    """The leaf's status, or the first if the leaf has none, which ocsp.certid reports. Raises Malformed."""
    response = response_to(staple)
    found = response.status_of(staple.leaf, staple.issuer) if staple.issuer else None
    same = (s for s in response.singles if s.cert_id.serial == staple.leaf.serial)
    return found or next(same, response.singles[0])


def signature_problem(staple: Staple, response: OcspResponse, now: datetime) -> str | None:
    """Why the signature on the response is not valid, None if it is. The leaf's issuer must be known."""
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
    """Why a signed response must not be used: an unknown critical extension (RFC 6960 §4.4). None if it may be."""
    oid = response.unknown_critical(entry)
    return oid and f"the response has the unknown critical extension {extension_name(oid)}"


def freshness_problems(response: OcspResponse, entry: SingleResponse, now: datetime, skew_s: int) -> Iterator[Problem]:
    """What is wrong with the times of `entry` at `now`."""
    latest = now + timedelta(seconds=skew_s)
    if entry.this_update > latest:
        yield Problem(f"thisUpdate is in the future ({_text(entry.this_update)})", key="thisUpdate")
    if response.produced_at > latest:
        yield Problem(f"producedAt is in the future ({_text(response.produced_at)})", key="producedAt")
    if entry.next_update is None:
        message = "nextUpdate is missing, so the response never expires"
    elif entry.next_update < entry.this_update:
        message = f"nextUpdate ({_text(entry.next_update)}) is before thisUpdate ({_text(entry.this_update)})"
    elif entry.next_update < now:
        message = f"the response expired at {_text(entry.next_update)}"
    else:
        return
    yield Problem(message, key="nextUpdate")


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
