"""Requests in resources: their role, and the lifetime that is asked for beside them."""

import json
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certgate.model.observation import IssuancePlan, Refusal
from certgate.observe.files.contents import UnusableInput
from tests.observe.kubernetes.manifests import LEAF, LEAF_PEM, b64, read

CSR = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(LEAF.key, hashes.SHA256())
PEM = b64(CSR.public_bytes(Encoding.PEM))
CERT_MANAGER, KUBERNETES = "cert-manager.io/v1", "certificates.k8s.io/v1"
SIGNER = "kubernetes.io/kube-apiserver-client"
DAY = timedelta(days=1)


def entry(kind, version, spec, *others, **annotations):
    said = {key: value for key, value in annotations.items() if value}
    body = {"kind": kind, "apiVersion": version, "metadata": {"name": "r", "annotations": said}, "spec": spec}
    return read("\n---\n".join(json.dumps(one) for one in (body, *others)))[0]


def wanted(**spec):
    return entry("CertificateRequest", CERT_MANAGER, {"request": PEM, "issuerRef": {"name": "ca"}} | spec)


def signing(annotations=None, **spec):
    usual = {"request": PEM, "signerName": SIGNER, "usages": ["client auth"]}
    return entry("CertificateSigningRequest", KUBERNETES, usual | spec, **(annotations or {}))


@pytest.mark.parametrize(
    ("spec", "plan"),
    [
        ({}, IssuancePlan(duration=90 * DAY)),
        ({"duration": "87600h"}, IssuancePlan(duration=3650 * DAY)),
        (
            {"issuerRef": {}},
            IssuancePlan(duration=90 * DAY, refusals=(Refusal("issuer-name", "issuerRef names no issuer"),)),
        ),
    ],
)
def test_a_certificate_request_asks_for_a_lifetime(spec, plan):
    found = wanted(**spec)

    assert (found.id, found.contents.plan) == ("r/spec.request", plan)
    assert found.contents.request == CSR.public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("annotations", "spec", "duration"),
    [
        ({}, {}, None),
        ({}, {"expirationSeconds": 86400}, DAY),
        ({}, {"expirationSeconds": 10**17}, timedelta(seconds=2**31 - 1)),
        ({"experimental.cert-manager.io/request-duration": "48h"}, {"expirationSeconds": 86400}, 2 * DAY),
    ],
)
def test_a_signing_request_asks_for_a_lifetime(annotations, spec, duration):
    assert signing(annotations, **spec).contents.plan == IssuancePlan(duration=duration)


@pytest.mark.parametrize(
    ("spec", "detail"),
    [
        ({"expirationSeconds": 599}, "expirationSeconds 599 is below 600"),
        ({"signerName": ""}, "signerName is missing"),
        ({"signerName": "kubernetes.io/legacy-unknown"}, "signerName kubernetes.io/legacy-unknown is not accepted"),
        ({"usages": []}, "usages is missing"),
    ],
)
def test_what_the_api_server_refuses_is_told(spec, detail):
    assert [refusal.detail for refusal in signing(**spec).contents.plan.refusals] == [detail]
    assert signing(expirationSeconds=600).contents.plan.refusals == ()


@pytest.mark.parametrize(
    ("found", "role", "reason"),
    [
        (wanted(), "server", "CertificateRequest r does not exclude a server"),
        (wanted(isCA=True), "ca", "CertificateRequest r says isCA"),
        (
            wanted(usages=["client auth"]),
            "client",
            "the usages of CertificateRequest r have client auth without server auth",
        ),
        (
            wanted(usages=["client auth", "server auth"]),
            "server",
            "CertificateRequest r does not exclude a server",
        ),
        (signing(), "client", f"the signer of CertificateSigningRequest r is {SIGNER}"),
        (
            signing(signerName=f"{SIGNER}-kubelet"),
            "client",
            f"the signer of CertificateSigningRequest r is {SIGNER}-kubelet",
        ),
        (
            signing(signerName="kubernetes.io/kubelet-serving"),
            "server",
            "the signer of CertificateSigningRequest r is kubernetes.io/kubelet-serving",
        ),
        (
            signing(signerName="example.com/own"),
            "client",
            "the usages of CertificateSigningRequest r have client auth without server auth",
        ),
        (
            signing({"experimental.cert-manager.io/request-is-ca": "true"}, signerName="issuers.cert-manager.io/a.b"),
            "ca",
            "CertificateSigningRequest r says experimental.cert-manager.io/request-is-ca",
        ),
    ],
)
def test_the_role_of_a_request_is_what_the_object_says(found, role, reason):
    assert (found.role, found.role_reason) == (role, reason)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"request": CSR.public_bytes(Encoding.PEM).decode()}, "the value is PEM text where base64 is expected"),
        ({"request": b64(PEM.encode())}, "the value is base64 of base64"),
        ({"request": ""}, "the value is empty"),
        ({"request": None}, "the value is empty"),
        ({"request": b64(b"foo")}, "the input holds neither a PEM block nor DER"),
        ({"request": b64(LEAF_PEM)}, "the value holds a certificate instead of a certification request"),
        ({"duration": "30d"}, 'duration: "30d" is not a duration'),
    ],
)
def test_a_request_that_cannot_be_read_is_told(spec, said):
    contents = wanted(**spec).contents

    assert isinstance(contents, UnusableInput)
    assert f"CertificateRequest r, spec.request (line 1): {said}" in str(contents)


def test_a_request_resource_without_a_request_is_told():
    (found,) = read(json.dumps({"kind": "CertificateRequest", "metadata": {"name": "r"}, "spec": {}}))

    assert "the value is a list or a mapping, not text" in str(found.contents)
