"""Kubernetes manifests: every chain and request is found, with its line, and hostile YAML ends at a limit."""

import json
import time
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from certgate.lab.pki import pem
from certgate.model.observation import FailureKind, IssuancePlan
from certgate.model.target import Role
from certgate.observe.files.contents import UnusableInput
from certgate.observe.kubernetes.budget import Budget
from certgate.observe.kubernetes.documents import MAX_MANIFEST_BYTES
from certgate.observe.kubernetes.manifest import looks_like_manifest
from certgate.x509.request import CertificateRequest
from tests.observe.kubernetes.manifests import CA, LEAF, OTHER_ROOT, ROOT, SPKI, b64, block, read, tls_secret

SECRET = f"""\
apiVersion: v1
kind: Secret
type: kubernetes.io/tls
metadata: {{name: web, namespace: shop}}
data:
  tls.crt: {b64(pem(LEAF, CA))}
  tls.key: {b64(LEAF.key_pem)}
"""


def test_a_tls_secret_is_a_chain_with_its_key_at_its_line():
    (entry,) = read(SECRET)

    assert (entry.id, entry.line, entry.role) == ("shop/web/tls.crt", 6, Role.SERVER)
    contents = entry.contents
    assert (contents.certificates, contents.lines) == ((LEAF.der, CA.der), (6, 6))
    assert (contents.key.public_key, contents.key.problem) == (SPKI, "")


def test_certificates_in_a_block_of_text_have_lines_of_their_own():
    text = f"kind: ConfigMap\nmetadata:\n  name: web\ndata:\n  chain.pem: {block(pem(LEAF, CA))}  motd: hello\n"

    (entry,) = read(text)

    lines = [n for n, line in enumerate(text.splitlines(), 1) if "BEGIN CERTIFICATE" in line]
    assert entry.id == "web/chain.pem"
    assert entry.contents.certificates == (LEAF.der, CA.der)
    assert list(entry.contents.lines) == lines


def test_string_data_wins_over_data_as_in_the_cluster():
    text = SECRET.replace(b64(pem(LEAF, CA)), b64(pem(ROOT))) + f"stringData:\n  tls.crt: {block(pem(LEAF))}"

    (entry,) = read(text)

    assert entry.contents.certificates == (LEAF.der,)


def test_documents_and_lists_in_yaml_and_json_are_all_read():
    crt, key = b64(pem(LEAF, CA)), b64(LEAF.key_pem)
    items = [tls_secret(crt, key, name) for name in ("one", "two")]
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=4)

    from_json = read(listed)
    from_yaml = read("---\n" + SECRET + "---\nkind: Deployment\n---\n" + SECRET.replace("name: web", "name: api"))

    assert [a.id for a in from_json] == ["shop/one/tls.crt", "shop/two/tls.crt"]
    numbers = [n for n, line in enumerate(listed.splitlines(), 1) if '"tls.crt"' in line]
    assert [a.line for a in from_json] == numbers
    assert [a.id for a in from_yaml] == ["shop/web/tls.crt", "shop/api/tls.crt"]


WEB = "Secret shop/web, tls.crt (line 1): "


@pytest.mark.parametrize(
    ("crt", "kind", "said"),
    [
        (b64(pem(LEAF))[:-4] + "!!!!", FailureKind.UNREADABLE, "the value is not base64"),
        ("", FailureKind.NO_CERTIFICATE, "the value is empty"),
        (b64(b"   "), FailureKind.NO_CERTIFICATE, "the value is empty"),
        (b64(b"foo"), FailureKind.NO_CERTIFICATE, "the input holds neither a PEM block nor DER"),
        (b64(LEAF.key_pem), FailureKind.NO_CERTIFICATE, "the input holds only a PRIVATE KEY block, no certificate"),
        (
            b64(pem(LEAF)[:200]),
            FailureKind.UNREADABLE,
            "line 1 of the value: the CERTIFICATE block is truncated: it has no",
        ),
        ([], FailureKind.UNREADABLE, "the value is a list or a mapping, not text"),
    ],
)
def test_a_tls_secret_that_holds_no_readable_chain_is_told(crt, kind, said):
    (entry,) = read(json.dumps(tls_secret(crt, b64(LEAF.key_pem))))

    assert isinstance(entry.contents, UnusableInput)
    assert entry.contents.failure.kind is kind
    assert entry.contents.failure.detail.startswith(WEB + said)


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", "the Secret shop/web has no private key beside tls.crt"),
        ("%%%", "the tls.key of the Secret shop/web cannot be read: the value is not base64"),
        (b64(pem(CA)), "there is no private key in tls.key of the Secret shop/web"),
    ],
)
def test_a_tls_secret_without_a_readable_key_says_so(key, problem):
    (entry,) = read(json.dumps(tls_secret(b64(pem(LEAF)), key)))

    assert (entry.contents.key.public_key, entry.contents.key.problem) == (None, problem)


def test_a_tls_secret_without_a_certificate_is_no_pass():
    secret = tls_secret("", "")
    del secret["data"]["tls.crt"]

    (entry,) = read(json.dumps(secret))

    assert (entry.id, str(entry.contents)) == ("shop/web/tls.crt", "Secret shop/web: there is no tls.crt")


