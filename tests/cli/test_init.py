"""`certgate init`: a first configuration that loads, says what it guessed, and works at once."""

import base64
import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates
from cryptography.x509 import load_der_x509_certificate
from ruamel.yaml import YAML

from certgate.cli import main as cli
from certgate.lab.lab import Lab
from certgate.lab.pki import CLOCK, issue, pem
from certgate.lab.scenarios import all_scenarios
from certgate.observe.stores.trust_stores import load_store
from certgate.sources.config import load_config
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate

AT = ("--at", CLOCK.isoformat())
ROOT = issue("Corp Root", ca=True, days=3650)
HOSTS = 30


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def init(capsys):
    """`init(*arguments)` without questions: exit code, standard output with single blanks, standard error."""

    def run(*arguments):
        code = cli.run(["init", "--yes", *arguments])
        out, err = capsys.readouterr()
        return code, " ".join(out.split()), err

    return run


def leaf(name="a.example", issuer=ROOT, **changes):
    return issue(name, issuer=issuer, **{"sans": [name]} | changes)


def key_of(credential):
    return credential.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def written():
    text = Path("certgate.yaml").read_text()
    assert all(len(line) <= 120 for line in text.splitlines())
    assert load_config(Path("certgate.yaml")).targets
    return YAML(typ="safe").load(text)


def scan(*arguments):
    return cli.run(["scan", "--config", "certgate.yaml", *AT, *arguments])


def snapshot():
    return {path: path.read_bytes() for path in sorted(Path().rglob("*")) if path.is_file()}


def test_a_list_of_hosts_shares_what_most_of_them_have_in_common(init):
    scenarios = [all_scenarios()[name] for name in ("good-ed25519", "self-signed")]
    with Lab(scenarios) as lab:
        ports = {endpoint.scenario.name: endpoint.port for endpoint in lab.endpoints}
        (root,) = lab.folder.glob("*internal*-root.pem")
        Path("root.pem").write_bytes(root.read_bytes())
        names = [f"n{number}.example" for number in range(HOSTS)]
        lines = [f"{name}:{ports['good-ed25519']} label.team={name}" for name in names]
        lines += [f"own.example:{ports['self-signed']} addresses=all alpn=h2,http/1.1"]
        Path("hosts.txt").write_text("\n".join(lines))
        ways = [f"--resolve={line.split()[0]}:127.0.0.1" for line in lines]
        code, out, _ = init("--targets", "hosts.txt", "--trust", "root.pem", *ways)
        assert code == 0
        assert "internal-pki, trust root.pem: 30 targets: n0.example" in out
        content = written()
        assert (content["policy"], content["trust"]) == ("internal-pki", ["root.pem"])
        *many, own = content["targets"]
        assert many == [{"host": f"{name}:{ports['good-ed25519']}", "labels": {"team": name}} for name in names]
        assert own == {
            "host": f"own.example:{ports['self-signed']}",
            "alpn": ["h2", "http/1.1"],
            "addresses": "all",
            "trust": ["self-signed-lab-example.pem"],
        }
        assert scan("--select", "trust.anchor", *ways) == 0


def test_files_and_manifests_of_the_folder_are_found_and_the_scan_works_at_once(init):
    Path("tls").mkdir()
    chain, service = leaf(), leaf("svc.example")
    Path("tls/a.pem").write_bytes(pem(chain) + pem(ROOT))
    Path("tls/a.key").write_bytes(key_of(chain))
    Path("tls/b.pem").write_bytes(pem(leaf("b.example")))
    Path("tls/ca.pem").write_bytes(pem(issue("Sub CA", issuer=ROOT, ca=True)))
    Path("tls/client.pem").write_bytes(pem(leaf("me.example", ekus=["1.3.6.1.5.5.7.3.2"])))
    Path("tls/mail.pem").write_bytes(pem(leaf("me", ekus=["1.3.6.1.5.5.7.3.4"])))
    data = {"tls.crt": base64.b64encode(pem(service)).decode(), "tls.key": base64.b64encode(key_of(service)).decode()}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "web"},
        "type": "kubernetes.io/tls",
        "data": data,
    }
    Path("secret.json").write_text(json.dumps(secret))
    code, out, _ = init()
    assert code == 0
    assert "not a target tls/mail.pem: an S/MIME certificate, for which certgate has no role" in out
    assert written()["targets"] == [
        {"manifest": "secret.json", "policy": "kubernetes-workload"},
        {"file": "tls/a.pem", "key": "tls/a.key"},
        {"file": "tls/b.pem"},
        {"file": "tls/ca.pem", "role": "ca"},
        {"file": "tls/client.pem", "role": "client"},
    ]
    assert scan() == 0
    before = snapshot()
    code, out, _ = init()
    assert (code, snapshot()) == (0, before)
    assert "certgate.yaml: nothing differs" in out


