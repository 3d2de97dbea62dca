"""What is plainly meant as a certificate in a Secret or ConfigMap is judged, with its key and its role, or told."""

import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7, pkcs12

from certgate.lab.pki import issue, pem
from certgate.observe.kubernetes.field_name import named
from tests.observe.kubernetes.manifests import (
    CA,
    CA_PEM,
    LEAF,
    LEAF_PEM,
    OTHER_ROOT,
    ROOT,
    ROOT_PEM,
    b64,
    read,
    secret,
    tell,
    tls_secret,
)

BESIDE = {"tls.crt": LEAF_PEM, "tls.key": LEAF.key_pem}
JUDGED = {"shop/web/tls.crt": "server chain of 1, its key"}
BOM = b"\xef\xbb\xbf"
DH = b"-----BEGIN DH PARAMETERS-----\nMAYCAQ8CAQI=\n-----END DH PARAMETERS-----\n"
P12 = pkcs12.serialize_key_and_certificates(b"x", LEAF.key, LEAF.native, None, NoEncryption())
P7B = pkcs7.serialize_certificates([LEAF.native, CA.native], Encoding.DER)
CSR = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(LEAF.key, hashes.SHA256())


def of(name, value, *, config=False):
    """What is told of one value beside a good pair."""
    if config:
        body = {"kind": "ConfigMap", "metadata": {"name": "web", "namespace": "shop"}, "data": {name: value}}
        return tell(body)[f"shop/web/{name}"]
    found = tell(secret(BESIDE | {name: value}))
    assert found.pop("shop/web/tls.crt") == "server chain of 1, its key"
    return found.get(f"shop/web/{name}", found or None)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (LEAF_PEM.decode(), "the value is PEM text where base64 is expected: encode it"),
        (BOM + LEAF_PEM, "line 1 of the value: a byte order mark stands before BEGIN"),
        (b64(LEAF_PEM).encode(), "the value is base64 of base64"),
        (b64(LEAF.der).encode(), "the value is base64 of base64"),
        (b64(b64(LEAF_PEM).encode()).encode(), "the value is base64 of base64"),
        (LEAF_PEM.replace(b"CERTIFICATE", b"CERTFICATE"), "the input holds only a CERTFICATE block, no certificate"),
        (LEAF_PEM.replace(b"-----", "—".encode()), "line 1 of the value: a PEM boundary is misspelt"),
        (LEAF_PEM[:300], "line 1 of the value: the CERTIFICATE block is truncated"),
        (LEAF_PEM.replace(b"\n", b"\\n"), "the text contains a certificate"),
        (b"ssl_certificate data:" + LEAF_PEM.replace(b"\n", b" "), "the text contains a certificate"),
        (
            b"<X509Certificate>" + b64(LEAF.der).encode() + b"</X509Certificate>",
            "the text contains a certificate",
        ),
        (b"\xfe\xed\xfe\xed" + bytes(200), "the input is a Java key store"),
        ("!" * 100, "the value is not base64"),
        (b64(LEAF_PEM)[:76] + " " + b64(LEAF_PEM)[76:], "the value is not base64: it holds blanks"),
    ],
)
@pytest.mark.parametrize("name", ["tls2.crt", "anything"])
def test_what_is_plainly_a_certificate_and_cannot_be_read_is_told_under_any_name(name, value, said):
    assert of(name, value).startswith(f"Secret shop/web, {name} (line ")
    assert f"): {said}" in of(name, value)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (LEAF_PEM, "server chain of 1"),
        (LEAF.der, "server chain of 1"),
        (P7B, "server chain of 2"),
        (P12, "server chain of 1, its key"),
        (CSR.public_bytes(Encoding.PEM), "server request"),
        (CSR.public_bytes(Encoding.DER), "server request"),
        (b"Subject: x\n" + LEAF_PEM + LEAF.key_pem, "server chain of 1, its key"),
        (OTHER_ROOT.der, "ca chain of 1"),
        (ROOT_PEM + CA_PEM, "ca chain of 2"),
    ],
)
@pytest.mark.parametrize("name", ["a.pem", "anything", "x.key"])
def test_a_certificate_is_judged_in_any_encoding_under_any_name(name, value, told):
    assert of(name, value) == told


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("a.crt", b"foo", "the input holds neither a PEM block nor DER"),
        ("a.pem", b"foo", "the input holds neither a PEM block nor DER"),
        ("ca-bundle.crt", b"\x1f\x8b\x08" + bytes(200), "the input holds neither a PEM block nor DER"),
        ("a.crt", LEAF.key_pem, "the input holds only a PRIVATE KEY block, no certificate"),
        ("a.crt", "$(CRT)", "the value is a placeholder: fill the template in first"),
        ("a.crt", "{{ .Values.crt | b64enc }}", "the value is a placeholder: fill the template in first"),
        ("a.crt", b"${CRT}", "the value is a placeholder: fill the template in first"),
        ("a.crt", "ENC[AES256_GCM,data:x,type:str]", "the value is encrypted by SOPS: decrypt it first"),
        ("tls_cert", b"f" * 200, "the input holds neither a PEM block nor DER"),
        ("a.crt", {"x": "y"}, "the value is a list or a mapping, not text"),
    ],
)
def test_what_is_named_as_a_certificate_and_is_none_is_told(name, value, said):
    assert f"{name} (line " in of(name, value)
    assert f"): {said}" in of(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", b"hunter2"),
        ("password", "ENC[AES256_GCM,data:x,type:str]"),
        ("ca.crt", b""),
        ("ca.crt", None),
        ("spare.key", CA.key_pem),
        ("key.der", CA.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
        ("dh.pem", DH),
        ("readme", b"write the certificate between BEGIN CERTIFICATE and END CERTIFICATE"),
        ("SSL_CERT_FILE", b"/etc/ssl/certs/ca.pem"),
        ("ssl-cert", b"true"),
        ("release", b64(b"\x1f\x8b\x08" + bytes(2000)).encode()),
    ],
)
def test_what_is_no_certificate_is_left_alone(name, value):
    assert of(name, value) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b64(LEAF_PEM), "the value is base64 where plain text is expected"),
        (BOM.decode() + LEAF_PEM.decode(), "line 1 of the value: a byte order mark"),
        ("ENC[AES256_GCM,data:x,type:str]", "the value is encrypted by SOPS"),
    ],
)
def test_plain_text_of_a_config_map_is_held_to_the_same(value, said):
    assert f": {said}" in of("a.crt", value, config=True)


