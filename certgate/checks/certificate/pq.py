"""Rules of the family pq: post-quantum keys and signatures in certificates."""

from collections.abc import Iterator

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import LEAF, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.x509.composite import COMPOSITES
from certgate.x509.key import algorithm_identifier

__all__: list[str] = []

_ML_DSA = frozenset(bytes.fromhex(f"06096086480165030403{last:02x}") for last in (17, 18, 19))
"""The DER of 2.16.840.1.101.3.4.3.17 to .19 (RFC 9881 §2)."""
_HASH_ML_DSA = frozenset(bytes.fromhex(f"06096086480165030403{last:02x}") for last in (32, 33, 34))
_ML_KEM = frozenset(bytes.fromhex(f"06096086480165030404{last:02x}") for last in (1, 2, 3))
"""The DER of 2.16.840.1.101.3.4.4.1 to .3 (RFC 9935 §3)."""
_SIGNING_BITS = frozenset({"digitalSignature", "nonRepudiation", "keyCertSign", "cRLSign"})
_OID_END = 13
"""Where the OID ends in an AlgorithmIdentifier: after tag, length, and an OID of eleven bytes."""


@check("pq.mldsa-form", citation="RFC 9881")
def mldsa_form(subject: CertificateInRole) -> Iterator[Answer]:
    """ML-DSA keys and signatures follow RFC 9881.

    The AlgorithmIdentifier has no parameters; keyUsage, if present, has a bit for signing and none for encryption or
    key agreement; HashML-DSA is not used.

    Why: clients refuse what the standard does not allow, and ML-DSA keys cannot encrypt.

    Fix: correct the CA's software or profile, then reissue the certificate.
    """
    certificate = subject.certificate
    key = algorithm_identifier(certificate.spki)
    used = {"key": key, "signature": certificate.signature_algorithm_der}
    ours = {what: der for what, der in used.items() if der[2:_OID_END] in _ML_DSA or der[2:_OID_END] in _HASH_ML_DSA}
    if not ours:
        yield NotApplicable("neither the key nor the signature is ML-DSA")
        return
    wrong = [problem for what, der in ours.items() if (problem := _form(what, der))]
    yield from wrong
    if wrong or key[2:_OID_END] not in _ML_DSA or certificate.key_usage is None:
        return
    usage = certificate.key_usage
    if not usage & _SIGNING_BITS:
        yield Problem("keyUsage has no bit for signing", key="no signing")
    for bit in sorted(usage - _SIGNING_BITS):
        yield Problem(f"keyUsage has {bit}", key=bit)


def _form(what: str, der: bytes) -> Problem | None:
    if der[2:_OID_END] in _HASH_ML_DSA:
        return Problem(f"the {what} is HashML-DSA, which is not allowed", key=f"{what} hash")
    if len(der) > _OID_END:
        return Problem(f"AlgorithmIdentifier of the {what} has parameters, none allowed", key=f"{what} parameters")
    return None


@check("pq.mlkem-leaf", citation="RFC 9935", roles=LEAF)
def mlkem_leaf(subject: CertificateInRole) -> Iterator[Answer]:
    """The leaf's key is not an ML-KEM key.

    Why: an ML-KEM key cannot sign, so it cannot authenticate a server or client in TLS.

    Fix: make a key that can sign, such as EC P-256 or ML-DSA-65.
    """
    if algorithm_identifier(subject.certificate.spki)[2:_OID_END] in _ML_KEM:
        yield Problem("the key is an ML-KEM key, which cannot sign")


@check("pq.composite", citation="draft-ietf-lamps-pq-composite-sigs-19 §6; RFC 8446 §4.2.3")
def composite(subject: CertificateInRole) -> Iterator[Answer]:
    """Neither the key nor the signature is composite ML-DSA.

    A composite joins ML-DSA with RSA, ECDSA or EdDSA under one OID. Its standard for certificates is a draft, although
    its OIDs are assigned (1.3.6.1.5.5.7.6.37 to .54), and no standard says how TLS uses it. certgate verifies no such
    signature.

    Why: no browser and no TLS library reads such a certificate, so that every client refuses it.

    Fix: use a key and a CA of an algorithm that TLS knows, such as EC P-256; for tests of ML-DSA, ML-DSA-65 alone.
    """
    certificate = subject.certificate
    used = {"key": certificate.key.algorithm, "signature": certificate.signature_algorithm}
    for what, oid in used.items():
        if name := COMPOSITES.get(oid):
            text = f"the {what} is composite ML-DSA ({name}), which is not standardised for TLS"
            yield Problem(text, key=what, denies=Premise.ALGORITHM if what == "signature" else None)
