"""Bundles of CA certificates in a cluster: each has to verify the server that is called by it."""

import json
from base64 import b64encode

import pytest

from certgate.lab.pki import issue, pem
from tests.cli.kubernetes.conftest import CERTIFICATES, SECRETS, WEBHOOKS, meta, secret
from tests.observe.kubernetes.live.api_server import FakeApi, serving

SERVICES = "apis/apiregistration.k8s.io/v1/apiservices"
CA, OTHER = issue("Webhook CA", ca=True, days=36500), issue("Old CA", ca=True, days=36500)
SERVICE = "guard.shop.svc"
GUARD = issue(SERVICE, issuer=CA, sans=[SERVICE, "127.0.0.1"], days=36500)
BUNDLE = "ValidatingWebhookConfiguration/guard/webhooks[0].clientConfig.caBundle"


def encoded(*credentials):
    return b64encode(pem(*credentials)).decode()


def webhook(*bundle, url="", **metadata):
    where = {"url": url} if url else {"service": {"name": "guard", "namespace": "shop", "port": 8443}}
    config = {"name": "guard.shop.example", "clientConfig": {"caBundle": encoded(*bundle), **where}}
    return {"metadata": meta("guard", "", **metadata), "webhooks": [config]}


def annotated(kind, name):
    return {"annotations": {f"cert-manager.io/{kind}": name}}


@pytest.fixture
def told(api, scan, tmp_path):
    """`told(…)`: the outcome of k8s.ca-bundle by target, with its message."""

    def run(*options, connect=True):
        scan("-A", "-v", *options, connect=connect)
        targets = json.loads((tmp_path / "r.json").read_text())["targets"]
        return {
            one["id"]: (finding["outcome"], finding["message"])
            for one in targets
            for finding in one["findings"]
            if finding["rule"] == "k8s.ca-bundle"
        }

    return run


@pytest.fixture(scope="module")
def guard():
    """The address of a server that shows GUARD."""
    with serving(FakeApi(), GUARD) as url:
        yield url.removeprefix("https://")


def test_a_service_is_visited_where_via_leads(api, told, guard):
    api.add(WEBHOOKS, webhook(CA))
    assert told("--via", f"{SERVICE}={guard}")[BUNDLE][0] == "pass"


def test_a_bundle_that_does_not_verify_its_server_fails(api, told, guard):
    api.add(WEBHOOKS, webhook(OTHER))
    outcome, message = told("--via", f"{SERVICE}={guard}")[BUNDLE]
    what = f"webhooks[0].clientConfig.caBundle of ValidatingWebhookConfiguration guard does not verify {SERVICE}:8443"
    stops = f"the chain stops at CN={SERVICE}, issued by CN=Webhook CA, which was neither sent nor is trusted"
    assert (outcome, message) == ("fail", f"{what}: no path to a trusted root: {stops}")


def test_of_a_bundle_with_two_cas_one_is_enough(api, told, guard):
    api.add(WEBHOOKS, webhook(OTHER, CA))
    found = told("--via", f"{SERVICE}={guard}")
    assert {id: outcome for id, (outcome, _) in found.items()} == {f"{BUNDLE}#1": "pass", f"{BUNDLE}#2": "pass"}


def test_a_url_is_visited_and_has_to_match_its_name(api, told, guard):
    api.add(WEBHOOKS, webhook(CA, url=f"https://{guard}/check"))
    assert told()[BUNDLE][0] == "pass"
    port = guard.rpartition(":")[2]
    api.objects[WEBHOOKS][:] = [webhook(CA, url=f"https://localhost:{port}/check")]
    outcome, message = told()[BUNDLE]
    assert (outcome, message.endswith("its certificate is for other names than localhost")) == ("fail", True)


def test_a_server_that_does_not_answer_is_not_checked(api, told):
    api.add(WEBHOOKS, webhook(CA, url="https://127.0.0.1:1/check"))
    outcome, message = told("--retries", "0")[BUNDLE]
    assert (outcome, message.startswith("127.0.0.1:1: ")) == ("not-checked", True)


@pytest.mark.parametrize("options", [["--no-connect"], []])
def test_where_nothing_can_be_asked_the_bundle_alone_counts_and_says_so(api, told, options):
    api.add(WEBHOOKS, webhook(CA))
    outcome, message = told(*options)[BUNDLE]
    assert (outcome, f"{SERVICE}:8443 was not asked: " in message) == ("pass", True)


