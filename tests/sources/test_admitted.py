"""Objects that are about to enter a cluster are targets, named as in a scan of the cluster."""

from certgate.lab.pki import CLOCK
from certgate.model.kubernetes_facts import NamedSecret
from certgate.model.target import Role
from certgate.sources.admitted import AdmittedObject, named_secrets, parts_of, usual_part
from certgate.sources.context import Defaults
from tests.webhook.conftest import LEAF, ingress, secret

DEFAULTS = Defaults(policy="internal-pki", trust=("root.pem",))


def parts(one, **secrets):
    return list(parts_of(AdmittedObject(raw=one, secrets=secrets), DEFAULTS, lambda: CLOCK))


def test_a_secret_is_a_target_with_the_labels_of_the_object():
    one = secret()
    one["metadata"]["labels"] = {"team": "a"}
    [part] = parts(one)
    target = part.observed.target

    assert (target.id, target.source.name) == ("Secret/shop/web/tls.crt", "Secret/shop/web/tls.crt")
    assert (target.policy, target.trust, target.labels) == ("internal-pki", ("root.pem",), {"team": "a"})
    assert (target.roles, target.names) == (frozenset({Role.SERVER}), ())
    assert part.observed.observations[0].public_key is not None
    assert not part.is_rubbish


def test_an_object_without_certificates_has_no_parts():
    assert parts({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}) == []
    assert parts({"apiVersion": "v1", "kind": "ConfigMap", "metadata": [], "data": None}) == []


def test_hosts_are_parts_if_the_chain_of_their_secret_is_known():
    known = NamedSecret(name="shop/web", chain=(LEAF.der,))
    one = ingress("a.example", "b.example")

    assert parts(one) == []
    assert [part.observed.target.names for part in parts(one, **{"shop/web": known})] == [
        ("a.example",),
        ("b.example",),
    ]
    assert [part.observed.target.id for part in parts(one, **{"shop/web": known})] == [
        "Ingress/shop/web#a.example",
        "Ingress/shop/web#b.example",
    ]


def test_the_secrets_of_other_namespaces_are_known_apart():
    tls = {"certificateRefs": [{"name": "own"}, {"name": "far", "namespace": "edge"}]}
    gateway = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "g", "namespace": "shop"},
        "spec": {"listeners": [{"name": "a", "port": 443, "protocol": "HTTPS", "tls": tls}]},
    }

    assert named_secrets(gateway) == (("shop/own",), ("edge/far",))
    assert named_secrets(secret()) == ((), ())


def test_an_object_beyond_a_limit_is_one_part_that_says_so():
    many = {f"k{n}": {"a": "x"} for n in range(60_000)}
    [part] = parts({"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "spec": many})

    assert part.observed.target.id == "X/x/*"
    assert "more than 100000 parts" in part.observed.observations[0].failure.detail


def test_the_part_for_planning_is_a_server():
    assert usual_part(DEFAULTS).observed.target.roles == frozenset({Role.SERVER})
