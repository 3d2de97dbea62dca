"""Certificates in the fields of any object: read where their names say what they are for, told everywhere else."""

import json

import pytest

from certgate.lab.pki import pem
from certgate.observe.files.contents import UnusableInput
from certgate.observe.kubernetes.budget import Budget
from tests.observe.kubernetes.manifests import (
    CA,
    CA_PEM,
    LEAF,
    LEAF_PEM,
    OTHER_ROOT,
    ROOT_PEM,
    b64,
    block,
    read,
    secret,
    tell,
)

META = {"metadata": {"name": "w"}}
ROOT_TEXT, LEAF_TEXT = ROOT_PEM.decode(), LEAF_PEM.decode()


def resource(kind, version, **more):
    return {"kind": kind, "apiVersion": version} | META | more


def webhook(bundle):
    return {"name": "a", "clientConfig": {"caBundle": bundle}}


WEBHOOKS = ("admissionregistration.k8s.io/v1", "webhooks")


@pytest.mark.parametrize(
    ("one", "path"),
    [
        (
            resource("ValidatingWebhookConfiguration", WEBHOOKS[0], webhooks=[webhook(b64(ROOT_PEM))]),
            "webhooks[0].clientConfig.caBundle",
        ),
        (
            resource("MutatingWebhookConfiguration", WEBHOOKS[0], webhooks=[webhook(""), webhook(b64(ROOT_PEM))]),
            "webhooks[1].clientConfig.caBundle",
        ),
        (
            resource(
                "CustomResourceDefinition",
                "apiextensions.k8s.io/v1",
                spec={"conversion": {"webhook": {"clientConfig": {"caBundle": b64(ROOT_PEM)}}}},
            ),
            "spec.conversion.webhook.clientConfig.caBundle",
        ),
        (resource("APIService", "apiregistration.k8s.io/v1", spec={"caBundle": b64(ROOT_PEM)}), "spec.caBundle"),
        (
            resource("ClusterIssuer", "cert-manager.io/v1", spec={"vault": {"caBundle": b64(ROOT_PEM)}}),
            "spec.vault.caBundle",
        ),
        (resource("Issuer", "cert-manager.io/v1", spec={"acme": {"caBundle": b64(ROOT_PEM)}}), "spec.acme.caBundle"),
        (
            resource("ServiceEntry", "x.io/v1", spec={"tls": {"caCertificates": [ROOT_TEXT]}}),
            "spec.tls.caCertificates[0]",
        ),
        (resource("Any", "x.io/v1", spec={"trustAnchorsPEM": ROOT_TEXT}), "spec.trustAnchorsPEM"),
        (resource("Any", "x.io/v1", spec={"anything": b64(ROOT_PEM)}), "spec.anything"),
        (
            resource("Bundle", "trust.cert-manager.io/v1", spec={"sources": [{"inLine": ROOT_TEXT}]}),
            "spec.sources[0].inLine",
        ),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_bundle_of_cas_is_read_wherever_it_stands(one, path):
    assert tell(one) == {f"w/{path}": "ca chain of 1"}


@pytest.mark.parametrize(
    ("bundle", "said"),
    [
        (ROOT_TEXT, "the value is PEM text where base64 is expected"),
        (b64(b64(ROOT_PEM).encode()), "the value is base64 of base64"),
        ("${CA_BUNDLE}", "the value is a placeholder: fill the template in first"),
        ("not base64", "the value is not base64: it holds blanks"),
        (b64(b"foo"), "the input holds neither a PEM block nor DER"),
        (b64(ROOT_PEM[:90]), "line 1 of the value: the CERTIFICATE block is truncated"),
    ],
)
def test_a_ca_bundle_that_the_api_server_or_its_clients_cannot_read_is_told(bundle, said):
    one = resource("ValidatingWebhookConfiguration", WEBHOOKS[0], webhooks=[webhook(bundle)])
    path = "webhooks[0].clientConfig.caBundle"

    (told,) = tell(one).values()

    assert told.startswith(f"ValidatingWebhookConfiguration w, {path} (line ")
    assert f"): {said}" in told


@pytest.mark.parametrize("bundle", ["", "Cg==", None])
def test_a_ca_bundle_that_is_filled_in_later_is_nothing(bundle):
    one = resource("ValidatingWebhookConfiguration", WEBHOOKS[0], webhooks=[webhook(bundle)])

    with pytest.raises(UnusableInput, match="the manifest holds no certificate and no request for one"):
        tell(one)


def kubeconfig(**user):
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": "x", "certificate-authority-data": b64(ROOT_PEM)}}],
        "users": [{"name": "u", "user": user}],
    }


AUTHORITY = "clusters[0].cluster.certificate-authority-data"
USER = "users[0].user.client-certificate-data"


def test_a_kubeconfig_file_is_a_client_and_a_bundle():
    data = {"client-certificate-data": b64(LEAF_PEM)}

    assert tell(kubeconfig(**data, **{"client-key-data": b64(LEAF.key_pem)})) == {
        AUTHORITY: "ca chain of 1",
        USER: "client chain of 1, its key",
    }
    assert tell(kubeconfig(**data, **{"client-key-data": b64(CA.key_pem)}))[USER] == "client chain of 1, another key"
    assert tell(kubeconfig(exec={"command": "aws"})) == {AUTHORITY: "ca chain of 1"}
    assert "is PEM text where base64 is expected" in tell(kubeconfig(**{"client-certificate-data": LEAF_TEXT}))[USER]


def test_a_file_that_a_kubeconfig_names_is_told_unless_its_contents_are_there():
    named = tell(kubeconfig(**{"client-certificate": "pki/a.pem", "client-key": "pki/a.key"}))

    assert set(named) == {AUTHORITY, "users[0].user.client-certificate"}
    assert named["users[0].user.client-certificate"].endswith(
        "users[0].user.client-certificate (line 17): names a file, which certgate does not read; check the file itself: "
        "certgate check FILE --role client"
    )
    both = kubeconfig(**{"client-certificate": "pki/a.pem", "client-certificate-data": b64(LEAF_PEM)})
    assert set(tell(both)) == {AUTHORITY, USER}


def test_a_kubeconfig_within_a_secret_or_config_map_is_read():
    inner = json.dumps(kubeconfig(), indent=1)
    config = resource("ConfigMap", "v1", data={"kubeconfig": inner})

    assert tell(secret({"value": inner.encode()})) == {f"shop/web/value/{AUTHORITY}": "ca chain of 1"}
    assert tell(config) == {f"w/kubeconfig/{AUTHORITY}": "ca chain of 1"}


def test_what_stands_within_the_text_of_a_block_has_its_line_in_the_manifest():
    inner = f"identityTrustAnchorsPEM: {block(ROOT_PEM, 2)}"
    text = f"kind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  values: {block(inner.encode())}"
    begins = next(n for n, line in enumerate(text.splitlines(), 1) if "BEGIN" in line)

    (entry,) = read(text)

    assert (entry.id, entry.role.value, entry.line, entry.contents.lines) == (
        "c/values/identityTrustAnchorsPEM",
        "ca",
        begins,
        (begins,),
    )


def test_a_bundle_of_spiffe_is_a_bundle_of_cas():
    keys = [{"use": "x509-svid", "kty": "EC", "x5c": [b64(der)]} for der in (CA.der, LEAF.der)]
    found = tell(resource("ConfigMap", "v1", data={"bundle.spiffe": json.dumps({"keys": keys})}))

    assert found.pop("w/bundle.spiffe/keys[0].x5c[0]") == "ca chain of 1"
    assert "certgate does not know the role of this certificate" in found["w/bundle.spiffe/keys[1].x5c[0]"]


def test_a_route_is_a_servers_certificate_with_its_key_and_bundles():
    tls = {
        "certificate": LEAF_TEXT,
        "key": LEAF.key_pem.decode(),
        "caCertificate": CA_PEM.decode(),
        "destinationCACertificate": ROOT_TEXT,
    }

    assert tell(resource("Route", "route.openshift.io/v1", spec={"tls": tls})) == {
        "w/spec.tls.certificate": "server chain of 2, its key",
        "w/spec.tls.caCertificate": "ca chain of 1",
        "w/spec.tls.destinationCACertificate": "ca chain of 1",
    }
    alone = {"certificate": LEAF_TEXT, "caCertificate": ""}
    assert tell(resource("Route", "route.openshift.io/v1", spec={"tls": alone})) == {
        "w/spec.tls.certificate": "server chain of 1"
    }
    broken = {"certificate": LEAF_TEXT, "caCertificate": CA_PEM.decode()[:100]}
    told = tell(resource("Route", "route.openshift.io/v1", spec={"tls": broken}))
    assert "truncated" in told["w/spec.tls.certificate"]
    assert "truncated" in told["w/spec.tls.caCertificate"]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"certificate": LEAF_TEXT}, "spec.certificate"),
        ({"deep": [[{"x": LEAF_TEXT}]]}, "spec.deep[0][0].x"),
        ({"deep": [[LEAF_TEXT]]}, "spec.deep[0][0]"),
        ({"a": b64(LEAF_PEM)}, "spec.a"),
        ({"a": b64(LEAF.der)}, "spec.a"),
        ({"a/b.c": b64(b64(LEAF_PEM).encode())}, "spec.a/b.c"),
        ({"env": [{"name": "CERT", "value": LEAF_TEXT.replace("\n", "\\n")}]}, "spec.env[0].value"),
        ({"args": [f"--cert={LEAF_TEXT}"]}, "spec.args[0]"),
        ({"config": f"a: b\ntls:\n  chain: {block(LEAF_PEM)}"}, "spec.config/tls.chain"),
        ({"script": f"echo {b64(LEAF_PEM)} | base64 -d"}, "spec.script"),
    ],
)
def test_a_certificate_of_which_nobody_knows_what_it_is_for_is_told_with_its_field(spec, path):
    ((id, told),) = tell(resource("Foo", "x.io/v1", spec=spec)).items()

    assert id == f"w/{path}"
    assert told.startswith("Foo w, spec")
    assert told.endswith("check it separately with --role") or "check it separately" in told or "encode it once" in told


