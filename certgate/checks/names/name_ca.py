"""Rules of the family name on the names of CAs."""

from collections.abc import Iterator

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import ISSUER, Answer, Problem, check
from certgate.checks.framework.subjects import CertificateInRole, IssuedInRole
from certgate.checks.names.subject_attributes import attribute_name, attributes
from certgate.model.finding import Severity

__all__: list[str] = []


@check("name.ca-subject", citation="CA/B BR §7.1.2.10.2", roles=ISSUER, presumes=[Premise.TLS])
def ca_subject(subject: CertificateInRole, *, common_name: bool = True) -> Iterator[Answer]:
    """The subject of a CA has a country, an organization and, with `common_name`, a common name.

    A missing common name is a warning for intermediates: cross-certificates copy the subject of an existing CA, and
    look like other intermediates.

    Why: people and root programs recognize the operator of a CA by these attributes.

    Fix: issue the CA certificate with `C`, `O` and `CN`.
    """
    present = set(map(attribute_name, attributes(subject)))
    missing = [name for name in ("C", "O") if name not in present]
    if missing:
        yield Problem(f"the subject of the CA has no {' and no '.join(missing)}", cause="name.ca-subject-empty")
    if common_name and "CN" not in present:
        severity = None if subject.is_root else Severity.WARNING
        yield Problem("the subject of the CA has no CN", key="CN", severity=severity, cause="name.ca-subject-empty")


@check("name.ca-subject-empty", citation="RFC 5280 §4.1.2.6", roles=ISSUER)
def ca_subject_empty(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject of a CA is not empty.

    Why: clients find the issuer of a certificate by this name.

    Fix: issue the CA certificate with a subject.
    """
    if subject.certificate.subject.is_empty:
        yield Problem("the subject of the CA is empty")


@check("name.issuer-empty", citation="RFC 5280 §4.1.2.4")
def issuer_empty(subject: IssuedInRole) -> Iterator[Answer]:
    """The certificate names its issuer.

    Why: without this name clients find no issuer, and CRLs cannot refer to the certificate.

    Fix: correct the CA's software, then reissue the certificate.
    """
    if subject.certificate.issuer.is_empty:
        yield Problem("the issuer is empty", cause="name.ca-subject-empty")
