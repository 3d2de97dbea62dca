"""Who may call whom: the leaf must be named, and servers must let in those that are, and no others."""

from dataclasses import replace

import pytest

from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import CertificatePath, TargetFacts, Vantages
from certgate.checks.spiffe.spiffe_peers import peer_admitted, peer_named
from certgate.lab.pki import CLOCK, issue
from certgate.model.mutual_tls import ClientKind, MutualTls, probe_of
from certgate.model.observation import Observation, Vantage
from certgate.model.peers import Peers, peers_of_tenant
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.target import Endpoint, FileSource, Role, Target, Visit
from certgate.x509.certificate import parse_certificate

API, WEB, JOB = (f"spiffe://corp.example/{name}" for name in ("pay/api", "pay/web", "job"))
PEERS = (Peers(clients=(WEB,), servers=("spiffe://corp.example/pay/*",)),)
SERVER = Target(
    id="api:443",
    ordinal=0,
    source=Endpoint("api", 443, visit=Visit(mtls=MutualTls())),
    peers=PEERS,
    labels={"tenant": "pay"},
)
FILE = Target(id="svid.pem", ordinal=0, source=FileSource("svid.pem"), peers=PEERS, roles=frozenset({Role.SPIFFE}))
CLIENT = replace(FILE, roles=frozenset({Role.CLIENT}))


def named(target, *ids):
    return list(
        peer_named(TargetFacts(target=target, path=CertificatePath((parse_certificate(issue("", sans=ids).der),))))
    )


@pytest.mark.parametrize(("target", "id"), [(SERVER, API), (FILE, API), (FILE, WEB), (CLIENT, WEB)])
def test_an_id_that_is_named_on_its_side_passes(target, id):
    assert named(target, id) == []
    assert named(target, id.replace("spiffe://corp", "spiffe://CORP")) in (
        [],
        [NotApplicable("the leaf does not have one SPIFFE ID")],
    )


@pytest.mark.parametrize(
    ("target", "id", "message"),
    [
        (SERVER, JOB, f"{JOB} is in no to of the peers of tenant pay"),
        (
            SERVER,
            "spiffe://other.example/pay/api",
            "spiffe://other.example/pay/api is in no to of the peers of tenant pay",
        ),
        (FILE, JOB, f"{JOB} is in no from or to of the peers"),
        (CLIENT, API, f"{API} is in no from of the peers"),
        (replace(SERVER, peers=()), API, f"{API} is in no to of the peers of tenant pay"),
    ],
)
def test_an_id_that_nobody_wrote_down_is_a_problem(target, id, message):
    assert named(target, id) == [Problem(message)]


def test_without_peers_or_without_one_id_the_rule_does_not_apply():
    assert named(replace(SERVER, peers=None), API) == [NotApplicable("the configuration declares no peers")]
    for ids in (["a.example"], [API, WEB], ["https://corp.example/pay/api"]):
        assert named(SERVER, *ids) == [NotApplicable("the leaf does not have one SPIFFE ID")]


def admitted(*clients, target=SERVER, server=API):
    """What the rule says of (kind, ID, outcome) of each client."""
    answers = tuple(
        ProbeAnswer(what=probe_of(kind), outcome=outcome, client_id=id, requested=True) for kind, id, outcome in clients
    )
    look = Observation(
        observed_at=CLOCK,
        presented=(issue("", sans=[server]).der,),
        vantage=Vantage("192.0.2.1:443"),
        probes=answers,
    )
    return list(peer_admitted(Vantages(target, (look,))))


IN, OUT = ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED_AFTER_HANDSHAKE


def test_a_server_that_does_as_the_peers_say_passes():
    assert admitted((ClientKind.CONTROL, WEB, IN), (ClientKind.WRONG_ID, JOB, OUT)) == []


def test_a_client_that_may_not_call_and_is_let_in_is_a_problem_whatever_it_was_declared_as():
    for kind in (ClientKind.CONTROL, ClientKind.WRONG_ID, ClientKind.FOREIGN_TRUST_DOMAIN):
        assert admitted((kind, JOB, IN)) == [
            Problem(
                f"{JOB} may not call {API} by peers, but is let in",
                key="corp.example/job",
                evidence={"address": "192.0.2.1:443"},
            )
        ]


def test_a_client_of_which_nothing_is_known_is_not_checked_unless_another_is_wrong():
    unclear = (ClientKind.WRONG_ID, JOB, ProbeOutcome.SILENT)
    assert admitted((ClientKind.CONTROL, WEB, IN), unclear) == [
        NotChecked(f"it is not known whether {JOB} is let in: silent")
    ]
    assert isinstance(admitted((ClientKind.CONTROL, JOB, IN), unclear)[0], Problem)


def test_clients_whose_certificate_is_refused_for_another_reason_do_not_count():
    assert admitted((ClientKind.EXPIRED, WEB, OUT), (ClientKind.LOOKALIKE, WEB, OUT)) == [
        NotApplicable("no client with a SPIFFE ID was shown to a server with one")
    ]


def test_without_ids_clients_or_probes_there_is_nothing_to_compare():
    nothing = [NotApplicable("no client with a SPIFFE ID was shown to a server with one")]
    assert admitted((ClientKind.CONTROL, "", IN)) == nothing
    assert admitted((ClientKind.CONTROL, JOB, IN), server="https://a.example/x") == nothing
    quiet = replace(SERVER, source=Endpoint("api", 443))
    assert admitted(target=quiet) == [NotApplicable("the target names no client to probe it with (mtls)")]
    assert admitted(target=FILE) == [NotApplicable("the target names no client to probe it with (mtls)")]
    assert admitted(target=replace(SERVER, peers=None)) == [NotApplicable("the configuration declares no peers")]
    barred = replace(SERVER, source=Endpoint("api", 443, visit=Visit(mtls=MutualTls(), may_probe=False)))
    assert admitted(target=barred) == [NotChecked("no probe was made: probes are switched off")]


def test_a_target_has_the_peers_of_its_tenant_and_those_of_all():
    everyone, pay, ship = (Peers(clients=(WEB,), servers=(API,), tenant=tenant) for tenant in ("", "pay", "ship"))
    assert peers_of_tenant((everyone, pay, ship), {"tenant": "pay"}) == (everyone, pay)
    assert peers_of_tenant((pay, ship), {}) == ()
    assert peers_of_tenant(None, {"tenant": "pay"}) is None
