"""What a certgate.yaml declares beside endpoints, and what becomes of it by scan and by check."""

import json
import os
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem
from tests.observe.kubernetes.manifests import b64, tls_secret

ROOT = issue("Root", ca=True, days=3650)
LEAF = issue("a.example", issuer=ROOT, sans=["a.example"])
CONFIG = """\
policy: p.yaml
trust: root.pem
timeout: 1
targets:
  - file: chain.pem
    names: [a.example]
    labels: {tier: edge}
  - host: 127.0.0.1:1
  - manifest: secret.txt
  - file: live
    role: client
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("conf/live").mkdir(parents=True)
    Path("conf/root.pem").write_bytes(pem(ROOT))
    Path("conf/chain.pem").write_bytes(pem(LEAF))
    Path("conf/live/b.pem").write_bytes(pem(LEAF))
    Path("conf/secret.txt").write_text(json.dumps(tls_secret(b64(pem(LEAF)), b64(LEAF.key_pem))))
    Path("conf/p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: name.host-match}]")
    Path("conf/certgate.yaml").write_text(CONFIG)


def judged(command, *words, code):
    options = ["--config", "conf/certgate.yaml", "--at", CLOCK.isoformat(), "--report", "json=r.json"]
    assert cli.run([command, *words, *options]) == code
    return {target["id"]: target for target in json.loads(Path("r.json").read_text())["targets"]}


def test_scan_judges_all_targets_of_the_file_in_its_order():
    targets = judged("scan", "--retries", "0", code=3)

    assert {id: target["verdict"] for id, target in targets.items()} == {
        "chain.pem": "compliant",
        "127.0.0.1:1": "incomplete",
        "secret.txt#shop/web/tls.crt": "compliant",
        "live/b.pem": "compliant",
    }
    assert list(targets) == ["chain.pem", "127.0.0.1:1", "secret.txt#shop/web/tls.crt", "live/b.pem"]
    assert [target["source"]["kind"] for target in targets.values()] == ["file", "endpoint", "manifest", "file"]
    assert targets["live/b.pem"]["roles"] == ["client"]
    assert targets["chain.pem"]["labels"] == {"tier": "edge"}
    assert targets["chain.pem"]["place"] == {"file": "conf/certgate.yaml", "line": 5, "column": 5}


def test_check_judges_those_that_need_no_connection_and_says_which_it_left_out(capsys):
    targets = judged("check", code=0)

    assert list(targets) == ["chain.pem", "secret.txt#shop/web/tls.crt", "live/b.pem"]
    told = "1 target of conf/certgate.yaml needs a connection and is not observed (127.0.0.1:1); "
    assert told + "certgate scan observes all targets" in " ".join(capsys.readouterr().out.split())
    left_out = {"count": 1, "names": ["127.0.0.1:1"], "file": "conf/certgate.yaml"}
    assert json.loads(Path("r.json").read_text())["not_observed"] == left_out


def test_files_that_are_named_are_checked_beside_those_of_the_configuration():
    Path("other.pem").write_bytes(pem(LEAF))

    assert list(judged("check", "other.pem", code=0))[:2] == ["other.pem", "chain.pem"]


def test_check_of_a_configuration_with_endpoints_alone_is_2(capsys):
    Path("conf/certgate.yaml").write_text("targets: [{host: a.example}, {host: b.example}]")

    assert cli.run(["check", "--config", "conf/certgate.yaml"]) == 2
    err = capsys.readouterr().err
    assert (
        "declares no file and no manifest, so there is nothing to check; certgate scan observes a.example:443 and "
        in err
    )


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{file: a.pem, host: b.example}", "says host and file; write one target for each"),
        (
            "{fiel: a.pem}",
            'one of the keys host, file, manifest, kubernetes, workload_api is missing; did you mean "file"?',
        ),
        ("{file: '-'}", "must be a file or a folder; give standard input and saved observations to certgate check"),
        ("{file: seen.jsonl}", "must be a file or a folder"),
        ("{file: a.pem, expect: b.pem}", 'unknown key "expect"'),
        ("{file: a.pem, names: ['a b']}", '"a b" is not a host name'),
        ("{manifest: m.yaml, key: a.key}", 'unknown key "key"'),
        ("{file: nothing.pem}", "nothing.pem: cannot be read: No such file"),
    ],
)
def test_a_mistake_in_a_target_is_2_with_its_place(entry, said, capsys):
    Path("conf/certgate.yaml").write_text(f"targets:\n  - {entry}\n")

    assert cli.run(["check", "--config", "conf/certgate.yaml"]) == 2
    assert said in capsys.readouterr().err


def test_one_file_that_is_declared_twice_is_2_with_both_places(capsys):
    Path("conf/certgate.yaml").write_text("targets:\n  - file: chain.pem\n  - file: ./chain.pem\n")

    assert cli.run(["check", "--config", "conf/certgate.yaml"]) == 2
    assert "certgate.yaml:3:5: chain.pem is declared twice, first at conf/certgate.yaml:2:5" in capsys.readouterr().err


def test_of_several_manifests_each_is_judged_as_it_was_declared():
    for name in ("one", "two"):
        Path(f"{name}.yaml").write_text(json.dumps(tls_secret(b64(pem(LEAF)), b64(LEAF.key_pem))))
    Path("conf/certgate.yaml").write_text("policy: p.yaml\ntrust: root.pem\ntargets: [{file: chain.pem}]")

    targets = judged("check", "one.yaml", "two.yaml", code=0)

    assert list(targets) == ["one.yaml#shop/web/tls.crt", "two.yaml#shop/web/tls.crt", "chain.pem"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_saved_observations_and_manifests_may_be_pipes():
    import threading

    judged("check", "--save", "seen.jsonl", code=0)
    for name, content in (("s.jsonl", Path("seen.jsonl")), ("m.json", Path("conf/secret.txt"))):
        os.mkfifo(name)
        threading.Thread(target=Path(name).write_bytes, args=(content.read_bytes(),), daemon=True).start()
    Path("conf/certgate.yaml").write_text("policy: p.yaml\ntrust: root.pem\ntargets: [{host: a.example}]")

    targets = judged("check", "s.jsonl", "m.json", code=0)

    assert {target["verdict"] for target in targets.values()} == {"compliant"}
    assert len(targets) == 4
