"""Rules of the family ocsp on form and timing: what the web PKI requires of a valid response."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import Staple
from certgate.checks.status.ocsp import entry_in, missing, response_to
from certgate.trust.responder import OCSP_SIGNING, find_responder
from certgate.x509.certificate import Certificate

__all__ = ["profile_problems"]

_NO_CHECK = "1.3.6.1.5.5.7.48.1.5"
_REASON_CODE = "2.5.29.21"
_HOUR = timedelta(hours=1)


@check("ocsp.delegate-profile", citation="CA/B BR §7.1.2.8", presumes=[Premise.SIGNER])
def delegate_profile(staple: Staple) -> Iterator[Answer]:
    """A delegated responder's certificate is for signing OCSP responses and nothing else.

    It has id-pkix-ocsp-nocheck, only digitalSignature and OCSPSigning, and no subjectAltName, nameConstraints or
    cRLDistributionPoints.

    Why: a responder that can do more, or whose own revocation matters, is a risk for every client.

    Fix: have the CA issue a certificate with the OCSP responder profile to its responder.
    """
    if absent := missing(staple):
        yield absent
        return
    responder = find_responder(response_to(staple), staple.issuer).certificate if staple.issuer else None
    if responder is None:
        yield NotChecked("the signer of the response is not known")
    elif responder == staple.issuer:
        yield NotApplicable("the response is signed by the issuer itself")
    else:
        yield from profile_problems(responder)


def profile_problems(responder: Certificate) -> Iterator[Problem]:
    """What is wrong with the certificate of a delegated responder (CA/B BR §7.1.2.8). Raises Malformed."""
    no_check = responder.extension(_NO_CHECK)
    if no_check is None or no_check.value != b"\x05\x00":
        yield Problem("the responder's certificate lacks a well-formed id-pkix-ocsp-nocheck", key="nocheck")
    if responder.ekus != frozenset({OCSP_SIGNING}):
        yield Problem("extendedKeyUsage of the responder's certificate is not exactly OCSPSigning", key="eku")
    if responder.key_usage != frozenset({"digitalSignature"}):
        yield Problem("keyUsage of the responder's certificate is not exactly digitalSignature", key="ku")
    if responder.is_ca:
        yield Problem("the responder's certificate is a CA certificate", key="ca")
    for oid, name in (
        ("2.5.29.17", "subjectAltName"),
        ("2.5.29.30", "nameConstraints"),
        ("2.5.29.31", "cRLDistributionPoints"),
    ):
        if responder.extension(oid):
            yield Problem(f"the responder's certificate has {name}", key=name)


@check("ocsp.interval", citation="CA/B BR §4.9.9")
def interval(staple: Staple, *, min_hours: int = 8, max_days: int = 10) -> Iterator[Answer]:
    """The response is valid for at least `min_hours` hours and at most `max_days` days.

    Both ends count.

    Why: a shorter response cannot be kept current, a longer one hides a revocation for too long.

    Fix: set the responder's validity interval to between 8 hours and 10 days.
    """
    if absent := missing(staple):
        yield absent
        return
    entry = entry_in(staple)
    if entry.next_update is None:
        yield NotApplicable("the response has no nextUpdate")
        return
    span = entry.next_update - entry.this_update + timedelta(seconds=1)
    if span < min_hours * _HOUR:
        yield Problem(f"the response is valid for {_text(span)}, at least {min_hours} hours required", key="short")
    elif span > timedelta(days=max_days):
        yield Problem(f"the response is valid for {_text(span)}, at most {max_days} days allowed", key="long")


@check("ocsp.stale", citation="CA/B BR §4.9.9")
def stale(staple: Staple, now: datetime) -> Iterator[Answer]:
    """The server refreshes its staple as soon as a newer response must be available.

    A newer response is due four days after thisUpdate or eight hours before nextUpdate, whichever is first; if the
    interval is below 16 hours, after half of it.

    Why: a server that does not refresh its staple will soon serve an expired one.

    Fix: find out why the server did not fetch the newer response (nginx refreshes only on a request).
    """
    if absent := missing(staple):
        yield absent
        return
    entry = entry_in(staple)
    if entry.next_update is None:
        yield NotApplicable("the response has no nextUpdate")
        return
    span = entry.next_update - entry.this_update
    early = span < 16 * _HOUR
    due = entry.this_update + (span / 2 if early else min(timedelta(days=4), span - 8 * _HOUR))
    if now > due:
        yield Problem(f"the staple is old: a newer response was due at {due:%Y-%m-%d %H:%M:%S} UTC")


@check("ocsp.next-update-bound", citation="Mozilla Root Store Policy §6")
def next_update_bound(staple: Staple) -> Iterator[Answer]:
    """The response expires no later than its signer's certificate.

    If the response has certificates, these count, otherwise the leaf's issuer.

    Why: a response cannot be verified once its signer has expired.

    Fix: configure the responder to limit nextUpdate to the notAfter of its own certificate.
    """
    if absent := missing(staple):
        yield absent
        return
    entry, response = entry_in(staple), response_to(staple)
    bounds = response.certificates or ((staple.issuer,) if staple.issuer else ())
    if entry.next_update is None:
        yield NotApplicable("the response has no nextUpdate")
    elif not bounds:
        yield NotChecked("the leaf's issuer is not known")
    elif entry.next_update > (end := min(c.not_after for c in bounds)):
        yield Problem(f"nextUpdate is after the expiry of the signer's certificate ({end:%Y-%m-%d %H:%M:%S} UTC)")


@check("ocsp.reason-ext", citation="CA/B BR §7.3.2")
def reason_extension(staple: Staple) -> Iterator[Answer]:
    """The reason for a revocation is in RevokedInfo, not in a CRL entry extension.

    Why: clients do not look for it in the extension.

    Fix: configure the responder to leave reasonCode out of singleExtensions.
    """
    if absent := missing(staple):
        yield absent
    elif any(e.oid == _REASON_CODE for e in entry_in(staple).extensions):
        yield Problem("the response has the CRL entry extension reasonCode")


def _text(span: timedelta) -> str:
    days, hours = span.days, span.seconds / 3600
    return f"{days} d {hours:.1f} h" if days else f"{hours:.1f} h"
