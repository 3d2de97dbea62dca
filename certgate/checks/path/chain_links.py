"""Rules of the family chain: the signatures, names and key identifiers that link a path."""

from collections.abc import Iterator
from dataclasses import replace

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import LEAF, Answer, NotChecked, Problem, check
from certgate.checks.framework.subjects import CertificatePath, IssuedInRole
from certgate.checks.framework.wording import answers
from certgate.model.finding import Severity
from certgate.trust.links import is_self_signed, issuer_ids_differ, key_ids_differ
from certgate.trust.rfc5280 import signatures
from certgate.x509.composite import COMPOSITES
from certgate.x509.errors import Malformed

__all__: list[str] = []


@check("chain.signature", citation="RFC 5280 §6.1.3(a)(1)", is_essential=True)
def signature(path: CertificatePath) -> Iterator[Answer]:
    """Every signature on the path verifies with the issuer's key.

    The signature on the root itself does not count.

    Why: if a signature does not verify, somebody else made it, or the certificate was changed.

    Fix: download the certificate and its issuer from the CA again; never edit or re-encode a certificate.
    """
    for answer in answers(signatures(path)):
        yield replace(answer, cause="pq.composite") if isinstance(answer, Problem) and _is_composite(path) else answer


def _is_composite(path: CertificatePath) -> bool:
    """Whether a certificate is signed by an algorithm that pq.composite reports."""
    try:
        return any(certificate.signature_algorithm in COMPOSITES for certificate in path.certificates)
    except Malformed:
        return False


@check("chain.name-chaining", citation="CA/B BR §7.1.4.1; RFC 5280 §6.1.3(a)(4)")
def name_chaining(path: CertificatePath, *, byte_equal: bool = True) -> Iterator[Answer]:
    """Each issuer name equals the issuer's subject, byte for byte.

    RFC 5280 §7.1 compares names without regard to case and white space. Without `byte_equal` names that differ only in
    this way are a warning.

    Why: many clients compare bytes, and find no issuer.

    Fix: configure the CA to copy its own subject as it is encoded, including the string types.
    """
    for index, (certificate, issuer) in enumerate(path.links):
        if certificate.issuer.der != issuer.subject.der:
            where = path.label_of(index)
            message = f"the issuer name in {where} differs in encoding from its issuer's subject, {issuer.subject.text}"
            yield Problem(message, key=where, severity=None if byte_equal else Severity.WARNING)


@check("chain.aki-ski", citation="CA/B BR §7.1.2.11.1; RFC 5280 §4.2.1.1")
def aki_ski(path: CertificatePath) -> Iterator[Answer]:
    """Each authorityKeyIdentifier matches the issuer's subjectKeyIdentifier.

    If one of the two is absent, there is nothing to compare. An issuer name and serial number next to the key
    identifier must match the issuer's own certificate.

    Why: clients use it to choose among issuers with the same name; OpenSSL finds no issuer if it is wrong.

    Fix: configure the CA to copy its own subjectKeyIdentifier into the certificates that it issues.
    """
    for index, (certificate, issuer) in enumerate(path.links):
        _ = certificate.aki
        if key_ids_differ(certificate, issuer):
            where = path.label_of(index)
            message = f"authorityKeyIdentifier of {where} differs from its issuer's subjectKeyIdentifier"
            yield Problem(message, key=where)
        elif issuer_ids_differ(certificate, issuer):
            where = path.label_of(index)
            message = f"authorityKeyIdentifier of {where} names another certificate by issuer and serial number"
            yield Problem(message, key=f"{where} issuer")


@check("chain.self-signed-leaf", citation="NIST SP 800-52r2 §3.2", roles=LEAF)
def self_signed_leaf(leaf: IssuedInRole) -> Iterator[Answer]:
    """The leaf is issued by a CA, not self-signed.

    Why: no CA vouches for a self-signed certificate, and no CA can revoke it.

    Fix: have the certificate issued by a CA that the clients trust.
    """
    if leaf.certificate.is_self_issued and leaf.certificate.key.problem:
        yield NotChecked(f"the key cannot be used: {leaf.certificate.key.problem}")
    elif is_self_signed(leaf.certificate):
        yield Problem("the leaf is self-signed", denies=Premise.ISSUED)
