"""Rules that no server of the lab can break, each with the reason."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["OUT_OF_REACH"]

_AGENT = "the lab has no agent with a Workload API"
_CA = "a server's issuers are judged by what servers need: it is for files that are checked with `--role ca`"
_BUNDLE = "it is about bundles and files that are delivered beside an SVID, not about what a server shows"
_CLIENT = "a server is judged as a server: it is for files that are checked with `--role client`"
_EARLIER = "a server shows what it has now: it is for runs with `--history`, which know what it had before"
_FETCHED = "the lab has no server that answers for revocation: it is for what `--revocation` fetches, or for files"
_FILE = "an endpoint shows no private key, and makes no request"
_KUBERNETES = "it is about what Kubernetes objects say, and the lab is not a cluster"
_LOGS = "it needs a log list, and the lab's certificates are in no log"
_POST_QUANTUM = "the lab's servers cannot use such a key"
_PUBLISHED = "a server shows no CRL, and a staple with its leaf: it is for CRLs and OCSP responses in files"
_ROOT = "an endpoint's chain is judged without its anchor: it is for files that are checked with `--role ca`"
_TOLD = "it is about what a team has written down, not about what a server shows"

OUT_OF_REACH: Mapping[str, str] = MappingProxyType(
    {
        "baseline.expiring": _TOLD,
        "baseline.gone": _TOLD,
        "bc.root-path-length": _ROOT,
        "bc.subca-path-length": _CA,
        "chain.alt-path": "the lab's servers have one path each",
        "chain.second-leaf": "it is about files: an endpoint sends one chain, whatever else comes with it",
        "client.identity": _CLIENT,
        "client.public-ca": _CLIENT,
        "crl.fresh": _FETCHED,
        "crl.scope": _FETCHED,
        **dict.fromkeys(
            [
                "crl.algorithms",
                "crl.current",
                "crl.delta",
                "crl.empty-list",
                "crl.entry-extensions",
                "crl.form",
                "crl.interval",
                "crl.issuer-name",
                "crl.key-identifier",
                "crl.next-update",
                "crl.number",
                "crl.point-form",
                "crl.point-public",
                "crl.reasons",
                "crl.reasons-public",
                "crl.revocation-dates",
                "crl.serials",
                "crl.signature",
                "crl.signature-hash",
                "crl.size",
                "crl.time-encoding",
                "crl.unknown-critical",
                "crl.version",
                "ocsp.response-certid",
                "ocsp.response-critical",
                "ocsp.response-current",
                "ocsp.response-form",
                "ocsp.response-hash",
                "ocsp.response-interval",
                "ocsp.response-next-update",
                "ocsp.response-outlives",
                "ocsp.response-reasons",
                "ocsp.response-responder",
                "ocsp.response-signature",
                "ocsp.response-statuses",
                "ocsp.response-times",
            ],
            _PUBLISHED,
        ),
        "ct.operators": _LOGS,
        "ct.temporal": _LOGS,
        "eku.root": _ROOT,
        "expected.reloaded": _TOLD,
        "expected.served": _TOLD,
        "ext.root-aki": _ROOT,
        "ext.subca-name-constraints": _CA,
        "history.issuer-changed": _EARLIER,
        "history.key-reused": _EARLIER,
        "history.renewal-late": _EARLIER,
        "history.unexpected-change": _EARLIER,
        **dict.fromkeys(
            [
                "k8s.ca-bundle",
                "k8s.ingress-names-covered",
                "k8s.issuer-ready",
                "k8s.reference-granted",
                "k8s.renewal-overdue",
                "k8s.secret-exists",
                "k8s.secret-key-match",
                "k8s.secret-served",
            ],
            _KUBERNETES,
        ),
        "key.ca-strength": _CA,
        "key.ec-named": "the library makes no key with a curve in numbers, and servers refuse one",
        "key.matches": _FILE,
        "key.rsa-quality": "a server cannot use a key whose modulus is not a product of two primes",
        "mtls.client-eku": _CLIENT,
        "ocsp.nonce": _FETCHED,
        "policy.mapping-any": "chain.policy-valid reports it: it is for files that are checked with `--role ca`",
        "policy.root": _ROOT,
        "pq.composite": _POST_QUANTUM,
        "pq.mldsa-form": _POST_QUANTUM,
        "pq.mlkem-leaf": _POST_QUANTUM,
        "request.admission": _FILE,
        "request.renewal": _FILE,
        "request.self-signed": _FILE,
        "request.signature": _FILE,
        "spiffe.bundle-agrees": _AGENT,
        "spiffe.helper-files": _BUNDLE,
        "spiffe.peer-admitted": _TOLD,
        "spiffe.peer-named": _TOLD,
        "spiffe.served-is-current": _AGENT,
        "target.addresses-agree": "each of the lab's servers has one address",
        "trust.denied": _TOLD,
        "validity.root-lifetime": _ROOT,
        "validity.upcoming-cap": "no limit changes within 120 days of the lab's clock",
        "waiver.expired": _TOLD,
        "waiver.expiring": _TOLD,
        "waiver.unused": _TOLD,
    }
)
