"""Rule ext.form: whether clients can read every extension of a certificate."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import capped
from certgate.x509.form import extension_flaws

__all__: list[str] = []


@check("ext.form", citation="RFC 5280 §4.2")
def extensions(subject: CertificateInRole) -> Iterator[Answer]:
    """Every extension has the form that its standard gives it.

    Extensions that certgate does not read are not judged. A keyUsage without any bit, a policy that stands in
    certificatePolicies twice, and a name of the subjectAltName that is not of its type are problems too.

    Why: OpenSSL or Go refuse the whole certificate for one extension that they cannot read.

    Fix: correct the CA's profile and issue the certificate anew.
    """
    yield from capped(Problem(flaw.text, key=flaw.part) for flaw in extension_flaws(subject.certificate))
