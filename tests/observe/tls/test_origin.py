"""The origin behind an endpoint: how it is reached, when, and what of it is kept."""

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL

from certgate.lab.pki import issue
from certgate.model.observation import FailureKind
from certgate.model.proxy import Proxy
from certgate.model.target import ClientFiles, Endpoint, Origin, Probe, Target, Visit
from certgate.observe.tls.client_certificate import ClientCertificate
from certgate.observe.tls.endpoints import observe_endpoints
from certgate.observe.tls.options import ObserveOptions
from tests.observe.conftest import NAME
from tests.observe.proxies import http_proxy

EDGE_FILES, ORIGIN_FILES = ClientFiles("edge.pem"), ClientFiles("origin.pem")
EDGE_CLIENT, ORIGIN_CLIENT = issue("edge's client"), issue("origin's client")


def shown(credential):
    key = credential.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return ClientCertificate((credential.der,), key)


def observe(edge, origin, *, probes=(Probe.ORIGIN,), visit=None, client=None, server_name=NAME, **options):
    there = Origin(host=origin.address, port=origin.port, client=client)
    how = Visit(origin=there, probes=probes, **(visit or {}))
    target = Target(id="t", ordinal=0, source=Endpoint(edge.address, edge.port, server_name, "", how))
    certificates = {EDGE_FILES: shown(EDGE_CLIENT), ORIGIN_FILES: shown(ORIGIN_CLIENT)}
    (observed,) = observe_endpoints([target], ObserveOptions(client_certificates=certificates, **options))
    return observed


def naming(heard):
    def configure(context):
        context.set_tlsext_servername_callback(lambda connection: heard.append(connection.get_servername()))

    return configure


def asking(heard):
    """A server that asks for a client certificate, and takes any."""

    def verify(_connection, certificate, _error, _depth, _ok):
        heard.append(certificate.to_cryptography().public_bytes(Encoding.DER))
        return True

    return lambda context: context.set_verify(SSL.VERIFY_PEER, verify)


def test_the_origin_gets_the_edges_server_name_and_its_answer_is_a_probes(serve, tls):
    heard = []
    other = issue("", sans=[NAME])
    edge, origin = serve(tls()), serve(tls(chain=(other,), key=other.key, configure=naming(heard)))

    observed = observe(edge, origin)

    (look,), (answer,) = observed.looks, observed.probed
    assert look.vantage.address == f"127.0.0.1:{edge.port}"
    assert (answer.vantage.address, answer.vantage.server_name) == (f"127.0.0.1:{origin.port}", NAME)
    assert answer.vantage.probe == Probe.ORIGIN
    assert answer.presented == (other.der,)
    assert answer.failure is None
    assert answer.connections == 1
    assert heard == [NAME.encode()]


def test_it_is_not_asked_unless_a_rule_needs_it_and_the_edge_was_seen(serve, tls, silence):
    origin = serve(tls())

    assert observe(serve(tls()), origin, probes=()).probed == ()
    assert observe(serve(silence), origin, timeout=0.5).probed == ()
    assert origin.clients == 0


def test_a_silent_origin_is_a_failure_of_the_probe_alone(serve, tls, silence):
    observed = observe(serve(tls()), origin := serve(silence), timeout=2)

    (look,), (answer,) = observed.looks, observed.probed
    assert look.failure is None
    assert answer.failure.kind is FailureKind.TIMED_OUT
    assert answer.vantage.address == f"127.0.0.1:{origin.port}"


def test_the_targets_client_certificate_is_never_shown_to_its_origin(serve, tls):
    at_edge, at_origin = [], []
    edge, origin = serve(tls(configure=asking(at_edge))), serve(tls(configure=asking(at_origin)))

    first = observe(edge, origin, visit={"client": EDGE_FILES})
    second = observe(edge, origin, visit={"client": EDGE_FILES}, client=ORIGIN_FILES)

    for server in (edge, origin):
        server.close()
    assert set(at_edge) == {EDGE_CLIENT.der}
    assert set(at_origin) == {ORIGIN_CLIENT.der}
    assert [seen.client_certificate for seen in first.probed] == [""]
    assert [seen.client_certificate for seen in second.probed] == [shown(ORIGIN_CLIENT).sha256]


def test_it_is_asked_once_where_the_edge_has_several_addresses(serve, tls, name_server):
    edge = serve(tls())
    other = serve(tls(), address="127.0.0.2", port=edge.port)
    origin = serve(tls())
    name_server["edge.example"] = ["127.0.0.1", "127.0.0.2"]
    edge.address = "edge.example"

    observed = observe(edge, origin, visit={"all_addresses": True})

    assert len(observed.looks) == 2
    assert len(observed.probed) == origin.clients == 1
    assert edge.clients == other.clients == 1


def test_its_connections_count_towards_the_limit(serve, tls):
    (answer,) = observe(serve(tls()), serve(tls()), max_connections=1).probed

    assert answer.failure.kind is FailureKind.LIMIT
    assert "--max-connections" in answer.failure.detail


def test_through_a_proxy_it_is_asked_for_by_its_address(serve, tls):
    edge, origin = serve(tls()), serve(tls())
    heard = []
    proxy = serve(http_proxy((origin.address, origin.port), heard=heard))

    observed = observe(edge, origin, visit={"proxy": Proxy("http", proxy.address, proxy.port)})

    (look,), (answer,) = observed.looks, observed.probed
    assert look.vantage.address == ""
    assert answer.vantage.address == f"127.0.0.1:{origin.port}"
    assert answer.vantage.proxy == f"http://127.0.0.1:{proxy.port}"
    assert answer.failure is None
    asked = [request.split()[1].decode() for request in heard]
    assert asked == [f"127.0.0.1:{edge.port}", f"127.0.0.1:{origin.port}"]