def test_a_root_that_was_sent_is_written_and_marked_to_be_compared(init):
    Path("a.pem").write_bytes(pem(leaf()) + pem(ROOT))
    code, out, _ = init("a.pem")
    digest = sha256(ROOT.der).hexdigest()
    assert code == 0
    assert f"corp-root.pem compare with your CA CN=Corp Root, for a.pem SHA-256 {digest}" in out
    assert [anchor.der for anchor in load_store(("corp-root.pem",)).anchors] == [ROOT.der]
    assert digest in Path("corp-root.pem").read_text()
    assert f"#   SHA-256 {digest}" in Path("certgate.yaml").read_text()
    assert written()["trust"] == ["corp-root.pem"]


def test_a_root_in_a_file_is_used_and_not_written_again(init):
    Path("pki").mkdir()
    Path("pki/root.pem").write_bytes(pem(ROOT))
    Path("a.pem").write_bytes(pem(leaf()) + pem(ROOT))
    assert init()[0] == 0
    assert (written()["trust"], written()["targets"]) == (["pki/root.pem"], [{"file": "a.pem"}])
    assert not Path("corp-root.pem").exists()


def test_a_file_of_roots_in_a_form_that_no_store_has_costs_no_other_target(init):
    Path("a.pem").write_bytes(pem(leaf()))
    Path("roots.p7b").write_bytes(serialize_certificates([load_der_x509_certificate(ROOT.der)], Encoding.DER))
    code, out, _ = init()
    assert code == 0
    assert "not a target roots.p7b: roots" in out
    assert written()["targets"] == [{"file": "a.pem"}]


def test_a_self_signed_server_certificate_is_judged_though_it_says_that_it_is_a_ca(init):
    Path("a.pem").write_bytes(pem(issue("a.example", ca=True, sans=["a.example"])))
    assert init("a.pem")[0] == 0
    assert written()["targets"] == [{"file": "a.pem"}]


def test_two_roots_of_one_name_have_two_files(init):
    for name in ("a", "b"):
        root = issue("Corp Root", ca=True, days=3650)
        Path(f"{name}.pem").write_bytes(pem(leaf(issuer=root)) + pem(root))
    assert init("a.pem", "b.pem")[0] == 0
    names = sorted(path.name for path in Path().glob("corp-root*"))
    assert len(names) == 2
    assert all(re.fullmatch(r"corp-root-[0-9a-f]{8}\.pem", name) for name in names)
    assert scan("--select", "trust.anchor") == 0


def test_without_a_root_the_trust_is_left_to_fill_in_and_said(init):
    Path("a.pem").write_bytes(pem(leaf()))
    code, out, _ = init("a.pem")
    assert code == 0
    assert "internal-pki, trust to be filled in: a.pem its root was not sent: fill in the file with CN=Corp Root" in out
    assert "trust" not in written()
    assert "\n# trust: [root.pem]  # fill in" in Path("certgate.yaml").read_text()
    assert scan() == 1
    Path("root.pem").write_bytes(pem(ROOT))
    Path("certgate.yaml").write_text(Path("certgate.yaml").read_text().replace("# trust:", "trust:"))
    assert scan() == 0


def test_a_chain_of_a_public_root_is_public_and_of_an_svid_is_spiffe(init, monkeypatch):
    public = TrustStore("mozilla", (Certificate(issue("Public", ca=True).der),))
    roots = {("mozilla",): public}
    monkeypatch.setattr("certgate.gate.proposing.load_store", lambda words: roots.get(words) or load_store(words))
    root = issue("Public Root", ca=True, days=3650)
    roots["mozilla",] = TrustStore("mozilla", (Certificate(root.der),))
    Path("www.pem").write_bytes(pem(leaf("www.example", issuer=root)))
    Path("svid.pem").write_bytes(pem(issue("", issuer=ROOT, sans=["spiffe://corp.example/db"])) + pem(ROOT))
    assert init("www.pem", "svid.pem")[0] == 0
    content = written()
    assert (content["policy"], content["trust"]) == ("webpki-public", ["mozilla"])
    assert content["targets"] == [
        {"file": "www.pem"},
        {"file": "svid.pem", "policy": "spiffe-svid", "trust": ["corp-root.pem"]},
    ]


def test_what_differs_is_shown_and_stays_without_force(init):
    Path("a.pem").write_bytes(pem(leaf()) + pem(ROOT))
    assert init("a.pem")[0] == 0
    Path("b.pem").write_bytes(pem(leaf("b.example")))
    before = snapshot()
    code, out, err = init("a.pem", "b.pem")
    assert (code, snapshot()) == (2, before)
    assert "+ - file: b.pem" in out
    assert "certgate.yaml would change; --force overwrites, and nothing is written" in err
    assert init("a.pem", "b.pem", "--force")[0] == 0
    assert written()["targets"] == [{"file": "a.pem"}, {"file": "b.pem"}]


def test_a_root_neither_shows_nor_replaces_a_file_that_init_did_not_write(init):
    root = issue("privkey", ca=True, days=3650)
    Path("a.pem").write_bytes(pem(leaf(issuer=root)) + pem(root))
    Path("privkey.pem").write_bytes(key_of(root))
    before = snapshot()
    for options in ((), ("--force",)):
        code, out, err = init("a.pem", *options)
        assert (code, snapshot()) == (2, before)
        assert "PRIVATE KEY" not in out + err
        assert "privkey.pem: exists, and init did not write it; name it by --trust if it is your root" in err


