"""Rule ext.form: whether clients can read every extension of a certificate."""

from collections.abc import Iterator

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Answer, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import capped
from certgate.x509.form import extension_flaws

__all__: list[str] = []


@check("ext.form", citation="RFC 5280 §4.2")
def extensions(subject: CertificateInRole) -> Iterator[Answer]:
    """Clients can read every extension of the certificate.

    Extensions that certgate does not read are not checked. The rule also fails for a keyUsage without any bit, a policy
    that is listed twice in certificatePolicies, and a subjectAltName entry whose content does not fit its type.

    Why: OpenSSL or Go refuse the whole certificate because of one extension that they cannot read.

    Fix: correct the CA's profile, then reissue the certificate.
    """
    yield from capped(
        Problem(flaw.text, key=flaw.part, denies=Premise.READABLE) for flaw in extension_flaws(subject.certificate)
    )
