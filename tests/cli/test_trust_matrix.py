"""`--trust-matrix`: the same chain in the eyes of different clients, and never another exit code."""

import json
from pathlib import Path

import pytest

from certgate.cli.main import run
from certgate.lab.pki import issue, pem
from tests.schemas import report_schema

ROOT = issue("Root", ca=True)
CA = issue("CA", issuer=ROOT, ca=True)
LEAF = issue("a.example", issuer=CA, sans=["a.example"])


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("other.pem").write_bytes(pem(issue("Other", ca=True)))
    Path("chain.pem").write_bytes(pem(LEAF, CA))


def check(*words):
    at = ["--at", "2026-06-15T12:00:00Z"]
    return run(["check", "chain.pem", "--policy", "rfc5280-path", "--trust", "root.pem", *at, *words])


def test_a_chain_that_some_clients_refuse_is_shown_and_changes_no_exit_code(capsys):
    assert check("--trust-matrix", "root.pem,other.pem") == 0
    rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if "with" in line]
    assert rows == [
        "with root.pem holds",
        "with other.pem fails trust.anchor: no path to a trusted root: the chain",
    ]


def test_the_json_report_has_the_table_and_its_stores(capsys):
    assert check("--trust-matrix", "other.pem,root.pem", "--report", "json=r.json") == 0
    report = json.loads(Path("r.json").read_text())
    report_schema().validate(report)
    assert [s["name"] for s in report["stores"]] == ["root.pem", "other.pem"]
    assert [(row["store"], row["state"]) for row in report["targets"][0]["matrix"]] == [
        ("other.pem", "fails"),
        ("root.pem", "holds"),
    ]


def test_without_it_there_is_no_table():
    assert check("--report", "json=r.json") == 0
    assert "matrix" not in json.loads(Path("r.json").read_text())["targets"][0]


def test_a_store_that_cannot_be_read_is_2(capsys):
    assert check("--trust-matrix", "root.pem,nothing.pem") == 2
    assert "nothing.pem: cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("said", [",", "root.pem,"])
def test_a_store_without_a_name_is_2(capsys, said):
    assert check("--trust-matrix", said) == 2
    assert f'--trust-matrix "{said}" has an empty name' in capsys.readouterr().err


def test_how_several_stores_are_asked_stands_in_the_json_report():
    Path("certgate.yaml").write_text(
        "timeout: 0.5\ntargets: [{host: '127.0.0.1:1', trust: {all_of: [root.pem, other.pem]}}]"
    )
    assert (
        run(
            [
                "scan",
                "--config",
                "certgate.yaml",
                "--retries",
                "0",
                "--report",
                "json=r.json",
                "--trust-matrix",
                "root.pem",
            ]
        )
        == 3
    )
    report = json.loads(Path("r.json").read_text())
    report_schema().validate(report)
    (target,) = report["targets"]
    assert (target["trust_mode"], [s["name"] for s in target["stores"]]) == ("all_of", ["root.pem", "other.pem"])
    assert target["matrix"] == [{"store": "root.pem", "state": "not-checked", "reason": "no chain was observed"}]
