"""Rule cert.form: whether clients can read every field of a certificate."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import capped
from certgate.x509.form import field_flaws

__all__: list[str] = []


@check("cert.form", citation="RFC 5280 §4.1; X.690")
def fields(subject: CertificateInRole) -> Iterator[Answer]:
    """Every field of the certificate is encoded so that clients can read it.

    Version, serial number, signature algorithm, names, dates and key. What clients are known to read although a
    standard forbids it is the business of rules of its own.

    Why: OpenSSL or Go refuse the whole certificate for one field that they cannot read.

    Fix: correct the software of the CA and issue the certificate anew.
    """
    yield from capped(Problem(flaw.text, key=flaw.part) for flaw in field_flaws(subject.certificate))
