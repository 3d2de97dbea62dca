"""Rules of the family spiffe that judge who signed an SVID."""

from collections.abc import Iterator

from certgate.checks.registry import Answer, NotApplicable, Problem, check
from certgate.checks.subjects import Path
from certgate.x509.certificate import Certificate
from certgate.x509.spiffe_id import split_spiffe_id

__all__: list[str] = []


@check("spiffe.signer-domain", citation="X509-SVID §3.2")
def signer_domain(path: Path) -> Iterator[Answer]:
    """Every signing certificate with a SPIFFE ID, the anchor's included, is of the leaf's trust domain.

    Why: a CA of one trust domain that signs for another makes the two one.

    Mend: let the SPIFFE server of the leaf's own trust domain issue the SVID.
    """
    own = _trust_domains(path.leaf)
    if len(own) != 1:
        yield NotApplicable("the leaf has no SPIFFE ID" if not own else "the leaf has SPIFFE IDs of several domains")
        return
    for index in range(len(path.certificates)):
        issuer = path.issuer_of(index)
        for domain in sorted(_trust_domains(issuer) - own if issuer and issuer != path.leaf else ()):
            message = f"{path.label_of(index)} of the trust domain {', '.join(own)} was signed by one of {domain}"
            yield Problem(message, key=f"{path.label_of(index)} {domain}")


def _trust_domains(certificate: Certificate) -> set[str]:
    ids = (split_spiffe_id(uri) for uri in certificate.uris)
    return {id.trust_domain.lower() for id in ids if id.scheme_problem() is None}
