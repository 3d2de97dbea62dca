"""Rules of the family expected: an endpoint serves the chain that was deployed to it."""

from collections.abc import Iterator

from certgate.checks.framework.needs import Demand, Force, Setting
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import ExpectedChain
from certgate.x509.certificate import Certificate

__all__: list[str] = []


@check(
    "expected.reloaded",
    citation="certgate: what was deployed is served",
    demanded_by=[Demand(Setting.EXPECTED_CHAIN, Force.REPLACES)],
)
def reloaded(chain: ExpectedChain) -> Iterator[Answer]:
    """The endpoint does not go on serving the certificate from before the renewal.

    A leaf of the same names as the expected one, issued earlier: it was renewed, and the server still has the old one
    in memory.

    Why: the server runs into the old certificate's expiry, although the file on disk is new.

    Fix: reload the server (`systemctl reload nginx`, `kubectl rollout restart …`), and have each renewal do so.
    """
    expected = chain.expected[0]
    if chain.leaf == expected:
        return
    if not _is_older(chain.leaf, expected):
        yield NotApplicable("the leaf that is served is no earlier one of the same names")
        return
    yield Problem(
        f"serves the certificate of {_dates(chain.leaf)}, not the renewed one of {_dates(expected)}",
        evidence={"served": chain.leaf.sha256, "expected": expected.sha256},
    )


@check(
    "expected.served",
    citation="certgate: what was deployed is served",
    demanded_by=[Demand(Setting.EXPECTED_CHAIN, Force.REPLACES)],
)
def served(chain: ExpectedChain) -> Iterator[Answer]:
    """The endpoint serves the leaf that was deployed, and the issuers that were deployed with it.

    A root may be left out. The order is chain.order's to judge.

    Why: what is served was not what was reviewed, or the deployment reached another server.

    Fix: look which file the server is configured with, and deploy the chain there.
    """
    expected = chain.expected[0]
    if chain.leaf != expected:
        if _is_older(chain.leaf, expected):
            yield NotApplicable("the leaf that is served is an earlier one, which is expected.reloaded's to say")
        else:
            yield Problem(
                f"serves another leaf, {chain.leaf.subject.short}, than the expected {expected.subject.short}",
                key="leaf",
                evidence={"served": chain.leaf.sha256, "expected": expected.sha256},
            )
        return
    wanted = {c.sha256: c for c in chain.expected[1:]}
    for digest, certificate in wanted.items():
        if digest not in chain.presented and not certificate.is_self_issued:
            name = certificate.subject.short
            yield Problem(f"does not serve {name}, which was deployed with the leaf", key=f"missing {name}")
    more = sum(digest not in wanted for digest in chain.presented[1:])
    if more:
        yield Problem(
            f"serves {more} certificate{'s that were' if more > 1 else ' that was'} not deployed with the leaf",
            key="more",
        )


def _is_older(served: Certificate, expected: Certificate) -> bool:
    """Whether the one is an earlier certificate for the same names. Raises Malformed."""
    if served.not_before >= expected.not_before:
        return False
    return served.subject == expected.subject and _names(served) == _names(expected)


def _names(certificate: Certificate) -> frozenset[str]:
    return frozenset(str(name) for name in certificate.san or ())


def _dates(certificate: Certificate) -> str:
    return f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
