"""`certgate scan --kubernetes` against a real API server."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import issue, pem
from tests.integration.kubernetes import tls_secret
from tests.real.conftest import Site, free_port, launch, nginx, program_named  # noqa: F401 (fixtures)

pytestmark = pytest.mark.timeout(300)

SINCE = datetime.now(UTC) - timedelta(days=10)
ROOT = issue("Root", ca=True, not_before=SINCE, days=3650)
CA = issue("CA", ca=True, issuer=ROOT, not_before=SINCE, days=1000)


def leaf(*names, since=SINCE, **more):
    return issue(names[0], issuer=CA, sans=list(names), policies=(), not_before=since, days=60, **more)


LEAF = leaf("a.example")
RENEWED = leaf("a.example", since=datetime.now(UTC) - timedelta(hours=1))


def ingress(namespace, name, *hosts, secret, address=None, **metadata):
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "spec": {
            "tls": [{"hosts": list(hosts), "secretName": secret}],
            "defaultBackend": {"service": {"name": "x", "port": {"number": 80}}},
        },
        **({"status": {"loadBalancer": {"ingress": [{"ip": address}]}}} if address else {}),
    }


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    return tmp_path


@pytest.fixture
def scan(cluster, home, capfd):
    """`scan(…)`: the exit code, and by target what is not a pass; no key is ever printed or saved."""
    keys = []

    def run(*options, config=None, secrets=()):
        keys.extend(secrets)
        if not (home / "kubeconfig").exists():
            cluster.kubeconfig(home / "kubeconfig")
        usual = ["--policy", "internal-pki", "--trust", "root.pem", "--report", "json=r.json", "--save", "seen.jsonl"]
        where = ["--config", config] if config else ["--kubernetes", "--kubeconfig", "kubeconfig"]
        code = cli.run(["scan", *where, *usual, *options])
        said = "".join(capfd.readouterr())
        if code == 2:
            return code, said
        kept = said + (home / "r.json").read_text() + (home / "seen.jsonl").read_text()
        for credential in keys:
            assert not any(line in kept for line in credential.key_pem.decode().splitlines() if len(line) == 64)
        targets = json.loads((home / "r.json").read_text())["targets"]
        told = {
            target["id"]: {
                finding["rule"]: finding["message"]
                for finding in target["findings"]
                if finding["outcome"] not in {"pass", "not-applicable"} and finding["rule"] != "rev.status"
            }
            for target in targets
        }
        return code, told

    return run


@pytest.fixture
def serving(launch, tmp_path):  # noqa: F811
    """`serving(credential)`: the port of an nginx that serves it."""

    def run(credential, name="a.example"):
        home = tmp_path / f"nginx-{time.monotonic_ns()}"
        home.mkdir()
        site = Site(name, credential, (CA,))
        site.write(home)
        port = free_port()
        launch(nginx(program_named("nginx"), home, port, [site], False, None, ""), port)
        return port

    return run


def test_what_is_served_is_what_was_deployed(cluster, scan, serving):
    namespace = cluster.namespace("served")
    cluster.create(
        tls_secret(namespace, "web", pem(LEAF, CA), LEAF.key_pem, labels={"team": "shop"}),
        ingress(namespace, "web", "a.example", secret="web"),
    )
    port = serving(LEAF)
    assert scan("-n", namespace, "--via", f"127.0.0.1:{port}", secrets=[LEAF]) == (
        0,
        {"Ingress/served/web#a.example": {}, "Secret/served/web/tls.crt": {}},
    )
    cluster.replace(tls_secret(namespace, "web", pem(RENEWED, CA), RENEWED.key_pem))
    code, told = scan("-n", namespace, "--via", f"a.example=127.0.0.1:{port}", secrets=[LEAF, RENEWED])
    assert code == 1
    assert list(told["Ingress/served/web#a.example"]) == ["k8s.secret-served"]
    assert "was renewed, and the old certificate is served" in told["Ingress/served/web#a.example"]["k8s.secret-served"]
