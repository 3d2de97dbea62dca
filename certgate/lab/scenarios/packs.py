"""Servers under the policies for single sources: what these accept, and what only they refuse."""

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID
from OpenSSL import SSL

from certgate.lab.chain import ca_name
from certgate.lab.changes import Changes, Extensions
from certgate.lab.ocsp import make_staple
from certgate.lab.offer import Offer, retry
from certgate.lab.pki import CLOCK
from certgate.lab.scenario import Scenario, fails, notes, unchecked, warns
from certgate.lab.scenarios.accepted import strict

__all__ = ["SCENARIOS"]

_RESPONDER = x509.AccessDescription(
    AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier("http://ocsp.lab.example")
)
_OCSP: Extensions = {x509.AuthorityInformationAccess: (x509.AuthorityInformationAccess([_RESPONDER]), False)}
_TLS_1_3 = strict(oldest=SSL.TLS1_3_VERSION)
_CNSA_1: Changes = {"key": "P-384", "hash_name": "sha384"}


def _ml_kem_1024_by_retry(offer: Offer) -> bytes:
    """OpenSSL has the group, but pyOpenSSL cannot switch it on."""
    return retry(_ML_KEM_1024) if offer.groups[:1] == (_ML_KEM_1024,) else b""


_ML_KEM_1024 = 0x0202
_GCM = strict(suites="ECDHE+AESGCM", new_suites="TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384")
_CNSA = strict(suites="ECDHE-ECDSA-AES256-GCM-SHA384", new_suites="TLS_AES_256_GCM_SHA384", curve=ec.SECP384R1())


def _tls_1_2(context: SSL.Context) -> None:
    strict()(context)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)


