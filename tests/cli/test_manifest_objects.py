"""What objects of a manifest say about each other, through the whole of `certgate check`."""

from datetime import timedelta

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem
from tests.cli.test_manifests import CA, CERT_MANAGER, GOOD, ROOT, check
from tests.observe.kubernetes.manifests import b64, tls_secret

__all__ = ["check"]

GATEWAY = "gateway.networking.k8s.io/v1"


def ingress(*hosts, secret="good", namespace="shop", **more):
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "web", **({"namespace": namespace} if namespace else {})},
        "spec": {"tls": [{"hosts": list(hosts), "secretName": secret}], **more},
    }


def gateway(namespace="shop", host="a.example", reference=None):
    listener = {
        "name": "https",
        "port": 443,
        "protocol": "HTTPS",
        "hostname": host,
        "tls": {"certificateRefs": [reference or {"name": "good"}]},
    }
    return {
        "apiVersion": GATEWAY,
        "kind": "Gateway",
        "metadata": {"name": "gw", "namespace": namespace},
        "spec": {"listeners": [listener]},
    }


def grant(name=None, namespace="shop", source="edge"):
    return {
        "apiVersion": "gateway.networking.k8s.io/v1beta1",
        "kind": "ReferenceGrant",
        "metadata": {"name": "g", "namespace": namespace},
        "spec": {
            "from": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": source}],
            "to": [{"group": "", "kind": "Secret", **({"name": name} if name else {})}],
        },
    }


NOT_COVERED = (1, {"shop/good/tls.crt": {"k8s.ingress-names-covered"}})


def test_a_host_that_the_secret_of_the_chart_does_not_cover_is_found_before_deployment(check):
    assert check(GOOD, ingress("a.example", "b.example")) == NOT_COVERED
    assert check(GOOD, ingress("A.example")) == (0, {})


def test_an_ingress_of_a_chart_may_leave_its_namespace_open(check):
    assert check(GOOD, ingress("b.example", namespace=None)) == NOT_COVERED


@pytest.mark.parametrize("other", [{"namespace": "till"}, {"secret": "elsewhere"}])
def test_another_secret_of_the_same_name_or_in_the_cluster_is_not_meant(check, other):
    assert check(GOOD, ingress("b.example", **other)) == (0, {})


def test_an_ingress_without_hosts_of_its_own_serves_those_of_its_rules(check):
    assert check(GOOD, ingress(rules=[{"host": "b.example"}, {"http": {}}])) == NOT_COVERED


def test_a_listener_of_a_gateway_is_a_host_too(check):
    assert check(GOOD, gateway(host="b.example")) == NOT_COVERED
    assert check(GOOD, gateway(host="a.example")) == (0, {})


@pytest.mark.parametrize("grants", [[], [grant("other")], [grant(source="till")], [grant(namespace="till")]])
def test_a_gateway_needs_a_grant_for_the_secret_of_another_namespace(check, grants):
    other = gateway("edge", reference={"name": "good", "namespace": "shop"})
    assert check(GOOD, other, *grants) == (1, {"shop/good/tls.crt": {"k8s.reference-granted"}})


@pytest.mark.parametrize("name", [None, "good"])
def test_a_grant_lets_it(check, name):
    other = gateway("edge", reference={"name": "good", "namespace": "shop", "kind": "Secret", "group": ""})
    assert check(GOOD, other, grant(name)) == (0, {})


def certificate(**status):
    return {
        "apiVersion": CERT_MANAGER,
        "kind": "Certificate",
        "metadata": {"name": "good", "namespace": "shop"},
        "spec": {"secretName": "good", "dnsNames": ["a.example"], "issuerRef": {"name": "ca"}},
        **({"status": status} if status else {}),
    }


def issuer(**status):
    return {
        "apiVersion": CERT_MANAGER,
        "kind": "Issuer",
        "metadata": {"name": "ca", "namespace": "shop"},
        "spec": {"ca": {"secretName": "ca"}},
        **({"status": status} if status else {}),
    }


