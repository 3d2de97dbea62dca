"""`--deny` and `--ct-logs`: files that this run's rules use."""

from base64 import b64encode
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.ct import Log, issue_logged, log_list
from certgate.lab.pki import CLOCK, issue, pem
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True, days=900)
LOGS = (Log("First log", "One operator"), Log("Second log", "Other operator"))
LEAF = issue_logged(subject="a.example", issuer=CA, logs=LOGS, sans=["a.example"])
AT = CLOCK.isoformat()


def digest(credential):
    return parse_certificate(credential.der).key.sha256


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("chain.pem").write_bytes(pem(LEAF, CA))
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}]")
    Path("logs.json").write_text(log_list(*LOGS))


def check(*arguments, policy="p.yaml"):
    return cli.run(["check", "chain.pem", *arguments, "--policy", policy, "--trust", "root.pem", "--at", AT])


def said(capsys):
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("credential", [LEAF, CA, ROOT])
def test_a_denied_key_anywhere_on_the_path_fails_the_anchor_s_too(capsys, credential):
    Path("deny.txt").write_text(f"# lost keys\n\n{'0' * 64}\n{digest(credential)}  # this one\n")
    assert check("--deny", "deny.txt") == 1
    assert f"is denied (SHA-256 {digest(credential)})" in said(capsys)


def test_keys_may_be_written_as_base64_and_stand_in_several_files():
    encoded = b64encode(bytes.fromhex(digest(CA))).decode()
    Path("other.txt").write_text("0" * 64)
    Path("deny.txt").write_text(f"sha256/{encoded}\n")
    assert check("--deny", "other.txt") == 0
    assert check("--deny", "other.txt", "--deny", "deny.txt") == 1


def test_a_file_adds_to_the_policy_s_own_keys():
    Path("own.yaml").write_text(f"rules: [{{rule: trust.denied, keys: ['{digest(CA)}']}}]")
    Path("deny.txt").write_text("0" * 64)
    assert check(policy="own.yaml") == 1
    assert check("--deny", "deny.txt", policy="own.yaml") == 1


def test_timestamps_are_verified_with_the_log_list(capsys):
    assert check("--ct-logs", "logs.json") == 0
    impostor = Log("First log", "One operator")
    Path("logs.json").write_text(log_list(impostor, LOGS[1]))
    assert check("--ct-logs", "logs.json") == 0
    assert "SCTs from 1 operator (Other operator), 2 required" in said(capsys)
    forged = issue_logged(subject="a.example", issuer=ROOT, logs=LOGS, sans=["a.example"], key=LEAF.key)
    Path("logs.json").write_text(log_list(*LOGS))
    scts = parse_certificate(forged.der).extension("1.3.6.1.4.1.11129.2.4.2").value
    taken = issue("a.example", issuer=CA, sans=["a.example"], raw_extensions=[("1.3.6.1.4.1.11129.2.4.2", False, scts)])
    Path("chain.pem").write_bytes(pem(taken, CA))
    assert check("--ct-logs", "logs.json") == 1
    assert "ct.sct-valid" in said(capsys)


@pytest.mark.parametrize(
    ("option", "content", "message"),
    [
        ("--deny", "00\n", "list:1: is not the SHA-256 of a key"),
        ("--deny", "# none\n", "list: holds no key"),
        ("--ct-logs", "[]", "list: the log list cannot be read"),
        ("--ct-logs", '{"operators": []}', "list: the log list has no accepted log"),
    ],
)
def test_a_list_that_is_none_is_a_mistake(capsys, option, content, message):
    Path("list").write_text(content)
    assert check(option, "list") == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert check(option, "nothing") == 2
