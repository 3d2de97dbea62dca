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
)
