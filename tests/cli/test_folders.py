"""Folders as ACME clients and clusters write them, through the whole of `certgate check`."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.crl import make_crl
from certgate.lab.ocsp import make_staple
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

    told = capsys.readouterr()
    assert (code, list(targets)) == (0, ["live/a.example/fullchain.pem"])
    assert told.err.splitlines() == [
        "certgate: live: judges 1 file (1 .pem)",
        "  left out: 2 other files (2 without a suffix)",
        "  left out: 2 parts of these chains (2 .pem)",
        "  left out: 1 key of these chains (1 .pem)",
    ]
    assert targets["live/a.example/fullchain.pem"]["source"] == {
        "kind": "file",
        "path": "live/a.example/fullchain.pem",
        "key": "live/a.example/privkey.pem",
        "parts": ["live/a.example/cert.pem", "live/a.example/chain.pem"],
    }
    assert "with cert.pem and chain.pem, with the key privkey.pem" in " ".join(told.out.split())


def test_of_the_whole_folder_of_certbot_only_what_servers_use_is_judged(capsys):
    old = issue("a.example", issuer=ROOT, key=make_key(), sans=["a.example"], days=-400)
    write({"fullchain1.pem": pem(old), "privkey1.pem": old.key_pem}, "letsencrypt/archive/a.example")
    write(CERTBOT, "letsencrypt/archive/a.example")
    Path("letsencrypt/live/a.example").mkdir(parents=True)
    for name in CERTBOT:
        Path("letsencrypt/live/a.example", name).symlink_to(f"../../archive/a.example/{name}")
    write({"a.example.conf": b""}, "letsencrypt/renewal")
    write({"0000_csr.pem": b"-----BEGIN CERTIFICATE REQUEST-----\n"}, "letsencrypt/csr")

    code, targets = check("letsencrypt")

    assert (code, list(targets)) == (0, ["letsencrypt/live/a.example/fullchain.pem"])
    assert (
        "  left out: 8 files that certbot keeps for itself beside live (7 .pem, 1 .conf)\n" in capsys.readouterr().err
    )
    assert check("letsencrypt/archive")[0] == 1


def kubeadm(folder):
    """The folder of a control plane with etcd."""
    cas = {name: issue(name, ca=True, days=3650) for name in ("ca", "etcd/ca")}
    leaves = {
        "apiserver": ("ca", ["kubernetes"], ["1.3.6.1.5.5.7.3.1"]),
        "apiserver-kubelet-client": ("ca", [], ["1.3.6.1.5.5.7.3.2"]),
        "etcd/peer": ("etcd/ca", ["node-1"], ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]),
    }
    made = cas | {name: issue(name, issuer=cas[ca], sans=sans, ekus=ekus) for name, (ca, sans, ekus) in leaves.items()}
    for name, one in made.items():
        write({f"{Path(name).name}.crt": pem(one), f"{Path(name).name}.key": one.key_pem}, Path(folder, name).parent)
    write({"sa.pub": b"", "sa.key": make_key_pem()}, folder)


def test_in_the_folder_of_kubeadm_each_file_has_the_role_of_its_name(capsys):
    kubeadm("pki")

    code, targets = check("pki", "--trust", "pki/ca.crt", "--trust", "pki/etcd/ca.crt")

    assert (code, {id: (target["roles"], target["source"]["key"]) for id, target in targets.items()}) == (
        0,
        {
            "pki/apiserver-kubelet-client.crt": (["client"], "pki/apiserver-kubelet-client.key"),
            "pki/apiserver.crt": (["server"], "pki/apiserver.key"),
            "pki/ca.crt": (["ca"], "pki/ca.key"),
            "pki/etcd/ca.crt": (["ca"], "pki/etcd/ca.key"),
            "pki/etcd/peer.crt": (["client", "server"], "pki/etcd/peer.key"),
        },
    )
    assert targets["pki/etcd/peer.crt"]["role_reason"] == "its name in the folder that kubeadm makes"
    assert "  left out: 1 key without a chain here (1 .key)\n" in capsys.readouterr().err


def test_the_same_names_elsewhere_mean_nothing():
    kubeadm("pki")
    Path("pki/apiserver.crt").unlink()

    assert check("pki", "--trust", "pki/ca.crt")[1]["pki/apiserver-kubelet-client.crt"]["roles"] == ["server"]


def chart(folder, templates):
    write({"Chart.yaml": b"apiVersion: v2\nname: shop\n", "values.yaml": b"tls: {enabled: true}\n"}, folder)
    write(templates, f"{folder}/templates")


def test_a_chart_is_incomplete_as_long_as_its_templates_are_not_rendered(capsys):
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "stringData": {"tls.crt": "", "a": "b"}}
    secret["stringData"]["tls.crt"] = CERTBOT["fullchain.pem"].decode()
    static = json.dumps(secret).encode()
    chart("shop", {"static.yaml": static, "secret.yaml": b"name: {{ .Release.Name }}\n", "_helpers.tpl": b"{{ x }}"})
    chart("shop/charts/sub", {"a.yaml": b'name: "{{ .x }}"\n'})
    write({"redis-1.0.0.tgz": b""}, "shop/charts")

    code, targets = check("shop")

    assert (code, {id: target["verdict"] for id, target in targets.items()}) == (
        3,
        {"shop/Chart.yaml": "incomplete", "shop/templates/static.yaml#x/tls.crt": "compliant"},
    )
    told = capsys.readouterr()
    assert (
        "not-rendered: 3 templates of the chart are not rendered, so what they deploy is not known: "
        "charts/redis-1.0.0.tgz, charts/sub/templates/a.yaml and templates/secret.yaml; "
        "helm template shop | certgate check -"
    ) in " ".join(told.out.split())
    assert "  left out: 3 templates of shop that helm has not rendered (2 .yaml, 1 .tgz)\n" in told.err
    assert "  left out: 4 manifests without certificates (4 .yaml)\n" in told.err


def test_a_chart_without_templates_to_render_is_judged_as_a_folder():
    chart("shop", {"static.yaml": b"kind: ConfigMap\n"})
    write(CERTBOT, "shop/files")

    code, targets = check("shop")

    assert (code, list(targets)) == (0, ["shop/files/fullchain.pem"])


def test_with_quiet_nothing_is_said_of_the_folder(capsys):
    write(CERTBOT)

    code = cli.run(
        ["check", "live", "--quiet", "--policy", "internal-pki", "--trust", "root", "--at", CLOCK.isoformat()]
    )

    assert (code, capsys.readouterr().err) == (0, "")


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


# --- CRLs and OCSP responses ---


def test_crls_and_responses_in_a_folder_are_judged_and_what_else_lies_there_is_named(capsys):
    leaf = issue("a.example", issuer=ROOT, sans=["a.example"], policies=())
    files = {"a.pem": pem(leaf), "ca.crl": make_crl(ROOT), "a.ocsp": make_staple(leaf, ROOT), "notes.txt": b"-"}
    write({**files, "old.ors": make_staple(leaf, ROOT, next_update=CLOCK - timedelta(days=1))}, "pki")

    code, targets = check("pki")

    assert capsys.readouterr().err.splitlines() == [
        "certgate: pki: judges 4 files (1 .crl, 1 .ocsp, 1 .ors, 1 more)",
        "  left out: 1 other file (1 .txt)",
    ]
    assert {name: failing(target) for name, target in targets.items()} == {
        "pki/a.ocsp": set(),
        "pki/a.pem": set(),
        "pki/ca.crl": {"crl.key-identifier"},
        "pki/old.ors": {"ocsp.response-current"},
    }
    assert code == 1
