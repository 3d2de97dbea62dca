"""Rules of the family policy: the certificate policies that a certificate asserts."""

from collections.abc import Iterator
from typing import Annotated

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.br import RESERVED_POLICIES, policy_name
from certgate.checks.framework.needs import Setting
from certgate.checks.framework.premise import Premise
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
_NO_POLICIES = NotApplicable("no certificatePolicies")
_A_ROOT = NotApplicable("the certificate is a root")


@check(
    "policy.reserved-oid",
    citation="CA/B BR §7.1.2.7.9, §7.1.6.1",
    roles=_SERVER,
    presumes=[Premise.TLS, Premise.LEAF, Premise.ISSUED, Premise.EXTENSIONS],
)
def reserved_oid(subject: CertificateInRole) -> Iterator[Answer]:
    """A public server certificate has exactly one reserved policy OID, for its type of validation.

    The OIDs are 2.23.140.1.2.1 (domain), .1.2.2 (organization), .1.2.3 (individual) and 2.23.140.1.1 (extended
    validation).

    Why: with this OID the CA states that it meets the Baseline Requirements.

    Fix: have the CA reissue the certificate with the OID of its type.
    """
    found = [oid for oid in subject.certificate.policies or () if oid in RESERVED_POLICIES]
    if not found:
        yield Problem(f"no reserved policy OID, one of {', '.join(RESERVED_POLICIES)} required")
    elif len(found) > 1:
        yield Problem(f"{len(found)} reserved policy OIDs, 1 allowed: {listed(map(policy_name, found))}")


@check(
    "policy.expected",
    citation="certgate: the policies that a target asks for",
    roles=LEAF,
    binds={"oids": Setting.POLICY_OIDS},
)
def expected(
    subject: CertificateInRole, *, oids: Annotated[tuple[str, ...], Vocabulary(or_oid=True)] = ()
) -> Iterator[Answer]:
    """The certificate asserts every policy in the target's `policy_oids`.

    Why: otherwise it was not issued under the agreed rules.

    Fix: order the certificate with the right profile, or correct the target's `policy_oids`.
    """
    if not oids:
        yield NotApplicable("the target lists no policy OID")
        return
    asserted = subject.certificate.policies or ()
    for oid in dict.fromkeys(oids):
        if oid not in asserted:
            yield Problem(
                f"the policy {policy_name(oid)} is missing; found {listed(map(policy_name, asserted))}", key=oid
            )


@check("policy.any-policy", citation="CA/B BR §7.1.2.7.9", roles=LEAF, presumes=[Premise.TLS])
def any_policy(subject: CertificateInRole) -> Iterator[Answer]:
    """A leaf does not assert anyPolicy.

    Why: anyPolicy claims every policy that a client may require.

    Fix: have the CA reissue the certificate with a specific policy.
    """
    asserted = subject.certificate.policies
    if asserted is None:
        yield _NO_POLICIES
    elif _ANY_POLICY in asserted:
        yield Problem("certificatePolicies has anyPolicy (2.5.29.32.0)")


@check("policy.qualifiers", citation="CA/B BR §7.1.2.7.9, §7.1.2.10.5", roles=_SERVER | ISSUER)
def qualifiers(subject: CertificateInRole) -> Iterator[Answer]:
    """Certificate policies have no qualifiers other than the URL of the CA's practice statement (http or https).

    Such a URL is an info, any other qualifier a failure. Roots (self-issued, with the role `ca`) are not checked.

    Why: qualifiers cost bytes in every handshake, and no client reads them.

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
        yield Problem(f"a policy has the qualifier {what}", key=key)
    if found and not wrong:
        yield Problem(
            f"{len(found)} policy qualifier{'s' if len(found) > 1 else ''} present",
            key="present",
            severity=Severity.INFO,
        )


def _described(qualifier: Qualifier) -> tuple[str, str]:
    """A description of the qualifier, and its key."""
    if qualifier.address is not None:
        return f"URL {shortened(qualifier.address)}", "address"
    return ("user notice", "notice") if qualifier.oid == _NOTICE else (qualifier.oid, qualifier.oid)


@check("policy.first", citation="CA/B BR §7.1.2.7.9", roles=_SERVER, presumes=[Premise.TLS])
def first(subject: CertificateInRole) -> Iterator[Answer]:
    """The reserved policy OID comes first.

    Why: some clients look only at the first policy.

    Fix: correct the order of the policies in the CA's profile.
    """
    asserted = subject.certificate.policies or ()
    if not any(oid in RESERVED_POLICIES for oid in asserted):
        yield NotApplicable("no reserved policy OID")
    elif asserted[0] not in RESERVED_POLICIES:
        yield Problem(f"the first policy is {policy_name(asserted[0])}, a reserved policy required")


@check("policy.subca", citation="CA/B BR §7.1.2.10.5 (SC-079)", roles=ISSUER, presumes=[Premise.TLS])
def subca(subject: CertificateInRole) -> Iterator[Answer]:
    """An intermediate asserts only anyPolicy, or exactly one reserved policy OID and not anyPolicy.

    Several reserved OIDs are a warning, because cross-certificates may have them and look like other intermediates. The
    rule does not apply to a root (self-issued, with the role `ca`).

    Why: otherwise no policy is valid for the whole path, and the leaf's policy has no effect.

    Fix: have the CA reissue the intermediate.
    """
    if subject.is_root:
        yield _A_ROOT
        return
    asserted = subject.certificate.policies
    if asserted is None:
        yield Problem("no certificatePolicies", key="absent")
        return
    if asserted == (_ANY_POLICY,):
        return
    if _ANY_POLICY in asserted:
        yield Problem("anyPolicy is present together with other policies", key="anyPolicy")
    reserved = [oid for oid in asserted if oid in RESERVED_POLICIES]
    if not reserved:
        yield Problem("no reserved policy OID, 1 required", key="reserved")
    elif len(reserved) > 1:
        yield Problem(f"{len(reserved)} reserved policy OIDs, 1 allowed", key="several", severity=Severity.WARNING)


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
