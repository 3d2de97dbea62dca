"""The admission webhook, registered with a real API server as the page about it says."""

import base64
import json
import os
import re
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from certgate.lab.pki import issue, pem
from tests.integration.kubernetes import READER, tls_secret, wait_for
from tests.integration.process import Process
from tests.ports import free_port

pytestmark = pytest.mark.timeout(300)

PAGE = Path(__file__).parents[2] / "docs/guides/webhook.md"
SINCE = datetime.now(UTC) - timedelta(days=10)
ROOT = issue("Root", ca=True, not_before=SINCE, days=3650)
LEAF = issue("a.example", issuer=ROOT, sans=["a.example"], policies=(), not_before=SINCE, days=60)
OTHER = issue("b.example", issuer=ROOT, sans=["b.example"], policies=(), not_before=SINCE, days=60)
OLD = issue("old.example", issuer=ROOT, sans=["old.example"], policies=(), not_before=SINCE, days=1)
SERVING = [
    issue("127.0.0.1", issuer=ROOT, sans=["127.0.0.1"], policies=(), not_before=SINCE, days=60) for _ in range(2)
]
NAME = "certificates.certgate.example"


def registration(port, label, **fields):
    """The configuration on the page, for a webhook on loopback and the namespaces with a label."""
    [text] = re.findall(r"<!-- tested: registration -->\n```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    found = yaml.safe_load(text)
    [webhook] = found["webhooks"]
    webhook["clientConfig"] = {
        "url": f"https://127.0.0.1:{port}/validate",
        "caBundle": base64.b64encode(pem(ROOT)).decode(),
    }
    webhook["namespaceSelector"]["matchLabels"] = {"guard": label}
    found["metadata"]["name"] = f"certgate-{label}"
    webhook.update(fields)
    return found


@contextmanager
def registered(cluster, *words, **fields):
    """Requests that belong to no namespace come from other tests, too: nothing stays registered."""
    configuration = registration(*words, **fields)
    cluster.create(configuration)
    try:
        yield
    finally:
        cluster.delete(configuration)


@pytest.fixture(scope="module")
def webhook(cluster, tmp_path_factory):
    """The running webhook: its folder and its port."""
    home = tmp_path_factory.mktemp("webhook")
    (home / "root.pem").write_bytes(pem(ROOT))
    install(home, "1", SERVING[0])
    cluster.kubeconfig(home / "kubeconfig", token=READER)
    port = free_port()
    command = [sys.executable, "-m", "certgate.cli.main", "webhook", "--listen", f"127.0.0.1:{port}"]
    command += ["--tls-cert", home / "..data/tls.crt", "--tls-key", home / "..data/tls.key"]
    command += ["--policy", "internal-pki", "--trust", home / "root.pem"]
    environment = {**os.environ, "KUBECONFIG": str(home / "kubeconfig")}
    process = Process(command, home / "webhook.log", environment)
    try:
        wait_for(lambda: "listens on" in (home / "webhook.log").read_text())
        yield home, port
        process.require_running()
    finally:
        process.end()
    said = (home / "webhook.log").read_text()
    assert "Traceback" not in said
    for credential in (LEAF, OTHER, OLD):
        assert not any(line in said for line in credential.key_pem.decode().splitlines()[1:-1])


def install(home, version, credential):
    """Put the pair there as a kubelet does: a new folder, and a link that is swapped."""
    folder = home / f"..{version}"
    folder.mkdir()
    (folder / "tls.crt").write_bytes(pem(credential))
    (folder / "tls.key").write_bytes(credential.key_pem)
    (home / "..tmp").symlink_to(folder.name)
    (home / "..tmp").rename(home / "..data")


@pytest.fixture(scope="module")
def guarded(cluster, webhook):
    """A namespace in which the webhook decides."""
    with registered(cluster, webhook[1], "on"):
        namespace = "guarded"
        cluster.create(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": {"guard": "on"}}}
        )
        foo = tls_secret(namespace, "probe", b"foo", b"bar")
        wait_for(lambda: not send(cluster, foo, query="?dryRun=All").ok)
        yield namespace


def send(cluster, manifest, method="POST", query=""):
    """What the API server answers."""
    path = cluster.path(manifest) + ("" if method == "POST" else f"/{manifest['metadata']['name']}")
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    return cluster.session.request(
        method, f"{cluster.url}/{path}{query}", data=json.dumps(manifest), headers={"Content-Type": kind}, timeout=30
    )


def warnings(answer):
    """What the webhook warns of; the API server has warnings of its own about what it cannot parse."""
    found = re.findall(r'299 - "((?:[^"\\]|\\.)*)"', answer.headers.get("Warning", ""))
    return [warning for warning in found if re.match(r"[a-z0-9-]+\.[a-z0-9-]+: ", warning)]


def ingress(namespace, name, *hosts, secret):
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "tls": [{"hosts": list(hosts), "secretName": secret}],
            "defaultBackend": {"service": {"name": "x", "port": {"number": 80}}},
        },
    }


