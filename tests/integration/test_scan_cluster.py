"""`certgate scan --kubernetes` against a real API server."""

import json
import os
import re
import shlex
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import issue, pem
from tests.integration.kubernetes import READER, tls_secret
from tests.ports import free_port
from tests.real.conftest import SERVERS, Site, launch, program_named  # noqa: F401 (a fixture)

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

    def run(*options, config=None, secrets=(), **login):
        keys.extend(secrets)
        cluster.kubeconfig(home / "kubeconfig", **login)
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
    """`serving(credential, program)`: the port of a server that serves it."""
    count = iter(range(100))

    def run(credential, program="nginx", name="a.example"):
        home = tmp_path / f"server-{next(count)}"
        home.mkdir()
        site = Site(name, credential, (CA,))
        site.write(home)
        port = free_port()
        launch(SERVERS[program](program_named(program), home, port, [site], False, None, ""), port)
        return port

    return run


@pytest.mark.parametrize("program", ["nginx", "haproxy"])
def test_what_is_served_is_what_was_deployed(cluster, scan, serving, program):
    namespace = cluster.namespace(f"served-{program}")
    cluster.create(
        tls_secret(namespace, "web", pem(LEAF, CA), LEAF.key_pem, labels={"team": "shop"}),
        ingress(namespace, "web", "a.example", secret="web"),
    )
    port, host = serving(LEAF, program), f"Ingress/{namespace}/web#a.example"
    assert scan("-n", namespace, "--via", f"127.0.0.1:{port}", secrets=[LEAF]) == (
        0,
        {host: {}, f"Secret/{namespace}/web/tls.crt": {}},
    )
    cluster.replace(tls_secret(namespace, "web", pem(RENEWED, CA), RENEWED.key_pem))
    code, told = scan("-n", namespace, "--via", f"a.example=127.0.0.1:{port}", secrets=[LEAF, RENEWED])
    assert (code, list(told[host])) == (1, ["k8s.secret-served"])
    assert "was renewed, and the old certificate is served" in told[host]["k8s.secret-served"]


def test_every_address_of_an_ingress_is_visited(cluster, scan, home):
    namespace = cluster.namespace("addresses")
    web = ingress(namespace, "web", "a.example", secret="web", address="127.0.0.1")
    web["status"]["loadBalancer"]["ingress"].append({"ip": "127.0.0.2"})
    cluster.create(tls_secret(namespace, "web", pem(LEAF, CA), LEAF.key_pem), web)
    code, told = scan("-n", namespace, "--timeout", "2", "--retries", "0")
    assert (code, "target.observed" in told["Ingress/addresses/web#a.example"]) == (3, True)
    [target] = [one for one in json.loads((home / "r.json").read_text())["targets"] if "Ingress" in one["id"]]
    assert (target["source"]["at"], len(target["observations"])) == (["127.0.0.1", "127.0.0.2"], 2)


def gateway(namespace, port, reference):
    tls = {"mode": "Terminate", "certificateRefs": [reference]}
    listener = {"name": "https", "port": port, "protocol": "HTTPS", "hostname": "a.example", "tls": tls}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "gw", "namespace": namespace},
        "spec": {"gatewayClassName": "some", "listeners": [listener]},
        "status": {"addresses": [{"type": "IPAddress", "value": "127.0.0.1"}]},
    }


def test_a_gateway_is_visited_at_its_own_port_and_needs_a_grant(cluster, scan, serving):
    edge, shop = cluster.namespace("edge"), cluster.namespace("granting")
    cluster.create(
        tls_secret(shop, "web", pem(LEAF, CA), LEAF.key_pem),
        gateway(edge, serving(LEAF), {"name": "web", "namespace": shop}),
    )
    code, told = scan("-n", edge)
    assert (code, list(told["Gateway/edge/gw/https#a.example"])) == (1, ["k8s.reference-granted"])
    cluster.create(
        {
            "apiVersion": "gateway.networking.k8s.io/v1beta1",
            "kind": "ReferenceGrant",
            "metadata": {"name": "g", "namespace": shop},
            "spec": {
                "from": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": edge}],
                "to": [{"group": "", "kind": "Secret", "name": "web"}],
            },
        }
    )
    assert scan("-n", edge) == (0, {"Gateway/edge/gw/https#a.example": {}})


