"""Rules of the family crl on what a CRL that is about to be published covers and lists (RFC 5280 §5.2.5, §5.3)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import PublishedCrl
from certgate.checks.framework.wording import capped
from certgate.checks.status.crl_published import is_for_cas
from certgate.model.finding import Severity
from certgate.x509.crl_entries import reason_name
from certgate.x509.crl_survey import Alike
from certgate.x509.der import NotDer, only
from certgate.x509.distribution_point import ALL_REASONS, CrlScope
from certgate.x509.extension import Extension
from certgate.x509.time import GENERALIZED_TIME, EncodedTime

__all__ = ["PUBLIC_REASONS"]

_SCOPE, _REASON, _INVALIDITY, _ISSUER = "2.5.29.28", "2.5.29.21", "2.5.29.24", "2.5.29.29"
_DEFINED = (*ALL_REASONS, "unspecified", "removeFromCRL")
PUBLIC_REASONS = frozenset(
    {"keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation", "privilegeWithdrawn"}
)
"""The reasons that the table CRLReasons lists for use (CA/B BR §7.2.2)."""
_NO_ENTRIES = NotApplicable("the CRL lists nothing")


@check("crl.point-form", citation="RFC 5280 §5.2.5")
def point_form(subject: PublishedCrl) -> Iterator[Answer]:
    """issuingDistributionPoint is critical, limits the CRL, and limits it to one kind of certificate.

    An extension that says nothing is not allowed, and only one of onlyContainsUserCerts, onlyContainsCACerts and
    onlyContainsAttributeCerts may be true.

    Why: a client that overlooks the extension takes a part of the list for the whole.

    Fix: make the extension critical, or leave it out if the CRL covers everything that the CA has issued.
    """
    entry = subject.crl.extension(_SCOPE)
    if entry is None:
        yield NotApplicable("no issuingDistributionPoint")
        return
    if not entry.critical:
        yield Problem("issuingDistributionPoint is not critical", key="critical")
    if entry.value == b"\x30\x00":
        yield Problem("issuingDistributionPoint is empty", key="empty")
    elif (scope := subject.crl.scope) and len(kinds := _kinds(scope)) > 1:
        yield Problem(f"issuingDistributionPoint has both {' and '.join(kinds)}", key="kinds")


def _kinds(scope: CrlScope) -> Sequence[str]:
    told = {
        "onlyContainsUserCerts": scope.only_user_certificates,
        "onlyContainsCACerts": scope.only_ca_certificates,
        "onlyContainsAttributeCerts": scope.only_attribute_certificates,
    }
    return [name for name, is_set in told.items() if is_set]


@check("crl.point-public", citation="CA/B BR §7.2.2.1; Mozilla Root Store Policy 3.1 §5.2, §6.1.2")
def point_public(subject: PublishedCrl) -> Iterator[Answer]:
    """A public CRL that covers a part of what its CA issued names the URLs at which certificates point to it.

    The names in issuingDistributionPoint are URLs. The CRL covers neither other CAs' certificates (indirectCRL) nor
    attribute certificates. onlySomeReasons is a warning, because then another CRL must cover all reasons.

    Why: without its own URL, one part of a divided CRL can be given to clients in place of another.

    Fix: write the URL from the certificates' cRLDistributionPoints into the CRL.
    """
    scope = subject.crl.scope
    if scope is None:
        yield NotApplicable("no issuingDistributionPoint")
        return
    if not scope.name.full:
        yield Problem("issuingDistributionPoint names no URL", key="name")
    elif any(name.kind != "URI" for name in scope.name.full):
        yield Problem("issuingDistributionPoint has a name that is not a URL", key="kind")
    if scope.indirect:
        yield Problem("the CRL is indirect", key="indirect")
    if scope.only_attribute_certificates:
        yield Problem("the CRL covers only attribute certificates", key="attribute")
    if scope.reasons != ALL_REASONS:
        yield Problem("the CRL covers only some reasons", key="reasons", severity=Severity.WARNING)


@check("crl.empty-list", citation="RFC 5280 §5.1.2.6")
def empty_list(subject: PublishedCrl) -> Iterator[Answer]:
    """If nothing is revoked, the CRL has no list of entries, not an empty one.

    Why: strict readers refuse a list without entries.

    Fix: correct the software that makes the CRL.
    """
    if subject.crl.lists_nothing:
        yield Problem("the list of entries is present and empty")


@check("crl.serials", citation="RFC 5280 §5.1.2.6, §4.1.2.2")
def serials(subject: PublishedCrl) -> Iterator[Answer]:
    """Each serial number in the CRL is positive and listed once.

    In an indirect CRL, serial numbers of different CAs may be the same.

    Why: of two entries for one certificate, clients may read either, with another date or reason.

    Fix: remove the duplicates from the CA's database, and find out how they came there.
    """
    survey, scope = subject.crl.survey, subject.crl.scope
    if not survey.count:
        yield _NO_ENTRIES
        return
    if survey.repeated and not (scope and scope.indirect):
        yield Problem(f"a serial number is listed again: {survey.repeated}", key="repeated")
    if survey.not_positive:
        yield Problem(f"a serial number is not positive: {survey.not_positive}", key="positive")


@check("crl.revocation-dates", citation="RFC 5280 §5.1.2.6")
def revocation_dates(subject: PublishedCrl) -> Iterator[Answer]:
    """No certificate is revoked later than the CRL was issued.

    Why: a revocation in the future has not happened, and clients that read the date hold the certificate for good.

    Fix: correct the clock of the machine that records revocations.
    """
    latest = subject.crl.survey.latest
    if latest is None:
        yield _NO_ENTRIES
    elif latest[0] > subject.crl.this_update:
        yield Problem(f"the entry of serial number {latest[1]:x} is dated {latest[0]:%Y-%m-%d %H:%M:%S} UTC")


@check("crl.reasons", citation="RFC 5280 §5.3.1")
def reasons(subject: PublishedCrl) -> Iterator[Answer]:
    """Each reasonCode is one that RFC 5280 defines, is not critical, and says something.

    `removeFromCRL` is for delta CRLs alone. `unspecified` should be left out: if it is written, that is a warning.

    Why: clients refuse a CRL with a reason that they cannot read, and `removeFromCRL` makes a certificate valid again.

    Fix: correct the reasons in the CA's database or in its software.
    """
    if not subject.crl.survey.count:
        yield _NO_ENTRIES
        return
    is_delta = subject.crl.base_number is not None
    yield from capped(
        replace(problem, message=f"{problem.message}: {entries}", key=problem.message)
        for extension, entries in _each(subject, _REASON)
        for problem in _reason_problems(extension, is_delta=is_delta)
    )


def _reason_problems(extension: Extension, *, is_delta: bool) -> Iterator[Problem]:
    name = reason_name(extension.value)
    if extension.critical:
        yield Problem("reasonCode is critical")
    if name not in _DEFINED:
        yield Problem(f"reasonCode is {name}")
    elif name == "unspecified":
        yield Problem(f"reasonCode is {name}", severity=Severity.WARNING, cause="crl.reasons-public")
    elif name == "removeFromCRL" and not is_delta:
        yield Problem(f"reasonCode is {name}, which only a delta CRL may use")


@check("crl.reasons-public", citation="CA/B BR §7.2.2")
def reasons_public(subject: PublishedCrl) -> Iterator[Answer]:
    """The reasons in a public CRL are those that the Baseline Requirements list; none is certificateHold.

    `unspecified` is left out, not written. A reason that they do not mention, such as cACompromise, is a warning. An
    entry for a CA must have a reason; which CRLs are only for CAs, crl.interval says.

    Why: a certificate on hold can become valid again, and root programs forbid that for TLS servers.

    Fix: revoke the certificate for good, with the reason that applies, or with none.
    """
    if not subject.crl.survey.count:
        yield _NO_ENTRIES
        return
    for extension, entries in _each(subject, _REASON):
        name = reason_name(extension.value)
        if name in {"certificateHold", "unspecified"}:
            yield Problem(f"reasonCode is {name}: {entries}", key=name)
        elif name in _DEFINED and name not in {*PUBLIC_REASONS, "removeFromCRL"}:
            yield Problem(f"reasonCode is {name}, which is not listed: {entries}", key=name, severity=Severity.WARNING)
    if is_for_cas(subject):
        for listed, entries in subject.crl.survey.forms:
            if all(extension.oid != _REASON for extension in listed):
                yield Problem(f"there is no reasonCode for the certificate of a CA: {entries}", key="absent")


@check("crl.entry-extensions", citation="RFC 5280 §5.3.2, §5.3.3")
def entry_extensions(subject: PublishedCrl) -> Iterator[Answer]:
    """The extensions of entries have the required form: invalidityDate is a date, certificateIssuer is critical.

    invalidityDate is a GeneralizedTime and not critical. certificateIssuer is in indirect CRLs alone.

    Why: a client that overlooks certificateIssuer revokes a certificate of the wrong CA.

    Fix: correct the profile of the CA's CRLs.
    """
    if not subject.crl.survey.count:
        yield _NO_ENTRIES
        return
    scope = subject.crl.scope
    is_indirect = scope is not None and scope.indirect
    found: dict[str, Alike] = {}
    for extension, entries in _each(subject, _INVALIDITY, _ISSUER):
        for message in _entry_problems(extension, is_indirect=is_indirect):
            found.setdefault(message, entries)
    yield from capped(Problem(f"{message}: {entries}", key=message) for message, entries in found.items())


def _entry_problems(extension: Extension, *, is_indirect: bool) -> Iterator[str]:
    if extension.oid == _ISSUER:
        if not extension.critical:
            yield "certificateIssuer is not critical"
        if not is_indirect:
            yield "certificateIssuer is present, but the CRL is not indirect"
        return
    if extension.critical:
        yield "invalidityDate is critical"
    try:
        problem = EncodedTime(GENERALIZED_TIME, only(extension.value, GENERALIZED_TIME)).form_problem()
    except NotDer as error:
        problem = f"cannot be read: {error}"
    if problem:
        yield f"invalidityDate {problem}"


def _each(subject: PublishedCrl, *oids: str) -> Iterator[tuple[Extension, Alike]]:
    """The extensions of entries with one of these OIDs, once for each distinct list of extensions."""
    for listed, entries in subject.crl.survey.forms:
        yield from ((extension, entries) for extension in listed if extension.oid in oids)
