"""Rules of the family ct on precertificates."""

from collections.abc import Iterator

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.registry import LEAF, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import IssuedInRole
from certgate.x509.sct import EMBEDDED_SCTS

__all__: list[str] = []

_POISON = ExtensionOID.PRECERT_POISON.dotted_string
_NULL = b"\x05\x00"
_NOT_ONE = NotApplicable("the certificate is not a precertificate")


@check("ct.precert-scts", citation="RFC 6962 §3.1; CA/B BR §7.1.2.9.1", roles=LEAF)
def precert_scts(subject: IssuedInRole) -> Iterator[Answer]:
    """A precertificate has no SCTs.

    Why: logs issue SCTs for the precertificate, so it cannot contain them already.

    Fix: correct the CA's software, then have the certificate issued again.
    """
    if not subject.certificate.extension(_POISON):
        yield _NOT_ONE
    elif subject.certificate.extension(EMBEDDED_SCTS):
        yield Problem("the precertificate has a list of SCTs")


@check("ct.poison-form", citation="RFC 6962 §3.1; CA/B BR §7.1.2.9.3", roles=LEAF)
def poison_form(subject: IssuedInRole) -> Iterator[Answer]:
    """The extension that marks a precertificate is critical, and its value is NULL.

    Why: clients may accept a precertificate whose mark is not critical, and logs refuse it.

    Fix: correct the CA's software, then have the certificate issued again.
    """
    poison = subject.certificate.extension(_POISON)
    if poison is None:
        yield _NOT_ONE
    elif not poison.critical:
        yield Problem("the CT poison extension is not critical", key="critical")
    elif poison.value != _NULL:
        yield Problem("the value of the CT poison extension is not NULL", key="value")
