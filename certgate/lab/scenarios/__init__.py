"""All scenarios, one module per family; a new one is an entry in its family's list."""

from collections.abc import Mapping

from certgate.lab.scenario import Scenario
from certgate.lab.scenarios import chain, good, key, name, policy, revocation, spiffe, transport, usage, validity

__all__ = ["all_scenarios"]

_FAMILIES = (good, validity, chain, name, usage, spiffe, key, policy, revocation, transport)


def all_scenarios() -> Mapping[str, Scenario]:
    """Every scenario by its name, family by family."""
    return {scenario.name: scenario for family in _FAMILIES for scenario in family.SCENARIOS}
