"""Rules cert.form, ext.form and chain.readable: whether clients can read all parts of a certificate at all."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole, PresentedChain
from certgate.checks.framework.wording import capped
from certgate.x509.form import extension_flaws, field_flaws

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


@check("ext.form", citation="RFC 5280 §4.2")
def extensions(subject: CertificateInRole) -> Iterator[Answer]:
    """Every extension has the form that its standard gives it.

    Extensions that certgate does not read are not judged. A keyUsage without any bit, a policy that stands in
    certificatePolicies twice, and a name of the subjectAltName that is not of its type are problems too.

    Why: OpenSSL or Go refuse the whole certificate for one extension that they cannot read.

    Fix: correct the CA's profile and issue the certificate anew.
    """
    yield from capped(Problem(flaw.text, key=flaw.part) for flaw in extension_flaws(subject.certificate))


@check("chain.readable", citation="RFC 9846 §4.4.2; RFC 5280 §4")
def readable(chain: PresentedChain) -> Iterator[Answer]:
    """Clients can read every certificate that was sent, those that the path does not need too.

    The certificates of the path have cert.form and ext.form.

    Why: clients decode all that is sent before they look for a path, and end the handshake where they cannot.

    Fix: take the certificate out of the file that the server sends, or have it issued anew.
    """
    on_all_paths = set.intersection(*(set(path.certificates) for path in chain.paths)) if chain.paths else set()
    others = [(n, c) for n, c in enumerate(chain.certificates, 1) if c is not None and c not in on_all_paths]
    if not others and not chain.problems:
        yield NotApplicable("nothing was sent beside the certificates of the path")
        return
    yield from (Problem(problem, key=f"unreadable {n}") for n, problem in enumerate(chain.problems, 1))
    yield from capped(
        Problem(f"certificate {number} as sent: {flaw.text}", key=f"{number} {flaw.part}")
        for number, certificate in others
        for flaw in (*field_flaws(certificate), *extension_flaws(certificate))
    )
