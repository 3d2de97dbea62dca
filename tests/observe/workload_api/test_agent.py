"""The Workload API of agents, good and hostile: what they give is read, and nothing they do takes longer than allowed."""

import gc
import itertools
import time
import traceback

import grpc
import pytest

from certgate.lab.pki import issue
from certgate.model.observation import FailureKind
from certgate.observe.workload_api import agent as module
from certgate.observe.workload_api.agent import AgentFailed, WorkloadApi
from tests.observe.workload_api.fake_agent import bundles, fake_agent, field, key_of, raw_agent, svid, svids

ROOT = issue("Root", ca=True)
CA = issue("CA", ca=True, issuer=ROOT)
WEB, DB = (issue("", issuer=CA, sans=[f"spiffe://one.example/{name}"]) for name in ("web", "db"))


@pytest.fixture(scope="module")
def running():
    with fake_agent() as agent:
        yield agent


@pytest.fixture
def agent(running):
    running.svids = svids(svid("spiffe://one.example/web", WEB, CA), svid("spiffe://one.example/db", DB, hint="data"))
    running.bundles = bundles(one_example=ROOT, two_example=CA)
    running.refusals, running.behave = 0, None
    running.asked.clear()
    return running


def api(agent, seconds=5.0):
    return WorkloadApi(agent.socket, seconds, pause=lambda _: None)


def failure(socket, seconds=5.0):
    began = time.monotonic()
    with pytest.raises(AgentFailed) as caught:
        WorkloadApi(socket, seconds, pause=lambda _: None).svids()
    assert time.monotonic() - began < seconds + 5
    assert caught.value.__cause__ is None
    return caught.value.kind, str(caught.value).replace(socket, "SOCKET")


def test_an_agent_gives_svids_in_its_order_and_bundles_by_trust_domain(agent):
    web, db = api(agent).svids()
    assert (web.id, web.chain, web.hint) == ("spiffe://one.example/web", (WEB.der, CA.der), "")
    assert (db.id, db.chain, db.hint) == ("spiffe://one.example/db", (DB.der,), "data")
    assert api(agent).bundles() == {"spiffe://one.example": (ROOT.der,), "spiffe://two.example": (CA.der,)}
    assert agent.asked == ["X509SVID", "X509Bundles"]


def test_private_keys_are_dropped_at_the_edge_unless_they_are_asked_for(agent):
    own = issue("", issuer=CA, sans=["spiffe://one.example/own"])  # no other test may hold its key
    agent.svids = svids(svid("spiffe://one.example/own", own))
    secret = key_of(own)
    without, asked_for = api(agent).svids()[0], api(agent).svids(with_keys=True)[0]
    assert without.key == b""
    assert asked_for.key == secret
    assert "key=" not in repr(asked_for)
    del asked_for
    agent.svids = b""
    gc.collect()
    tuples = [one for one in gc.get_objects() if isinstance(one, tuple)]
    kept = [one for one in tuples if any(type(part) is bytes and part == secret for part in one)]
    assert kept == []


def test_a_new_entry_is_refused_for_a_while_and_asked_for_again(agent):
    agent.refusals = 3
    assert len(api(agent).svids()) == 2
    assert agent.asked == ["X509SVID"] * 4


def test_a_workload_without_an_entry_is_refused_until_the_deadline(agent):
    agent.refusals = 1_000_000
    kind, said = failure(agent.socket, 2.0)
    assert kind is FailureKind.FORBIDDEN
    assert said == (
        "the agent at SOCKET has no identity for this process (no identity issued): register it, or set "
        "allow_unauthenticated_verifiers in the agent's configuration if only bundles are needed"
    )
    assert len(agent.asked) > 2


def test_an_agent_without_svids_gives_nothing_to_judge(agent):
    agent.svids = b""
    assert failure(agent.socket) == (FailureKind.NO_CERTIFICATE, "the agent at SOCKET gives no X509-SVID")


def test_no_socket_a_file_and_a_socket_without_a_listener_are_no_agent(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "none", tmp_path / "file"):
        assert failure(f"unix://{path}")[0] is FailureKind.UNREACHABLE
        assert failure(f"unix://{path}")[1] == f"there is no agent: {path} is not a socket"


def silent(connection):
    connection.recv(1)
    while connection.recv(65536):
        pass


