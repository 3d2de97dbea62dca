"""Weak keys and signatures."""

from certgate.lab.scenario import Scenario, fails

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
)
