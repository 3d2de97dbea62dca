"""Rules of the family bc: basicConstraints."""

from collections.abc import Iterator

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.registry import ISSUER, LEAF, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole

__all__: list[str] = []

_BASIC_CONSTRAINTS = ExtensionOID.BASIC_CONSTRAINTS.dotted_string
_NOT_A_CA = b"\x30\x00"


@check("bc.leaf", citation="CA/B BR §7.1.2.7.8", roles=LEAF)
def leaf(subject: CertificateInRole, *, critical: bool = True) -> Iterator[Answer]:
    """basicConstraints of a leaf, if present, is critical, cA FALSE and without path length.

    Its DER is then exactly 3000. `critical` false lets it be non-critical, as RFC 5280 §4.2.1.9 does.

    Why: a leaf that is a CA can issue certificates for every name.

    Fix: issue the certificate anew with basicConstraints = critical, CA:FALSE.
    """
    entry = subject.certificate.extension(_BASIC_CONSTRAINTS)
    if entry is None:
        yield NotApplicable("it has no basicConstraints")
        return
    if entry.value != _NOT_A_CA:
        if entry.value[2:5] == b"\x01\x01\xff":
            yield Problem("basicConstraints says cA TRUE", key="cA")
        else:
            yield Problem("basicConstraints is not encoded as 3000", key="encoding")
    if critical and not entry.critical:
        yield Problem("basicConstraints is not critical", key="critical")


@check("bc.ca", citation="CA/B BR §7.1.2.10.4; RFC 5280 §4.2.1.9", roles=ISSUER)
def ca(subject: CertificateInRole) -> Iterator[Answer]:
    """basicConstraints of a CA is present, critical and cA TRUE.

    Why: clients take no certificate for an issuer that does not say so.

    Fix: issue the CA certificate anew with basicConstraints = critical, CA:TRUE.
    """
    entry = subject.certificate.extension(_BASIC_CONSTRAINTS)
    if entry is None:
        yield Problem("has no basicConstraints", key="absent")
        return
    if not subject.certificate.is_ca:
        yield Problem("basicConstraints says cA FALSE", key="cA")
    if not entry.critical:
        yield Problem("basicConstraints is not critical", key="critical")
