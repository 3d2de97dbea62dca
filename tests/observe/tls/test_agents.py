"""What an agent is to give is asked for, even if it is all that a target asks for beyond the usual."""

from certgate.model.evidence import EvidenceKind, FetchFailure
from certgate.model.mutual_tls import MutualTls, WorkloadClient
from certgate.model.observation import FailureKind
from certgate.model.target import Endpoint, Probe, Target, Visit
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions

NOBODY = "unix:///none/agent.sock"


def seen(server, visit, expect=""):
    source = Endpoint(server.address, server.port, "db.corp.example", "", visit)
    (observed,) = observe_endpoints([Target(id="t", ordinal=0, source=source, expect=expect)], ObserveOptions())
    return observed.observations


def test_the_client_that_a_probe_shows_is_asked_for(serve, tls):
    mtls = MutualTls(control=WorkloadClient(NOBODY))

    (observation,) = seen(serve(tls()), Visit(mtls=mtls, probes=(Probe.MTLS,)))

    assert observation.failure.kind is FailureKind.NO_CLIENT_CERTIFICATE


def test_the_svid_that_a_server_must_show_is_asked_for(serve, tls):
    (observation,) = seen(serve(tls()), Visit(), expect=f"workload-api:{NOBODY}")

    assert len(observation.presented) == 2
    assert [(one.kind, one.failure) for one in observation.evidence] == [(EvidenceKind.SVID, FetchFailure.UNREACHABLE)]
