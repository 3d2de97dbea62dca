"""What goes wrong while a real cluster is read: lists that are forgotten, objects that vanish, contents that are odd."""

import json
import sys
from base64 import b64encode
from itertools import count

import pytest

from certgate.lab.pki import issue, pem
from certgate.observe.kubernetes.live.api import ApiServer
from tests.integration.kubernetes import ADMIN, tls_secret
from tests.integration.test_scan_cluster import (  # noqa: F401 (fixtures)
    CA,
    LEAF,
    ROOT,
    home,
    ingress,
    launch,
    leaf,
    scan,
    serving,
)

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def between_pages(cluster, monkeypatch):
    """`between_pages(act)`: `act` runs after each page of Secrets, two of which are in a page; gives all pages."""

    def use(act):
        pages = []

        class Watched(ApiServer):
            def pages(self, resource, namespace="", **more):
                for page in ApiServer.pages(self, resource, namespace, **more):
                    yield page
                    if resource.kind == "Secret":
                        pages.append([one["metadata"]["name"] for one in page])
                        act(len(pages))

        monkeypatch.setattr("certgate.observe.kubernetes.live.api.PAGE", 2)
        monkeypatch.setattr("certgate.sources.cluster_reading.ApiServer", Watched)
        return pages

    return use


@pytest.fixture(scope="module")
def forget(cluster):
    """Lets the store change, and forget what was before."""
    namespace = cluster.namespace("forgetting")
    numbers = count()

    def run():
        metadata = {"name": f"change-{next(numbers)}", "namespace": namespace}
        cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
        cluster.compact()

    return run


def secrets_in(cluster, namespace, number):
    cluster.create(*(tls_secret(namespace, f"s{n}", pem(LEAF, CA), LEAF.key_pem) for n in range(number)))


def test_a_list_that_the_server_forgets_between_pages_is_read_again(cluster, scan, between_pages, forget):  # noqa: F811
    namespace = cluster.namespace("forgotten-once")
    secrets_in(cluster, namespace, 5)
    pages = between_pages(lambda number: forget() if number == 1 else None)
    assert scan("-n", namespace) == (0, {f"Secret/{namespace}/s{n}/tls.crt": {} for n in range(5)})
    assert pages == [["s0", "s1"], ["s0", "s1"], ["s2", "s3"], ["s4"]]


def test_a_list_that_is_always_forgotten_breaks_off(cluster, scan, between_pages, forget):  # noqa: F811
    namespace = cluster.namespace("forgotten-always")
    secrets_in(cluster, namespace, 5)
    pages = between_pages(lambda _: forget())
    code, told = scan("-n", namespace)
    assert code == 3
    assert sorted(told) == [f"Secret/{namespace}", *(f"Secret/{namespace}/s{n}/tls.crt" for n in range(2))]
    said = told[f"Secret/{namespace}"]["target.observed"]
    assert all(words in said for words in ("status 410", "the list broke off", "what it would have named")), said
    assert pages == [["s0", "s1"]] * 4


def test_what_is_deleted_between_pages_costs_nothing(cluster, scan, between_pages):  # noqa: F811
    namespace = cluster.namespace("vanishing")
    secrets_in(cluster, namespace, 4)
    last = {"kind": "Secret", "metadata": {"namespace": namespace, "name": "s3"}}
    between_pages(lambda number: cluster.delete(last) if number == 1 else None)
    code, told = scan("-n", namespace)
    assert (code, len(told)) == (0, 4)


def test_a_secret_that_vanishes_between_list_and_get_is_told(cluster, scan, monkeypatch):  # noqa: F811
    namespace = cluster.namespace("vanished")
    secret = {**tls_secret(namespace, "web", pem(LEAF, CA), LEAF.key_pem), "type": "Opaque"}
    cluster.create(secret, ingress(namespace, "web", "a.example", secret="web"))

    class Late(ApiServer):
        def get(self, resource, namespace, name):
            cluster.delete(secret)
            return ApiServer.get(self, resource, namespace, name)

    monkeypatch.setattr("certgate.sources.cluster_reading.ApiServer", Late)
    code, told = scan("-n", namespace, "--no-connect")
    host = told[f"Ingress/{namespace}/web#a.example"]
    assert code == 1
    assert host["k8s.secret-exists"].endswith(f"names the Secret {namespace}/web, which does not exist")


