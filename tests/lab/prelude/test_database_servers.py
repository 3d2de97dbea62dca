"""The lab's database servers, as they are observed."""

import pytest

from certgate.lab.lab import Lab
from certgate.lab.scenarios import all_scenarios
from certgate.model.observation import PreludeFacts
from certgate.model.target import Endpoint, Target
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions


@pytest.mark.parametrize(
    ("name", "way", "version", "alpn"),
    [
        ("good-starttls-mssql-strict", "strict", "TLSv1.3", "tds/8.0"),
        ("good-starttls-mssql", "prelogin", "TLSv1.2", None),
    ],
)
def test_the_way_that_leads_to_tls_with_a_sql_server_is_told(name, way, version, alpn):
    with Lab([all_scenarios()[name]]) as lab:
        (endpoint,) = lab.endpoints
        source = Endpoint(endpoint.host, endpoint.port, endpoint.scenario.host, "mssql")
        (observed,) = observe_endpoints([Target(id="t", ordinal=0, source=source)], ObserveOptions())

    (observation,) = observed.observations
    assert observation.failure is None
    assert observation.prelude == PreludeFacts("mssql", way)
    assert (observation.handshake.version, observation.handshake.alpn) == (version, alpn)
    assert len(observation.presented) == 2
