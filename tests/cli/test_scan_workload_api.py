"""`certgate scan workload-api:unix:///PATH`: every SVID that an agent gives is judged, and no key leaves the edge."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import issue, pem
from certgate.x509.purposes import CLIENT_AUTH, SERVER_AUTH
from tests.observe.workload_api.fake_agent import bundles, fake_agent, field, key_of, raw_agent, svid, svids

NOW = datetime.now(UTC)
ROOT = issue("Root", ca=True, sans=["spiffe://one.example"], not_before=NOW - timedelta(days=1), days=30)


def credential(path, **more):
    return issue(
        "",
        issuer=more.pop("issuer", ROOT),
        sans=[f"spiffe://one.example{path}"],
        ekus=[SERVER_AUTH, CLIENT_AUTH],
        policies=(),
        not_before=NOW - timedelta(minutes=5),
        days=0.5,
        **more,
    )


WEB, DB = credential("/web"), credential("/db")


@pytest.fixture(scope="module")
def running():
    with fake_agent() as agent:
        yield agent


@pytest.fixture
def agent(running, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    running.svids = svids(svid("spiffe://one.example/web", WEB), svid("spiffe://one.example/db", DB, hint="data"))
    running.bundles = bundles(one_example=ROOT)
    running.refusals, running.behave = 0, None
    running.asked.clear()
    return running


@pytest.fixture
def scan(capfd):
    """`scan(…)`: the exit code, each target's verdict and what is not a pass, and all that was said and written."""

    def run(*words, policy="spiffe-svid", trust="spiffe://one.example=root.pem"):
        usual = ["--policy", policy, "--trust", trust, "--report", "json=r.json", "--save", "seen.jsonl", "--traceback"]
        code = cli.run(["scan", *words, *usual])
        said = "".join(capfd.readouterr())
        if code == 2:
            return code, said
        report = json.loads(Path("r.json").read_text())
        found = {
            target["id"]: (
                target["verdict"],
                {f["rule"]: f["message"] for f in target["findings"] if f["outcome"] in {"fail", "not-checked"}},
            )
            for target in report["targets"]
        }
        return code, found, said + Path("r.json").read_text() + Path("seen.jsonl").read_text()

    return run


def test_every_svid_of_the_agent_is_a_target_and_is_judged(agent, scan):
    code, found, written = scan(f"workload-api:{agent.socket}")
    name = f"workload-api:{agent.socket}"
    assert found == {
        f"{name}#spiffe://one.example/web": ("compliant", {}),
        f"{name}#spiffe://one.example/db": ("compliant", {}),
    }
    assert code == 0
    assert agent.asked == ["X509SVID"]
    for secret in (key_of(WEB), key_of(DB)):
        assert base64.b64encode(secret)[:40].decode() not in written
        assert secret.hex()[:40] not in written
    assert "PRIVATE KEY" not in written


def test_saved_observations_of_svids_are_judged_again(agent, scan, capfd):
    scan(f"workload-api:{agent.socket}")
    assert cli.run(["check", "seen.jsonl", "--report", "json=again.json"]) == 0
    capfd.readouterr()
    again = json.loads(Path("again.json").read_text())["targets"]
    assert [one["source"] for one in again] == [
        {"kind": "workload-api", "socket": agent.socket, "svid": "spiffe://one.example/web"},
        {"kind": "workload-api", "socket": agent.socket, "svid": "spiffe://one.example/db", "hint": "data"},
    ]


def test_a_bad_svid_is_a_violation_not_an_error(agent, scan):
    expired = issue(
        "", issuer=ROOT, sans=["spiffe://one.example/old"], not_before=NOW - timedelta(days=2), days=1, policies=()
    )
    agent.svids = svids(svid("spiffe://one.example/other", expired), svid("spiffe://one.example/db", DB))
    code, found, _ = scan(f"workload-api:{agent.socket}")
    verdict, wrong = found[f"workload-api:{agent.socket}#spiffe://one.example/other"]
    assert (code, verdict) == (1, "violated")
    assert {"validity.expired", "spiffe.id-allowed"} <= wrong.keys()
    assert found[f"workload-api:{agent.socket}#spiffe://one.example/db"][0] == "compliant"


def test_svids_with_the_same_id_without_one_or_without_a_certificate_are_targets_of_their_own(agent, scan):
    empty = field(1, b"spiffe://one.example/empty")
    agent.svids = svids(svid("spiffe://one.example/db", DB), svid("spiffe://one.example/db", DB), svid("", WEB), empty)
    code, found, _ = scan(f"workload-api:{agent.socket}")
    name = f"workload-api:{agent.socket}"
    assert {id: verdict for id, (verdict, _) in found.items()} == {
        f"{name}#spiffe://one.example/db": "compliant",
        f"{name}#spiffe://one.example/db#2": "compliant",
        f"{name}#(without SPIFFE ID)": "compliant",
        f"{name}#spiffe://one.example/empty": "incomplete",
    }
    assert code == 3


def test_an_agent_that_gives_nothing_is_one_incomplete_target_and_the_others_go_on(agent, scan):
    Path("certgate.yaml").write_text(
        f"""
targets:
  - workload_api: unix:///none/api.sock
    labels: {{team: mesh}}
  - workload_api: {agent.socket}
"""
    )
    code, found, _ = scan("--config", "certgate.yaml")
    assert code == 3
    assert found["workload-api:unix:///none/api.sock"] == (
        "incomplete",
        {"target.observed": "unreachable: there is no agent: /none/api.sock is not a socket"},
    )
    assert len(found) == 3


@pytest.mark.parametrize("refusing", [True, False], ids=["denied", "no gRPC"])
def test_an_agent_that_refuses_or_speaks_otherwise_is_incomplete_within_the_time_limit(agent, scan, refusing):
    agent.refusals = 10**9 if refusing else 0
    with raw_agent(lambda connection: connection.sendall(b"220 ready\r\n" * 100)) as other:
        socket = agent.socket if refusing else other
        code, found, _ = scan(f"workload-api:{socket}", "--timeout", "3")
    ((_, (verdict, wrong)),) = found.items()
    assert (code, verdict) == (3, "incomplete")
    assert wrong["target.observed"].startswith("forbidden: " if refusing else "unreachable: ")


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("workload-api:unix:api.sock", "the socket of a Workload API must be unix:///PATH, with an absolute path"),
        ("workload-api:unix:///" + "x" * 200, "the path of a socket must have at most 107 bytes"),
    ],
)
def test_a_socket_that_is_not_valid_is_a_mistake(agent, scan, word, problem):
    code, said = scan(word)
    assert code == 2
    assert f'"{word}": {problem}' in said.replace("\n", " ")


def test_in_a_configuration_a_mistake_has_its_place(agent, scan):
    Path("certgate.yaml").write_text("targets:\n  - workload_api: tcp://127.0.0.1:1\n")
    code, said = scan("--config", "certgate.yaml")
    assert code == 2
    assert "certgate.yaml:2:" in said


def test_workers_judge_what_the_first_process_was_given(agent, scan):
    code, found, _ = scan(f"workload-api:{agent.socket}", "--workers", "2")
    assert (code, len(found)) == (0, 2)
    assert agent.asked == ["X509SVID"]
