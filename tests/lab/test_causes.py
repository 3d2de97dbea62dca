"""One fault of a scenario is one error: what the errors name are causes, and their consequences are missing answers."""

from certgate.lab.scenarios import all_scenarios
from certgate.model.finding import Outcome, Severity

SCENARIOS = all_scenarios()
SEVERAL = {
    "precertificate-with-timestamps": {"ct.precert-scts", "ext.precert-poison"},
    "precertificate-not-critical": {"ct.poison-form", "ext.precert-poison"},
    "cnsa-sha256": {"key.curve", "sig.hash-min", "tls.group"},
    "cnsa-classical": {"key.type", "sig.allowed", "tls.group", "pq.group-offered"},
    "hostile-text": {"ext.form", "name.wildcard-form"},
    "mtls-compares-names": {"mtls.verifies-chain", "mtls.verifies-time", "mtls.verifies-identity"},
}
"""Scenarios with several faults: a precertificate is one and is wrong besides; a server of another policy,
a text, a server that lets in each of several clients."""


def errors(name):
    """The rules that fail as errors: the causes that the scenario gives."""
    gives = SCENARIOS[name].gives
    return {one.rule for one in gives if (one.outcome, one.severity) == (Outcome.FAIL, Severity.ERROR)}


def test_the_errors_of_a_scenario_name_its_causes_alone():
    found = {name: errors(name) for name in SCENARIOS}

    assert {name: causes for name, causes in found.items() if len(causes) > 1} == SEVERAL