def test_an_encrypted_key_opens_with_its_pass_phrase():
    locked = LEAF.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))

    (entry,) = read(json.dumps(tls_secret(b64(pem(LEAF)), b64(locked))), password=b"secret")

    assert entry.contents.key.public_key == SPKI


def test_each_ca_of_a_bundle_is_judged_as_a_ca_by_itself():
    leaf, first, second = read(
        json.dumps(tls_secret(b64(pem(LEAF, CA)), b64(LEAF.key_pem), **{"ca.crt": b64(pem(OTHER_ROOT, ROOT))}))
    )

    assert leaf.role is Role.SERVER
    assert [(a.id, a.role) for a in (first, second)] == [("shop/web/ca.crt#1", Role.CA), ("shop/web/ca.crt#2", Role.CA)]
    assert [a.contents.certificates for a in (first, second)] == [(OTHER_ROOT.der,), (ROOT.der,)]
    assert first.role_reason == "ca.crt holds certificates of CAs"


def csr():
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a.example")])
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(LEAF.key, hashes.SHA256())


@pytest.mark.parametrize(
    ("kind", "group"),
    [("CertificateRequest", "cert-manager.io/v1"), ("CertificateSigningRequest", "certificates.k8s.io/v1")],
)
def test_the_request_in_a_request_resource_is_read(kind, group):
    body = {
        "apiVersion": group,
        "kind": kind,
        "metadata": {"name": "r"},
        "spec": {"request": b64(csr().public_bytes(Encoding.PEM))},
    }

    (entry,) = read(json.dumps(body))

    assert entry.id == "r/spec.request"
    assert CertificateRequest(entry.contents.request).subject.short == "a.example"


CERTIFICATE = """\
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web, namespace: shop}
spec:
  secretName: web
  commonName: a.example
  subject: {organizations: [Example]}
  dnsNames: [a.example, "*.b.example"]
  ipAddresses: [10.0.0.1]
  uris: ["spiffe://corp.example/web"]
  emailAddresses: [a@a.example]
  duration: 720h
  renewBefore: 240h30m
  privateKey: {algorithm: ECDSA, size: 384}
  usages: [digital signature, server auth]
  issuerRef: {name: own}
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: own, namespace: shop}
spec: {selfSigned: {}}
"""


def test_a_certificate_resource_is_the_request_that_it_will_make():
    (entry,) = read(CERTIFICATE)

    request = CertificateRequest(entry.contents.request, entry.contents.plan)
    assert (entry.id, entry.line, entry.role) == ("shop/web/spec", 3, Role.SERVER)
    assert entry.contents.plan == IssuancePlan(
        duration=timedelta(hours=720),
        renew_before=timedelta(hours=240, minutes=30),
        self_signed=True,
        is_drafted=True,
    )
    assert request.subject.text == "CN=a.example,O=Example"
    assert request.dns_names == ("a.example", "*.b.example")
    assert request.ip_addresses == ("10.0.0.1",)
    assert request.uris == ("spiffe://corp.example/web",)
    assert str(request.key) == "EC P-384"
    assert (request.key_usage, request.ekus) == ({"digitalSignature"}, {"1.3.6.1.5.5.7.3.1"})
    assert not request.is_ca
    assert request.lifetime == timedelta(days=30)


def test_a_certificate_resource_has_cert_managers_defaults():
    (entry,) = read(
        "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: x}\nspec: {isCA: true, commonName: x, secretName: x, issuerRef: {name: i}}\n"
    )

    request = CertificateRequest(entry.contents.request, entry.contents.plan)
    assert (entry.id, entry.role) == ("x/spec", Role.CA)
    assert entry.contents.plan == IssuancePlan(
        duration=timedelta(days=90),
        renew_before=timedelta(days=30),
        is_drafted=True,
        refusals=(),
    )
    assert str(request.key) == "RSA 2048"
    assert request.is_ca
    assert request.key_usage == {"digitalSignature", "keyEncipherment", "keyCertSign"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("720h", "30d", 'duration: "30d" is not a duration such as 2160h'),
        ("ECDSA", "DSA", 'privateKey: there is no key of algorithm "DSA" and size 384'),
        ("server auth", "everything", 'usages: there is no usage "everything"'),
        ("10.0.0.1", "ten", 'ipAddresses: "ten" is not an IP address'),
        ("384", "many", 'privateKey.size: "many" is not a whole number'),
    ],
)
def test_a_certificate_resource_that_is_wrong_is_told(old, new, said):
    (entry,) = read(CERTIFICATE.replace(old, new))

    assert str(entry.contents).startswith(f"Certificate shop/web (line 3): {said}")


def test_the_ca_bundle_of_an_issuer_is_judged():
    issuer = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "ClusterIssuer",
        "metadata": {"name": "vault"},
        "spec": {"vault": {"caBundle": b64(pem(ROOT))}},
    }

    (entry,) = read(json.dumps(issuer))

    assert (entry.id, entry.role, entry.contents.certificates) == (
        "vault/spec.vault.caBundle",
        Role.CA,
        (ROOT.der,),
    )