@pytest.mark.parametrize("query", ["", "?dryRun=All"])
@pytest.mark.parametrize(
    ("chain", "key", "rule", "said"),
    [
        (b"foo", b"bar", "target.observed", "cannot be read as a certificate"),
        (pem(LEAF), OTHER.key_pem, "k8s.secret-key-match", "does not belong to its tls.crt"),
        (pem(OLD), OLD.key_pem, "validity.expired", "expired 9 days ago"),
    ],
    ids=["rubbish", "another's key", "expired"],
)
def test_a_bad_secret_is_denied_with_rule_reason_and_fix(cluster, guarded, chain, key, rule, said, query):
    answer = send(cluster, tls_secret(guarded, "bad", chain, key), query=query)

    message = answer.json()["message"]
    assert answer.status_code == 403
    assert f'admission webhook "{NAME}" denied the request: violates the policy internal-pki:\n{rule}: ' in message
    assert said in message
    assert "Fix: " in message


def test_a_good_secret_is_stored_without_a_word_and_without_its_own_key_it_is_not(cluster, guarded):
    good = tls_secret(guarded, "good", pem(LEAF), LEAF.key_pem)
    stored = send(cluster, good)
    only_key = tls_secret(guarded, "good", pem(LEAF), OTHER.key_pem)

    assert (stored.status_code, warnings(stored)) == (201, [])
    assert send(cluster, only_key, "PUT").status_code == 403
    assert send(cluster, good | {"metadata": {**good["metadata"], "labels": {"a": "b"}}}, "PUT").status_code == 200
    cluster.delete(good)


def test_what_is_incomplete_is_stored_with_a_warning(cluster, guarded):
    answer = send(cluster, tls_secret(guarded, "empty", b"", b""))

    assert answer.status_code == 201
    [warning] = warnings(answer)
    assert warning.startswith(
        "target.observed: not checked: no-certificate: Secret guarded/empty, tls.crt: the value is"
    )
    assert len(warning) <= 256


def test_an_expired_secret_that_is_there_can_be_labelled_and_deleted(cluster, webhook, guarded):
    namespace = cluster.namespace("guarded-later")
    old = tls_secret(namespace, "old", pem(OLD), OLD.key_pem)
    cluster.create(old)
    labelled = {"kind": "Namespace", "metadata": {"name": namespace, "labels": {"guard": "on"}}}
    send(cluster, labelled, "PATCH").raise_for_status()
    wait_for(lambda: not send(cluster, tls_secret(namespace, "probe", b"foo", b"bar"), query="?dryRun=All").ok)
    only_labels = {"kind": "Secret", "metadata": {"name": "old", "namespace": namespace, "labels": {"a": "b"}}}

    assert send(cluster, only_labels, "PATCH").status_code == 200
    assert send(cluster, tls_secret(namespace, "old", pem(OLD, ROOT), OLD.key_pem), "PUT").status_code == 403
    cluster.delete(old)


def test_config_maps_requests_and_certificates_are_judged(cluster, guarded):
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", "namespace": guarded},
        "data": {"site.pem": pem(OLD).decode()},
    }
    wanted = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": "w", "namespace": guarded},
        "spec": {
            "secretName": "s",
            "dnsNames": ["a.example"],
            "issuerRef": {"name": "ca"},
            "privateKey": {"algorithm": "RSA", "size": 2048},
        },
    }
    weak = {**wanted, "spec": {**wanted["spec"], "duration": "87600h"}}

    assert send(cluster, config).status_code == 403
    assert send(cluster, config | {"data": {"a": "b"}}).status_code == 201
    assert "validity.max-lifetime" in send(cluster, weak).json()["message"]
    assert send(cluster, wanted).status_code == 201