def certificate(namespace, credential, **spec):
    status = {
        "notBefore": f"{credential.native.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}",
        "notAfter": f"{credential.native.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
        "renewalTime": f"{credential.native.not_valid_before_utc + timedelta(days=40):%Y-%m-%dT%H:%M:%SZ}",
    }
    issuer = {"name": "ca", "kind": "Issuer"}
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"secretName": "web", "dnsNames": ["a.example"], "duration": "1440h", "issuerRef": issuer, **spec},
        "status": status,
    }


def test_without_secrets_hosts_are_compared_with_the_status_of_the_certificate(cluster, scan, serving):
    namespace = cluster.namespace("status")
    cluster.create(certificate(namespace, LEAF), ingress(namespace, "web", "a.example", secret="web"))
    grant(
        cluster, namespace, {"": [], "networking.k8s.io": ["ingresses"], "cert-manager.io": ["certificates", "issuers"]}
    )
    scanning = ("-n", namespace, "--no-secrets", "--via", f"127.0.0.1:{serving(LEAF)}")
    code, told = scan(*scanning, secrets=[LEAF], token=READER)
    assert told["Ingress/status/web#a.example"] == {}
    assert told["Certificate/status/web/spec"] == {
        "k8s.issuer-ready": "Issuer status/ca is not ready: it does not exist"
    }
    scanning = ("-n", namespace, "--no-secrets", "--via", f"127.0.0.1:{serving(RENEWED)}")
    code, told = scan(*scanning, token=READER)
    assert (code, list(told["Ingress/status/web#a.example"])) == (1, ["k8s.secret-served"])


def grant(cluster, namespace, resources):
    """A Role for the reader, who may get and list these resources by group."""
    rules = [
        {"apiGroups": [group], "resources": names, "verbs": ["get", "list"]}
        for group, names in resources.items()
        if names
    ]
    bind(cluster, {"rules": rules, "metadata": {"name": "certgate", "namespace": namespace}})


def bind(cluster, role):
    kind = role.get("kind", "Role")
    api, metadata = "rbac.authorization.k8s.io/v1", role["metadata"]
    subject = {"kind": "User", "name": "reader", "apiGroup": "rbac.authorization.k8s.io"}
    cluster.create(
        {**role, "apiVersion": api, "kind": kind},
        {
            "apiVersion": api,
            "kind": f"{kind}Binding",
            "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": metadata["name"]},
            "subjects": [subject],
        },
    )


def test_what_rbac_hides_is_incomplete_and_names_the_role_that_would_do(cluster, scan):
    namespace = cluster.namespace("hidden")
    cluster.create(tls_secret(namespace, "web", pem(LEAF, CA), LEAF.key_pem))
    grant(cluster, namespace, {"networking.k8s.io": ["ingresses"]})
    code, told = scan("-n", namespace, "--no-connect", token=READER)
    assert code == 3
    assert set(told) == {"Secret/hidden", "Gateway/hidden", "Certificate/hidden"}
    assert (
        "a Role in the namespace hidden with the verbs get and list on secrets"
        in told["Secret/hidden"]["target.observed"]
    )


def test_a_token_that_has_expired_and_a_client_certificate(cluster, scan, home):
    code, told = scan("-n", "default", token="expired")
    assert (code, "log in again" in told["Cluster/real"]["target.observed"]) == (3, True)
    ca = (cluster.home / "ca.pem").read_bytes(), (cluster.home / "ca.key").read_bytes()
    admin = client_of(*ca, cluster.home)
    code, told = scan("-n", "default", "--no-connect", **admin)
    assert (code, list(told)) == (3, ["Namespace/default"])