def test_a_damaged_block_is_told_with_its_line_in_the_manifest():
    lines = LEAF_PEM.decode().splitlines()
    lines[2] = "%" + lines[2][1:]
    text = "kind: ConfigMap\nmetadata: {name: w}\ndata:\n  a.crt: |\n" + "".join(f"    {line}\n" for line in lines)

    assert tell(text)["w/a.crt"].startswith("ConfigMap w, a.crt (line 4): line 5: the CERTIFICATE block is damaged")


PAIRS = [
    ("tls.crt", "tls.key"),
    ("shop.crt", "shop.key"),
    ("cert.pem", "key.pem"),
    ("fullchain.pem", "privkey.pem"),
    ("server.crt", "server.key"),
    ("server-cert.pem", "server-key.pem"),
    ("ssl_certificate", "ssl_certificate_key"),
    ("certificate", "privateKey"),
    ("tls-cert", "tls-key"),
    ("site.cer", "site-private.pem"),
    ("cert-chain.pem", "key.pem"),
    ("certificate_chain", "private_key"),
    ("full-chain.pem", "key.pem"),
    ("shop-fullchain.pem", "shop-key.pem"),
]


@pytest.mark.parametrize(("crt", "key"), PAIRS)
@pytest.mark.parametrize("kind", ["Opaque", "example.com/own", ""])
def test_pairs_belong_together_by_their_names_in_any_secret(crt, key, kind):
    right = secret({key: LEAF.key_pem, crt: LEAF_PEM}, kind)
    wrong = secret({crt: LEAF_PEM, key: CA.key_pem}, kind)

    assert tell(right) == {f"shop/web/{crt}": "server chain of 1, its key"}
    assert tell(wrong) == {f"shop/web/{crt}": "server chain of 1, another key"}


