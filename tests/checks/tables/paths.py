"""A small PKI, and chains as sent and certificate paths of it as subjects."""

from collections.abc import Callable
from typing import Any

from certgate.checks.framework.subjects import CertificatePath, PresentedChain
from certgate.lab.pki import Credential, issue
from certgate.trust.build import build_paths
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

__all__ = ["CA", "LEAF", "ROOT", "STRANGER", "UPPER", "path", "sent"]

ROOT = issue("Root", ca=True)
UPPER = issue("Upper", issuer=ROOT, ca=True)
CA = issue("CA", issuer=UPPER, ca=True)
LEAF = issue("leaf", issuer=CA)
STRANGER = issue("Stranger", ca=True)


def sent(*chain: Credential | None, trust: Credential = ROOT, **facts: Any) -> Callable[[], PresentedChain]:
    """The certificates in the order sent; None stands for one that cannot be read."""

    def made() -> PresentedChain:
        certificates = tuple(one and parse_certificate(one.der) for one in chain)
        store = TrustStore("test", (parse_certificate(trust.der),))
        built = build_paths(tuple(filter(None, certificates)), store)
        problems = tuple(f"certificate {n}: bad" for n, one in enumerate(certificates, 1) if one is None)
        usual: dict[str, Any] = {"limit": built.limit, "problems": problems}
        return PresentedChain(certificates=certificates, paths=built.paths, store=store, **(usual | facts))

    return made


def path(*chain: Credential, to: Credential | None = ROOT) -> Callable[[], CertificatePath]:
    """A path from the leaf to an anchor, if there is one."""
    return lambda: CertificatePath(tuple(parse_certificate(one.der) for one in chain), to and parse_certificate(to.der))
