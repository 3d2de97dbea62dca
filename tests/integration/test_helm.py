"""The Helm chart: rendered by Helm, installed into a real API server."""

import json
import re
import shlex
import ssl
import subprocess
import sys
from base64 import b64encode
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread

import kubernetes_validate
import pytest
import requests
import yaml

from certgate.cli import main as cli
from certgate.lab.pki import issue, pem
from tests.integration.build import build
from tests.integration.kubernetes import tls_secret, wait_for
from tests.integration.process import Process
from tests.ports import free_port

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/certgate"
USUAL = ("--set", "image.repository=registry.example/certgate", "--set", "trust.stores={mozilla}")
CA = issue("CA", ca=True, days=36500)
OWN_TLS = ("--set", "webhook.tls.existingSecret=own", "--set-string", f"webhook.tls.caBundle={pem(CA).decode()}")
VARIANTS = {
    "usual": (),
    "everything": (
        *("--set", "scan.enabled=true", "--set", "scan.namespaces=all", "--set", "webhook.references.enabled=true"),
        *("--set", "webhook.denyIncomplete=true", "--set", "trust.configMap=cas", "--set", "policy.configMap=own"),
        *("--set", "image.pullSecrets={login}", "--set", "image.digest=sha256:" + "0" * 64),
        *("--set-json", 'webhook.networkPolicy.from=[{"ipBlock": {"cidr": "192.0.2.0/24"}}]'),
    ),
    "few namespaces": (
        *("--set", "scan.enabled=true", "--set", "scan.namespaces={shop,till}", "--set", "scan.secrets=false"),
        *("--set", "webhook.references.enabled=true", "--set", "webhook.references.namespaces={shop,till}"),
    ),
    "own certificate": (*OWN_TLS, "--set", "webhook.replicas=1", "--set", "webhook.networkPolicy.enabled=false"),
    "issuer": ("--set", "webhook.tls.certManager.issuerRef.name=ca", "--set", "webhook.failurePolicy=Fail"),
    "every namespace": ("--set", "webhook.namespaceSelector.matchLabels=null", "--set", "webhook.mode=audit"),
    "scan alone": ("--set", "webhook.enabled=false", "--set", "scan.enabled=true"),
}


@pytest.fixture(scope="session")
def helm():
    """`helm(…)`: runs Helm; gives what it says, and fails if it does not."""
    program = build("helm") / "helm"

    def run(*words, code=0):
        done = subprocess.run([program, *words], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    return run


@pytest.fixture(scope="session")
def rendered(helm):
    """`rendered(…)`: the objects of the chart by kind and name."""

    def run(*values):
        text = helm("template", "gate", str(CHART), "-n", "gates", "--kube-version", "1.35.0", *USUAL, *values)
        return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(text) if one}

    return run


def test_the_chart_is_free_of_lint(helm):
    helm("lint", "--strict", str(CHART), *USUAL)


@pytest.mark.parametrize("values", VARIANTS.values(), ids=VARIANTS)
def test_every_object_is_valid(rendered, values):
    for one in rendered(*values).values():
        if one["apiVersion"].endswith(".k8s.io/v1") or "." not in one["apiVersion"]:
            kubernetes_validate.validate(one, "1.35", strict=True)
        assert one["metadata"].get("namespace") or one["kind"].startswith("Cluster") or "Webhook" in one["kind"]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (("--set", "webhook.replica=3"), "replica"),
        (("--set", "webhook.failurePolicy=Maybe"), "Ignore"),
        (("--set", "trust.stores=null"), "trust: name a ConfigMap"),
        (("--set", "image.repository="), "image.repository"),
        (("--set", "webhook.tls.existingSecret=own"), "webhook.tls.caBundle"),
    ],
)
def test_a_mistake_in_the_values_says_which(helm, values, why):
    said = helm("template", "gate", str(CHART), "--kube-version", "1.35.0", *USUAL, *values, code=1)
    assert why in said


def containers(objects):
    for one in objects.values():
        spec = one.get("spec", {})
        pod = spec.get("jobTemplate", one)["spec"].get("template", {}).get("spec") if spec else None
        if pod:
            yield pod, pod["containers"][0]


