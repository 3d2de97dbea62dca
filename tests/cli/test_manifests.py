"""Manifests through the whole of `certgate check`: the verdict, and what decides the role."""

import json
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem
from tests.observe.kubernetes.manifests import b64, tls_secret

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", ca=True, issuer=ROOT, days=1000)
LEAF = issue("a.example", issuer=CA, sans=["a.example"], policies=())
EXPIRED_ROOT = issue("Old Root", ca=True, days=10)
GOOD = tls_secret(b64(pem(LEAF, CA)), b64(LEAF.key_pem), "good")
CERT_MANAGER = "cert-manager.io/v1"


def secret(data, name="web", kind="Opaque"):
    return GOOD | {"type": kind, "metadata": {"name": name}, "data": data}


@pytest.fixture
def check(tmp_path, monkeypatch, capfd):
    """`check(object, …)`: the exit code, and by target what is not a pass."""
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(pem(ROOT))

    def run(*objects, options=()):
        Path("m.yaml").write_text("\n---\n".join(json.dumps(one, indent=1) for one in objects))
        usual = [
            "--policy",
            "internal-pki",
            "--trust",
            "root.pem",
            "--at",
            CLOCK.isoformat(),
            "--report",
            "json=r.json",
        ]
        code = cli.run(["check", "m.yaml", *usual, *options])
        capfd.readouterr()
        targets = json.loads(Path("r.json").read_text())["targets"]
        told = {
            target["id"].removeprefix("m.yaml#"): {
                finding["rule"]
                for finding in target["findings"]
                if finding["outcome"] not in {"pass", "not-applicable"}
            }
            for target in targets
        }
        return code, {id: rules for id, rules in told.items() if rules}

    return run


def test_a_good_secret_is_compliant(check):
    assert check(GOOD) == (0, {})


@pytest.mark.parametrize(
    "value", [pem(LEAF).decode(), b64(b"\xef\xbb\xbf" + pem(LEAF)), b64(b64(pem(LEAF)).encode()), b64(b"foo")]
)
def test_beside_a_good_secret_nothing_that_is_meant_as_a_certificate_goes_unseen(check, value):
    assert check(GOOD, secret({"tls.crt": value})) == (3, {"web/tls.crt": {"target.observed"}})


def test_a_pair_that_does_not_belong_together_is_a_violation(check):
    wrong = secret({"tls.crt": b64(pem(LEAF, CA)), "tls.key": b64(CA.key_pem)})

    assert check(GOOD, wrong) == (1, {"web/tls.crt": {"k8s.secret-key-match"}})


def test_an_expired_bundle_of_a_webhook_is_a_violation(check):
    hook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "w"},
        "webhooks": [{"clientConfig": {"caBundle": b64(pem(EXPIRED_ROOT))}}],
    }

    code, told = check(GOOD, hook)

    assert code == 1
    assert "validity.expired" in told["w/webhooks[0].clientConfig.caBundle"]


def test_a_list_within_a_list_is_judged(check):
    expired = issue("b.example", issuer=CA, sans=["b.example"], days=1)
    inner = tls_secret(b64(pem(expired, CA)), b64(expired.key_pem))
    del inner["kind"]
    nested = {
        "kind": "List",
        "apiVersion": "v1",
        "items": [{"kind": "SecretList", "apiVersion": "v1", "items": [inner]}],
    }

    code, told = check(GOOD, nested)

    assert code == 1
    assert "validity.expired" in told["shop/web/tls.crt"]


def certificate(**spec):
    usual = {
        "secretName": "web",
        "dnsNames": ["a.example"],
        "issuerRef": {"name": "ca"},
        "usages": ["server auth", "digital signature"],
    }
    return {"apiVersion": CERT_MANAGER, "kind": "Certificate", "metadata": {"name": "web"}, "spec": usual | spec}


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (certificate(), {}),
        (certificate(duration="87600h"), {"web/spec": {"validity.max-lifetime"}}),
        (certificate(duration="30m"), {"web/spec": {"request.admission"}}),
        (certificate(commonName="x" * 65), {"web/spec": {"request.admission", "name.cn-in-san"}}),
        (certificate(renewBefore="720h", renewBeforePercentage=50), {"web/spec": {"request.admission"}}),
        (certificate(renewal={"policy": "Disabled"}), {"web/spec": {"request.renewal"}}),
        (
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "metadata": {
                    "name": "shop",
                    "annotations": {
                        "cert-manager.io/issuer": "ca",
                        "cert-manager.io/duration": "87600h",
                        "cert-manager.io/usages": "server auth,digital signature",
                    },
                },
                "spec": {"tls": [{"hosts": ["a.example"], "secretName": "web"}]},
            },
            {"shop/tls/web": {"validity.max-lifetime"}},
        ),
    ],
)
def test_what_is_asked_of_cert_manager_is_judged(check, one, told):
    assert check(GOOD, one) == (1 if told else 0, told)


CA_SECRET = secret(
    {"tls.crt": b64(pem(CA)), "tls.key": b64(CA.key_pem), "ca.crt": b64(pem(ROOT))}, kind="kubernetes.io/tls"
)
INGRESS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "shop"},
    "spec": {"tls": [{"hosts": ["a.example"], "secretName": "web"}]},
}


def test_a_ca_in_a_tls_secret_is_judged_as_one_until_a_server_is_expected(check):
    advice = {"bc.subca-path-length", "ext.subca-name-constraints"}
    assert check(CA_SECRET) == (0, {"web/tls.crt": advice})
    for found in (check(CA_SECRET, INGRESS), check(CA_SECRET, options=["--role", "server"])):
        code, told = found
        assert code == 1
        assert list(told) == ["web/tls.crt"]
        assert {"name.san-present", "bc.leaf"} & told["web/tls.crt"]


def test_a_template_costs_itself_alone(check):
    Path("t.yaml").write_text(json.dumps(GOOD) + "\n---\nkind: Secret\n{{- if .x }}\n")

    code, told = check(GOOD, options=["t.yaml"])

    assert (code, told) == (3, {"t.yaml#document 2": {"target.observed"}})