def test_a_pair_in_a_config_map_is_one_too():
    data = {"tls.crt": LEAF_PEM.decode(), "tls.key": CA.key_pem.decode()}

    assert tell({"kind": "ConfigMap", "metadata": {"name": "w"}, "data": data}) == {
        "w/tls.crt": "server chain of 1, another key"
    }


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (b"%%%", "server chain of 1, bad key"),
        ("%%%", "server chain of 1, bad key"),
        (LEAF.key_pem[:60], "server chain of 1, bad key"),
        (DH, "server chain of 1, bad key"),
        (LEAF.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), "server chain of 1, its key"),
    ],
)
def test_a_key_that_cannot_be_read_is_told(key, told):
    assert tell(secret({"tls.crt": LEAF_PEM, "tls.key": key})) == {"shop/web/tls.crt": told}


def test_a_key_whose_certificate_is_empty_is_told():
    assert tell(secret({"tls.crt": b"", "tls.key": LEAF.key_pem})) == {
        "shop/web/tls.crt": "Secret shop/web, tls.crt (line 10): the value is empty"
    }


def test_names_that_do_not_belong_together_are_no_pair():
    data = {"ca.crt": ROOT_PEM, "tls.key": LEAF.key_pem, "client.crt": LEAF_PEM, "server.crt": LEAF_PEM}

    assert tell(secret(data)) == {
        "shop/web/ca.crt": "ca chain of 1",
        "shop/web/client.crt": "client chain of 1",
        "shop/web/server.crt": "server chain of 1",
    }


def test_a_value_to_which_many_keys_lead_is_read_once():
    keys = "".join(f"  k{n}.crt: *c\n" for n in range(500))
    text = f"kind: Secret\nmetadata: {{name: w}}\ndata:\n  a.crt: &c {b64(LEAF_PEM)}\n{keys}"

    assert set(tell(text).values()) == {"server chain of 1"}


CLIENT = issue("client", issuer=CA, ekus=["1.3.6.1.5.5.7.3.2"], sans=[])
MIXED = issue("c.example", issuer=CA, ekus=["1.3.6.1.5.5.7.3.2"], sans=["c.example"])
CA_WITH_HOST = issue("Web CA", ca=True, issuer=ROOT, sans=["ca.example"])
SELF_MADE = issue("d.example", ca=True, sans=["d.example"], ekus=["1.3.6.1.5.5.7.3.1"])


def role(leaf, *others, kind="kubernetes.io/tls"):
    manifest = [secret({"tls.crt": pem(leaf), "tls.key": leaf.key_pem}, kind), *others]
    entries = read("\n---\n".join(json.dumps(one) for one in manifest))
    return next((e.role.value, e.role_reason) for e in entries if e.id == "shop/web/tls.crt")


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        (LEAF, ("server", "")),
        (CA, ("ca", "the certificate is a CA's, and no object uses it for a server")),
        (CA_WITH_HOST, ("ca", "the certificate is a CA's, and no object uses it for a server")),
        (SELF_MADE, ("server", "")),
        (CLIENT, ("client", "the certificate is for clients alone and names no host")),
        (MIXED, ("server", "")),
    ],
)
def test_the_role_in_a_tls_secret_is_what_it_can_be(leaf, expected):
    assert role(leaf) == expected
    assert role(leaf, kind="Opaque") == expected


META = {"name": "x", "namespace": "shop"}


def named_by(kind, version, spec, **more):
    return {"kind": kind, "apiVersion": version, "metadata": META, "spec": spec} | more


