"""Folders as ACME clients and clusters write them, through the whole of `certgate check`."""

import json
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, make_key, pem
from tests.observe.files.test_together import ACME_SH, CERTBOT, LEGO, MOUNT, ROOT, make_key_pem


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("root").write_bytes(pem(ROOT))


def write(files, folder="live/a.example"):
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (Path(folder) / name).write_bytes(content)


def check(*arguments):
    options = ["--policy", "internal-pki", "--trust", "root", "--at", CLOCK.isoformat()]
    code = cli.run(["check", *arguments, *options, "--report", "json=report.json", "--report", "terminal"])
    return code, {target["id"]: target for target in json.loads(Path("report.json").read_text())["targets"]}


def failing(target):
    return {f["rule"] for f in target["findings"] if f["outcome"] not in {"pass", "not-applicable"} and f["required"]}


def test_a_certbot_folder_is_compliant_and_the_report_names_what_was_left_out(capsys):
    write(CERTBOT)
    Path("live/README").write_text("This directory contains your keys and certificates.")
    Path("live/a.example/README").write_text("`privkey.pem`: the private key for your certificate.")

    code, targets = check("live")

    assert (code, list(targets)) == (0, ["live/a.example/fullchain.pem"])
    assert targets["live/a.example/fullchain.pem"]["source"] == {
        "kind": "file",
        "path": "live/a.example/fullchain.pem",
        "key": "live/a.example/privkey.pem",
        "parts": ["live/a.example/cert.pem", "live/a.example/chain.pem"],
    }
    assert "with cert.pem and chain.pem, with the key privkey.pem" in " ".join(capsys.readouterr().out.split())


def test_links_into_an_archive_are_followed():
    write(CERTBOT, "archive/a.example")
    Path("live/a.example").mkdir(parents=True)
    for name in CERTBOT:
        Path("live/a.example", name).symlink_to(f"../../archive/a.example/{name}")

    assert check("live")[0] == 0
    assert list(check(".")[1]) == ["archive/a.example/fullchain.pem", "live/a.example/fullchain.pem"]


@pytest.mark.parametrize("files", [ACME_SH, LEGO])
def test_other_acme_clients_folders_are_compliant_too(files):
    write(files | {"a.example.conf": b"Le_Domain='a.example'\n", "a.example.json": b'{"domain": "a.example"}'})

    code, targets = check("live")

    assert (code, len(targets)) == (0, 1)


def test_a_mounted_secret_is_judged_with_its_key_and_its_ca_as_one(capsys):
    write(MOUNT, "tls/..2026")
    Path("tls/..data").symlink_to("..2026")
    for name in MOUNT:
        Path("tls", name).symlink_to(f"..data/{name}")

    code, targets = check("tls")

    assert (code, {id: target["roles"] for id, target in targets.items()}) == (
        0,
        {"tls/ca.crt": ["ca"], "tls/tls.crt": ["server"]},
    )
    assert targets["tls/ca.crt"]["role_reason"] == "it holds the CA that issued tls.crt beside it"


def test_a_role_that_is_given_wins():
    write(MOUNT, "tls")

    code, targets = check("tls", "--role", "server")

    assert (code, targets["tls/ca.crt"]["roles"]) == (1, ["server"])


def test_a_key_that_does_not_fit_fails_as_it_would_in_the_server():
    write(CERTBOT | {"privkey.pem": make_key_pem()})

    code, targets = check("live")

    assert code == 1
    assert failing(targets["live/a.example/fullchain.pem"]) == {"key.matches"}


def test_a_damaged_key_is_incomplete_and_named_as_the_key(capsys):
    write(LEGO | {"a.example.key": LEGO["a.example.key"][:-30]})

    assert check("live")[0] == 3
    assert "the key file: line 1: the PRIVATE KEY block is truncated" in " ".join(capsys.readouterr().out.split())


def test_an_expired_certificate_among_parts_is_still_seen():
    old = issue("a.example", issuer=ROOT, key=make_key(), sans=["a.example"], days=-400)
    write(CERTBOT | {"old.pem": pem(old)})

    code, targets = check("live")

    assert (code, list(targets)) == (1, ["live/a.example/fullchain.pem", "live/a.example/old.pem"])


def test_a_part_that_is_named_is_judged_by_itself():
    write(CERTBOT)
    folder = "live/a.example"

    code, targets = check(f"{folder}/cert.pem", f"{folder}/chain.pem", f"{folder}/privkey.pem")

    assert code == 1
    assert {id: target["verdict"] for id, target in targets.items()} == {
        f"{folder}/cert.pem": "violated",
        f"{folder}/chain.pem": "violated",
        f"{folder}/privkey.pem": "incomplete",
    }


def test_what_was_left_out_is_kept_in_what_is_saved():
    write(CERTBOT)
    assert check("live", "--save", "seen.jsonl")[0] == 0

    code, targets = check("seen.jsonl")

    assert (code, targets["live/a.example/fullchain.pem"]["source"]["parts"]) == (
        0,
        ["live/a.example/cert.pem", "live/a.example/chain.pem"],
    )
