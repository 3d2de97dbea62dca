"""The API server itself: what the other tests rely on."""

import pytest

from tests.integration.kubernetes import tls_secret

pytestmark = pytest.mark.timeout(300)


def test_the_server_takes_a_tls_secret_whose_certificate_is_rubbish(cluster):
    namespace = cluster.namespace("rubbish")
    cluster.create(tls_secret(namespace, "web", b"foo", b"bar"))
    [found] = cluster.call("GET", f"api/v1/namespaces/{namespace}/secrets")["items"]
    assert found["type"] == "kubernetes.io/tls"


def test_it_serves_cert_manager_and_the_gateway_api(cluster):
    groups = {group["name"] for group in cluster.call("GET", "apis")["groups"]}
    assert {"cert-manager.io", "gateway.networking.k8s.io"} <= groups
