"""A certificate for another type of key is found whatever comes before TLS."""

from dataclasses import replace

import pytest

from certgate.lab.lab import Lab
from certgate.lab.scenarios import all_scenarios
from certgate.lab.verify import differences, scan

EXPIRED = all_scenarios()["expired-second-key-type"]
OPENINGS = [
    "good-starttls-smtp",
    "good-starttls-postgres",
    "good-starttls-xmpp",
    "good-starttls-mssql",
    "good-starttls-rdp",
    "good-http-proxy",
    "good-socks-proxy",
    "good-proxy-protocol",
]


@pytest.fixture(scope="module")
def scenarios():
    """The server with an expired certificate, behind each of these openings."""
    known = [all_scenarios()[name] for name in OPENINGS]
    return [replace(one, second_leaf=EXPIRED.second_leaf, adds=EXPIRED.adds, gives=EXPIRED.gives) for one in known]


@pytest.fixture(scope="module")
def findings(scenarios):
    with Lab(scenarios) as lab:
        return scan(lab)


@pytest.mark.parametrize("name", OPENINGS)
def test_it_is_found_behind_each_of_them(scenarios, findings, name):
    (scenario,) = (one for one in scenarios if one.name == name)

    assert differences(scenario, findings[name]) == []
    assert [f.vantage for f in findings[name] if f.rule == "validity.expired" and f.vantage] == ["with RSA key"]
