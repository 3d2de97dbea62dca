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
            yield Problem("basicConstraints says CA:TRUE", key="cA")
        else:
            yield Problem("basicConstraints is not encoded as 3000 (an empty sequence)", key="encoding")
    if critical and not entry.critical:
        yield Problem("basicConstraints is not critical", key="critical")


@check("bc.ca", citation="CA/B BR §7.1.2.10.4; RFC 5280 §4.2.1.9", roles=ISSUER)
def ca(subject: CertificateInRole) -> Iterator[Answer]:
    """A CA's basicConstraints is present and critical, and says CA:TRUE.

    Why: clients do not accept an issuer whose certificate does not say that it is a CA.

    Fix: reissue the CA certificate with `basicConstraints = critical, CA:TRUE`.
    """
    entry = subject.certificate.extension(_BASIC_CONSTRAINTS)
    if entry is None:
        yield Problem("no basicConstraints", key="absent")
        return
    if not subject.certificate.is_ca:
        yield Problem("basicConstraints says CA:FALSE", key="cA")
    if not entry.critical:
        yield Problem("basicConstraints is not critical", key="critical")