@pytest.mark.parametrize("values", VARIANTS.values(), ids=VARIANTS)
def test_every_container_is_restricted_and_needs_no_root(rendered, values):
    found = list(containers(rendered(*values)))
    assert found
    for pod, container in found:
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        limits = container["securityContext"]
        assert (limits["readOnlyRootFilesystem"], limits["allowPrivilegeEscalation"]) == (True, False)
        assert limits["capabilities"] == {"drop": ["ALL"]}
        mounted = {volume["name"] for volume in pod["volumes"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == mounted
        assert {"requests", "limits"} == set(container["resources"])


@pytest.mark.parametrize("values", VARIANTS.values(), ids=VARIANTS)
def test_the_command_lines_are_those_of_certgate(rendered, values, capfd):
    for _, container in containers(rendered(*values)):
        assert cli.run([*container["args"], "--help"]) == 0, container["args"]
        assert f"certgate {container['args'][0]}" in capfd.readouterr().out


PAGE = (ROOT / "docs/guides/kubernetes.md").read_text()


def on_page(mark):
    return yaml.safe_load(re.search(rf"<!-- tested: {mark} -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)[1])


def test_the_scan_may_do_what_the_page_says_and_no_more(rendered):
    role = on_page("role")["rules"]
    whole = rendered(*VARIANTS["everything"])["ClusterRole", "gate-certgate-scan"]["rules"]
    assert whole == role + on_page("cluster-role")
    assert rendered(*VARIANTS["scan alone"])["Role", "gate-certgate-scan"]["rules"] == role
    assert rendered(*VARIANTS["few namespaces"])["Role", "gate-certgate-scan"]["rules"] == role[1:]


def test_the_webhook_may_get_secrets_only_if_it_is_told_to(rendered):
    def roles(variant):
        return {
            one.get("metadata", {}).get("namespace", "*"): one["rules"]
            for (kind, name), one in rendered(*VARIANTS[variant]).items()
            if kind.endswith("Role") and name.endswith("webhook")
        }

    get = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
    assert (roles("usual"), roles("everything"), roles("few namespaces")) == ({}, {"*": get}, {"till": get})


@pytest.fixture
def install(cluster, helm, tmp_path):
    """`install(release, …)`: the namespace into which it is installed, and the notes."""
    done = []

    def run(release, *values):
        namespace = cluster.namespace(f"gates-{release}")
        where = ("-n", namespace, "--kubeconfig", str(cluster.kubeconfig(tmp_path / "kubeconfig")))
        said = helm("install", release, str(CHART), *where, *USUAL, *values)
        done.append((release, where))
        return namespace, said.partition("NOTES:\n")[2]

    yield run
    for release, where in done:
        helm("uninstall", release, *where)


def test_the_api_server_takes_every_object_and_the_notes_say_that_it_fails_open(cluster, install):
    shop = cluster.namespace("install-shop")
    namespace, notes = install(
        *("all", "--set", "scan.enabled=true", "--set", f"scan.namespaces={{{shop}}}"),
        *("--set", "webhook.references.enabled=true", "--set", f"webhook.references.namespaces={{{shop}}}"),
    )
    assert "stores the\nobject UNJUDGED" in notes
    assert (
        f"except kube-system and {namespace}:\n  kubectl label namespace NAMESPACE certgate/admission=enabled" in notes
    )
    assert "job --from=cronjob/all-certgate-scan" in notes
    [issued] = [
        one
        for one in cluster.call("GET", f"apis/cert-manager.io/v1/namespaces/{namespace}/certificates")["items"]
        if not one["spec"].get("isCA")
    ]
    assert issued["spec"]["dnsNames"] == [f"all-certgate-webhook.{namespace}.svc"]
    pods = cluster.call("GET", f"apis/apps/v1/namespaces/{namespace}/deployments")["items"]
    assert [one["spec"]["replicas"] for one in pods] == [2]


def test_the_nightly_scan_runs_with_its_service_account_and_no_further_right(
    cluster, install, tmp_path, monkeypatch, capfd
):
    shop = cluster.namespace("nightly-shop")
    ca = issue("Own CA", ca=True, days=3650)
    leaf = issue("a.example", issuer=ca, sans=["a.example"], policies=())
    cluster.create(tls_secret(shop, "web", pem(leaf), leaf.key_pem))
    values = ("--set", "webhook.enabled=false", "--set", "scan.enabled=true", "--set", f"scan.namespaces={{{shop}}}")
    namespace, _ = install("nightly", *values, "--set", "trust.configMap=cas", "--set", "trust.stores=null")
    [job] = cluster.call("GET", f"apis/batch/v1/namespaces/{namespace}/cronjobs")["items"]
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    account = f"api/v1/namespaces/{namespace}/serviceaccounts/{pod['serviceAccountName']}/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = cluster.call("POST", account, request)["status"]["token"]
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(tmp_path / "login", token=token)))
    (tmp_path / "ca.crt").write_bytes(pem(ca))
    args = [word.replace("/etc/certgate/trust", str(tmp_path)) for word in pod["containers"][0]["args"]]
    cli.run([*args, "--report", f"json={tmp_path / 'r.json'}"])
    [target] = json.loads((tmp_path / "r.json").read_text())["targets"]
    assert target["id"] == f"Secret/{shop}/web/tls.crt"


class Recorder(BaseHTTPRequestHandler):
    """Lets everything in, and keeps what it was asked about."""

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = review["request"]
        self.server.asked.append((request["operation"], request["kind"]["kind"], request["name"]))
        answer = {"apiVersion": review["apiVersion"], "kind": review["kind"]}
        body = json.dumps({**answer, "response": {"uid": request["uid"], "allowed": True}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def recorder(tmp_path):
    server = issue("127.0.0.1", issuer=CA, sans=["127.0.0.1"], days=36500)
    (tmp_path / "recorder.pem").write_bytes(pem(server) + server.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "recorder.pem")
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as listening:
        listening.asked = []
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        Thread(target=listening.serve_forever, daemon=True).start()
        yield listening
        listening.shutdown()


@contextmanager
def registered(cluster, objects, port, namespace):
    """Register the webhook of the chart at an address of loopback; the namespace is made, and chooses to be judged."""
    labels = {"certgate/admission": "enabled"}
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}})
    [hooks] = [one for (kind, _), one in objects.items() if kind == "ValidatingWebhookConfiguration"]
    bundle = b64encode(pem(CA)).decode()
    hooks["webhooks"][0]["clientConfig"] = {"url": f"https://127.0.0.1:{port}/validate", "caBundle": bundle}
    cluster.create(hooks)
    try:
        yield
    finally:
        cluster.delete(hooks)


def secret(namespace, name, **more):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, **more}


