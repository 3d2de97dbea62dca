"""Rules of the family bc: basicConstraints."""

from collections.abc import Iterator

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import ISSUER, LEAF, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.model.target import Role

__all__: list[str] = []

_BASIC_CONSTRAINTS = ExtensionOID.BASIC_CONSTRAINTS.dotted_string
_NOT_A_CA = b"\x30\x00"


@check("bc.leaf", citation="CA/B BR §7.1.2.7.8", roles=LEAF, presumes=[Premise.ISSUED])
def leaf(subject: TemplateInRole, *, critical: bool = True) -> Iterator[Answer]:
    """A leaf's basicConstraints, if present, is critical and says CA:FALSE, without a path length.

    Its DER is exactly 3000. With `critical: false` the extension may be non-critical (RFC 5280 §4.2.1.9).

    Why: a leaf that is a CA can issue certificates for every name.

    Fix: reissue the certificate with `basicConstraints = critical, CA:FALSE`.
    """
    entry = subject.certificate.extension(_BASIC_CONSTRAINTS)
    if entry is None:
        yield NotApplicable("no basicConstraints")
        return
    if entry.value != _NOT_A_CA:
        if entry.value[2:5] == b"\x01\x01\xff":
            text = "basicConstraints says CA:TRUE"
            yield Problem(text, key="cA", cause="chain.leaf-first", denies=Premise.LEAF)
        else:
            yield Problem("basicConstraints is not encoded as 3000 (an empty sequence)", key="encoding")
    if critical and not entry.critical:
        yield Problem("basicConstraints is not critical", key="critical")


@check("bc.ca", citation="CA/B BR §7.1.2.10.4; RFC 5280 §4.2.1.9", roles=ISSUER, presumes=[Premise.EXTENSIONS])
def ca(subject: CertificateInRole) -> Iterator[Answer]:
    """A CA's basicConstraints is present and critical, and says CA:TRUE.

    Why: clients do not accept an issuer whose certificate does not say that it is a CA.

    Fix: reissue the CA certificate with `basicConstraints = critical, CA:TRUE`.
    """
    entry = subject.certificate.extension(_BASIC_CONSTRAINTS)
    cause = "chain.issuer-ca" if Role.ISSUER in subject.roles else ""
    if entry is None:
        yield Problem("no basicConstraints", key="absent", cause=cause)
        return
    if not subject.certificate.is_ca:
        yield Problem("basicConstraints says CA:FALSE", key="cA", cause=cause)
    if not entry.critical:
        yield Problem("basicConstraints is not critical", key="critical")


@check("bc.root-path-length", citation="CA/B BR §7.1.2.1.4", roles=frozenset({Role.CA}))
def root_path_length(subject: CertificateInRole) -> Iterator[Answer]:
    """A root has no path length.

    The rule checks self-issued certificates with the role `ca`, not the trusted root of a path.

    Why: clients differ in whether they obey the path length of a trusted root.

    Fix: issue the root without it, and limit its intermediates instead.
    """
    constraints = subject.certificate.basic_constraints
    if not subject.is_root:
        yield NotApplicable("the certificate is not a root")
    elif constraints and constraints.path_length is not None:
        yield Problem(f"the root has the path length {constraints.path_length}")


@check("bc.subca-path-length", citation="RFC 5280 §4.2.1.9", roles=frozenset({Role.CA}))
def subca_path_length(subject: CertificateInRole, *, max_length: int = 2) -> Iterator[Answer]:
    """A subordinate CA may have at most `max_length` levels of CAs below it: basicConstraints has a path length.

    0 means that it issues to servers and clients alone. Without a path length there is no limit. The default fits
    `chain.depth`, which allows three intermediates. A self-issued certificate is a root, which needs none.

    Why: whoever has the key of a CA without a limit can make further CAs, of which nobody knows.

    Fix: reissue the CA certificate with `basicConstraints = critical, CA:TRUE, pathlen:0`, or the levels that it needs.
    """
    constraints = subject.certificate.basic_constraints
    if subject.is_root:
        yield NotApplicable("the certificate is a root")
    elif constraints is None or not constraints.ca:
        yield NotApplicable("basicConstraints does not say that it is a CA")
    elif constraints.path_length is None:
        yield Problem("no path length: any number of CAs may be below it", key="absent")
    elif constraints.path_length > max_length:
        yield Problem(f"the path length is {constraints.path_length}, at most {max_length} allowed", key="length")