def test_a_manifest_without_a_certificate_says_so():
    with pytest.raises(UnusableInput, match="holds no certificate and no request") as caught:
        read("kind: Deployment\n---\n- 1\n---\nkind: ConfigMap\ndata: {a: b}\n")
    assert caught.value.failure.kind is FailureKind.NO_CERTIFICATE


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("kind: Secret\n{{- if .x }}\n", FailureKind.UNREADABLE, "line [123]: .*helm template"),
        ("a: 1\na: 2\n", FailureKind.UNREADABLE, "line 2: .*the key a appears twice in this mapping"),
        ('{"a": 1,\n"a": 2}', FailureKind.UNREADABLE, "line 2: the key a appears twice in this object"),
        ("a: {{ .x }}\n", FailureKind.UNREADABLE, "line 1: .*helm template"),
        ("? [a]\n: b\n", FailureKind.UNREADABLE, "line 1: .*a key is text, not a list or a mapping"),
        ("a:\n\t- b\n", FailureKind.UNREADABLE, "line 2: .*indent with spaces, not with tabs"),
        ("a: b\nc: 'd\n", FailureKind.UNREADABLE, "line 2: .*check the indentation, the colons and the quotes"),
        ("a: b\x01\n", FailureKind.UNREADABLE, "line 1: .*it holds a control character"),
        (b"a: \xff", FailureKind.UNREADABLE, "is not UTF-8 text .byte 3.: save it as UTF-8"),
        ("a: *b\n", FailureKind.UNREADABLE, "line 1: .*b has no anchor"),
        ("a: &x [*x]\n", FailureKind.UNREADABLE, "line 1: .*x has no anchor"),
        (b"\xff\xfe", FailureKind.UNREADABLE, "is UTF-16 text: save it as UTF-8"),
        ("[" * 100, FailureKind.LIMIT, "nested deeper than 50 levels"),
        ("[" * 100_000, FailureKind.LIMIT, "nested deeper than 50 levels"),
        ("{a: " * 5_000, FailureKind.LIMIT, "nested deeper than 50 levels"),
        (" " * (MAX_MANIFEST_BYTES + 1), FailureKind.LIMIT, f"larger than {MAX_MANIFEST_BYTES} bytes"),
        ("a: !!python/object:os.system [x]\n", FailureKind.NO_CERTIFICATE, "holds no certificate"),
    ],
)
def test_what_is_no_manifest_or_too_much_of_one_is_told(text, kind, said):
    with pytest.raises(UnusableInput, match=said) as caught:
        read(text)
    assert caught.value.failure.kind is kind


def test_as_many_parts_as_the_limit_are_read_and_one_more_is_not():
    needed = next(n for n in range(1, 1_000) if _is_enough(n))

    with pytest.raises(UnusableInput, match=f"more than {needed - 1} parts, the limit"):
        read(SECRET, budget=Budget(parts=needed - 1))
    assert needed < 50


def _is_enough(parts):
    try:
        return len(read(SECRET, budget=Budget(parts=parts))) == 1
    except UnusableInput:
        return False


def test_a_manifest_that_takes_too_long_to_open_ends_at_a_limit():
    ticks = iter([0.0, 30.0, 61.0])

    with pytest.raises(UnusableInput, match="takes more than 60 seconds to read, the limit") as caught:
        read(SECRET, budget=Budget(now=lambda: next(ticks)))
    assert caught.value.failure.kind is FailureKind.LIMIT


def test_aliases_never_grow():
    lines = ["a0: &a0 {x: y}"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    merges = [f"m0: &m0 {{{', '.join(f'k{n}: v' for n in range(1000))}}}"]
    start = time.monotonic()

    found = read("\n".join(lines) + "\n---\n" + SECRET)
    with pytest.raises(UnusableInput, match="parts, the limit"):
        read("\n".join(merges + [f"n{n}: {{<<: *m0}}" for n in range(2_000)]))

    assert [a.id for a in found] == ["shop/web/tls.crt"]
    assert time.monotonic() - start < 10


def test_anchors_and_merge_keys_mean_what_they_mean_to_kubernetes():
    text = f"""\
kind: List
items:
- &base
  kind: Secret
  type: kubernetes.io/tls
  metadata: {{name: web}}
  data: &data {{tls.crt: {b64(pem(LEAF))}, tls.key: {b64(LEAF.key_pem)}}}
- <<: *base
  metadata: {{name: api}}
"""

    found = read(text)

    assert [a.id for a in found] == ["web/tls.crt", "api/tls.crt"]
    assert {a.contents.certificates for a in found} == {(LEAF.der,)}


@pytest.mark.parametrize(
    ("data", "expected"),
    [(SECRET.encode(), True), (b'{"apiVersion": "v1"}', True), (pem(LEAF), False), (LEAF.der, False), (b"", False)],
)
def test_the_standard_input_is_told_by_what_is_in_it(data, expected):
    assert looks_like_manifest(data) is expected
