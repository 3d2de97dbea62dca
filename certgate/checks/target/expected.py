"""Rules of the family expected: whether an endpoint serves the chain that was deployed to it."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import ExpectedChain
from certgate.x509.certificate import Certificate

__all__ = ["dates", "is_older"]


@check(
    "expected.reloaded",
    citation="certgate: what was deployed is served",
)
def reloaded(chain: ExpectedChain) -> Iterator[Answer]:
    """The endpoint serves the renewed certificate, not the old one.

    The rule fails if the leaf has the names of the expected one, but was issued earlier: the server still has the old
    certificate in memory.

    Why: the old certificate expires on the server, although the file on disk is new.

    Fix: reload the server (`systemctl reload nginx`, `kubectl rollout restart …`), and do so after each renewal.
    """
    expected = chain.expected[0]
    if chain.leaf == expected:
        return
    if not is_older(chain.leaf, expected):
        yield NotApplicable("the served leaf is not an older one with the same names")
        return
    yield Problem(
        f"old certificate served: {dates(chain.leaf)}, the renewed one is {dates(expected)}",
        evidence={"served": chain.leaf.sha256, "expected": expected.sha256},
    )


@check(
    "expected.served",
    citation="certgate: what was deployed is served",
)
def served(chain: ExpectedChain) -> Iterator[Answer]:
    """The endpoint serves the deployed leaf and the issuers that were deployed with it.

    The root may be left out. chain.order checks the order.

    Why: the server does not use the reviewed certificate, or the deployment reached another server.

    Fix: find out which file the server is configured with, and deploy the chain there.
    """
    expected = chain.expected[0]
    if chain.leaf != expected:
        if is_older(chain.leaf, expected):
            yield NotApplicable("the served leaf is an older one (see expected.reloaded)")
        else:
            yield Problem(
                f"wrong leaf: {chain.leaf.subject.short} served, {expected.subject.short} expected",
                key="leaf",
                evidence={"served": chain.leaf.sha256, "expected": expected.sha256},
            )
        return
    wanted = {c.sha256: c for c in chain.expected[1:]}
    for digest, certificate in wanted.items():
        if digest not in chain.presented and not certificate.is_self_issued:
            name = certificate.subject.short
            yield Problem(f"{name} is not served, but was deployed with the leaf", key=f"missing {name}")
    more = sum(digest not in wanted for digest in chain.presented[1:])
    if more:
        yield Problem(
            f"{more} served certificate{'s were' if more > 1 else ' was'} not deployed with the leaf",
            key="more",
        )


def is_older(served: Certificate, expected: Certificate) -> bool:
    """Whether the served certificate is an older one for the same names. Raises Malformed."""
    if served.not_before >= expected.not_before:
        return False
    return served.subject == expected.subject and _names(served) == _names(expected)


def _names(certificate: Certificate) -> frozenset[str]:
    return frozenset(str(name) for name in certificate.san or ())


def dates(certificate: Certificate) -> str:
    """When it is valid, for people. Raises Malformed."""
    return f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
