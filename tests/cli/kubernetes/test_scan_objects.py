"""`certgate scan --kubernetes` against recorded answers of an API server."""

import json
from base64 import b64encode

import pytest

from certgate.cli import main as cli
from certgate.lab.pki import CLOCK, issue, pem
from tests.cli.kubernetes.conftest import (
    CA,
    CERTIFICATES,
    GATEWAYS,
    GRANTS,
    INGRESSES,
    ISSUERS,
    ROOT,
    SECRETS,
    WEBHOOKS,
    WILD,
    certificate,
    gateway,
    ingress,
    meta,
    moment,
    secret,
)


def target(id, tmp_path):
    return next(one for one in json.loads((tmp_path / "r.json").read_text())["targets"] if one["id"] == id)


def test_hosts_are_judged_by_their_secrets_if_none_is_visited(api, scan, tmp_path):
    api.add(SECRETS, secret(labels={"team": "a"}))
    api.add(INGRESSES, ingress("a.example", "b.example", labels={"team": "b"}))
    code, told = scan()
    assert code == 1
    assert {id: set(rules) for id, rules in told.items()} == {
        "Secret/shop/web/tls.crt": set(),
        "Ingress/shop/web#a.example": set(),
        "Ingress/shop/web#b.example": {"name.host-match", "k8s.ingress-names-covered"},
    }
    found = target("Ingress/shop/web#a.example", tmp_path)
    assert found["source"] == {"kind": "kubernetes", "cluster": "test", "object": "Ingress/shop/web"}
    assert found["labels"] == {"team": "b"}
    assert found["observations"][0]["unvisited"] == ["a.example:443"]
    assert scan("-v")[0] == 1
    [served] = [one for one in target(found["id"], tmp_path)["findings"] if one["rule"] == "k8s.secret-served"]
    assert (served["outcome"], served["message"]) == ("not-applicable", "no connection is made (--no-connect)")


def test_saved_observations_of_a_cluster_are_judged_again(api, scan, capfd):
    api.add(SECRETS, secret())
    api.add(INGRESSES, ingress("b.example"))
    assert scan()[0] == 1
    assert (
        cli.run(["check", "seen.jsonl", "--policy", "internal-pki", "--trust", "root.pem", "--at", CLOCK.isoformat()])
        == 1
    )
    assert "k8s.ingress-names-covered" in capfd.readouterr().out


def test_a_secret_with_the_key_of_another_is_a_violation(api, scan):
    api.add(SECRETS, secret(key=CA))
    assert scan() == (
        1,
        {
            "Secret/shop/web/tls.crt": {
                "k8s.secret-key-match": "tls.key of the Secret shop/web does not belong to its tls.crt"
            }
        },
    )


def test_a_secret_that_does_not_exist_is_a_violation_and_one_of_another_type_is_found(api, scan):
    api.add(SECRETS, secret(), secret("opaque", type="Opaque"))
    api.add(INGRESSES, ingress("a.example", secret="gone"), ingress("a.example", name="other", secret="opaque"))
    code, told = scan()
    assert code == 1
    assert told["Ingress/shop/web#a.example"]["k8s.secret-exists"] == (
        "Ingress shop/web names the Secret shop/gone, which does not exist"
    )
    assert told["Ingress/shop/other#a.example"] == {}
    assert "Secret/shop/opaque/tls.crt" not in told


def test_rubbish_in_a_secret_costs_that_secret_alone(api, scan):
    rubbish = secret("bad")
    rubbish["data"]["tls.crt"] = b64encode(b"foo").decode()
    large = secret("large", annotations={"note": "x" * 250 * 1024})
    large["data"]["more"] = b64encode(b"y" * 700 * 1024).decode()
    odd = {"metadata": {"name": "odd", "namespace": "shop", "labels": [1]}, "type": "kubernetes.io/tls", "data": 7}
    api.add(SECRETS, rubbish, large, odd, secret())
    code, told = scan()
    assert code == 3
    assert {id for id, rules in told.items() if "target.observed" in rules} == {
        "Secret/shop/bad/tls.crt",
        "Secret/shop/odd/tls.crt",
    }
    assert told["Secret/shop/web/tls.crt"] == told["Secret/shop/large/tls.crt"] == {}