SCENARIOS = (
    Scenario(name="good-mtls", title="A good server among clients with certificates", policy="internal-mtls"),
    Scenario(
        name="mtls-91-days",
        title="A server among clients with certificates has its own for 91 days",
        leaf={"days": 91},
        policy="internal-mtls",
        gives=(warns("validity.max-lifetime"),),
    ),
    Scenario(
        name="mtls-wildcard",
        title="A server among clients with certificates has one for every host",
        leaf={"sans": ("mtls-wildcard.lab.example", "*.lab.example")},
        policy="internal-mtls",
        gives=(warns("name.wildcard-forbidden"),),
    ),
    Scenario(
        name="good-kubernetes",
        title="A good workload of a cluster, known by the name of its service",
        leaf={"sans": ("good-kubernetes.lab.example", "db.prod.svc", "db.prod.svc.cluster.local")},
        policy="kubernetes-workload",
    ),
    Scenario(
        name="kubernetes-issuer-name-encoding",
        title="A workload's leaf has its issuer's name in capital letters, which Go does not take for the same name",
        leaf={"issuer_name": ca_name("LAB CA 1 PUBLIC")},
        policy="kubernetes-workload",
        gives=(fails("chain.name-chaining", "path"),),
    ),
    Scenario(
        name="good-mozilla-intermediate",
        title="A good server of Mozilla's intermediate configuration, with an RSA key",
        leaf={"key": "RSA-2048"},
        configure=strict(),
        policy="mozilla-intermediate",
    ),
    Scenario(
        name="mozilla-group",
        title="A server of Mozilla's intermediate configuration agrees on keys over P-521",
        configure=strict(oldest=SSL.TLS1_3_VERSION, curve=ec.SECP521R1()),
        policy="mozilla-intermediate",
        gives=(fails("tls.group", "handshake"),),
    ),
    Scenario(
        name="mozilla-curve",
        title="A server of Mozilla's intermediate configuration has a key on P-521",
        leaf={"key": "P-521"},
        configure=strict(),
        policy="mozilla-intermediate",
        gives=(fails("key.curve"),),
    ),
    Scenario(
        name="good-mozilla-modern",
        title="A good server of Mozilla's modern configuration",
        configure=_TLS_1_3,
        policy="mozilla-modern",
    ),
    Scenario(
        name="modern-tls-1.2",
        title="A server of Mozilla's modern configuration speaks TLS 1.2 and nothing newer",
        configure=_tls_1_2,
        policy="mozilla-modern",
        gives=(
            fails("tls.version", "handshake"),
            unchecked("tls.cipher", "handshake"),
            unchecked("tls.accepts-version", "handshake"),
            unchecked("tls.accepts-cipher", "handshake"),
        ),
    ),
    Scenario(
        name="modern-rsa",
        title="A server of Mozilla's modern configuration has an RSA key",
        leaf={"key": "RSA-2048"},
        configure=_TLS_1_3,
        policy="mozilla-modern",
        gives=(fails("key.type"),),
    ),
    Scenario(
        name="modern-signed-with-rsa",
        title="The leaf of a server of Mozilla's modern configuration is signed with RSA",
        issuers=({"key": "RSA-3072"},),
        configure=_TLS_1_3,
        policy="mozilla-modern",
        gives=(warns("sig.mozilla-list"),),
    ),
    Scenario(
        name="good-nist",
        title="A good server by NIST SP 800-52r2, whose staple says that the leaf is not revoked",
        leaf={"extensions": _OCSP},
        staple=lambda chain: make_staple(chain.leaf, chain.issuer),
        configure=_GCM,
        policy="nist-800-52r2",
    ),
    Scenario(
        name="nist-status-unknown",
        title="A server under NIST SP 800-52r2 staples nothing, so the revocation status of its leaf is unknown",
        leaf={"extensions": _OCSP},
        configure=_GCM,
        policy="nist-800-52r2",
        gives=(fails("ocsp.stapled", "staple"), unchecked("rev.status")),
    ),
    Scenario(
        name="nist-no-pointer",
        title="A server under NIST SP 800-52r2 has a certificate for a week, which says nowhere whether it is revoked",
        leaf={"days": 7, "not_before": CLOCK - timedelta(days=1), "extensions": {x509.CRLDistributionPoints: None}},
        configure=_GCM,
        policy="nist-800-52r2",
        gives=(fails("rev.pointer"), unchecked("rev.status")),
    ),
    Scenario(
        name="nist-group",
        title="A server under NIST SP 800-52r2 prefers X25519MLKEM768",
        leaf={"extensions": _OCSP},
        staple=lambda chain: make_staple(chain.leaf, chain.issuer),
        configure=strict(suites="ECDHE+AESGCM", new_suites="TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384", curve=None),
        policy="nist-800-52r2",
        gives=(notes("tls.group", "handshake"),),
    ),
    Scenario(
        name="good-cnsa-transition",
        title="A good server on its way to CNSA 2.0: P-384 and SHA-384 throughout",
        leaf=_CNSA_1,
        issuers=(_CNSA_1,),
        configure=_CNSA,
        instead=_ml_kem_1024_by_retry,
        policy="cnsa-2.0-transition",
    ),
    Scenario(
        name="cnsa-sha256",
        title="A server on its way to CNSA 2.0 has keys and signatures that suffice everywhere else",
        configure=strict(oldest=SSL.TLS1_3_VERSION, new_suites="TLS_AES_256_GCM_SHA384"),
        instead=_ml_kem_1024_by_retry,
        policy="cnsa-2.0-transition",
        gives=(
            *(fails(rule, subject) for rule in ("key.curve", "sig.hash-min") for subject in ("leaf", "issuer 1")),
            fails("tls.group", "handshake"),
            unchecked("tls.accepts-group", "handshake"),
        ),
    ),
    Scenario(
        name="cnsa-classical",
        title="A server that should have arrived at CNSA 2.0 still lives by CNSA 1.0",
        leaf=_CNSA_1,
        issuers=(_CNSA_1,),
        configure=strict(oldest=SSL.TLS1_3_VERSION, new_suites="TLS_AES_256_GCM_SHA384", curve=ec.SECP384R1()),
        policy="cnsa-2.0-strict",
        gives=(
            *(fails(rule, subject) for rule in ("key.type", "sig.allowed") for subject in ("leaf", "issuer 1")),
            fails("tls.group", "handshake"),
            fails("pq.group-offered", "handshake"),
            *(unchecked(rule, "handshake") for rule in ("tls.accepts-group", "pq.classical-fallback")),
        ),
    ),
    Scenario(
        name="cnsa-unstapled",
        title="A server on its way to CNSA 2.0 staples nothing, though its leaf names an OCSP responder",
        leaf={**_CNSA_1, "extensions": _OCSP},
        issuers=(_CNSA_1,),
        configure=_CNSA,
        instead=_ml_kem_1024_by_retry,
        policy="cnsa-2.0-transition",
        gives=(warns("ocsp.stapled", "staple"),),
    ),
    Scenario(
        name="good-pci",
        title="A good server under PCI DSS, whose staple says that the leaf is not revoked",
        leaf={"extensions": _OCSP},
        staple=lambda chain: make_staple(chain.leaf, chain.issuer),
        configure=strict(),
        policy="pci-dss-4",
    ),
    Scenario(
        name="pci-status-unknown",
        title="A server under PCI DSS whose leaf has an unknown revocation status",
        configure=strict(),
        policy="pci-dss-4",
        gives=(unchecked("rev.status"),),
    ),
    Scenario(
        name="good-bsi",
        title="A good server by BSI TR-02102",
        leaf={"key": "RSA-3072"},
        configure=_GCM,
        policy="bsi-tr-02102",
    ),
    Scenario(
        name="bsi-rsa-2048",
        title="A server under BSI TR-02102 has an RSA key that suffices everywhere else",
        leaf={"key": "RSA-2048"},
        configure=_GCM,
        policy="bsi-tr-02102",
        gives=(fails("key.rsa-min"),),
    ),
    Scenario(
        name="bsi-pkcs1",
        title="A server under BSI TR-02102 whose leaf is signed with RSA in its old form",
        issuers=({"key": "RSA-3072"},),
        configure=_GCM,
        policy="bsi-tr-02102",
        gives=(warns("sig.pkcs1-v15"),),
    ),
)