@pytest.mark.parametrize("of", ["Certificate", "Secret"])
@pytest.mark.parametrize(("ca", "expected"), [(CA, "pass"), (OTHER, "fail")])
def test_the_secret_that_cert_manager_names_is_verified_instead(api, told, of, ca, expected):
    annotation = {"Certificate": "inject-ca-from", "Secret": "inject-ca-from-secret"}[of]
    api.add(WEBHOOKS, webhook(ca, **annotated(annotation, "shop/guard-tls" if of == "Secret" else "shop/guard")))
    api.add(CERTIFICATES, {"metadata": meta("guard"), "spec": {"secretName": "guard-tls"}})
    api.add(SECRETS, secret("guard-tls", GUARD))
    outcome, message = told()[BUNDLE]
    assert outcome == expected
    assert ca is CA or "does not verify the Secret shop/guard-tls: no path to a trusted root" in message
    assert sum("certificates/guard" in one for one in api.asked) == (of == "Certificate")


@pytest.mark.parametrize(
    ("certificates", "secrets", "why"),
    [
        ([], [], "certificates in the namespace shop"),
        ([{"metadata": meta("guard"), "spec": {"secretName": "guard-tls"}}], [], "shop/guard-tls does not exist"),
        (
            [{"metadata": meta("guard"), "spec": {"secretName": "guard-tls"}}],
            [{**secret("guard-tls", GUARD), "data": {"tls.crt": encoded(), "tls.key": ""}}],
            "",
        ),
    ],
)
def test_an_annotation_that_leads_nowhere_is_not_checked(api, told, certificates, secrets, why):
    api.add(WEBHOOKS, webhook(CA, **annotated("inject-ca-from", "shop/guard")))
    api.add(CERTIFICATES, *certificates)
    api.add(SECRETS, *secrets)
    outcome, message = told()[BUNDLE]
    assert (outcome, why in message) == ("not-checked", True), message


def test_a_login_that_ends_while_annotations_are_followed_ends_the_reading(api, scan):
    api.add(WEBHOOKS, webhook(CA, **annotated("inject-ca-from", "shop/guard")))
    api.refused["apis/cert-manager.io/v1/namespaces/shop/certificates/guard"] = (401, 99)
    code, told = scan("-A")
    assert (code, list(told)) == (3, ["Cluster/test"])


def test_annotations_lead_to_a_limited_number_of_certificates(api, told, monkeypatch):
    monkeypatch.setattr("certgate.observe.kubernetes.live.cluster._MOST_FILLED", 1)
    for name in ("one", "two"):
        found = webhook(CA, **annotated("inject-ca-from", f"shop/{name}"))
        api.add(WEBHOOKS, {**found, "metadata": {**found["metadata"], "name": name}})
    messages = [message for _, message in told().values()]
    assert [message.endswith("only 1 Certificates are asked for") for message in messages] == [False, True]


def test_without_secrets_no_annotation_is_followed(api, told):
    api.add(WEBHOOKS, webhook(CA, **annotated("inject-ca-from", "shop/guard")))
    assert told("--no-secrets")[BUNDLE][0] == "pass"
    assert not any("secrets" in one or "guard" in one for one in api.asked)


X509 = "failing or missing response from https://10.0.0.9: x509: certificate signed by unknown authority"


@pytest.mark.parametrize(
    ("reason", "message", "outcome"),
    [
        ("FailedDiscoveryCheck", X509, "fail"),
        ("FailedDiscoveryCheck", "connection refused", "pass"),
        ("MissingEndpoints", X509, "pass"),
    ],
)
def test_what_the_api_server_says_of_an_extension_counts(api, told, reason, message, outcome):
    condition = {"type": "Available", "status": "False", "reason": reason, "message": message}
    spec = {"service": {"name": "metrics", "namespace": "shop"}, "caBundle": encoded(CA)}
    api.add(SERVICES, {"metadata": meta("v1.metrics", ""), "spec": spec, "status": {"conditions": [condition]}})
    found, said = told()["APIService/v1.metrics/spec.caBundle"]
    assert found == outcome
    wanted = (
        "the API server refuses the certificate of metrics.shop.svc:443: x509: certificate signed by unknown authority"
    )
    assert (said == wanted) == (outcome == "fail")
