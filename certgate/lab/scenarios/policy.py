"""Leaves with the wrong certificate policies."""

from certgate.lab.scenario import Scenario, fails

__all__ = ["SCENARIOS"]

SCENARIOS = (
    Scenario(
        name="policy-missing",
        title="A public leaf without a certificate policy",
        leaf={"policies": ()},
        gives=(fails("policy.reserved-oid"),),
    ),
    Scenario(
        name="policy-wrong",
        title="The target wants an organisation-validated certificate; the leaf is domain-validated",
        policy_oids=("2.23.140.1.2.2",),
        gives=(fails("policy.expected"),),
    ),
    Scenario(
        name="any-policy",
        title="The leaf claims every policy there is, beside its own",
        leaf={"policies": ("2.23.140.1.2.1", "2.5.29.32.0")},
        gives=(fails("policy.any-policy"),),
    ),
)
