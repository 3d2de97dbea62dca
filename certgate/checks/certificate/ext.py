"""Rules of the family ext: which extensions a certificate has."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from cryptography.x509.oid import ExtensionOID

from certgate.checks.framework.premise import Premise
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
from certgate.checks.framework.template_in_role import TemplateInRole
from certgate.checks.framework.wording import listed
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.trust.links import is_self_signed
from certgate.x509.oids import extension_name

__all__: list[str] = []

_POISON = ExtensionOID.PRECERT_POISON
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]{0,38}))+")
_OF = {"leaf": LEAF, "issuers": ISSUER}
_Oids = Annotated[tuple[str, ...], Vocabulary(or_oid=True)]
_Of = Annotated[str, Vocabulary(tuple(_OF))]


@check(
    "ext.required",
    unshipped="its list is empty until a team fills it",
    citation="certgate: what an organisation asks of its certificates",
)
def required(subject: CertificateInRole, *, oids: _Oids = (), of: _Of = "leaf") -> Iterator[Answer]:
    """The certificate has every extension in `oids`.

    `oids` lists dotted OIDs, such as 1.3.6.1.4.1.11129.2.4.2 for embedded SCTs; `of` is `leaf` or `issuers`.

    Why: the organisation relies on these extensions.

    Fix: reissue the certificate with the extension, or correct `oids` in the policy.
    """
    answer = _unchecked(subject, oids, of)
    if answer:
        yield answer
        return
    present = {entry.oid for entry in subject.certificate.extensions}
    for oid in dict.fromkeys(oids):
        if oid not in present:
            yield Problem(f"no extension {extension_name(oid)}", key=oid)


@check(
    "ext.forbidden",
    unshipped="its list is empty until a team fills it",
    citation="certgate: what an organisation bans from its certificates",
)
def forbidden(subject: CertificateInRole, *, oids: _Oids = (), of: _Of = "leaf") -> Iterator[Answer]:
    """The certificate has no extension in `oids`.

    `oids` lists dotted OIDs; `of` is `leaf` or `issuers`.

    Why: the organisation does not allow these extensions.

    Fix: reissue the certificate without the extension, or correct `oids` in the policy.
    """
    answer = _unchecked(subject, oids, of)
    if answer:
        yield answer
        return
    present = {entry.oid for entry in subject.certificate.extensions}
    for oid in dict.fromkeys(oids):
        if oid in present:
            yield Problem(f"the extension {extension_name(oid)} is not allowed", key=oid)


def _unchecked(subject: CertificateInRole, oids: tuple[str, ...], of: str) -> NotApplicable | NotChecked | None:
    """Why nothing is checked, or None; an invalid list or parameter is never a pass."""
    if of not in _OF:
        return NotChecked(f"the parameter of is {of!r}, leaf or issuers expected")
    if wrong := [oid for oid in oids if not _OID.fullmatch(oid)]:
        return NotChecked(f"the parameter oids holds no dotted OID: {listed(wrong)}")
    if not oids:
        return NotApplicable("the policy lists no extension")
    return (
        None if subject.roles & _OF[of] else NotApplicable(f"the policy checks only {'leaves' if of == 'leaf' else of}")
    )


@check("ext.duplicate", citation="RFC 5280 §4.2")
def duplicate(subject: TemplateInRole) -> Iterator[Answer]:
    """The certificate has no extension twice.

    Why: one client uses the first and another the last, so they see different certificates.

    Fix: correct the CA's software, then reissue the certificate.
    """
    for oid, count in Counter(entry.oid for entry in subject.certificate.extensions).items():
        if count > 1:
            yield Problem(f"the extension {extension_name(oid)} is present {count} times", key=oid)


@check("ext.name-constraints-leaf", citation="CA/B BR §7.1.2.7.6", roles=LEAF, presumes=[Premise.LEAF])
def name_constraints_leaf(subject: CertificateInRole) -> Iterator[Answer]:
    """A leaf has no nameConstraints.

    Why: the extension is for CAs; clients may refuse a leaf that has it.

    Fix: reissue the certificate without it.
    """
    if subject.certificate.has(ExtensionOID.NAME_CONSTRAINTS):
        yield Problem("nameConstraints is present")


@check("ext.precert-poison", citation="RFC 6962 §3.1; CA/B BR §7.1.2.9", roles=LEAF)
def precert_poison(subject: CertificateInRole) -> Iterator[Answer]:
    """The certificate is not a precertificate.

    Why: a precertificate has a critical extension, the CT poison, that makes every client refuse it.

    Fix: install the certificate that the CA issued after the precertificate.
    """
    if subject.certificate.has(_POISON):
        yield Problem("precertificate: the CT poison extension is present")


@check("ext.aki-form", citation="CA/B BR §7.1.2.11.1; RFC 5280 §4.2.1.1", roles=frozenset({Role.SERVER}) | ISSUER)
def aki_form(subject: IssuedInRole, *, issuer_and_serial: bool = False) -> Iterator[Answer]:
    """authorityKeyIdentifier holds only the key identifier.

    A self-issued certificate may omit the extension. With `issuer_and_serial` the issuer's name and serial number are
    allowed as well (RFC 5280 §4.2.1.1).

    Why: clients find the issuer by its key; its name and serial number tie the chain to one certificate of the issuer,
    even after its renewal.

    Fix: set `authorityKeyIdentifier = keyid` in the CA's profile.
    """
    certificate = subject.certificate
    aki = certificate.aki
    if aki is None:
        if certificate.is_self_issued:
            yield NotApplicable("the certificate is self-issued")
        else:
            yield Problem("no authorityKeyIdentifier", key="absent")
        return
    if aki.key_identifier is None:
        yield Problem("authorityKeyIdentifier has no key identifier", key="keyIdentifier")
    named = aki.authority_cert_issuer is not None or aki.authority_cert_serial_number is not None
    if named and not issuer_and_serial:
        yield Problem("authorityKeyIdentifier names issuer and serial number", key="authorityCertIssuer")


@check(
    "ext.ski",
    citation="CA/B BR §7.1.2.6.1, §7.1.2.7.6; RFC 5280 §4.2.1.2",
    roles=frozenset({Role.SERVER}) | ISSUER,
    presumes=[Premise.LEAF, Premise.EXTENSIONS],
)
def ski(subject: TemplateInRole) -> Iterator[Answer]:
    """A CA has a subjectKeyIdentifier.

    On a leaf the extension is not needed, and reported as info.

    Why: clients find the issuer by it; on a leaf it only costs bytes.

    Fix: set `subjectKeyIdentifier = hash` in the profile of CAs, and remove it from the profile of leaves.
    """
    present = subject.certificate.has(ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    if subject.roles & ISSUER:
        if not present:
            yield Problem("no subjectKeyIdentifier")
    elif present:
        yield Problem("subjectKeyIdentifier is present, which a leaf does not need", severity=Severity.INFO)


@check("ext.root-aki", citation="CA/B BR §7.1.2.1.3", roles=frozenset({Role.CA}))
def root_aki(subject: IssuedInRole) -> Iterator[Answer]:
    """The authorityKeyIdentifier of a root, if present, is its own subjectKeyIdentifier.

    The rule checks self-signed certificates with the role `ca`, not the trusted root of a path.

    Why: clients that follow the identifier look for another issuer and find none.

    Fix: issue the root with `authorityKeyIdentifier = keyid`, or without the extension.
    """
    if not subject.is_root or not is_self_signed(subject.certificate):
        yield NotApplicable("the certificate is not a root")
        return
    aki = subject.certificate.aki
    if aki is not None and aki.key_identifier is not None and aki.key_identifier != subject.certificate.ski:
        yield Problem("authorityKeyIdentifier is not the root's own subjectKeyIdentifier")
