"""Which server a bundle is for, and from where cert-manager fills it."""

from base64 import b64encode

import pytest

from certgate.lab.pki import CLOCK, issue, pem
from certgate.observe.kubernetes.live.bundles import Injected, bundles_of, injection_of
from certgate.observe.kubernetes.live.item import Served
from certgate.observe.kubernetes.live.listing import as_object
from certgate.observe.kubernetes.live.secrets import items_of
from certgate.observe.kubernetes.manifest import read_object

CAS = tuple(issue(name, ca=True) for name in ("A", "B"))
BUNDLE = b64encode(pem(*CAS)).decode()
WEBHOOK, ISSUER = "admissionregistration.k8s.io/v1", "cert-manager.io/v1"


def items(version, kind, bundle=BUNDLE, **body):
    raw = {"apiVersion": version, "kind": kind, "metadata": {"name": "x"}, **body}
    entries = [one for one in read_object(raw) if one.kubernetes and one.kubernetes.bundle]
    found = bundles_of(as_object(raw), list(items_of(raw, entries, {}, CLOCK)))
    return [one.item(via={}, connects=True, is_in_pod=True, secret=None) for one in found]


def webhook(**config):
    return items(WEBHOOK, "MutatingWebhookConfiguration", webhooks=[{"clientConfig": {"caBundle": BUNDLE, **config}}])


SERVICE = {"name": "guard", "namespace": "shop"}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (webhook(service=SERVICE), Served("guard.shop.svc", 443)),
        (webhook(service={**SERVICE, "port": 9443}), Served("guard.shop.svc", 9443)),
        (webhook(service={**SERVICE, "port": 10**30}), Served("guard.shop.svc", 443)),
        (webhook(url="https://Guard.example:8443/a?b"), Served("guard.example", 8443)),
        (
            items("apiregistration.k8s.io/v1", "APIService", spec={"caBundle": BUNDLE, "service": SERVICE}),
            Served("guard.shop.svc", 443),
        ),
        (
            items(
                "apiextensions.k8s.io/v1",
                "CustomResourceDefinition",
                spec={"conversion": {"webhook": {"clientConfig": {"caBundle": BUNDLE, "service": SERVICE}}}},
            ),
            Served("guard.shop.svc", 443),
        ),
        (
            items(
                ISSUER, "ClusterIssuer", spec={"vault": {"caBundle": BUNDLE, "server": "https://vault.example:8200"}}
            ),
            Served("vault.example", 8200),
        ),
    ],
)
def test_the_server_is_named_beside_the_bundle(found, expected):
    first, second = found
    assert (first.called, second.called) == (expected, None)
    assert first.facts.server.anchors == tuple(one.der for one in CAS)
    assert first.facts.server.host == expected.host


@pytest.mark.parametrize(
    "found",
    [
        webhook(),
        webhook(service={"name": "guard"}),
        webhook(service=[1], url={"a": "b"}),
        webhook(url="http://guard.example/"),
        webhook(url="https://user:word@guard.example/"),
        webhook(url="rubbish"),
        items("certificates.k8s.io/v1beta1", "ClusterTrustBundle", spec={"trustBundle": pem(*CAS).decode()}),
    ],
)
def test_without_a_server_the_bundle_stands_alone(found):
    assert [(one.called, one.facts.server) for one in found] == [(None, None)] * 2


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({"cert-manager.io/inject-ca-from": "shop/guard"}, Injected("Certificate", "shop", "guard")),
        ({"cert-manager.io/inject-ca-from-secret": "shop/guard"}, Injected("Secret", "shop", "guard")),
        ({"cert-manager.io/inject-ca-from": "guard"}, None),
        ({"cert-manager.io/inject-apiserver-ca": "true"}, None),
    ],
)
def test_annotations_name_a_certificate_or_a_secret(annotations, expected):
    assert injection_of(as_object({"metadata": {"name": "x", "annotations": annotations}})) == expected
