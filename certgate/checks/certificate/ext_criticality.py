"""Rules of the family ext: whether extensions are critical as RFC 5280 requires, and agree with each other."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from cryptography.x509.oid import ExtensionOID as Ext

from certgate.checks.framework.registry import Answer, Problem, check
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.model.finding import Severity
from certgate.x509.oids import extension_name

__all__: list[str] = []

_NAME_CONSTRAINTS = Ext.NAME_CONSTRAINTS.dotted_string
_CRITICAL: Mapping[str, bool] = MappingProxyType(
    {
        _NAME_CONSTRAINTS: True,
        Ext.POLICY_CONSTRAINTS.dotted_string: True,
        Ext.INHIBIT_ANY_POLICY.dotted_string: True,
        Ext.AUTHORITY_KEY_IDENTIFIER.dotted_string: False,
        Ext.SUBJECT_KEY_IDENTIFIER.dotted_string: False,
        Ext.SUBJECT_DIRECTORY_ATTRIBUTES.dotted_string: False,
        Ext.FRESHEST_CRL.dotted_string: False,
        Ext.AUTHORITY_INFORMATION_ACCESS.dotted_string: False,
        Ext.SUBJECT_INFORMATION_ACCESS.dotted_string: False,
    }
)
"""The criticality that RFC 5280 §4.2 requires with MUST; other rules check basicConstraints."""


@check("ext.criticality", citation="RFC 5280 §4.2.1.1, §4.2.1.2, §4.2.1.10, §4.2.1.11, §4.2.1.14, §4.2.2")
def criticality(subject: TemplateInRole, *, name_constraints: bool = True) -> Iterator[Answer]:
    """Constraints on names and policies are critical; key identifiers and access information are not.

    With `name_constraints: false`, nameConstraints that is not critical is a warning, because CA/B BR §7.1.2.10.8 allow
    it.

    Why: clients that do not know a constraint ignore it unless it is critical, and Go refuses a certificate with
    critical key identifiers or access information.

    Fix: have the certificate reissued with the extension marked as RFC 5280 requires.
    """
    for extension in subject.certificate.extensions:
        wanted = _CRITICAL.get(extension.oid, extension.critical)
        if extension.critical != wanted:
            how = "is not critical" if wanted else "is critical"
            tolerated = extension.oid == _NAME_CONSTRAINTS and not name_constraints
            severity = Severity.WARNING if tolerated else None
            yield Problem(f"{extension_name(extension.oid)} {how}", key=extension.oid, severity=severity)


@check("ext.ca-consistency", citation="RFC 5280 §4.2.1.3, §4.2.1.9")
def ca_consistency(subject: TemplateInRole) -> Iterator[Answer]:
    """keyCertSign is present only with CA:TRUE, and a path length only with both.

    Why: clients differ in which extension they trust, so some take the certificate for a CA.

    Fix: have the certificate reissued, either as a CA or without keyCertSign and path length.
    """
    certificate = subject.certificate
    usage, constraints = certificate.key_usage, certificate.basic_constraints
    if usage is not None and "keyCertSign" in usage and not certificate.is_ca:
        yield Problem("keyUsage has keyCertSign, but the certificate is not a CA", key="keyCertSign")
    may_sign = usage is None or "keyCertSign" in usage
    if constraints and constraints.path_length is not None and not (constraints.ca and may_sign):
        yield Problem("path length without the right to sign certificates", key="path length")