def test_a_wildcard_host_is_judged_by_its_secret_and_never_visited(api, scan, tmp_path):
    api.add(SECRETS, secret(credential=WILD))
    api.add(INGRESSES, ingress("*.shop.example"))
    assert scan(connect=True) == (0, {"Secret/shop/web/tls.crt": {}, "Ingress/shop/web#*.shop.example": {}})
    [seen] = target("Ingress/shop/web#*.shop.example", tmp_path)["observations"]
    assert (seen["unvisited"], seen["connections"]) == (["*.shop.example:443"], 0)


def test_an_ingress_without_a_secret_has_nothing_to_judge_unless_it_is_visited(api, scan):
    api.add(INGRESSES, ingress("a.example", secret=""))
    code, told = scan()
    assert (code, list(told["Ingress/shop/web#a.example"])) == (3, ["target.observed"])


def test_a_gateway_needs_a_grant_for_the_secret_of_another_namespace(api, scan):
    api.add(SECRETS, secret())
    api.add(GATEWAYS, gateway({"name": "web", "namespace": "shop"}))
    id = "Gateway/edge/gw/https#a.example"
    code, told = scan("-n", "edge")
    assert (code, list(told[id])) == (1, ["k8s.reference-granted"])
    grant = {"from": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "edge"}]}
    api.add(GRANTS, {"metadata": meta("g"), "spec": {**grant, "to": [{"group": "", "kind": "Secret"}]}})
    assert scan("-n", "edge") == (0, {id: {}})


def test_a_listener_without_a_hostname_is_judged_by_its_secret(api, scan):
    api.add(SECRETS, secret())
    api.add(GATEWAYS, gateway({"name": "web"}, namespace="shop", hostname=""))
    assert scan(connect=True) == (0, {"Secret/shop/web/tls.crt": {}, "Gateway/shop/gw/https": {}})


def test_certificates_are_judged_with_their_secret_issuer_and_renewal(api, scan):
    late = {"notBefore": moment(-80), "notAfter": moment(10), "renewalTime": moment(-20)}
    api.add(CERTIFICATES, certificate(**late), certificate("good"))
    api.add(
        ISSUERS, {"metadata": meta("ca"), "spec": {}, "status": {"conditions": [{"type": "Ready", "status": "False"}]}}
    )
    api.add(SECRETS, secret())
    code, told = scan()
    assert code == 1
    assert set(told["Certificate/shop/web/spec"]) == {"k8s.renewal-overdue", "k8s.issuer-ready"}
    assert set(told["Certificate/shop/good/spec"]) == {"k8s.issuer-ready"}


def test_a_selector_selects_targets_and_not_what_they_name(api, scan):
    api.add(SECRETS, secret("plain"), secret("web", labels={"team": "b"}))
    api.add(INGRESSES, ingress("a.example", labels={"team": "a"}), ingress("z.example", name="other"))
    assert scan("-l", "team=a") == (0, {"Ingress/shop/web#a.example": {}})


def test_the_whole_cluster_has_bundles_of_cas_too(api, scan):
    hooks = [{"name": "h", "clientConfig": {"caBundle": b64encode(value).decode()}} for value in (pem(ROOT), b"foo")]
    api.add(WEBHOOKS, {"metadata": meta("guard", ""), "webhooks": hooks})
    api.add(SECRETS, secret(), secret(namespace="till"))
    field = "ValidatingWebhookConfiguration/guard/webhooks[{}].clientConfig.caBundle"
    code, told = scan("-A")
    assert code == 1
    assert {id: set(rules) for id, rules in told.items()} == {
        "Secret/shop/web/tls.crt": set(),
        "Secret/till/web/tls.crt": set(),
        field.format(0): set(),
        field.format(1): {"target.observed", "k8s.ca-bundle"},
    }


def test_what_rbac_hides_is_incomplete_and_names_the_role_that_would_do(api, scan):
    api.add(SECRETS, secret())
    api.add(INGRESSES, ingress("a.example"))
    api.add(CERTIFICATES, certificate())
    for path in ("api/v1/namespaces/shop/secrets", "apis/cert-manager.io/v1/namespaces/shop/issuers"):
        api.refused[path] = (403, 99)
    code, told = scan()
    assert code == 3
    assert "forbids to list issuers" in told["Issuer/shop"]["target.observed"]
    assert told["Secret/shop"]["target.observed"] == (
        "forbidden: the API server forbids to list secrets in the namespace shop; a Role in the namespace shop with the verbs get "
        'and list on secrets of the API group "" would do'
    )
    assert "forbids to get secrets" in told["Ingress/shop/web#a.example"]["k8s.secret-exists"]
    assert sorted(scan("--only", "label.team=a")[1]) == ["Issuer/shop", "Secret/shop"]