@pytest.mark.parametrize(
    "spec",
    [
        {"description": "put it between\n-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----\n"},
        {"items": [{"key": "tls.crt", "path": "tls.crt"}]},
        {"aws-ssl-cert": "arn:aws:acm:eu-west-1:123456789012:certificate/" + "12345678-" * 10},
        {"template": {"tls.crt": '{{ .chain | filterPEM "CERTIFICATE" }}' + " " * 100}},
        {"key": LEAF.key_pem.decode()},
        {"publicKey": "-----BEGIN PUBLIC KEY-----\n" + b64(bytes(91)) + "\n-----END PUBLIC KEY-----\n"},
        {"image": b64(bytes(range(256)) * 8)},
    ],
)
def test_what_is_no_certificate_is_no_reason_to_stop(spec):
    with pytest.raises(UnusableInput, match="holds no certificate"):
        tell(resource("Foo", "x.io/v1", spec=spec))


def test_a_sealed_certificate_is_told():
    sealed = resource("SealedSecret", "bitnami.com/v1alpha1", spec={"encryptedData": {"tls.crt": b64(bytes(600))}})

    assert list(tell(sealed).values()) == [
        "SealedSecret w, spec.encryptedData.tls.crt (line 9): the value is sealed: check the Secret before it is sealed"
    ]