@pytest.mark.parametrize(
    ("speak", "kinds"),
    [
        (lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" * 1000), {FailureKind.UNREACHABLE}),
        (lambda connection: connection.sendall(bytes(range(256)) * 64), {FailureKind.UNREACHABLE}),
        (lambda _: None, {FailureKind.UNREACHABLE, FailureKind.TIMED_OUT}),
        (silent, {FailureKind.UNREACHABLE, FailureKind.TIMED_OUT}),
    ],
    ids=["HTTP/1.1", "bytes", "hangs up", "silent"],
)
def test_what_does_not_speak_grpc_is_no_agent(speak, kinds):
    with raw_agent(speak) as socket:
        assert failure(socket, 2.0 if FailureKind.TIMED_OUT in kinds else 20.0)[0] in kinds


def test_an_agent_that_ends_without_an_answer_gave_none(agent):
    agent.behave = lambda _: iter(())
    assert failure(agent.socket) == (FailureKind.API_FAILED, "the agent at SOCKET ends without an answer")


def test_an_agent_that_says_nothing_is_not_waited_for_longer_than_allowed(agent):
    def behave(context):
        while context.is_active():
            time.sleep(0.05)
        yield b""

    agent.behave = behave
    assert failure(agent.socket, 1.0) == (FailureKind.TIMED_OUT, "the agent at SOCKET did not answer within 1 s")


def test_of_an_endless_stream_one_message_is_read(agent):
    sent = itertools.count()

    def behave(context):
        while context.is_active():
            next(sent)
            yield agent.svids

    agent.behave = behave
    assert len(api(agent).svids()) == 2
    assert next(sent) < 10_000


def test_a_message_that_is_too_large_is_not_read(agent, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 1024)
    monkeypatch.setattr(module, "_OPTIONS", (("grpc.max_receive_message_length", 1024),))
    agent.svids = svids(svid("spiffe://one.example/web", WEB, *[CA] * 10))
    kind, said = failure(agent.socket)
    assert kind is FailureKind.LIMIT
    assert said.startswith("the agent at SOCKET sends more than 0 MiB")


def test_other_refusals_are_repeated_but_not_at_length(agent):
    def behave(context):
        context.abort(grpc.StatusCode.INTERNAL, "x" * 1_000)
        yield b""

    agent.behave = behave
    kind, said = failure(agent.socket)
    assert kind is FailureKind.API_FAILED
    assert said == f"the agent at SOCKET answers INTERNAL: {'x' * 199}…"


MESSAGES = {
    b"\xff" * 20: "a number that does not end",
    b"\x0b": "a field of a type that protobuf does not have",
    b"\x0d\x01": "a field of a type that protobuf does not have",
    field(1, b"abc")[:-1]: "it ends within a field",
    field(1, field(2, b"0\x82\xff\xff.")): "its certificates are not DER",
    field(1, field(1, b"\xff")): "a text that is not UTF-8",
    b"\x08\x01" * 10_001: "more than 10,000 fields",
    field(1, b"") * 1_001: "more than 1,000 SVIDs",
    field(1, field(1, b"x" * 3_000)): "a text of more than 2,048 bytes",
    field(1, field(2, b"0\x00" * 1_001)): "more than 1,000 certificates in one chain",
}


@pytest.mark.parametrize("message", MESSAGES, ids=MESSAGES.values())
def test_garbage_and_floods_are_named(agent, message):
    agent.svids = message
    kind, said = failure(agent.socket)
    wanted = MESSAGES[message]
    assert kind is (FailureKind.LIMIT if "more than" in wanted else FailureKind.UNREADABLE)
    assert said == f"the agent at SOCKET sends a message that is not usable: {wanted}"


def test_a_failure_does_not_keep_the_message_which_may_hold_keys(agent):
    agent.svids += b"\xff" * 20
    with pytest.raises(AgentFailed) as caught:
        api(agent).svids(with_keys=True)
    assert caught.value.__context__ is None
    kept = [value for frame, _ in traceback.walk_tb(caught.tb) for value in frame.f_locals.values()]
    assert agent.svids not in [value for value in kept if isinstance(value, bytes)]


def test_unknown_fields_are_skipped(agent):
    unknown = field(9, b"?") + b"\x48\x96\x01" + b"\x51" + bytes(8) + b"\x55" + bytes(4)
    agent.svids = unknown + svids(unknown + svid("spiffe://one.example/web", WEB))
    assert [one.id for one in api(agent).svids()] == ["spiffe://one.example/web"]


def test_more_bundles_than_a_limit_are_not_read(agent):
    agent.bundles = b"".join(field(2, field(1, f"spiffe://{n}.example".encode())) for n in range(1_001))
    with pytest.raises(AgentFailed, match="more than 1,000 bundles"):
        api(agent).bundles()


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "grpc", None)
    kind, said = failure("unix:///run/agent.sock")
    assert kind is FailureKind.UNSUPPORTED
    assert said == "the agent at SOCKET cannot be asked: grpcio is not installed (certgate[spiffe])"