def test_a_target_that_does_not_answer_stays_in_the_configuration(init):
    Path("a.pem").write_bytes(pem(leaf()) + pem(ROOT))
    code, out, _ = init("a.pem", "127.0.0.1:1")
    assert code == 0
    assert "not observed 127.0.0.1:1: refused: " in out
    assert written()["targets"] == [{"host": "127.0.0.1:1"}, {"file": "a.pem"}]
    assert "  # not observed: refused: " in Path("certgate.yaml").read_text()


def test_of_a_range_what_answers_is_a_target(init):
    with Lab([all_scenarios()["self-signed"]]) as lab:
        (served,) = lab.endpoints
        assert init(f"127.0.0.1/32:1,{served.port}")[0] == 0
    assert [target["host"] for target in written()["targets"]] == [f"127.0.0.1:{served.port}"]


def test_it_says_how_much_it_observes_and_what_of_a_range_does_not_answer(init):
    code, _, err = init("127.0.9.0/24:1")
    assert (code, list(Path().iterdir())) == (3, [])
    assert err.splitlines() == [
        "certgate: observing 256 targets",
        "certgate: 256 targets of ranges without an endpoint: left out",
        "certgate: nothing was observed that can be judged, so nothing is written",
    ]


def test_nothing_is_written_where_nothing_was_observed(init):
    code, _, err = init("127.0.0.1:1")
    assert (code, list(Path().iterdir())) == (3, [])
    assert "nothing was observed that can be judged, so nothing is written: 127.0.0.1:1: refused" in err


def test_without_a_terminal_it_asks_nothing_and_says_so(capsys):
    Path("a.pem").write_bytes(pem(leaf()))
    assert cli.run(["init", "a.pem"]) == 2
    assert "init asks on a terminal, and there is none: --yes takes the proposals" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["a.pem", "--starttls", "smtp"], ["a.pem", "--trust", "none.pem"], ["no such"], ["a.pem", "b.pem"]]
)
def test_a_mistake_is_2_and_writes_nothing(init, arguments):
    Path("a.pem").write_bytes(pem(leaf()))
    assert (init(*arguments)[0], Path("certgate.yaml").exists()) == (2, False)


def test_a_disk_that_is_full_is_3_and_leaves_nothing(init, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    Path("a.pem").write_bytes(pem(leaf()) + pem(ROOT))
    monkeypatch.setattr("certgate.reports.sink._File.commit", full)
    code, _, err = init("a.pem")
    assert (code, [path.name for path in Path().iterdir()]) == (3, ["a.pem"])
    assert "corp-root.pem could not be written: No space left on device" in err


def test_hostile_names_stay_names(init):
    evil = issue('Evil"\n- host: evil.example\x1b[31m', ca=True, days=3650)
    name = "we ird: # 'x\" [é]" + "long" * 45 + ".pem"
    Path(name).write_bytes(pem(leaf(issuer=evil)) + pem(evil))
    Path("-a.pem").write_bytes(pem(leaf()))
    Path("\x1b[31m\nred\udcff.pem").write_bytes(pem(leaf()))
    code, out, _ = init()
    assert code == 0
    assert "\x1b" not in out + Path("certgate.yaml").read_text() + Path("evil-host-evil-example-31m.pem").read_text()
    assert [target["file"] for target in written()["targets"]] == ["\x1b[31m\nred\udcff.pem", "-a.pem", name]
    assert scan("--select", "trust.anchor", "--only", "we*") == 0


def test_a_baseline_is_written_only_when_asked_for(init):
    Path("a.pem").write_bytes(pem(leaf(days=1)) + pem(ROOT))
    assert init("a.pem")[0] == 0
    assert not list(Path().glob("*.json"))
    code, out, _ = init("a.pem", "--write-baseline", "known.json")
    assert code == 0
    assert "certgate scan --config certgate.yaml --baseline known.json" in out
    assert cli.run(["scan", "--config", "certgate.yaml"]) == 1
    assert cli.run(["scan", "--config", "certgate.yaml", "--baseline", "known.json"]) == 0
    assert init("a.pem", "--write-baseline", "known.json")[0] == 2


def test_the_lines_for_cron_github_and_gitlab_work_as_they_are(init, capsys):
    Path("a.pem").write_bytes(pem(leaf()) + pem(ROOT))
    assert cli.run(["init", "--yes", "a.pem", "--config", "my gate.yaml"]) == 0
    out = capsys.readouterr().out
    assert "\n  certgate scan --config 'my gate.yaml'\n" in out
    assert f"\n  17 3 * * *  cd {Path.cwd()} && certgate scan --quiet --config 'my gate.yaml'\n" in out
    _, github, gitlab = (out.split(title)[1] for title in ("crontab:", "GitHub job:", ".gitlab-ci.yml:"))
    (step,) = YAML(typ="safe").load(github.partition("A job in")[0])
    assert step["with"] == {"config": "my gate.yaml"}
    job = YAML(typ="safe").load(gitlab)["certgate"]
    assert job["script"][1] == "certgate scan --config 'my gate.yaml' --report junit=certgate.xml"
