"""Hints: a run that judged something as what it is not ends with the command that judges it as what it is."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.ct import Log, issue_logged
from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK, issue, pem
from certgate.lab.scenarios import all_scenarios

AT = ("--at", CLOCK.isoformat())
EMAIL, CODE = "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.3"
CLIENT = "1.3.6.1.5.5.7.3.2"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = issue("Corp Root", ca=True, days=3650)
    Path("root.pem").write_bytes(pem(root))
    Path("bundle.pem").write_bytes(pem(root))
    shop = issue("shop", issuer=root, sans=["shop.example"])
    Path("shop's.pem").write_bytes(pem(shop))
    Path("whole.pem").write_bytes(pem(shop) + pem(root))
    ca = issue("Corp CA 1", issuer=root, ca=True)
    Path("-ca.pem").write_bytes(pem(ca))
    Path("client.pem").write_bytes(pem(issue("me", issuer=root, ekus=[CLIENT], sans=["me.example"])))
    Path("mail.pem").write_bytes(pem(issue("me", issuer=root, ekus=[EMAIL], sans=["me.example"])))
    Path("code.pem").write_bytes(pem(issue("me", issuer=root, ekus=[CODE], sans=["me.example"])))
    Path("svid.pem").write_bytes(pem(issue("", issuer=root, sans=["spiffe://corp.example/db"])))
    return root


def hints(capsys, *arguments, command="check"):
    """The exit code and the hints of a run: in JSON, and each command as a line of its own on the terminal."""
    code = cli.run([command, *arguments, *AT, "--report", "json=r.json", "--report", "markdown=r.md"])
    found = json.loads(Path("r.json").read_text())["summary"].get("hints", [])
    out = capsys.readouterr().out
    assert out.count("\nhint  ") == len(found)
    for hint in filter(lambda hint: hint["command"], found):
        assert f"\n  {hint['command']}\n" in out
        assert hint["command"] in Path("r.md").read_text()
    return code, found


@pytest.mark.parametrize("file", ["shop's.pem", "whole.pem"])
def test_a_chain_without_a_public_root_ends_with_the_command_for_an_own_ca(capsys, file):
    code, (hint,) = hints(capsys, file, "--name", "shop.example")
    assert (code, hint["cause"], hint["targets"]) == (1, "own-ca", 1)
    program, *words = shlex.split(hint["command"])
    assert (program, words[:2]) == ("certgate", ["check", file])
    assert words[-6:] == ["--policy", "internal-pki", "--trust", "root.pem", "--at", CLOCK.isoformat()]
    assert cli.run(words) == 0


def test_the_command_works_when_it_is_pasted_into_a_shell(capsys, place):
    name = "a'b $(touch pwned); touch pwned #.pem"
    Path(name).write_bytes(Path("whole.pem").read_bytes())
    _, (hint,) = hints(capsys, name)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["sh", "-c", hint["command"]], env={"PATH": path}, capture_output=True, check=False)
    assert (done.returncode, Path("pwned").exists()) == (0, False)


def test_many_targets_with_the_same_cause_have_one_hint(capsys, place):
    for number in range(30):
        Path(f"{number:02}.pem").write_bytes(pem(issue("a", issuer=place, sans=["a.example"])))
    _, (hint,) = hints(capsys, *(f"{number:02}.pem" for number in range(30)))
    assert (hint["target"], hint["targets"]) == ("00.pem", 30)
    assert "00.pem` and 29 more targets: the chain reaches no public root" in Path("r.md").read_text()


@pytest.mark.parametrize(
    "options", [["--trust", "root.pem"], ["--policy", "internal-pki"], ["--policy", "rfc5280-path"]]
)
def test_whoever_names_an_own_store_or_another_policy_gets_no_hint_about_an_own_ca(capsys, options):
    assert hints(capsys, "whole.pem", *options)[1] == []


def test_a_public_certificate_whose_intermediate_was_not_sent_is_no_hint_at_an_own_ca(capsys, place):
    Path("logged.pem").write_bytes(
        pem(issue_logged(logs=[Log("a", "A")], subject="a", issuer=place, sans=["a.example"]))
    )
    assert hints(capsys, "logged.pem")[1] == []


def test_a_spiffe_id_ends_with_the_command_for_svids(capsys):
    code, (hint,) = hints(capsys, "svid.pem")
    assert (code, hint["cause"]) == (1, "spiffe")
    words = shlex.split(hint["command"])
    assert words[:7] == ["certgate", "check", "svid.pem", "--policy", "spiffe-svid", "--trust", "bundle.pem"]
    assert cli.run(words[1:]) in {0, 1}


@pytest.mark.parametrize(("file", "role"), [("./-ca.pem", "ca"), ("client.pem", "client")])
@pytest.mark.parametrize("options", [["--policy", "internal-pki", "--trust", "root.pem"], []])
def test_a_certificate_in_a_role_that_is_not_its_own_ends_with_the_right_role(capsys, file, role, options):
    code, (hint,) = hints(capsys, file, *options)
    assert (code, hint["cause"]) == (1, f"{'ca' if role == 'ca' else 'client'}-certificate")
    words = shlex.split(hint["command"])
    assert words[1:-2] == ["check", file, "--role", role, "--policy", "internal-pki", "--trust", "root.pem"]
    assert cli.run(words[1:]) == 0


def test_a_role_that_is_set_is_no_reason_for_a_hint(capsys):
    options = ("--policy", "internal-pki", "--trust", "root.pem", "--role", "client")
    assert hints(capsys, "client.pem", *options) == (0, [])


@pytest.mark.parametrize(("file", "kind"), [("mail.pem", "an S/MIME"), ("code.pem", "a code-signing")])
def test_a_certificate_without_a_role_is_named(capsys, file, kind):
    code, (hint,) = hints(capsys, file)
    assert (code, hint["command"]) == (1, "")
    assert f"this is {kind} certificate: certgate has no role for it" in hint["message"]


def test_a_hint_about_an_endpoint_repeats_how_it_is_reached(capsys):
    with Lab([all_scenarios()["good-ed25519"]]) as lab:
        (served,) = lab.endpoints
        (root,) = lab.folder.glob("*-root.pem")
        Path("root.pem").write_bytes(root.read_bytes())
        host = f"good-ed25519.lab.example:{served.port}"
        found = (host, "--resolve", f"{host}:127.0.0.1")
        code, (hint,) = hints(capsys, *found, command="scan")
        words = shlex.split(hint["command"])
        assert (code, words[:3]) == (1, ["certgate", "scan", host])
        assert f"--resolve={host}:127.0.0.1" in words
        cli.run(words[1:])
        assert "trust.anchor" not in capsys.readouterr().out


@pytest.mark.parametrize("file", ["mail.pem", "code.pem"])
def test_a_certificate_without_a_role_has_one_error(capsys, file):
    assert cli.run(["check", file, "--trust", "root.pem", *AT, "--report", "json"]) == 1

    findings = json.loads(capsys.readouterr().out)["targets"][0]["findings"]
    wrong = {f["rule"] for f in findings if f["outcome"] == "fail" and f["severity"] == "error"}
    assert wrong == {"eku.server-auth"}
