"""Rules of the family crl on a CRL that is about to be published: who signed it, and when it is valid."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Passed, Problem, check
from certgate.checks.framework.subjects import PublishedCrl
from certgate.trust.links import verify_signed
from certgate.x509.certificate import Certificate
from certgate.x509.signature import WEAK_HASHES

__all__: list[str] = []

_DAY = timedelta(days=1)


@check("crl.signature", citation="RFC 5280 §5.1.1.3, §6.3.3(f)(g)")
def signature(subject: PublishedCrl, now: datetime) -> Iterator[Answer]:
    """The CRL's signature verifies with the key of its issuer, which is valid and may sign CRLs.

    The issuer is the certificate in the trust store that has the name of the CRL's issuer: name its file with
    `--trust`, an intermediate CA's too. Without it the rule is not-checked. A keyUsage without cRLSign fails.

    Why: clients ignore a CRL that is not signed by the CA that issued their certificate.

    Fix: sign the CRL with the key of the CA whose name it has, and issue that CA a certificate with cRLSign.
    """
    if not subject.issuers:
        name = subject.crl.issuer.short or "without a name"
        yield NotChecked(f"its issuer {name} is not in the trust store {subject.store}: name its file with --trust")
        return
    problems = [_problem(subject, issuer, now) for issuer in subject.issuers]
    if all(problems):
        yield Problem(problems[0])
    else:
        yield Passed(f"signed by {subject.crl.issuer.short}")


def _problem(subject: PublishedCrl, issuer: Certificate, now: datetime) -> str:
    """Why this issuer did not sign the CRL, or may not have; empty if it is right. Raises Malformed."""
    if problem := verify_signed(subject.crl.der, issuer.spki):
        return f"the signature does not verify with the key of {issuer.subject.short}: {problem}"
    if issuer.key_usage is not None and "cRLSign" not in issuer.key_usage:
        return f"the keyUsage of {issuer.subject.short} lacks cRLSign"
    if not issuer.not_before <= now <= issuer.not_after:
        dates = f"from {issuer.not_before:%Y-%m-%d %H:%M:%S} to {issuer.not_after:%Y-%m-%d %H:%M:%S} UTC"
        return f"the certificate of {issuer.subject.short} is valid only {dates}"
    return ""


@check("crl.signature-hash", citation="CA/B BR §7.1.3.2; Mozilla Root Store Policy 3.1 §5.1.3; RFC 6194 §3")
def signature_hash(subject: PublishedCrl) -> Iterator[Answer]:
    """The CRL is not signed with MD5 or SHA-1.

    Why: collisions of these hashes can be computed, so that such a signature proves nothing.

    Fix: have the CA sign its CRLs with SHA-256 or better.
    """
    name = subject.crl.signature_hash
    if name in WEAK_HASHES:
        yield Problem(f"the CRL is signed with {name.upper()}", evidence={"hash": name})


@check("crl.issuer-name", citation="RFC 5280 §5.1.2.3; CA/B BR §7.2")
def issuer_name(subject: PublishedCrl) -> Iterator[Answer]:
    """The CRL's issuer has a name: that of its CA, byte for byte.

    Without the CA's certificate in the trust store, only an empty name is a problem.

    Why: clients find the CRL of a CA by its name; some compare it byte for byte.

    Fix: write the CA's subject into the CRL as it is encoded in the CA's certificate.
    """
    own = subject.crl.issuer
    if own.der == b"\x30\x00":
        yield Problem("the issuer's name is empty")
    elif subject.issuers and all(issuer.subject.der != own.der for issuer in subject.issuers):
        yield Problem("the issuer's name is not encoded as in the certificate of the CA")


@check("crl.time-encoding", citation="RFC 5280 §5.1.2.4, §5.1.2.5, §5.1.2.6")
def time_encoding(subject: PublishedCrl) -> Iterator[Answer]:
    """The CRL's dates have the required encoding.

    Dates to 2049 are UTCTime, later ones GeneralizedTime, with seconds, without fractions, ending in Z. This holds for
    the dates of entries too.

    Why: strict clients refuse the CRL, others read a wrong date.

    Fix: correct the CA's software.
    """
    for name, time in subject.crl.times.items():
        if problem := time.problem():
            yield Problem(f"{name} {problem}", key=name)
    for problem, entries in subject.crl.survey.misdated.items():
        yield Problem(f"revocationDate {problem}: {entries}", key=f"revocationDate {problem}")


@check("crl.next-update", citation="RFC 5280 §5.1.2.5; CA/B BR §7.2")
def next_update(subject: PublishedCrl) -> Iterator[Answer]:
    """The CRL has a nextUpdate, and it is after thisUpdate.

    Why: without it clients do not know when the CRL is too old to be believed, and many refuse it.

    Fix: have the CA write nextUpdate into its CRLs.
    """
    end = subject.crl.next_update
    if end is None:
        yield Problem("nextUpdate is missing, so the CRL never expires")
    elif end <= subject.crl.this_update:
        yield Problem(f"nextUpdate ({_text(end)}) is not after thisUpdate ({_text(subject.crl.this_update)})")


@check("crl.current", citation="RFC 5280 §5.1.2.4, §5.1.2.5, §6.3.3(a)")
def current(subject: PublishedCrl, now: datetime, *, skew_s: int = 300) -> Iterator[Answer]:
    """The CRL is current: thisUpdate is in the past, nextUpdate is in the future.

    `skew_s` seconds are allowed for clocks that run ahead of this one; after nextUpdate nothing is allowed. This rule
    is for a CRL that is checked on its own; crl.fresh is for CRLs that say whether a certificate is revoked.

    Why: clients do not use a CRL before or after its time.

    Fix: publish a new CRL, and find out why the CA's job did not. Correct the clock of the machine that signs CRLs.
    """
    start, end = subject.crl.this_update, subject.crl.next_update
    if start > now + timedelta(seconds=skew_s):
        yield Problem(f"thisUpdate is in the future ({_text(start)})", key="thisUpdate")
    if end is not None and end < now:
        yield Problem(f"the CRL expired at {_text(end)}", key="nextUpdate")


@check("crl.interval", citation="CA/B BR §7.2; Mozilla Root Store Policy 3.1 §6")
def interval(subject: PublishedCrl, *, max_days: int = 10, max_ca_days: int = 366) -> Iterator[Answer]:
    """nextUpdate is at most `max_days` days after thisUpdate; for a CRL only of CAs `max_ca_days`.

    A CRL is only for CAs if its issuingDistributionPoint says so, or if its issuer is a root, which issues to CAs
    alone. A CRL must be replaced earlier (CA/B BR §4.9.7): seven days after thisUpdate, or four if certificates name no
    OCSP responder, and within a day of each revocation.

    Why: until nextUpdate clients may believe an old CRL that hides a revocation.

    Fix: set the validity of CRLs in the CA's configuration, for example `default_crl_days = 7`.
    """
    end = subject.crl.next_update
    if end is None:
        yield NotApplicable("the CRL has no nextUpdate")
        return
    span = end - subject.crl.this_update
    is_of_cas = is_for_cas(subject)
    most = max_ca_days if is_of_cas else max_days
    if span > most * _DAY:
        whose = " for a CRL of CAs" if is_of_cas else ""
        yield Problem(f"the CRL is valid for {span / _DAY:.1f} days, at most {most} allowed{whose}")


def is_for_cas(subject: PublishedCrl) -> bool:
    """Whether the CRL covers only certificates of CAs, by its scope or because a root issued it. Raises Malformed."""
    scope = subject.crl.scope
    if scope and (scope.only_ca_certificates or scope.only_user_certificates):
        return scope.only_ca_certificates
    return bool(subject.issuers) and all(issuer.is_self_issued for issuer in subject.issuers)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
