"""Rule cert.form: whether clients can read every field of a certificate."""

from collections.abc import Iterator

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Answer, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import capped
from certgate.x509.form import field_flaws

__all__: list[str] = []


@check("cert.form", citation="RFC 5280 §4.1; X.690")
def fields(subject: CertificateInRole) -> Iterator[Answer]:
    """Clients can read every field of the certificate.

    The fields are version, serial number, signature algorithm, names, dates and key. Other rules check encodings that a
    standard forbids but clients are known to read.

    Why: OpenSSL or Go refuse the whole certificate because of one field that they cannot read.

    Fix: correct the CA's software, then reissue the certificate.
    """
    yield from capped(
        Problem(flaw.text, key=flaw.part, denies=Premise.READABLE) for flaw in field_flaws(subject.certificate)
    )
