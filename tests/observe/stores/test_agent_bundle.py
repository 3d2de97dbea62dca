"""The bundle of a trust domain from an agent: the agent's own, a federated one, or the reason why there is none."""

from pathlib import Path

import pytest

from certgate.lab.pki import issue, pem
from certgate.model.bundle_facts import BundleFailure, BundleSource
from certgate.model.errors import UsageError
from certgate.observe.stores.trust_stores import load_store
from certgate.policy.references import trust_words
from certgate.policy.workload_socket import expected_words
from tests.observe.workload_api.fake_agent import bundles, fake_agent, field

ROOT, OTHER = issue("Root", ca=True), issue("Other", ca=True)


@pytest.fixture(scope="module")
def running():
    with fake_agent() as agent:
        yield agent


@pytest.fixture
def agent(running, monkeypatch):
    monkeypatch.setenv("SPIFFE_ENDPOINT_SOCKET", running.socket)
    running.bundles = bundles(one_example=ROOT, two_example=OTHER)
    return running


def loaded(*words):
    return load_store(trust_words(words, Path()))


def test_the_socket_of_the_environment_is_part_of_the_stores_name(agent):
    store = loaded("spiffe://one.example=workload-api")
    assert store.name == f"spiffe://one.example=workload-api:{agent.socket}"
    assert [anchor.der for anchor in store.anchors] == [ROOT.der]
    (facts,) = store.origins
    assert (facts.source, facts.location, facts.failure) == (BundleSource.WORKLOAD_API, agent.socket, None)


def test_a_federated_bundle_is_that_of_its_own_trust_domain(agent):
    words = [f"spiffe://{name}.example=workload-api:{agent.socket}" for name in ("one", "two")]
    store = loaded(*words)
    assert {name: [one.der for one in bundle.anchors] for name, bundle in store.bundles.items()} == {
        "one.example": [ROOT.der],
        "two.example": [OTHER.der],
    }


@pytest.mark.parametrize(
    ("content", "failure", "said"),
    [
        (bundles(two_example=OTHER), BundleFailure.ABSENT, "it has bundles of two.example"),
        (b"", BundleFailure.ABSENT, "it has bundles of none"),
        (field(2, field(1, b"spiffe://one.example")), BundleFailure.EMPTY, "gives an empty bundle"),
        (
            field(2, field(1, b"spiffe://one.example") + field(2, b"0\x03\x02\x01\x00")),
            BundleFailure.INVALID,
            "gives an authority that cannot be read",
        ),
        (b"\xff", BundleFailure.INVALID, "a number that does not end"),
    ],
    ids=["another trust domain", "nothing", "empty", "not a certificate", "garbage"],
)
def test_without_a_bundle_of_the_trust_domain_the_store_says_why(agent, content, failure, said):
    agent.bundles = content
    store = loaded("spiffe://one.example=workload-api")
    assert store.bundles == {}
    (facts,) = store.origins
    assert facts.failure is failure
    assert said in facts.problem


def test_without_an_agent_the_store_says_so():
    (facts,) = loaded("spiffe://one.example=workload-api:unix:///none.sock").origins
    assert facts.failure is BundleFailure.UNREACHABLE
    assert facts.problem == "there is no agent: /none.sock is not a socket"


def test_a_socket_must_be_named_somewhere(monkeypatch):
    monkeypatch.delenv("SPIFFE_ENDPOINT_SOCKET", raising=False)
    with pytest.raises(UsageError, match="SPIFFE_ENDPOINT_SOCKET is not set"):
        loaded("spiffe://one.example=workload-api")
    monkeypatch.setenv("SPIFFE_ENDPOINT_SOCKET", "tcp://127.0.0.1:1")
    with pytest.raises(UsageError, match="SPIFFE_ENDPOINT_SOCKET: the socket of a Workload API must be unix:///PATH"):
        loaded("spiffe://one.example=workload-api")


def test_a_file_of_that_name_has_its_folder_before_it(agent, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workload-api").write_bytes(pem(OTHER))
    store = loaded("spiffe://one.example=./workload-api")
    assert store.origins[0].source is BundleSource.FILE
    assert [anchor.der for anchor in store.anchors] == [OTHER.der]
    assert expected_words("workload-api", Path("x")) == f"workload-api:{agent.socket}"
    assert expected_words("chain.pem", Path("x")) == "x/chain.pem"