SERVER = [
    named_by("Ingress", "networking.k8s.io/v1", {"tls": [{"hosts": ["a"], "secretName": "web"}]}),
    named_by(
        "Gateway", "gateway.networking.k8s.io/v1", {"listeners": [{"tls": {"certificateRefs": [{"name": "web"}]}}]}
    ),
    named_by("Gateway", "networking.istio.io/v1", {"servers": [{"tls": {"credentialName": "web"}}]}),
    named_by("IngressRoute", "traefik.io/v1alpha1", {"tls": {"secretName": "web"}}),
    named_by("HTTPProxy", "projectcontour.io/v1", {"virtualhost": {"tls": {"secretName": "web"}}}),
]


@pytest.mark.parametrize("one", SERVER, ids=lambda one: one["kind"] + one["apiVersion"])
def test_a_secret_that_a_server_uses_is_a_servers_whatever_it_holds(one):
    issuer = named_by("Issuer", "cert-manager.io/v1", {"ca": {"secretName": "web"}})

    assert role(CA, issuer, one) == ("server", f"{one['kind']} shop/x uses it as a server's")


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (named_by("Issuer", "cert-manager.io/v1", {"ca": {"secretName": "web"}}), "ca"),
        (
            named_by("ClusterIssuer", "cert-manager.io/v1", {"ca": {"secretName": "web"}}, metadata={"name": "x"}),
            "ca",
        ),
        (named_by("Certificate", "cert-manager.io/v1", {"secretName": "web", "isCA": True}), "ca"),
        (named_by("Certificate", "cert-manager.io/v1", {"secretName": "web", "usages": ["client auth"]}), "client"),
        (
            named_by(
                "DestinationRule", "networking.istio.io/v1", {"trafficPolicy": {"tls": {"credentialName": "web"}}}
            ),
            "client",
        ),
    ],
)
def test_objects_that_name_a_secret_tell_its_role(one, expected):
    assert role(LEAF, one)[0] == expected


def test_objects_of_another_namespace_say_nothing():
    other = named_by(
        "Issuer", "cert-manager.io/v1", {"ca": {"secretName": "web"}}, metadata={"name": "x", "namespace": "y"}
    )

    assert role(LEAF, other) == ("server", "")


def test_a_bundle_of_cas_is_one_whatever_the_command_line_says_and_a_lone_ca_is_not():
    bundle, lone = read(
        json.dumps(tls_secret(b64(CA_PEM), b64(CA.key_pem), **{"ca.crt": b64(ROOT_PEM)})),
    )[::-1]

    assert (bundle.role_is_fixed, lone.role_is_fixed) == (True, False)
    assert (bundle.contents.key.public_key, bool(lone.contents.key.public_key)) == (None, True)


@pytest.mark.parametrize(
    ("name", "is_certificate", "is_key", "is_of_ca", "is_of_client", "stem"),
    [
        ("tls.crt", True, False, False, False, {"tls"}),
        ("caBundle", True, False, True, False, {"ca", "bundle"}),
        ("cacert.pem", True, False, True, False, {"ca"}),
        ("client-certificate-data", True, False, False, True, {"client"}),
        ("destinationCACertificate", True, False, True, False, {"ca", "destination"}),
        ("ssl_certificate_key", False, True, False, False, {"ssl"}),
        ("cert-chain.pem", True, False, False, False, set()),
        ("chain.pem", False, False, False, False, {"chain"}),
        ("user.crt", True, False, False, True, {"user"}),
        ("cert-manager.yaml", False, False, False, False, {"manager", "yaml"}),
        ("monkey", False, False, False, False, {"monkey"}),
        ("locale", False, False, False, False, {"locale"}),
    ],
)
def test_a_name_tells_what_is_meant(name, is_certificate, is_key, is_of_ca, is_of_client, stem):
    says = named(name)

    assert (says.is_certificate, says.is_private_key, says.is_of_ca, says.is_of_client) == (
        is_certificate,
        is_key,
        is_of_ca,
        is_of_client,
    )
    assert says.stem == stem
