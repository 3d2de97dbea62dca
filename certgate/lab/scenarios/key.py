"""Weak keys and signatures."""

from certgate.lab.scenario import Scenario, fails, warns

__all__ = ["SCENARIOS"]

SCENARIOS = (
    Scenario(
        name="rsa-1024",
        title="The leaf has an RSA key of 1024 bits",
        leaf={"key": "RSA-1024"},
        gives=(fails("key.rsa-min"),),
    ),
    Scenario(
        name="sha1",
        title="The leaf is signed with SHA-1",
        leaf={"hash_name": "sha1"},
        gives=(fails("sig.sha1"),),
    ),
    Scenario(
        name="sha1-intermediate",
        title="The intermediate is signed with SHA-1",
        issuers=({"hash_name": "sha1"},),
        gives=(fails("sig.sha1", "issuer 1"),),
    ),
    Scenario(
        name="md5",
        title="The leaf is signed with MD5",
        leaf={"hash_name": "md5"},
        issuers=({"key": "RSA-3072"},),
        gives=(fails("sig.md5"),),
    ),
    Scenario(
        name="public-ed25519",
        title="A public leaf with an Ed25519 key",
        leaf={"key": "Ed25519"},
        gives=(fails("key.type"),),
    ),
    Scenario(
        name="rsa-exponent-3",
        title="The leaf has an RSA key with the exponent 3",
        leaf={"key": "RSA-2048-3"},
        gives=(warns("key.rsa-exponent"),),
    ),
    Scenario(
        name="weak-curve",
        title="The intermediate has a key on the curve P-224",
        issuers=({"key": "P-224"},),
        gives=(fails("key.curve", "issuer 1"),),
    ),
)
