"""Rules of the family spiffe on the signer of an SVID."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import CertificatePath, PresentedChain
from certgate.x509.spiffe_id import trust_domains

__all__: list[str] = []


@check("spiffe.signer-domain", citation="X509-SVID §3.2")
def signer_domain(path: CertificatePath) -> Iterator[Answer]:
    """Every signing certificate with a SPIFFE ID, the anchor's included, is of the leaf's trust domain.

    Why: a CA of one trust domain that signs for another makes the two one.

    Fix: let the SPIFFE server of the leaf's own trust domain issue the SVID.
    """
    own = trust_domains(path.leaf.uris)
    if len(own) != 1:
        yield NotApplicable("the leaf has no SPIFFE ID" if not own else "the leaf has SPIFFE IDs of several domains")
        return
    for index in range(len(path.certificates)):
        issuer = path.issuer_of(index)
        for domain in sorted(trust_domains(issuer.uris) - own if issuer and issuer != path.leaf else ()):
            message = f"{path.label_of(index)} of the trust domain {', '.join(own)} was signed by one of {domain}"
            yield Problem(message, key=f"{path.label_of(index)} {domain}")


@check("spiffe.trust-domain-bundle", citation="SPIFFE Trust Domain and Bundle §3; SPIFFE Federation §4")
def trust_domain_bundle(chain: PresentedChain) -> Iterator[Answer]:
    """The trust store has the bundle of the leaf's own trust domain, by which alone the leaf is judged.

    Bundles of several trust domains are never one pool. A plain trust store counts as the bundle of whatever trust
    domain the leaf is of.

    Why: if bundles were pooled, every trust domain could issue identities of every other.

    Fix: add the bundle, `--trust spiffe://TRUST-DOMAIN=bundle.json`, if the trust domain is one to be trusted.
    """
    leaf, bundles = chain.certificates[0], chain.store.bundles
    if leaf is None:
        yield NotChecked("the first certificate cannot be read")
        return
    domains = trust_domains(leaf.uris)
    if not bundles:
        if not domains:
            yield NotApplicable("the leaf has no SPIFFE ID, and the trust store no bundles")
    elif len(domains) != 1:
        yield Problem(f"the leaf has {'several SPIFFE IDs' if domains else 'no SPIFFE ID'}, so no bundle is its own")
    elif not domains <= bundles.keys():
        known = ", ".join(sorted(bundles)[:5])
        yield Problem(f"there is no bundle of the trust domain {', '.join(domains)}; known are: {known}")
