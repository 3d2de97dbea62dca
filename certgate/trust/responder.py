"""The signer of an OCSP response, and whether it is authorised (RFC 6960 §4.2.2.2)."""

from functools import lru_cache

from cryptography.x509.oid import ExtendedKeyUsageOID

from certgate.model.frozen import frozen
from certgate.trust.links import verify_link
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.ocsp import OcspResponse
from certgate.x509.oids import extension_name
from certgate.x509.signature import WEAK_HASHES, verify_signature

__all__ = ["Responder", "find_responder"]

OCSP_SIGNING = ExtendedKeyUsageOID.OCSP_SIGNING.dotted_string
_SIGNING = frozenset({"digitalSignature", "nonRepudiation"})
"""Key usages that are consistent with OCSPSigning (RFC 5280 §4.2.1.12)."""
_PROCESSED = frozenset(
    {
        "2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.18", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.32",
        "2.5.29.35", "2.5.29.37", "1.3.6.1.5.5.7.1.1", "1.3.6.1.5.5.7.48.1.5",
    }
)  # fmt: skip
"""Extensions that are checked here or constrain nothing in the leaf of a path of one link."""


@frozen(slots=True)
class Responder:
    """The certificate whose key verifies the response: the issuer or its delegate; else `problem` says why none does.

    Ignores the clock: the caller checks whether a delegate's certificate is valid at a given time.
    """

    certificate: Certificate | None
    problem: str = ""


@lru_cache(maxsize=1024)
def find_responder(response: OcspResponse, issuer: Certificate) -> Responder:
    """The signer of `response` about certificates of `issuer`. Never raises."""
    problems = []
    if response.is_responder(issuer):
        problem = _signature_problem(response, issuer)
        if problem is None:
            return Responder(issuer)
        problems.append(problem)
    for candidate in response.certificates:
        if candidate != issuer and response.is_responder(candidate):
            problem = _delegation_problem(candidate, issuer) or _signature_problem(response, candidate)
            if problem is None:
                return Responder(candidate)
            problems.append(problem)
    unknown = "the response is signed neither by the issuer nor by a certificate in the response"
    return Responder(None, problems[-1] if problems else unknown)


def _delegation_problem(delegate: Certificate, issuer: Certificate) -> str | None:
    """Why `delegate` may not sign for `issuer`; None if it may."""
    try:
        if delegate.issuer != issuer.subject:
            return "the responder's certificate was not issued by the leaf's issuer"
        if OCSP_SIGNING not in (delegate.ekus or ()):
            return "the responder's certificate lacks OCSPSigning in extendedKeyUsage"
        if delegate.key_usage is not None and not delegate.key_usage & _SIGNING:
            return "the responder's certificate lacks digitalSignature and nonRepudiation in keyUsage"
        if unknown := [e.oid for e in delegate.extensions if e.critical and e.oid not in _PROCESSED]:
            return f"the responder's certificate has the unknown critical extension {extension_name(unknown[0])}"
        if delegate.signature_hash in WEAK_HASHES:
            return f"the responder's certificate is signed with {delegate.signature_hash}, which is not secure"
    except Malformed as error:
        return f"the responder's certificate cannot be used: {error}"
    problem = verify_link(delegate, issuer)
    return problem and f"the responder's certificate was not issued by the leaf's issuer: {problem}"


def _signature_problem(response: OcspResponse, signer: Certificate) -> str | None:
    """Why the signature on `response` does not verify with the key of `signer`; None if it does."""
    try:
        algorithm = response.signature_algorithm
        if algorithm.hash in WEAK_HASHES:
            return f"the response is signed with {algorithm.hash}, which is not secure"
        return verify_signature(algorithm, signer.public_key, response.signature, response.signed)
    except Malformed as error:
        return str(error)
