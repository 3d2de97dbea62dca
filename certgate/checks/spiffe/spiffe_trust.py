"""Rules of the family spiffe on who signs an SVID, and who may."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import CertificatePath, PresentedChain
from certgate.x509.errors import Malformed
from certgate.x509.spiffe_id import trust_domains

__all__: list[str] = []


@check("spiffe.signer-domain", citation="X509-SVID §3.2")
def signer_domain(path: CertificatePath) -> Iterator[Answer]:
    """Every signing certificate with a SPIFFE ID belongs to the leaf's trust domain.

    The root counts too.

    Why: if a CA of one trust domain signs for another, the two are no longer separate.

    Fix: have the SVID issued by the SPIFFE server of the leaf's own trust domain.
    """
    own = trust_domains(path.leaf.uris)
    if len(own) != 1:
        yield NotApplicable(f"the leaf has {'SPIFFE IDs of several trust domains' if own else 'no SPIFFE ID'}")
        return
    for index in range(len(path.certificates)):
        issuer = path.issuer_of(index)
        for domain in sorted(trust_domains(issuer.uris) - own if issuer and issuer != path.leaf else ()):
            message = f"{path.label_of(index)} of trust domain {', '.join(own)} is signed by trust domain {domain}"
            yield Problem(message, key=f"{path.label_of(index)} {domain}")


@check("spiffe.trust-domain-bundle", citation="SPIFFE Trust Domain and Bundle §3; SPIFFE Federation §4")
def trust_domain_bundle(chain: PresentedChain) -> Iterator[Answer]:
    """The trust store has the bundle of the leaf's trust domain.

    Only this bundle is used for the leaf; bundles of several trust domains are never combined. A plain trust store
    counts as the bundle of the leaf's trust domain.

    Why: if bundles were combined, every trust domain could issue the identities of every other.

    Fix: if the trust domain is to be trusted, add its bundle: `--trust spiffe://TRUST-DOMAIN=bundle.json`.
    """
    leaf, named = chain.leaf, chain.store.trust_domains
    if leaf is None:
        raise Malformed("the leaf cannot be read")
    domains = trust_domains(leaf.uris)
    if not named:
        if not domains:
            yield NotApplicable("neither a SPIFFE ID in the leaf nor a bundle in the trust store")
    elif len(domains) != 1:
        yield Problem(f"the leaf has {'several SPIFFE IDs' if domains else 'no SPIFFE ID'}, so no bundle belongs to it")
    elif not domains <= named:
        known = ", ".join(sorted(named)[:5])
        yield Problem(f"no bundle of trust domain {', '.join(domains)}; bundles: {known}")
    elif unknown := chain.store.for_leaf(leaf).unknown:
        yield NotChecked(unknown)
