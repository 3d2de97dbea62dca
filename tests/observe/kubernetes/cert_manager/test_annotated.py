"""Ingresses and Gateways that have cert-manager make Certificates are judged as those."""

import json
from datetime import timedelta

import pytest

from certgate.observe.files.contents import UnusableInput
from certgate.x509.request import CertificateRequest
from tests.observe.kubernetes.manifests import read

INGRESS, GATEWAY = "networking.k8s.io/v1", "gateway.networking.k8s.io/v1"
TLS = [{"hosts": ["a.example", "10.0.0.1", "a.example"], "secretName": "web"}]
LISTENERS = [
    {"name": "a", "hostname": "a.example", "tls": {"certificateRefs": [{"name": "web"}]}},
    {"name": "b", "hostname": "*.b.example", "tls": {"certificateRefs": [{"name": "web"}, {"name": "other"}]}},
    {"name": "c", "hostname": "c.example", "tls": {"mode": "Passthrough", "certificateRefs": [{"name": "pass"}]}},
    {"name": "d", "hostname": "d.example", "tls": {"certificateRefs": [{"name": "ignored"}]}},
    {"name": "e", "tls": {"certificateRefs": [{"name": "nameless"}]}},
]


def manifest(kind="Ingress", version=INGRESS, spec=None, **annotations):
    said = {key if "/" in key else f"cert-manager.io/{key.replace('_', '-')}": v for key, v in annotations.items()}
    metadata = {"name": "x", "namespace": "shop", "annotations": said}
    return {"kind": kind, "apiVersion": version, "metadata": metadata, "spec": spec or {"tls": TLS}}


def drafted(*objects):
    return read("\n---\n".join(map(json.dumps, objects)))


def test_an_ingress_asks_for_a_certificate_for_its_hosts():
    (entry,) = drafted(manifest(cluster_issuer="acme"))

    plan, request = entry.contents.plan, CertificateRequest(entry.contents.request, entry.contents.plan)
    assert (entry.id, entry.role, entry.role_reason) == ("shop/x/tls/web", "server", "Ingress shop/x serves it")
    assert (request.dns_names, request.ip_addresses) == (("a.example",), ("10.0.0.1",))
    assert (request.key_usage, request.subject.text) == ({"digitalSignature", "keyEncipherment"}, "(empty name)")
    assert (plan.duration, plan.renew_before, plan.refusals) == (timedelta(days=90), timedelta(days=30), ())


def test_annotations_say_what_the_certificate_shall_be():
    (entry,) = drafted(
        manifest(
            issuer="ca",
            duration="87600h",
            renew_before="24h",
            common_name="shop",
            alt_names="b.example,c.example",
            ip_sans="10.0.0.2, 10.0.0.3",
            usages="server auth, digital signature",
            private_key_algorithm="ECDSA",
            private_key_size="384",
            subject_organizations='"Shop, Inc.",Other',
            subject_countries="DE",
            email_sans="a@a.example",
        )
    )

    request = CertificateRequest(entry.contents.request, entry.contents.plan)
    assert (entry.contents.plan.duration, entry.contents.plan.renew_before) == (timedelta(days=3650), timedelta(days=1))
    assert request.dns_names == ("a.example", "b.example", "c.example")
    assert request.ip_addresses == ("10.0.0.1", "10.0.0.2", "10.0.0.3")
    assert request.subject.text == "CN=shop,O=Other,O=Shop\\, Inc.,C=DE"
    assert (request.key_usage, request.ekus) == ({"digitalSignature"}, {"1.3.6.1.5.5.7.3.1"})
    assert str(request.key) == "EC P-384"


@pytest.mark.parametrize(
    ("annotations", "details"),
    [
        ({"duration": "30m"}, ["duration 30m is below 1 hour"]),
        ({"renew_before": "1m"}, ["renewBefore 1m is below 5 minutes"]),
        ({"common_name": "x" * 65}, ["commonName is longer than 64 bytes"]),
        ({"private_key_size": "1024"}, ["privateKey.size 1024 is not between 2048 and 8192"]),
        (
            {"renew_before": "1h", "renew_before_percentage": "50"},
            ["renewBefore and renewBeforePercentage exclude each other"],
        ),
    ],
)
def test_what_cert_manager_refuses_in_annotations_is_told(annotations, details):
    (entry,) = drafted(manifest(issuer="ca", **annotations))

    assert [refusal.detail for refusal in entry.contents.plan.refusals] == details


def test_annotations_that_cannot_be_read_are_told():
    (entry,) = drafted(manifest(issuer="ca", duration="30d"))

    assert str(entry.contents).startswith('Ingress shop/x (line 1): duration: "30d" is not a duration')


def test_each_secret_of_a_gateway_is_one_certificate_for_all_its_listeners():
    gateway = manifest("Gateway", GATEWAY, {"listeners": LISTENERS}, issuer="ca", ignore_tls_listeners="x, d")

    found = {e.id: CertificateRequest(e.contents.request, e.contents.plan).dns_names for e in drafted(gateway)}

    assert found == {"shop/x/tls/web": ("a.example", "*.b.example"), "shop/x/tls/other": ("*.b.example",)}


def test_an_issuer_that_lets_certificates_sign_themselves_is_known():
    issuer = {
        "kind": "Issuer",
        "apiVersion": "cert-manager.io/v1",
        "metadata": {"name": "own", "namespace": "shop"},
        "spec": {"selfSigned": {}},
    }

    (entry,) = drafted(manifest(issuer="own"), issuer)

    assert entry.contents.plan.self_signed


@pytest.mark.parametrize(
    "one",
    [
        manifest(),
        manifest(issuer_name="x"),
        manifest("Service", "v1", issuer="x"),
        manifest(spec={"tls": [{"hosts": ["a.example"]}, {"secretName": "web"}]}, issuer="x"),
        manifest(**{"kubernetes.io/tls-acme": "false"}),
    ],
)
def test_without_the_annotation_or_hosts_nobody_asks(one):
    with pytest.raises(UnusableInput, match="holds no certificate"):
        drafted(one)


def test_the_old_annotation_asks_too():
    assert len(drafted(manifest(**{"kubernetes.io/tls-acme": "true"}))) == 1


def test_a_certificate_of_the_same_name_is_the_one_that_counts():
    certificate = {
        "kind": "Certificate",
        "apiVersion": "cert-manager.io/v1",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"secretName": "web", "dnsNames": ["a.example"], "issuerRef": {"name": "ca"}},
    }

    assert [entry.id for entry in drafted(manifest(issuer="ca"), certificate)] == ["shop/web/spec"]
