"""Chains that are sent or built wrongly."""

from cryptography import x509

from certgate.lab.scenario import Scenario, fails, notes, warns

__all__ = ["SCENARIOS"]

_CRL = x509.DistributionPoint([x509.UniformResourceIdentifier("http://crl.lab.example/1.crl")], None, None, None)

SCENARIOS = (
    Scenario(
        name="missing-intermediate",
        title="The leaf is sent alone, though an intermediate issued it",
        sent=("leaf",),
        gives=(fails("chain.complete", "path"), fails("trust.anchor", "path")),
    ),
    Scenario(
        name="wrong-order",
        title="Two intermediates are sent in the wrong order",
        issuers=({}, {}),
        sent=("leaf", "issuer 2", "issuer 1"),
        gives=(warns("chain.order", "presented chain"),),
    ),
    Scenario(
        name="root-included",
        title="The root is sent along",
        sent=("leaf", "issuer 1", "root"),
        gives=(notes("chain.root-sent", "presented chain"),),
    ),
    Scenario(
        name="unrelated-certificate",
        title="A CA certificate that has nothing to do with the leaf is sent along",
        sent=("leaf", "issuer 1", "stranger"),
        gives=(warns("chain.extraneous", "presented chain"),),
    ),
    Scenario(
        name="self-signed",
        title="The leaf is self-signed and no anchor",
        leaf={"extensions": {x509.CRLDistributionPoints: (x509.CRLDistributionPoints([_CRL]), False)}},
        issuers=(),
        root="",
        gives=(fails("chain.self-signed-leaf", "path"), fails("trust.anchor", "path")),
    ),
    Scenario(
        name="untrusted-root",
        title="A chain, sent with its root, that is right in itself but ends at a root that is not trusted",
        root="stranger",
        sent=("leaf", "issuer 1", "root"),
        gives=(fails("trust.anchor", "path"),),
    ),
    Scenario(
        name="path-length",
        title="An intermediate that may issue leaves only has issued another intermediate",
        issuers=({}, {"path_length": 0}),
        gives=(fails("chain.pathlen", "path"),),
    ),
)