def moment(days):
    return f"{CLOCK + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def test_a_renewal_that_is_stuck_is_found_in_what_kubectl_prints(check):
    stuck = certificate(notBefore=moment(-80), notAfter=moment(10), renewalTime=moment(-20))
    assert check(stuck) == (1, {"shop/good/spec": {"k8s.renewal-overdue"}})
    assert check(certificate(notBefore=moment(-60), notAfter=moment(30), renewalTime=moment(-1))) == (0, {})
    assert check(certificate(renewalTime="rubbish")) == (0, {})


def test_an_issuer_that_is_not_ready_is_a_warning(check):
    not_ready = issuer(conditions=[{"type": "Ready", "status": "False", "message": "no Secret"}])
    assert check(certificate(), not_ready) == (0, {"shop/good/spec": {"k8s.issuer-ready"}})
    assert check(certificate(), issuer(conditions=[{"type": "Ready", "status": "True"}])) == (0, {})
    assert check(certificate(), issuer()) == (0, {})


def webhook(bundle):
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "guard"},
        "webhooks": [{"name": "guard.example", "clientConfig": {"caBundle": bundle}}],
    }


def test_a_bundle_of_rubbish_is_a_violation(check):
    field = "guard/webhooks[0].clientConfig.caBundle"
    assert check(webhook(b64(b"rubbish"))) == (1, {field: {"target.observed", "k8s.ca-bundle"}})
    assert check(webhook(b64(pem(ROOT)))) == (0, {})


def test_a_bundle_is_what_its_clients_trust_whatever_trust_names(check):
    other = issue("Other Root", ca=True, days=3650)
    between = issue("Other CA", ca=True, issuer=other, days=1000)
    old = issue("Old Root", ca=True, days=10)
    field = "guard/webhooks[0].clientConfig.caBundle"
    for bundle in ([other], [between], [between, other]):
        code, told = check(webhook(b64(pem(*bundle))))
        assert (code, {"trust.anchor", "chain.complete"} & set().union(*told.values())) == (0, set())
    assert check(webhook(b64(pem(between, old))))[0] == 1
    code, told = check(webhook(b64(pem(issue("a.example", issuer=between, sans=["a.example"])))))
    assert (code, "bc.ca" in told[field]) == (1, True)


def test_a_secret_of_another_ca_is_judged_by_trust(check):
    other = issue("Other Root", ca=True, days=3650)
    leaf = issue("a.example", issuer=other, sans=["a.example"], policies=())
    stored = tls_secret(b64(pem(leaf)), b64(leaf.key_pem), "good") | {"metadata": {"name": "other"}}
    bundle = {
        "type": "Opaque",
        "metadata": {"name": "bundle"},
        "data": dict.fromkeys(["ca.crt", "caBundle"], b64(pem(other))),
    }
    code, told = check(webhook(b64(pem(other))), stored, tls_secret("", "") | bundle)
    assert (code, set(told)) == (1, {"other/tls.crt", "bundle/ca.crt", "bundle/caBundle"})
    assert told["bundle/ca.crt"] == told["bundle/caBundle"] == {"trust.anchor"}


def test_saved_observations_keep_what_objects_say(check, capfd):
    assert check(GOOD, ingress("b.example"), options=["--save", "seen.jsonl"])[0] == 1
    usual = ["--policy", "internal-pki", "--trust", "root.pem", "--at", CLOCK.isoformat()]
    assert cli.run(["check", "seen.jsonl", *usual]) == 1
    assert "k8s.ingress-names-covered" in capfd.readouterr().out


def test_a_policy_without_the_rule_on_secrets_judges_their_keys_by_the_general_one(check):
    wrong = GOOD | {"data": GOOD["data"] | {"tls.key": b64(CA.key_pem)}}
    assert check(wrong, options=["--select", "key.*"]) == (1, {"shop/good/tls.crt": {"key.matches"}})
    assert check(wrong) == (1, {"shop/good/tls.crt": {"k8s.secret-key-match"}})