def test_an_ingress_that_serves_every_host_is_judged_by_its_secret(api, scan):
    api.add(SECRETS, secret())
    for name in ("web", "missing"):
        spec = {"tls": [{"secretName": name}], "defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}
        api.add(INGRESSES, {"metadata": meta(name), "spec": spec})
    code, told = scan(connect=True)
    assert code == 1
    assert told["Ingress/shop/web"] == {}
    assert "k8s.secret-exists" in told["Ingress/shop/missing"]


def test_a_list_that_breaks_off_is_incomplete_and_what_it_named_is_judged(api, scan):
    api.add(SECRETS, *(secret(f"s{n}") for n in range(3)))
    api.page = 2
    api.refused["api/v1/namespaces/shop/secrets?continue=2"] = (500, 99)
    code, told = scan()
    assert code == 3
    assert "the list broke off" in told["Secret/shop"]["target.observed"]
    assert sorted(told) == ["Secret/shop", "Secret/shop/s0/tls.crt", "Secret/shop/s1/tls.crt"]


def test_a_list_that_begins_anew_hands_no_target_on_twice(api, scan):
    api.add(SECRETS, *(secret(f"s{n}") for n in range(3)))
    api.page = 2
    api.refused["api/v1/namespaces/shop/secrets?continue=2"] = (410, 1)
    assert scan() == (0, {f"Secret/shop/s{n}/tls.crt": {} for n in range(3)})


def test_secrets_are_listed_in_pages_and_never_asked_for_one_by_one(api, scan):
    api.add(SECRETS, *(secret(f"s{n}") for n in range(5)))
    api.add(INGRESSES, *(ingress("a.example", name=f"i{n}", secret=f"s{n}") for n in range(5)))
    api.page = 2
    assert scan()[0] == 0
    asked = [one for one in api.asked if "secrets" in one]
    assert len(asked) == 3
    assert all("fieldSelector=type=kubernetes.io/tls&limit=250" in one for one in asked)


def test_without_secrets_none_is_ever_asked_for(api, scan):
    api.add(INGRESSES, ingress("*.shop.example"))
    api.add(CERTIFICATES, certificate(notBefore=moment(-1), notAfter=moment(89), renewalTime=moment(59)))
    scan("--no-secrets", connect=True)
    assert not any("secrets" in one for one in api.asked)


@pytest.mark.parametrize("empty", ["kube", "selector"])
def test_a_namespace_without_targets_is_incomplete_unless_that_is_allowed(api, scan, empty):
    api.add(SECRETS, secret(namespace="till" if empty == "kube" else "shop"))
    options = ["-l", "team=x"] if empty == "selector" else []
    code, told = scan(*options)
    assert (code, list(told)) == (3, ["Namespace/shop"])
    assert scan(*options, "--allow-empty") == (0, {})


def test_an_unknown_token_is_incomplete_and_exit_zero_does_not_excuse_it(api, scan):
    assert scan("--exit-zero", token="expired")[0] == 3
    code, told = scan(token="expired")
    assert code == 3
    assert "log in again" in told["Cluster/test"]["target.observed"]


def test_a_plug_in_that_fails_is_incomplete_and_one_that_is_refused_a_mistake(scan):
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "/gone/login"}
    code, told = scan(user={"exec": plugin})
    assert (code, "does not start" in told["Cluster/test"]["target.observed"]) == (3, True)
    assert scan(user={"exec": {**plugin, "apiVersion": "v0"}})[0] == 2


def test_an_untrusted_api_server_is_incomplete(scan):
    code, told = scan(ca=ROOT)
    assert (code, "its certificate is not trusted" in told["Cluster/test"]["target.observed"]) == (3, True)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--context", "tost"], 'there is no context "tost"; did you mean "test"'),
        (["--via", "a.example=b:c:d"], "--via"),
        (["--via", "10.0.0.1", "--via", "10.0.0.2"], "already sent elsewhere"),
        (["-n", "a", "-A"], "use one of the two"),
        (["--no-secrets"], "leave nothing to judge"),
    ],
)
def test_a_mistake_on_the_command_line_is_exit_code_2(scan, options, why):
    code, said = scan(*options)
    assert (code, why in said) == (2, True), said


