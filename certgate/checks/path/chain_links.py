"""Rules on the links of a path: signatures, names and key identifiers."""

from collections.abc import Iterator

from certgate.checks.framework.registry import LEAF, Answer, NotChecked, Problem, check
from certgate.checks.framework.subjects import CertificatePath, IssuedInRole
from certgate.checks.framework.wording import answers
from certgate.model.finding import Severity
from certgate.trust.links import is_self_signed, issuer_ids_differ, key_ids_differ
from certgate.trust.rfc5280 import signatures

__all__: list[str] = []


@check("chain.signature", citation="RFC 5280 §6.1.3(a)(1)", is_essential=True)
def signature(path: CertificatePath) -> Iterator[Answer]:
    """Every signature of the path verifies with the issuer's key.

    The signature on the anchor itself does not count.

    Why: a signature that does not verify was made by somebody else, or the certificate was changed.

    Fix: fetch the certificate and its issuer anew from the CA; never edit or re-encode a certificate.
    """
    yield from answers(signatures(path))


@check("chain.name-chaining", citation="CA/B BR §7.1.4.1; RFC 5280 §6.1.3(a)(4)")
def name_chaining(path: CertificatePath, *, byte_equal: bool = True) -> Iterator[Answer]:
    """Each issuer name is byte for byte the subject of the issuing certificate.

    A path links names as RFC 5280 §7.1 compares them: case and white space do not count. With `byte_equal` a
    difference in bytes is a failure in full; without it a warning.

    Why: many clients compare the bytes, and find no issuer.

    Fix: let the CA issue with its own subject copied as it is encoded, string types included.
    """
    for index, (certificate, issuer) in enumerate(path.links):
        if certificate.issuer.der != issuer.subject.der:
            where = path.label_of(index)
            message = f"the issuer of {where} is the name of its issuer, {issuer.subject.text}, in another encoding"
            yield Problem(message, key=where, severity=None if byte_equal else Severity.WARNING)


@check("chain.aki-ski", citation="CA/B BR §7.1.2.11.1; RFC 5280 §4.2.1.1")
def aki_ski(path: CertificatePath) -> Iterator[Answer]:
    """Each authority key identifier is the subject key identifier of the issuer.

    Where one of the two is absent there is nothing to compare. An issuer name and a serial number beside it must be
    those in the issuer's own certificate.

    Why: clients choose among issuers of one name by it; OpenSSL finds no issuer if it is wrong.

    Fix: let the CA copy its own subject key identifier into what it issues.
    """
    for index, (certificate, issuer) in enumerate(path.links):
        _ = certificate.aki
        if key_ids_differ(certificate, issuer):
            where = path.label_of(index)
            yield Problem(f"the authority key identifier of {where} is not its issuer's key identifier", key=where)
        elif issuer_ids_differ(certificate, issuer):
            where = path.label_of(index)
            text = f"the authority key identifier of {where} names another certificate, by issuer and serial number"
            yield Problem(text, key=f"{where} issuer")


@check("chain.self-signed-leaf", citation="NIST SP 800-52r2 §3.2", roles=LEAF)
def self_signed_leaf(leaf: IssuedInRole) -> Iterator[Answer]:
    """The leaf is issued by a CA, not by itself.

    Why: nobody vouches for a self-signed certificate, and nobody can revoke it.

    Fix: have the certificate issued by a CA that the clients trust.
    """
    if leaf.certificate.is_self_issued and leaf.certificate.key.problem:
        yield NotChecked(f"its own key cannot be used: {leaf.certificate.key.problem}")
    elif is_self_signed(leaf.certificate):
        yield Problem("the leaf is signed with its own key")
