"""Rules of the family ext: which extensions a certificate has."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.registry import (
    ISSUER,
    LEAF,
    Answer,
    NotApplicable,
    NotChecked,
    Problem,
    Vocabulary,
    check,
)
from certgate.checks.framework.subjects import CertificateInRole, IssuedInRole
from certgate.checks.framework.wording import listed
from certgate.model.finding import Severity
from certgate.model.target import Role

__all__: list[str] = []

_POISON = ExtensionOID.PRECERT_POISON
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]{0,38}))+")
_OF = {"leaf": LEAF, "issuers": ISSUER}
_Oids = Annotated[tuple[str, ...], Vocabulary(or_oid=True)]
_Of = Annotated[str, Vocabulary(tuple(_OF))]


@check("ext.required", citation="certgate: what an organisation asks of its certificates")
def required(subject: CertificateInRole, *, oids: _Oids = (), of: _Of = "leaf") -> Iterator[Answer]:
    """Every extension that the policy lists is present.

    `oids` are dotted OIDs, such as 1.3.6.1.4.1.11129.2.4.2 for embedded SCTs; `of` is `leaf` or `issuers`.

    Why: the policy's author relies on it.

    Fix: issue the certificate anew with the extension, or correct the policy's list.
    """
    excuse = _excuse(subject, oids, of)
    if excuse:
        yield excuse
        return
    present = {entry.oid for entry in subject.certificate.extensions}
    for oid in dict.fromkeys(oids):
        if oid not in present:
            yield Problem(f"has no extension {oid}", key=oid)


@check("ext.forbidden", citation="certgate: what an organisation bans from its certificates")
def forbidden(subject: CertificateInRole, *, oids: _Oids = (), of: _Of = "leaf") -> Iterator[Answer]:
    """No extension that the policy lists is present.

    `oids` are dotted OIDs; `of` is `leaf` or `issuers`.

    Why: the policy's author found it harmful.

    Fix: issue the certificate anew without the extension, or correct the policy's list.
    """
    excuse = _excuse(subject, oids, of)
    if excuse:
        yield excuse
        return
    present = {entry.oid for entry in subject.certificate.extensions}
    for oid in dict.fromkeys(oids):
        if oid in present:
            yield Problem(f"has the extension {oid}", key=oid)


def _excuse(subject: CertificateInRole, oids: tuple[str, ...], of: str) -> NotApplicable | NotChecked | None:
    """Why there is nothing to look for; a list or a word that cannot be understood is never a pass."""
    if of not in _OF:
        return NotChecked(f"the policy's parameter of is {of!r}: write leaf or issuers")
    if wrong := [oid for oid in oids if not _OID.fullmatch(oid)]:
        return NotChecked(f"no dotted OID in the policy's parameter oids: {listed(wrong)}")
    if not oids:
        return NotApplicable("no extension was given")
    return None if subject.roles & _OF[of] else NotApplicable(f"the policy asks it of {of}")


@check("ext.duplicate", citation="RFC 5280 §4.2")
def duplicate(subject: CertificateInRole) -> Iterator[Answer]:
    """No extension stands in the certificate twice.

    Why: one client obeys the first and another the last, so they see different certificates.

    Fix: correct the software of the CA and issue the certificate anew.
    """
    for oid, count in Counter(entry.oid for entry in subject.certificate.extensions).items():
        if count > 1:
            yield Problem(f"has the extension {oid} {count} times", key=oid)


@check("ext.name-constraints-leaf", citation="CA/B BR §7.1.2.7.6", roles=LEAF)
def name_constraints_leaf(subject: CertificateInRole) -> Iterator[Answer]:
    """A leaf has no nameConstraints.

    Why: the extension is for CAs; clients that find it elsewhere may refuse the certificate.

    Fix: issue the certificate anew without it.
    """
    if subject.certificate.has(ExtensionOID.NAME_CONSTRAINTS):
        yield Problem("has nameConstraints")


@check("ext.precert-poison", citation="RFC 6962 §3.1; CA/B BR §7.1.2.9", roles=LEAF)
def precert_poison(subject: CertificateInRole) -> Iterator[Answer]:
    """The certificate is no precertificate: it has no CT poison extension.

    Why: the extension is critical and there to make every client refuse it.

    Fix: install the certificate itself, which the CA issues after the precertificate.
    """
    if subject.certificate.has(_POISON):
        yield Problem("is a precertificate: it has the CT poison extension")


@check("ext.aki-form", citation="CA/B BR §7.1.2.11.1", roles=frozenset({Role.SERVER}) | ISSUER)
def aki_form(subject: IssuedInRole, *, issuer_and_serial: bool = False) -> Iterator[Answer]:
    """authorityKeyIdentifier holds the key identifier alone.

    A self-issued certificate may be without the extension. With `issuer_and_serial` the issuer's name and serial number
    may stand beside the key identifier, as RFC 5280 §4.2.1.1 allows.

    Why: an issuer's name and serial there tie the chain to one certificate of the issuer, renewed or not.

    Fix: set authorityKeyIdentifier = keyid in the CA's profile.
    """
    certificate = subject.certificate
    aki = certificate.aki
    if aki is None:
        if certificate.is_self_issued:
            yield NotApplicable("it is self-issued")
        else:
            yield Problem("has no authorityKeyIdentifier", key="absent")
        return
    if aki.key_identifier is None:
        yield Problem("authorityKeyIdentifier has no key identifier", key="keyIdentifier")
    named = aki.authority_cert_issuer is not None or aki.authority_cert_serial_number is not None
    if named and not issuer_and_serial:
        yield Problem("authorityKeyIdentifier names issuer and serial number", key="authorityCertIssuer")


@check("ext.ski", citation="CA/B BR §7.1.2.6.1, §7.1.2.7.6", roles=frozenset({Role.SERVER}) | ISSUER)
def ski(subject: CertificateInRole) -> Iterator[Answer]:
    """A CA has a subjectKeyIdentifier; a leaf had better not.

    On a leaf it is a note.

    Why: clients find the issuer by it; on a leaf it only costs bytes.

    Fix: set subjectKeyIdentifier = hash for CAs, and leave it out of the profile of leaves.
    """
    present = subject.certificate.has(ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    if subject.roles & ISSUER:
        if not present:
            yield Problem("has no subjectKeyIdentifier")
    elif present:
        yield Problem("has a subjectKeyIdentifier", severity=Severity.INFO)