def test_skipping_verification_is_refused(scan):
    code, said = scan(**{"insecure-skip-tls-verify": True})
    assert (code, "lets anyone answer for the cluster" in said) == (2, True)


def test_options_for_a_cluster_need_one(scan, capfd):
    assert cli.run(["scan", "a.example", "-n", "shop"]) == 2
    assert "--namespace is for a cluster: add --kubernetes" in capfd.readouterr().err


def test_a_configuration_declares_a_cluster_with_its_place(api, scan, tmp_path):
    api.add(SECRETS, secret(annotations={"owner": "me", "other": "x"}))
    api.add(INGRESSES, ingress("b.example"))
    (tmp_path / "certgate.yaml").write_text(
        """
targets:
  - kubernetes:
      kubeconfig: kubeconfig
      context: test
      namespaces: [shop, till]
      kinds: [Secret]
      annotations: [owner]
    labels: {tier: edge}
"""
    )
    assert scan(config="certgate.yaml") == (0, {"Secret/shop/web/tls.crt": {}})
    found = target("Secret/shop/web/tls.crt", tmp_path)
    assert found["labels"] == {"owner": "me", "tier": "edge"}
    assert found["place"] == {"file": "certgate.yaml", "line": 3, "column": 5}


def test_the_peers_of_a_configuration_are_about_its_cluster_too(api, scan, tmp_path):
    svid = issue("", issuer=CA, sans=["spiffe://corp.example/shop/batch"], policies=())
    api.add(SECRETS, secret("other", svid), secret("batch", svid, labels={"tenant": "shop"}))
    (tmp_path / "certgate.yaml").write_text(
        """
peers:
  - {tenant: shop, from: ["spiffe://corp.example/shop/*"], to: ["spiffe://corp.example/shop/api"]}
targets:
  - kubernetes: {kubeconfig: kubeconfig, namespaces: [shop]}
"""
    )
    code, told = scan(config="certgate.yaml")
    assert code == 1
    named = {id: rules.get("spiffe.peer-named") for id, rules in told.items()}
    problem = "spiffe://corp.example/shop/batch is in no from or to of the peers"
    assert named == {"Secret/shop/batch/tls.crt": None, "Secret/shop/other/tls.crt": problem}


def test_sarif_points_to_the_declaration_of_the_cluster_and_names_the_object(api, scan, tmp_path):
    api.add(SECRETS, secret(key=CA))
    entry = "targets:\n  - kubernetes: {kubeconfig: kubeconfig, namespaces: [shop]}\n"
    (tmp_path / "certgate.yaml").write_text(entry)
    assert scan("--report", "sarif=s.sarif", config="certgate.yaml")[0] == 1
    (result,) = json.loads((tmp_path / "s.sarif").read_text())["runs"][0]["results"]
    (location,) = result["locations"]
    assert (result["ruleId"], location["physicalLocation"]["artifactLocation"]["uri"]) == (
        "k8s.secret-key-match",
        "certgate.yaml",
    )
    assert location["physicalLocation"]["region"]["startLine"] == 2
    assert [one["fullyQualifiedName"] for one in location["logicalLocations"]] == ["Secret/shop/web/tls.crt"]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("{kinds: [Secrets]}", 'kinds: "Secrets" is not one of'),
        ("{namespaces: shop}", "must be a list of namespaces, or all"),
        ("{via: ['a=']}", "--via"),
        ("{contexts: a}", 'did you mean "context"'),
    ],
)
def test_a_mistake_in_the_configuration_is_exit_code_2(scan, tmp_path, entry, why):
    (tmp_path / "certgate.yaml").write_text(f"targets:\n  - kubernetes: {entry}\n")
    code, said = scan(config="certgate.yaml")
    assert (code, why in said) == (2, True), said


def test_nothing_is_left_behind(api, scan, tmp_path):
    api.add(SECRETS, secret())
    assert scan()[0] == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_several_processes_share_what_was_read(api, scan):
    api.add(SECRETS, *(secret(f"s{n}") for n in range(4)), secret("bad", key=CA))
    code, told = scan("--workers", "2")
    assert code == 1
    assert {id for id, rules in told.items() if rules} == {"Secret/shop/bad/tls.crt"}
    assert len(told) == 5
