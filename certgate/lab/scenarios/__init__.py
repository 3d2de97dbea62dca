"""All scenarios, one module per family; a new one is an entry in its family's list."""

from collections.abc import Iterable, Mapping, Sequence

from certgate.lab.scenario import Scenario
from certgate.lab.scenarios import (
    accepted,
    anchor,
    baseline,
    chain,
    good,
    hostile,
    key,
    key_types,
    lint,
    misfits,
    mtls,
    name,
    optional,
    origins,
    packs,
    policy,
    proxied,
    revocation,
    spiffe,
    starttls,
    subject,
    transparency,
    transport,
    usage,
    validated,
    validity,
)
from certgate.model.errors import UsageError
from certgate.policy.mistakes import nearest

__all__ = ["all_scenarios", "chosen"]

_FAMILIES = (
    good, validity, chain, anchor, name, subject, validated, misfits, usage, baseline, spiffe, key, policy, revocation,
    transparency, transport, starttls, proxied, origins, accepted, mtls, key_types, packs, optional, lint, hostile,
)  # fmt: skip


def all_scenarios() -> Mapping[str, Scenario]:
    """Every scenario by its name, family by family."""
    return {scenario.name: scenario for family in _FAMILIES for scenario in family.SCENARIOS}


def chosen(names: Iterable[str] | None = None) -> Sequence[Scenario]:
    """The scenarios with these names, each once; without names, all that can be evaluated here. Raises UsageError."""
    known = all_scenarios()
    wanted = tuple(names or (name for name, scenario in known.items() if scenario.can_be_judged))
    for word in wanted:
        if word not in known:
            advice = nearest(word, known) or "; `certgate lab list` names them"
            raise UsageError(f'there is no scenario "{word}"{advice}')
    return [known[name] for name in dict.fromkeys(wanted)]