def test_the_largest_objects_and_rubbish_cost_only_themselves(cluster, scan):  # noqa: F811
    namespace = cluster.namespace("odd")
    large = tls_secret(namespace, "large", pem(LEAF, CA), LEAF.key_pem, annotations={"note": "x" * 250 * 1024})
    large["data"]["more"] = b64encode(bytes(1000 * 1024)).decode()
    rubbish = tls_secret(namespace, "rubbish", b"foo", b"bar")
    binary = tls_secret(namespace, "binary", bytes(range(256)) * 100, b"\0" * 1000)
    cluster.create(large, rubbish, binary, tls_secret(namespace, "web", pem(LEAF, CA), LEAF.key_pem))
    code, told = scan("-n", namespace)
    assert code == 3
    assert {id.split("/")[2] for id, rules in told.items() if rules} == {"rubbish", "binary"}
    assert all("target.observed" in rules for rules in told.values() if rules)


def plugin(home, *tokens):  # noqa: F811
    """The user of a kubeconfig whose plug-in prints one token after the other."""
    version = "client.authentication.k8s.io/v1"
    (home / "tokens").write_text("\n".join(tokens))
    (home / "login.py").write_text(
        "import json, pathlib\n"
        "file = pathlib.Path(__file__).with_name('tokens')\n"
        "token, *rest = file.read_text().splitlines()\n"
        "file.write_text('\\n'.join(rest or [token]))\n"
        f"print(json.dumps({{'apiVersion': '{version}', 'kind': 'ExecCredential', 'status': {{'token': token}}}}))\n"
    )
    arguments = [str(home / "login.py")]
    return {"exec": {"apiVersion": version, "command": sys.executable, "args": arguments, "interactiveMode": "Never"}}


def test_a_plug_in_is_asked_once_more_after_a_401(cluster, scan, home):  # noqa: F811
    namespace = cluster.namespace("renewed-login")
    secrets_in(cluster, namespace, 1)
    assert scan("-n", namespace, **plugin(home, "expired", ADMIN))[0] == 0
    code, told = scan("-n", namespace, **plugin(home, "expired", "expired too", ADMIN))
    assert (code, "log in again" in told["Cluster/real"]["target.observed"]) == (3, True)


def test_a_bundle_is_held_against_the_server_that_it_is_for(cluster, scan, serving):  # noqa: F811
    def hook(name, *bundle, port):
        return {
            "name": f"{name}.bundles.example",
            "clientConfig": {"url": f"https://localhost:{port}/", "caBundle": b64encode(pem(*bundle)).decode()},
            "failurePolicy": "Ignore",
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "rules": [
                {"operations": ["CREATE"], "apiGroups": ["x.example"], "apiVersions": ["v1"], "resources": ["x"]}
            ],
        }

    port = serving(leaf("localhost"), name="localhost")
    hooks = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "bundles", "labels": {"bundles": "these"}},
        "webhooks": [hook("good", ROOT, port=port), hook("bad", issue("Old", ca=True, days=36500), port=port)],
    }
    cluster.create(hooks)
    try:
        _, told = scan("-A", "-l", "bundles=these")
    finally:
        cluster.delete(hooks)
    failed = {id: rules.get("k8s.ca-bundle", "") for id, rules in told.items()}
    field = "ValidatingWebhookConfiguration/bundles/webhooks[{}].clientConfig.caBundle"
    assert set(failed) == {field.format(0), field.format(1)}
    assert failed[field.format(0)] == ""
    assert f"does not verify localhost:{port}: no path to a trusted root" in failed[field.format(1)]


def test_sarif_names_the_object_and_the_file_that_declares_the_cluster(cluster, scan, home):  # noqa: F811
    namespace = cluster.namespace("sarif")
    cluster.create(tls_secret(namespace, "web", pem(LEAF, CA), CA.key_pem))
    entry = f"  - kubernetes: {{kubeconfig: kubeconfig, namespaces: [{namespace}]}}\n"
    (home / "certgate.yaml").write_text(f"# the cluster\ntargets:\n{entry}")
    assert scan("--report", "sarif=r.sarif", config="certgate.yaml")[0] == 1
    [run] = json.loads((home / "r.sarif").read_text())["runs"]
    [result] = [one for one in run["results"] if one["ruleId"] == "k8s.secret-key-match"]
    [location] = result["locations"]
    physical = location["physicalLocation"]
    assert (physical["artifactLocation"]["uri"], physical["region"]["startLine"]) == ("certgate.yaml", 3)
    [logical] = location["logicalLocations"]
    id = f"Secret/{namespace}/web/tls.crt"
    assert (logical["fullyQualifiedName"], logical["kind"]) == (id, "resource")
