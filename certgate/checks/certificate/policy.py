"""Rules of the family policy: the certificate policies that a certificate asserts."""

from collections.abc import Iterator
from typing import Annotated

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.br import RESERVED_POLICIES
from certgate.checks.framework.needs import Demand, Force, Setting
from certgate.checks.framework.registry import ISSUER, LEAF, Answer, NotApplicable, Problem, Vocabulary, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import listed, shortened
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.extension import Qualifier

__all__: list[str] = []

_SERVER = frozenset({Role.SERVER})
_NOTICE = "1.3.6.1.5.5.7.2.2"
_ANY_POLICY = "2.5.29.32.0"
_NO_POLICIES = NotApplicable("it has no certificatePolicies")
_A_ROOT = NotApplicable("it is self-issued, so it is a root")


@check("policy.reserved-oid", citation="CA/B BR §7.1.2.7.9, §7.1.6.1", roles=_SERVER)
def reserved_oid(subject: CertificateInRole) -> Iterator[Answer]:
    """A public server certificate says how its subject was validated: exactly one reserved policy OID.

    2.23.140.1.2.1 domain, .1.2.2 organization, .1.2.3 individual, 2.23.140.1.1 extended validation.

    Why: the OID is the CA's word that the Baseline Requirements were met.

    Fix: have the CA issue the certificate anew with the OID of its type.
    """
    found = [oid for oid in subject.certificate.policies or () if oid in RESERVED_POLICIES]
    if not found:
        yield Problem(f"has none of the reserved policy OIDs {', '.join(RESERVED_POLICIES)}")
    elif len(found) > 1:
        yield Problem(f"has {len(found)} reserved policy OIDs: {listed(found)}")


@check(
    "policy.expected",
    citation="certgate: the policies that a target asks for",
    roles=LEAF,
    binds={"oids": Setting.POLICY_OIDS},
    demanded_by=[Demand(Setting.POLICY_OIDS, Force.REPLACES)],
)
def expected(
    subject: CertificateInRole, *, oids: Annotated[tuple[str, ...], Vocabulary(or_oid=True)] = ()
) -> Iterator[Answer]:
    """The certificate asserts every policy OID that the target asks for.

    Why: it was issued under other rules than the ones that were agreed.

    Fix: order the certificate from the right profile, or correct the target's `policy_oids`.
    """
    if not oids:
        yield NotApplicable("no policy OID was given")
        return
    asserted = subject.certificate.policies or ()
    for oid in dict.fromkeys(oids):
        if oid not in asserted:
            yield Problem(f"does not assert the policy {oid}; it asserts {listed(asserted)}", key=oid)


@check("policy.any-policy", citation="CA/B BR §7.1.2.7.9", roles=LEAF)
def any_policy(subject: CertificateInRole) -> Iterator[Answer]:
    """A leaf does not assert anyPolicy.

    Why: it claims whatever policy a reader may ask for.

    Fix: have the CA issue the certificate anew under a named policy.
    """
    asserted = subject.certificate.policies
    if asserted is None:
        yield _NO_POLICIES
    elif _ANY_POLICY in asserted:
        yield Problem("asserts anyPolicy (2.5.29.32.0)")


@check("policy.qualifiers", citation="CA/B BR §7.1.2.7.9, §7.1.2.10.5", roles=_SERVER | ISSUER)
def qualifiers(subject: CertificateInRole) -> Iterator[Answer]:
    """Policies have no qualifiers; if they have, it is the address of the CA's statement (http or https).

    That address is a note, everything else a failure. Roots, self-issued and judged as CA, are not judged.

    Why: qualifiers cost bytes in every handshake and no client reads them.

    Fix: correct the CA's profile.
    """
    if subject.is_root:
        yield _A_ROOT
        return
    policies = subject.certificate.policy_information
    if policies is None:
        yield _NO_POLICIES
        return
    found = [qualifier for policy in policies for qualifier in policy.qualifiers]
    wrong = [q for q in found if not (q.address or "").lower().startswith(("http://", "https://"))]
    for qualifier in wrong[:5]:
        what, key = _described(qualifier)
        yield Problem(f"a policy is qualified by {what}", key=key)
    if found and not wrong:
        yield Problem(f"{len(found)} policies have qualifiers", key="present", severity=Severity.INFO)


def _described(qualifier: Qualifier) -> tuple[str, str]:
    """What people call it, and its key."""
    if qualifier.address is not None:
        return f"the address {shortened(qualifier.address)}", "address"
    return ("a user notice", "notice") if qualifier.oid == _NOTICE else (f"the type {qualifier.oid}", qualifier.oid)


@check("policy.first", citation="CA/B BR §7.1.2.7.9", roles=_SERVER)
def first(subject: CertificateInRole) -> Iterator[Answer]:
    """The reserved policy OID is the first.

    Why: some clients look at the first policy alone.

    Fix: have the CA order its policies so.
    """
    asserted = subject.certificate.policies or ()
    if not any(oid in RESERVED_POLICIES for oid in asserted):
        yield NotApplicable("it has no reserved policy OID")
    elif asserted[0] not in RESERVED_POLICIES:
        yield Problem(f"the first policy is {asserted[0]}, not the reserved one")


@check("policy.subca", citation="CA/B BR §7.1.2.10.5 (SC-079)", roles=ISSUER)
def subca(subject: CertificateInRole) -> Iterator[Answer]:
    """An intermediate asserts anyPolicy alone, or exactly one reserved policy OID and not anyPolicy.

    Several reserved OIDs are allowed in cross-certificates, which cannot be told apart: a warning. A self-issued
    certificate that is judged as CA is a root, for which the rule is not applicable.

    Why: the path has no policy in common otherwise, so the leaf's policy counts for nothing.

    Fix: have the CA issue the intermediate anew.
    """
    if subject.is_root:
        yield _A_ROOT
        return
    asserted = subject.certificate.policies
    if asserted is None:
        yield Problem("has no certificatePolicies", key="absent")
        return
    if asserted == (_ANY_POLICY,):
        return
    if _ANY_POLICY in asserted:
        yield Problem("asserts anyPolicy together with other policies", key="anyPolicy")
    reserved = [oid for oid in asserted if oid in RESERVED_POLICIES]
    if not reserved:
        yield Problem("asserts no reserved policy OID", key="reserved")
    elif len(reserved) > 1:
        yield Problem(f"asserts {len(reserved)} reserved policy OIDs", key="several", severity=Severity.WARNING)


@check("policy.critical", citation="CA/B BR §7.1.2.7.6", roles=_SERVER | ISSUER)
def critical(subject: CertificateInRole) -> Iterator[Answer]:
    """certificatePolicies is not critical.

    Why: clients that do not process policies must refuse the certificate.

    Fix: correct the CA's profile.
    """
    entry = subject.certificate.extension(ExtensionOID.CERTIFICATE_POLICIES.dotted_string)
    if entry is None:
        yield _NO_POLICIES
    elif entry.critical:
        yield Problem("certificatePolicies is critical")
