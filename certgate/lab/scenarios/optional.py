"""Servers that break rules which no shipped policy has, each under a policy that adds the rule."""

from datetime import timedelta

from cryptography import x509

from certgate.lab.chain import make_root
from certgate.lab.pki import CLOCK
from certgate.lab.scenario import Scenario, fails, notes, unchecked, warns
from certgate.lab.scenarios.spiffe import SIGNER, svid
from certgate.x509.certificate import parse_certificate

__all__ = ["SCENARIOS"]

_OWN = "1.3.6.1.4.1.99999.1"
_SCTS = "1.3.6.1.4.1.11129.2.4.2"
_CONSTRAINTS = x509.NameConstraints([x509.DNSName("lab.example")], None)

SCENARIOS = (
    Scenario(
        name="good-own-policy",
        title="A good server under a policy that adds most of the rules that no shipped policy holds",
        leaf={"subject": ""},
        adds={
            "ext.ca-consistency": {},
            "ext.criticality": {},
            "ext.forbidden": {"oids": [_OWN]},
            "ext.required": {"oids": ["2.5.29.17"]},
            "name.cn-discouraged": {},
            "name.san-allowlist": {"patterns": ["DNS:*.lab.example"]},
            "name.san-count": {},
            "sig.allowed": {"allowed": ["ecdsa-with-SHA256"]},
            "sig.pkcs1-v15": {},
            "trust.anchor-expiry": {},
            "trust.issuer-allow": {"issuers": ["CN=Lab CA 1 public,O=Lab,C=DE"]},
            "trust.pin": {"pins": [parse_certificate(make_root("public").der).key.sha256, "00" * 32]},
        },
    ),
    Scenario(
        name="good-service-account",
        title="A good SVID of a cluster's service account",
        leaf=svid("spiffe://corp.example/ns/prod/sa/db"),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        adds={"spiffe.k8s-shape": {}, "spiffe.signer-as-leaf": {}},
    ),
    Scenario(
        name="good-linkerd",
        title="A good proxy of a Linkerd mesh",
        leaf={
            "sans": ("good-linkerd.lab.example", "db.prod.serviceaccount.identity.linkerd.cluster.local"),
            "not_before": CLOCK - timedelta(hours=1),
            "days": 1,
        },
        policy="internal-pki",
        adds={"linkerd.identity": {}},
    ),
    Scenario(
        name="common-name",
        title="The leaf has a common name, which the policy would rather not see",
        adds={"name.cn-discouraged": {"severity": "info"}},
        gives=(notes("name.cn-discouraged"),),
    ),
    Scenario(
        name="name-not-listed",
        title="The leaf has a name that matches no pattern of the policy",
        adds={"name.san-allowlist": {"patterns": ["DNS:*.corp.example"]}},
        gives=(fails("name.san-allowlist"),),
    ),
    Scenario(
        name="too-many-names",
        title="The leaf has two names where the policy allows one",
        leaf={"sans": ("too-many-names.lab.example", "another.lab.example")},
        adds={"name.san-count": {"max_names": 1}},
        gives=(fails("name.san-count"),),
    ),
    Scenario(
        name="extension-missing",
        title="The leaf has no signed certificate timestamps, which the policy requires",
        policy="internal-pki",
        adds={"ext.required": {"oids": [_SCTS]}},
        gives=(fails("ext.required"),),
    ),
    Scenario(
        name="extension-forbidden",
        title="The leaf has an extension that the policy forbids",
        leaf={"raw_extensions": ((_OWN, False, b"\x05\x00"),)},
        adds={"ext.forbidden": {"oids": [_OWN]}},
        gives=(fails("ext.forbidden"),),
    ),
    Scenario(
        name="constraints-not-critical",
        title="The intermediate's name constraints are not critical, so that some clients ignore them",
        issuers=({"extensions": {x509.NameConstraints: (_CONSTRAINTS, False)}},),
        policy="internal-pki",
        adds={"ext.criticality": {"name_constraints": True}},
        gives=(fails("ext.criticality", "issuer 1"),),
    ),
    Scenario(
        name="leaf-may-sign-certificates",
        title="The leaf's key may sign certificates, though it is not a CA's",
        leaf={"key_usage": ("digital_signature", "key_cert_sign")},
        policy="internal-pki",
        adds={"ext.ca-consistency": {}},
        gives=(fails("ext.ca-consistency"), warns("ku.ec-leaf")),
    ),
    Scenario(
        name="issuer-not-listed",
        title="The leaf was issued by a CA that the policy does not list",
        adds={"trust.issuer-allow": {"issuers": ["CN=Ordered CA"]}},
        gives=(fails("trust.issuer-allow", "path"),),
    ),
    Scenario(
        name="key-not-pinned",
        title="No key of the path is one that the policy pins",
        adds={"trust.pin": {"pins": ["00" * 32]}},
        gives=(fails("trust.pin", "path"),),
    ),
    Scenario(
        name="root-ends",
        title="The root has less time left than the policy wants",
        adds={"trust.anchor-expiry": {"min_days": 7300}},
        gives=(fails("trust.anchor-expiry", "path"),),
    ),
    Scenario(
        name="rsa-pkcs1",
        title="The leaf is signed with RSA in its old form",
        issuers=({"key": "RSA-3072"},),
        adds={"sig.pkcs1-v15": {"severity": "info"}},
        gives=(notes("sig.pkcs1-v15"),),
    ),
    Scenario(
        name="svid-not-of-a-cluster",
        title="An SVID whose ID names no service account",
        leaf=svid(),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        adds={"spiffe.k8s-shape": {"severity": "warning"}},
        gives=(warns("spiffe.k8s-shape"),),
    ),
    Scenario(
        name="svid-is-signer",
        title="A signing certificate is presented where an SVID should be",
        leaf=svid()
        | {
            "key_usage": ("digital_signature", "key_cert_sign"),
            "extensions": {x509.BasicConstraints: (x509.BasicConstraints(True, None), True)},
        },
        issuers=(SIGNER,),
        policy="spiffe-svid",
        adds={"spiffe.signer-as-leaf": {}},
        gives=(fails("spiffe.signer-as-leaf"), unchecked("spiffe.leaf-not-ca"), unchecked("spiffe.leaf-ku")),
    ),
    Scenario(
        name="no-proxy-of-linkerd",
        title="A certificate for a day that names no proxy of a Linkerd mesh",
        leaf={"not_before": CLOCK - timedelta(hours=1), "days": 1},
        policy="internal-pki",
        adds={"linkerd.identity": {"severity": "warning"}},
        gives=(warns("linkerd.identity"),),
    ),
)