def client_of(chain, key, home):
    """A user whose certificate says system:masters."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
    from cryptography.x509.oid import NameOID

    from certgate.lab.pki import Credential
    from certgate.x509.certificate import parse_certificate

    der = x509.load_pem_x509_certificate(chain).public_bytes(Encoding.DER)
    assert parse_certificate(der)
    ca = Credential(der, load_pem_private_key(key, None))
    who = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:masters"),
        x509.NameAttribute(NameOID.COMMON_NAME, "me"),
    ]
    me = issue(x509.Name(who), issuer=ca, ekus=["1.3.6.1.5.5.7.3.2"], not_before=SINCE + timedelta(days=10), days=1)
    (home / "me.pem").write_bytes(pem(me))
    (home / "me.key").write_bytes(me.key_pem)
    return {"client-certificate": str(home / "me.pem"), "client-key": str(home / "me.key")}


# --- the page ---

PAGE = (Path(__file__).parents[2] / "docs/guides/kubernetes.md").read_text()


def shown(mark, kind):
    return re.search(rf"<!-- tested: {mark} -->\n```{kind}\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.fixture(scope="module")
def shop(cluster):
    """The namespace of the page, and the page's Role for the reader."""
    import yaml

    cluster.namespace("shop")
    cluster.create(
        tls_secret("shop", "web", pem(LEAF, CA), LEAF.key_pem, labels={"team": "checkout"}),
        certificate("shop", LEAF),
        {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Issuer",
            "metadata": {"name": "ca", "namespace": "shop"},
            "spec": {"selfSigned": {}},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]},
        },
    )
    bind(cluster, yaml.safe_load(shown("role", "yaml")))
    return yaml.safe_load(shown("role", "yaml"))["rules"] + yaml.safe_load(shown("cluster-role", "yaml"))


@pytest.mark.parametrize("command", shown("scan", "console").splitlines())
def test_the_commands_of_the_page_need_no_more_than_its_role(cluster, shop, home, monkeypatch, command):
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(home / "kubeconfig", token=READER)))
    (home / "ca.crt").write_bytes(pem(ROOT))
    assert cli.run([*shlex.split(command.removeprefix("$ "))[1:], "--report", "json=r.json"]) in {0, 1}
    found = json.loads((home / "r.json").read_text())["targets"]
    assert not any(one["rule"] == "target.observed" for target in found for one in target["findings"])


def test_the_whole_cluster_needs_the_cluster_role_of_the_page(cluster, shop, scan):
    names = ("-A", "--no-connect", "-l", "team=checkout")
    code, told = scan(*names, token=READER)
    assert (code, "Secret" in told) == (3, True)
    bind(cluster, {"kind": "ClusterRole", "metadata": {"name": "certgate"}, "rules": shop})
    try:
        assert scan(*names, token=READER)[1] == {"Secret/shop/web/tls.crt": {}}
    finally:  # other tests rely on what the reader may not do
        for kind in ("ClusterRoleBinding", "ClusterRole"):
            cluster.delete({"kind": kind, "metadata": {"name": "certgate"}})


def test_the_configuration_of_the_page_is_read(cluster, shop, scan, home):
    text = shown("config", "yaml").replace("context: prod", "context: real\n      kubeconfig: kubeconfig")
    (home / "ca.crt").write_bytes(pem(ROOT))
    (home / "certgate.yaml").write_text(text)
    cluster.namespace("till")
    assert scan("--no-connect", config="certgate.yaml")[1] == {"Secret/shop/web/tls.crt": {}}


# --- a large cluster ---


def fill(cluster, namespace, count):
    """Many Secrets with the same chain."""
    body = tls_secret(namespace, "x", pem(LEAF, CA), LEAF.key_pem)
    names = [f"s{number:05}" for number in range(count)]
    cluster.store("secrets", [{**body, "metadata": {"name": name, "namespace": namespace}} for name in names])


def peak(cluster, home, namespace, count):
    """The memory in MiB at its peak of a run over a namespace; all Secrets have to be compliant."""
    cluster.kubeconfig(home / "kubeconfig")
    command = [
        sys.executable,
        "-m",
        "certgate.cli.main",
        "scan",
        "--kubernetes",
        "--kubeconfig",
        "kubeconfig",
        "-n",
        namespace,
    ]
    command += ["--policy", "internal-pki", "--trust", "root.pem", "-q", "--workers", "1", "--report", "json=big.json"]
    process = os.posix_spawn(sys.executable, command, {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    _, status, usage = os.wait4(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert json.loads((home / "big.json").read_text())["summary"]["targets"]["compliant"] == count
    return usage.ru_maxrss / 1024


@pytest.mark.timeout(900)
def test_memory_does_not_grow_with_the_number_of_secrets(cluster, home):
    few, many = cluster.namespace("few"), cluster.namespace("many")
    fill(cluster, few, 2_500)
    fill(cluster, many, 25_000)
    small, large = peak(cluster, home, few, 2_500), peak(cluster, home, many, 25_000)
    assert large <= 300, large
    assert large <= 1.2 * small, (small, large)
