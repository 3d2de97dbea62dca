"""Rules of the family policy: how CA certificates map and limit policies."""

from collections.abc import Iterator

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.br import policy_name
from certgate.checks.framework.registry import ISSUER, LEAF, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.checks.framework.wording import listed
from certgate.model.target import Role
from certgate.x509.facts import CertificateFacts
from certgate.x509.oids import extension_name
from certgate.x509.policy_constraints import ANY_POLICY, read_mappings

__all__: list[str] = []

_MAPPINGS = ExtensionOID.POLICY_MAPPINGS.dotted_string
_CONSTRAINTS = ExtensionOID.POLICY_CONSTRAINTS.dotted_string
_INHIBIT = ExtensionOID.INHIBIT_ANY_POLICY.dotted_string
_NO_MAPPINGS = NotApplicable("no policyMappings")
_FOR_ANY_POLICY = frozenset({"1.3.6.1.5.5.7.2.1", "1.3.6.1.5.5.7.2.2"})
"""The qualifiers that anyPolicy may have: the practice statement, and the notice to users."""


@check("policy.mapping-any", citation="RFC 5280 §4.2.1.5", roles=ISSUER)
def mapping_any(subject: CertificateInRole) -> Iterator[Answer]:
    """No policy is mapped to anyPolicy or from it.

    chain.policy-valid reports such a mapping of an issuer in a chain.

    Why: the mapping would make every policy equal, so path validation refuses it.

    Fix: have the CA certificate reissued with mappings between specific policies.
    """
    mappings = _mappings(subject.certificate)
    if mappings is None:
        yield _NO_MAPPINGS
    elif any(ANY_POLICY in pair for pair in mappings):
        yield Problem("policyMappings has anyPolicy (2.5.29.32.0)")


@check("policy.mapping-asserted", citation="RFC 5280 §4.2.1.5", roles=ISSUER)
def mapping_asserted(subject: CertificateInRole) -> Iterator[Answer]:
    """Every policy that is mapped is also in certificatePolicies, itself or as anyPolicy.

    Why: a mapping of a policy that the certificate does not assert has no effect.

    Fix: have the CA certificate reissued with the policy in certificatePolicies.
    """
    mappings = _mappings(subject.certificate)
    if mappings is None:
        yield _NO_MAPPINGS
        return
    asserted = subject.certificate.policies or ()
    missing = dict.fromkeys(issuer for issuer, _ in mappings if issuer not in asserted and issuer != ANY_POLICY)
    if missing and ANY_POLICY not in asserted:
        yield Problem(f"mapped but not asserted: {listed(map(policy_name, missing))}")


@check("policy.mapping-critical", citation="RFC 5280 §4.2.1.5", roles=ISSUER)
def mapping_critical(subject: CertificateInRole) -> Iterator[Answer]:
    """policyMappings is critical.

    Why: a client that does not know the extension would not find the policies of the certificates below.

    Fix: have the CA certificate reissued with the extension marked as critical.
    """
    entry = subject.certificate.extension(_MAPPINGS)
    if entry is None:
        yield _NO_MAPPINGS
    elif not entry.critical:
        yield Problem("policyMappings is not critical")


@check("policy.limits-leaf", citation="RFC 5280 §4.2.1.5, §4.2.1.11, §4.2.1.14", roles=LEAF)
def limits_leaf(subject: TemplateInRole) -> Iterator[Answer]:
    """A leaf has none of the extensions that map or limit the policies below a CA.

    These are policyMappings, policyConstraints and inhibitAnyPolicy.

    Why: nothing is below a leaf; clients that do not know the extension refuse a certificate in which it is critical.

    Fix: reissue the certificate without them.
    """
    for oid in (_MAPPINGS, _CONSTRAINTS, _INHIBIT):
        if subject.certificate.extension(oid):
            yield Problem(f"{extension_name(oid)} is present", key=oid)


@check("policy.any-qualifiers", citation="RFC 5280 §4.2.1.4")
def any_qualifiers(subject: TemplateInRole) -> Iterator[Answer]:
    """anyPolicy has no qualifiers other than those that RFC 5280 defines.

    Why: clients cannot tell what another qualifier of anyPolicy means.

    Fix: correct the CA's profile.
    """
    policies = [one for one in subject.certificate.policy_information or () if one.oid == ANY_POLICY]
    if not policies:
        yield NotApplicable("anyPolicy is not asserted")
        return
    wrong = {qualifier.oid for policy in policies for qualifier in policy.qualifiers} - _FOR_ANY_POLICY
    if wrong:
        yield Problem(f"anyPolicy has the qualifier {listed(sorted(wrong))}", cause="policy.qualifiers")


@check("policy.root", citation="CA/B BR §7.1.2.1.2", roles=frozenset({Role.CA}))
def root(subject: CertificateInRole) -> Iterator[Answer]:
    """A root has no certificatePolicies.

    The rule checks self-issued certificates with the role `ca`, not the trusted root of a path.

    Why: path validation does not read the extensions of the trusted root.

    Fix: issue the root without the extension.
    """
    if not subject.is_root:
        yield NotApplicable("the certificate is not a root")
    elif subject.certificate.has(ExtensionOID.CERTIFICATE_POLICIES):
        yield Problem("certificatePolicies is present")


def _mappings(certificate: CertificateFacts) -> tuple[tuple[str, str], ...] | None:
    return certificate.value(_MAPPINGS, read_mappings)
