"""Rule client.identity: whom a client's certificate is for."""

from collections.abc import Iterator
from typing import Annotated

from certgate.checks.framework.registry import Answer, Problem, Vocabulary, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import listed
from certgate.model.target import Role
from certgate.x509.facts import CertificateFacts
from certgate.x509.general_names import GeneralName

__all__: list[str] = []

_SUBJECT = {"CN": "2.5.4.3", "UID": "0.9.2342.19200300.100.1.1"}
_UPN = bytes.fromhex("060a2b060104018237140203")
"""The DER of 1.3.6.1.4.1.311.20.2.3, Microsoft's type of a user principal name."""
_ALTERNATIVE = ("email", "UPN", "DNS", "IP", "URI")
_IDENTITIES = Vocabulary((*_SUBJECT, *_ALTERNATIVE))


@check("client.identity", citation="RFC 5280 §4.1.2.6, §4.2.1.6", roles=frozenset({Role.CLIENT}))
def identity(
    subject: CertificateInRole, *, accepted: Annotated[tuple[str, ...], _IDENTITIES] = _IDENTITIES.known
) -> Iterator[Answer]:
    """A client's certificate says whom it is for, in the subject or the subjectAltName.

    `accepted` lists what counts: a common name (`CN`) or user id (`UID`) in the subject; an e-mail address (`email`), a
    user principal name (`UPN`, Microsoft's otherName), a host (`DNS`, `IP`) or a `URI`, such as a SPIFFE ID, in the
    subjectAltName. Empty values, and names that cannot be read, do not count.

    Why: a server that maps certificates to users or services finds nobody in it, and lets in whoever has it.

    Fix: reissue it with a name for the person (`email:`, UPN) or the machine (`DNS:`, `URI:`) in the subjectAltName.
    """
    found = set(_identities(subject.certificate))
    if found & set(accepted):
        return
    instead = f"; it has {listed(sorted(found))}" if found else ""
    yield Problem(f"nobody is named: none of {', '.join(accepted)} is present{instead}")


def _identities(certificate: CertificateFacts) -> Iterator[str]:
    """The kinds of identities that the certificate has. Raises Malformed."""
    for kind, oid in _SUBJECT.items():
        if any(value.strip() for value in certificate.subject.values(oid)):
            yield kind
    for name in certificate.san or ():
        if not name.problem and name.text.strip() and (kind := _kind_of(name)):
            yield kind


def _kind_of(name: GeneralName) -> str:
    if name.kind == "otherName" and isinstance(name.value, bytes):
        return "UPN" if name.value.startswith(_UPN) else ""
    return name.kind if name.kind in _ALTERNATIVE else ""