def test_what_the_cluster_wrote_is_not_what_is_deployed():
    data = {"tls.crt": LEAF_PEM, "tls.key": LEAF.key_pem}
    past = json.dumps(secret(data))
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": past}
    one = secret(data, metadata={"name": "w", "annotations": annotations}, status={"certificate": b64(LEAF_PEM)})

    assert tell(one) == {"w/tls.crt": "server chain of 1, its key"}


def test_every_expired_or_other_bundle_beside_a_good_secret_is_seen():
    one = resource("ValidatingWebhookConfiguration", WEBHOOKS[0], webhooks=[webhook(b64(pem(OTHER_ROOT)))])
    good = secret({"tls.crt": LEAF_PEM, "tls.key": LEAF.key_pem})

    assert list(tell("\n---\n".join(map(json.dumps, (good, one))))) == [
        "shop/web/tls.crt",
        "w/webhooks[0].clientConfig.caBundle",
    ]


def test_nesting_and_aliases_end_at_a_limit():
    text = f"kind: Foo\nca: {block(LEAF_PEM, 2)}"
    for _ in range(10):
        text = f"kind: ConfigMap\ndata:\n  a: {block(text.encode())}"
    laugh = "kind: Foo\na0: &a0 {x: y}\n" + "\n".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)
    )
    many = "kind: List\nx: &x [" + "{a: b}, " * 200 + "]\nitems: [" + "{kind: Foo, y: *x}, " * 200 + "]\n"

    (told,) = tell(text).values()

    assert "the text contains a certificate" in told
    with pytest.raises(UnusableInput, match="holds no certificate"):
        read(laugh)
    with pytest.raises(UnusableInput, match="more than 9000 parts, the limit"):
        read(many, budget=Budget(parts=9_000))