def config_map(namespace, name):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}}


def test_only_what_may_hold_certificates_reaches_the_webhook(cluster, rendered, recorder):
    inside, outside = "admission-inside", cluster.namespace("admission-outside")
    names = count()

    def is_asked():
        cluster.create(secret(inside, f"first-{next(names)}"))
        return recorder.asked

    failing = rendered("--set", "webhook.failurePolicy=Fail")
    with registered(cluster, failing, recorder.server_address[1], inside):
        wait_for(is_asked)
        recorder.asked.clear()
        tls = tls_secret(inside, "tls", pem(CA), CA.key_pem)
        helms = secret(inside, "helm", type="helm.sh/release.v1")
        cluster.create(tls, secret(inside, "opaque", stringData={"a": "b"}), helms, secret(outside, "outside"))
        cluster.create(config_map(inside, "cas"), config_map(inside, "kube-root-ca.crt"))
        cluster.replace({**tls, "metadata": {**tls["metadata"], "labels": {"a": "b"}}})
        cluster.replace({**tls, "data": {**tls["data"], "tls.crt": b64encode(b"foo").decode()}})
        cluster.delete(tls)
        for name, signer in (("node", "kubernetes.io/kubelet-serving"), ("own", "example.com/own")):
            spec = {"signerName": signer, "usages": ["digital signature"], "request": request_of("a.example")}
            body = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "spec": spec}
            resource = "apis/certificates.k8s.io/v1/certificatesigningrequests"
            cluster.call("POST", resource, {**body, "metadata": {"name": name}})
    assert recorder.asked == [
        ("CREATE", "Secret", "tls"),
        ("CREATE", "Secret", "opaque"),
        ("CREATE", "ConfigMap", "cas"),
        ("UPDATE", "Secret", "tls"),
        ("CREATE", "CertificateSigningRequest", "own"),
    ]


def test_the_webhook_that_the_chart_starts_denies_and_fails_open(cluster, rendered, tmp_path):
    objects = rendered("--set", "trust.configMap=cas", "--set", "trust.stores=null")
    [(_, container)] = containers(objects)
    port = free_port()
    server = issue("127.0.0.1", issuer=CA, sans=["127.0.0.1"], days=36500)
    for name, data in {"tls.crt": pem(server), "tls.key": server.key_pem, "ca.crt": pem(CA)}.items():
        (tmp_path / name).write_bytes(data)
    places = {
        "0.0.0.0:8443": f"127.0.0.1:{port}",
        "/etc/certgate/tls": str(tmp_path),
        "/etc/certgate/trust": str(tmp_path),
    }
    args = container["args"]
    for old, new in places.items():
        args = [word.replace(old, new) for word in args]
    probe = container["readinessProbe"]["httpGet"]
    address = f"{probe['scheme'].lower()}://127.0.0.1:{port}{probe['path']}"
    process = Process([sys.executable, "-m", "certgate.cli.main", *args], tmp_path / "log")
    names = count()

    def answer():
        """The status with which the API server answers to a TLS Secret with rubbish, and what it says."""
        body = tls_secret("gated", f"rubbish-{next(names)}", b"foo", b"bar")
        answered = cluster.session.post(f"{cluster.url}/api/v1/namespaces/gated/secrets", json=body, timeout=30)
        return answered.status_code, answered.text

    def is_ready():
        process.require_running()
        try:
            return requests.get(address, verify=str(tmp_path / "ca.crt"), timeout=5).ok
        except requests.ConnectionError:
            return False

    try:
        wait_for(is_ready, 60)
        with registered(cluster, objects, port, "gated"):
            wait_for(lambda: answer()[0] == 403)
            assert "tls.crt" in answer()[1]
            leaf = issue("a.example", issuer=CA, sans=["a.example"], policies=(), not_before=datetime.now(UTC), days=30)
            cluster.create(tls_secret("gated", "good", pem(leaf), leaf.key_pem))
            process.end()
            assert answer()[0] == 201
    finally:
        process.end()


def request_of(name):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
    return b64encode(made.sign(CA.key, hashes.SHA256()).public_bytes(Encoding.PEM)).decode()


def test_the_command_of_the_readme_is_one_that_helm_takes(helm, rendered):
    readme = (CHART / "README.md").read_text()
    [line] = [line for line in readme.splitlines() if line.startswith("$ helm install")]
    words = shlex.split(line)[3:]
    values = words[words.index("--set") :]
    helm("template", "certgate", str(ROOT / words[1]), "--kube-version", "1.35.0", *values)
