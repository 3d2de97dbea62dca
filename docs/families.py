"""The families of rules: what each is about, and under which subject the site lists it."""

from collections.abc import Mapping

__all__ = ["SUBJECTS"]

SUBJECTS: Mapping[str, Mapping[str, str]] = {
    "Certificates": {
        "validity": "dates, lifetimes and renewal",
        "key": "type, size and quality of keys",
        "sig": "signature algorithms",
        "pq": "post-quantum keys, signatures and key exchange",
        "serial": "serial numbers",
        "cert": "version and form of a certificate",
        "bc": "basicConstraints: who is a CA",
        "ku": "keyUsage",
        "eku": "extendedKeyUsage",
        "ext": "extensions in general",
        "policy": "certificate policies",
        "ev": "extended validation",
        "client": "client certificates from public CAs",
        "request": "certificate signing requests",
        "lint": "the findings of pkilint",
    },
    "Names": {
        "name": "names in the certificate, and whether the host is among them",
        "expected": "what the configuration says that a target must show",
    },
    "Path and trust": {
        "chain": "the chain that is sent, and the path that is built from it",
        "trust": "the root, and the stores that hold it",
    },
    "Revocation and transparency": {
        "rev": "revocation as a whole",
        "ocsp": "OCSP responses and staples",
        "crl": "revocation lists",
        "ct": "Certificate Transparency",
    },
    "Servers": {
        "tls": "versions, cipher suites, groups and what a server accepts",
        "starttls": "TLS after a dialogue in clear text",
        "mtls": "mutual TLS: whom a server lets in",
        "edge": "a load balancer or a CDN, and the server behind it",
        "target": "whether a target could be observed",
    },
    "Workloads": {
        "spiffe": "SPIFFE IDs, SVIDs and bundles",
        "linkerd": "identities of Linkerd",
        "k8s": "Secrets, ConfigMaps and cert-manager's Certificates",
    },
    "From run to run": {
        "history": "the certificate before",
        "baseline": "what was known before",
        "waiver": "accepted failures",
    },
}
"""What each family is about, by subject."""
