"""Objects of a cluster, an API server that has recorded answers, and `certgate scan --kubernetes` against it."""

import json
from base64 import b64encode
from datetime import timedelta

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem
from tests.observe.kubernetes.live.api_server import FakeApi, kubeconfig, serving

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", ca=True, issuer=ROOT, days=1000)
LEAF = issue("a.example", issuer=CA, sans=["a.example"], policies=())
WILD = issue("*.shop.example", issuer=CA, sans=["*.shop.example"], policies=())
SECRETS, INGRESSES = "api/v1/secrets", "apis/networking.k8s.io/v1/ingresses"
GATEWAYS = "apis/gateway.networking.k8s.io/v1/gateways"
GRANTS = "apis/gateway.networking.k8s.io/v1beta1/referencegrants"
CERTIFICATES, ISSUERS = "apis/cert-manager.io/v1/certificates", "apis/cert-manager.io/v1/issuers"
WEBHOOKS = "apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"


def meta(name, namespace="shop", **more):
    return {"name": name, **({"namespace": namespace} if namespace else {}), **more}


def secret(name="web", credential=LEAF, *, key=None, type="kubernetes.io/tls", namespace="shop", **more):
    data = {"tls.crt": pem(credential, CA), "tls.key": (key or credential).key_pem}
    return {
        "type": type,
        "metadata": meta(name, namespace, **more),
        "data": {name: b64encode(value).decode() for name, value in data.items()},
    }


def ingress(*hosts, name="web", secret="web", **more):
    tls = {"hosts": list(hosts), **({"secretName": secret} if secret else {})}
    return {"metadata": meta(name, **more), "spec": {"tls": [tls]}}


def gateway(reference, *, name="gw", namespace="edge", hostname="a.example"):
    listener = {"name": "https", "port": 8443, "protocol": "HTTPS", "tls": {"certificateRefs": [reference]}}
    return {
        "metadata": meta(name, namespace),
        "spec": {"listeners": [{**listener, **({"hostname": hostname} if hostname else {})}]},
    }


def moment(days):
    return f"{CLOCK + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def certificate(name="web", **status):
    spec = {"secretName": "web", "dnsNames": ["a.example"], "issuerRef": {"name": "ca"}}
    return {"metadata": meta(name), "spec": spec, "status": status}


@pytest.fixture
def api():
    return FakeApi()


@pytest.fixture
def scan(api, tmp_path, monkeypatch, capfd):
    """`scan(…)`: the exit code, and by target what is wrong; or what is said if nothing was judged."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))

    def run(*options, connect=False, config=None, **kube):
        with serving(api) as url:
            (tmp_path / "kubeconfig").write_text(kubeconfig(url, **kube))
            usual = ["--policy", "internal-pki", "--trust", "root.pem", "--at", CLOCK.isoformat()]
            usual += ["--report", "json=r.json", "--save", "seen.jsonl", *([] if connect else ["--no-connect"])]
            where = ["--config", config] if config else ["--kubernetes", "--kubeconfig", "kubeconfig"]
            code = cli.run(["scan", *where, *usual, *options])
        said = "".join(capfd.readouterr())
        assert "Traceback" not in said
        if code == 2:
            return code, said
        kept = said + (tmp_path / "r.json").read_text() + (tmp_path / "seen.jsonl").read_text()
        for credential in (LEAF, WILD, CA):
            assert not any(line in kept for line in credential.key_pem.decode().splitlines() if len(line) == 64)
        targets = json.loads((tmp_path / "r.json").read_text())["targets"]
        return code, {
            target["id"]: {
                finding["rule"]: finding["message"]
                for finding in target["findings"]
                if finding["outcome"] not in {"pass", "not-applicable"}
            }
            for target in targets
        }

    return run