def test_what_the_cluster_writes_itself_is_left_alone(cluster, guarded):
    of_helm = tls_secret(guarded, "h", b"foo", b"bar") | {"type": "helm.sh/release.v1"}
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "kube-root-ca.crt", "namespace": guarded},
        "data": {"ca.crt": pem(OLD).decode()},
    }
    request = {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "weak"},
        "spec": {
            "request": base64.b64encode(weak_request()).decode(),
            "signerName": "kubernetes.io/kube-apiserver-client",
            "usages": ["client auth"],
        },
    }
    other = {**request, "spec": {**request["spec"], "signerName": "example.com/own"}}

    assert send(cluster, of_helm).status_code == 201
    assert send(cluster, config).status_code == 201
    assert send(cluster, request, query="?dryRun=All").status_code == 201
    denied = send(cluster, other, query="?dryRun=All")
    assert denied.status_code == 403
    assert "key.rsa-min" in denied.json()["message"]


def weak_request():
    """A request with an RSA key of 1024 bits."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "weak")])
    built = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return built.public_bytes(serialization.Encoding.PEM)


def test_an_ingress_is_judged_with_its_secret_as_far_as_the_service_account_may_read(cluster, guarded):
    cluster.create(tls_secret(guarded, "web", pem(LEAF), LEAF.key_pem))
    forbidden = send(cluster, ingress(guarded, "forbidden", "a.example", secret="web"))
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "r", "namespace": guarded},
    }
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "r", "namespace": guarded},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "reader"}],
    }
    cluster.create(role | {"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}, binding)
    missing = ingress(guarded, "missing", "a.example", secret="nowhere")
    wait_for(lambda: "does not exist" in str(warnings(send(cluster, missing, query="?dryRun=All"))))
    covered = send(cluster, ingress(guarded, "covered", "a.example", secret="web"))
    uncovered = send(cluster, ingress(guarded, "uncovered", "b.example", secret="web"))

    assert forbidden.status_code == 201
    assert "forbids to get secrets in the namespace guarded" in warnings(forbidden)[0]
    assert warnings(send(cluster, missing)) == ["k8s.secret-exists: the Secret guarded/nowhere does not exist"]
    assert (covered.status_code, warnings(covered)) == (201, [])
    assert uncovered.status_code == 403
    assert "k8s.ingress-names-covered: " in uncovered.json()["message"]


def test_its_certificate_is_taken_up_within_ten_seconds(cluster, webhook, guarded):
    home, port = webhook
    install(home, "2", SERVING[1])

    def reloads():
        answer = cluster.session.get(f"https://127.0.0.1:{port}/metrics", verify=str(home / "root.pem"), timeout=10)
        return 'certificate_reloads_total{result="used"} 1' in answer.text

    wait_for(reloads, 10)
    assert send(cluster, tls_secret(guarded, "bad", b"foo", b"bar")).status_code == 403


@pytest.mark.parametrize(("policy", "status"), [("Ignore", 201), ("Fail", 500)])
def test_without_an_answer_the_failure_policy_decides(cluster, policy, status):
    port = free_port()
    label = f"gone-{policy.lower()}"
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": label, "labels": {"guard": label}}}
    cluster.create(namespace)
    good = tls_secret(label, "good", pem(LEAF), LEAF.key_pem)
    before = failed_open(cluster)

    def is_called():
        answer = send(cluster, good, query="?dryRun=All")
        return failed_open(cluster) > before if policy == "Ignore" else not answer.ok

    with registered(cluster, port, label, failurePolicy=policy):
        wait_for(is_called)
        answer = send(cluster, good)

    assert answer.status_code == status
    assert (f'failed calling webhook "{NAME}"' in answer.json().get("message", "")) == (policy == "Fail")


def failed_open(cluster):
    """How many objects the API server has let in because a webhook did not answer."""
    text = cluster.session.get(f"{cluster.url}/metrics", timeout=30).text
    return sum(
        int(count)
        for count in re.findall(r"^apiserver_admission_webhook_fail_open_count\{.*\} (\d+)", text, re.MULTILINE)
    )
