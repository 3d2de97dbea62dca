"""Rules of the family ext on the contents of extensions: empty ones, critical ones, constraints that cannot hold."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network
from types import MappingProxyType

from cryptography.x509.oid import ExtensionOID as Ext

from certgate.checks.framework.registry import ISSUER, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.checks.framework.wording import capped, listed, shortened
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.facts import CertificateFacts
from certgate.x509.name_constraints import OID, NameConstraints, read_constraints
from certgate.x509.oids import extension_name
from certgate.x509.special_address import overlapped_network

__all__: list[str] = []

_EMPTY_SEQUENCE = b"\x30\x00"
_NOT_EMPTY: Mapping[str, str] = MappingProxyType(
    {
        Ext.SUBJECT_ALTERNATIVE_NAME.dotted_string: "name.san-present",
        Ext.ISSUER_ALTERNATIVE_NAME.dotted_string: "",
        Ext.EXTENDED_KEY_USAGE.dotted_string: "eku.server-auth",
        Ext.CERTIFICATE_POLICIES.dotted_string: "policy.reserved-oid",
        Ext.POLICY_MAPPINGS.dotted_string: "",
        Ext.POLICY_CONSTRAINTS.dotted_string: "",
        Ext.CRL_DISTRIBUTION_POINTS.dotted_string: "",
        Ext.FRESHEST_CRL.dotted_string: "",
        Ext.AUTHORITY_INFORMATION_ACCESS.dotted_string: "",
        Ext.SUBJECT_INFORMATION_ACCESS.dotted_string: "",
        Ext.SUBJECT_DIRECTORY_ATTRIBUTES.dotted_string: "",
    }
)
"""Lists that RFC 5280 requires to have an entry, each with the rule that reports what is missing in it."""
_CRL_POINTS = Ext.CRL_DISTRIBUTION_POINTS.dotted_string
_ISSUER_NAMES = Ext.ISSUER_ALTERNATIVE_NAME.dotted_string
_NOT_CRITICAL = frozenset({_CRL_POINTS, _ISSUER_NAMES, Ext.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS.dotted_string})
_UNUSABLE_KINDS = frozenset({"X.400", "EDI", "registered ID"})
_NO_CONSTRAINTS = NotApplicable("no nameConstraints")


@check("ext.empty", citation="RFC 5280 §4.2.1.4-6, §4.2.1.8, §4.2.1.11-13, §4.2.2")
def empty(subject: CertificateInRole) -> Iterator[Answer]:
    """No extension that is a list is empty.

    Why: an empty list means nothing, and clients read it in different ways or refuse the certificate.

    Fix: have the CA leave the extension out, or fill it.
    """
    for extension in subject.certificate.extensions:
        if extension.oid in _NOT_EMPTY and extension.value == _EMPTY_SEQUENCE:
            name = extension_name(extension.oid)
            yield Problem(f"{name} is an empty list", key=extension.oid, cause=_NOT_EMPTY[extension.oid])


@check("ext.not-critical", citation="CA/B BR §7.1.2.7.6, §7.1.2.6.1; RFC 5280 §4.2.1.7, §4.2.1.13")
def not_critical(subject: TemplateInRole) -> Iterator[Answer]:
    """CRL distribution points, the issuer's alternative names and lists of SCTs are not critical.

    Critical alternative names of the issuer are a warning.

    Why: clients that do not use these extensions must refuse the certificate.

    Fix: correct the CA's profile.
    """
    for extension in subject.certificate.extensions:
        if extension.critical and extension.oid in _NOT_CRITICAL and not extension.problem:
            severity = Severity.WARNING if extension.oid == _ISSUER_NAMES else None
            yield Problem(f"{extension_name(extension.oid)} is critical", key=extension.oid, severity=severity)


@check("ext.name-constraints-types", citation="RFC 5280 §4.2.1.10", roles=ISSUER)
def name_constraints_types(subject: CertificateInRole) -> Iterator[Answer]:
    """nameConstraints has no X.400 addresses, EDI party names and registered IDs.

    Why: RFC 5280 defines no constraint for these types, so clients must refuse every certificate below the CA.

    Fix: have the CA certificate reissued without them.
    """
    constraints = _constraints(subject.certificate)
    if constraints is None:
        yield _NO_CONSTRAINTS
        return
    kinds = {subtree.kind for subtree in (*constraints.permitted, *constraints.excluded)}
    if unusable := sorted(kinds & _UNUSABLE_KINDS):
        yield Problem(f"nameConstraints has names of the type {listed(unusable)}")


@check("ext.name-constraints-reserved", citation="CA/B BR §7.1.2.5.2, §7.1.2.10.8", roles=ISSUER)
def name_constraints_reserved(subject: CertificateInRole) -> Iterator[Answer]:
    """nameConstraints permits no IP addresses from a special-purpose range.

    The ranges are those in IANA's registries; 0.0.0.0/0 and ::/0, which constrain nothing, are allowed.

    Why: nobody owns these addresses, so a public CA cannot confirm that the operator of the intermediate does.

    Fix: have the CA certificate reissued without them.
    """
    constraints = _constraints(subject.certificate)
    if constraints is None:
        yield _NO_CONSTRAINTS
        return
    permitted = [s.value for s in constraints.permitted if isinstance(s.value, IPv4Network | IPv6Network)]
    yield from capped(
        Problem(f"the permitted range {network} overlaps the special-purpose range {special}", key=str(network))
        for network in permitted
        if network.prefixlen and (special := overlapped_network(network))
    )


@check("ext.subca-name-constraints", citation="RFC 5280 §4.2.1.10; CA/B BR §7.1.2.5.2", roles=frozenset({Role.CA}))
def subca_name_constraints(subject: CertificateInRole, *, within: tuple[str, ...] = ()) -> Iterator[Answer]:
    """A subordinate CA is limited to the organisation's own names: nameConstraints permits DNS names.

    With `within` each permitted DNS name is one of these domains, or below one of them. A self-issued certificate is a
    root, whose constraints many clients ignore.

    Why: whoever has the key of an unlimited CA can impersonate every site to everybody who trusts the root.

    Fix: reissue the CA certificate with `nameConstraints = critical, permitted;DNS:corp.example`.
    """
    if subject.is_root:
        yield NotApplicable("the certificate is a root")
        return
    constraints = _constraints(subject.certificate)
    permitted = [s.value for s in constraints.permitted if s.kind == "DNS"] if constraints else []
    if not permitted:
        yield Problem("nameConstraints permits no DNS names" if constraints else "no nameConstraints", key="absent")
    elif within:
        domains = tuple(domain.lower().strip(".") for domain in within)
        yield from capped(
            Problem(f"nameConstraints permits {shortened(str(name)) or 'every DNS name'}", key=shortened(str(name)))
            for name in permitted
            if not any(f".{str(name).strip('.')}".endswith(f".{domain}") for domain in domains)
        )


def _constraints(certificate: CertificateFacts) -> NameConstraints | None:
    return certificate.value(OID, read_constraints)
