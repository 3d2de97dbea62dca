"""SVIDs with a fault, and the parts of a good one."""

from datetime import timedelta

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from certgate.lab.changes import Changes
from certgate.lab.pki import CLOCK
from certgate.lab.scenario import Scenario, fails, notes, unchecked, warns

__all__ = ["SCENARIOS", "SIGNER", "svid"]

SIGNER: Changes = {"sans": ("spiffe://corp.example",)}
"""Arguments of `pki.issue` for the CA of a trust domain."""
_NAMES = x509.SubjectAlternativeName([x509.UniformResourceIdentifier("spiffe://corp.example/db")])


def svid(*ids: str) -> Changes:
    """Arguments of `pki.issue` for a good SVID with these SPIFFE IDs."""
    return {
        "subject": "",
        "sans": ids or ("spiffe://corp.example/db",),
        "ekus": (Purpose.SERVER_AUTH.dotted_string, Purpose.CLIENT_AUTH.dotted_string),
        "policies": (),
        "not_before": CLOCK - timedelta(hours=1),
        "days": 1,
    }


SCENARIOS = (
    Scenario(
        name="svid-two-ids",
        title="An SVID with two URIs",
        leaf=svid("spiffe://corp.example/db", "spiffe://corp.example/web"),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(fails("spiffe.single-uri"),),
    ),
    Scenario(
        name="svid-query",
        title="An SVID whose SPIFFE ID has a query",
        leaf=svid("spiffe://corp.example/db?replica=1"),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(fails("spiffe.scheme"),),
    ),
    Scenario(
        name="svid-other-id",
        title="A good SVID of another workload than the expected one",
        leaf=svid("spiffe://corp.example/web"),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        spiffe_ids=("spiffe://corp.example/db",),
        gives=(fails("spiffe.id-allowed"),),
    ),
    Scenario(
        name="svid-cut-short",
        title="An SVID that ends with its CA",
        leaf=svid(),
        issuers=({**SIGNER, "not_before": CLOCK - timedelta(hours=12), "days": 35 / 24},),
        policy="spiffe-svid",
        gives=(warns("spiffe.lifetime-cut", "path"),),
    ),
    Scenario(
        name="svid-uppercase-domain",
        title="An SVID whose trust domain has an upper-case letter",
        leaf=svid("spiffe://Corp.example/db"),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(fails("spiffe.trust-domain"),),
    ),
    Scenario(
        name="svid-trailing-slash",
        title="An SVID whose path ends in a slash",
        leaf=svid("spiffe://corp.example/db/"),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(fails("spiffe.path"),),
    ),
    Scenario(
        name="svid-without-path",
        title="An SVID that names the trust domain and no workload",
        leaf=svid("spiffe://corp.example"),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(fails("spiffe.leaf-path"),),
    ),
    Scenario(
        name="svid-server-only",
        title="An SVID that its workload may not use as a client",
        leaf=svid() | {"ekus": (Purpose.SERVER_AUTH.dotted_string,)},
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(fails("spiffe.leaf-eku"),),
    ),
    Scenario(
        name="svid-two-days",
        title="An SVID for two days",
        leaf=svid() | {"days": 2},
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(warns("validity.max-lifetime"),),
    ),
    Scenario(
        name="svid-signer-with-path",
        title="A signing certificate whose SPIFFE ID has a path",
        leaf=svid(),
        issuers=({"sans": ("spiffe://corp.example/ca",)},),
        policy="spiffe-svid",
        gives=(fails("spiffe.signer-id-no-path", "issuer 1"),),
    ),
    Scenario(
        name="svid-too-long-id",
        title="An SVID whose SPIFFE ID has 2,049 bytes",
        leaf=svid("spiffe://corp.example/".ljust(2049, "x")),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(warns("spiffe.length"),),
    ),
    Scenario(
        name="svid-is-ca",
        title="An SVID that says that it is a CA",
        leaf=svid() | {"extensions": {x509.BasicConstraints: (x509.BasicConstraints(True, None), True)}},
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(fails("spiffe.leaf-not-ca"),),
    ),
    Scenario(
        name="svid-may-sign",
        title="An SVID whose key may sign certificates",
        leaf=svid() | {"key_usage": ("digital_signature", "key_cert_sign")},
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(fails("spiffe.leaf-ku"),),
    ),
    Scenario(
        name="svid-signer-without-key-usage",
        title="A signing certificate without a key usage",
        leaf=svid(),
        issuers=({**SIGNER, "key_usage": ()},),
        policy="spiffe-svid",
        gives=(fails("spiffe.signer-ca", "issuer 1"),),
    ),
    Scenario(
        name="svid-signer-for-handshakes",
        title="A signing certificate whose key may take part in handshakes, as a leaf's",
        leaf=svid(),
        issuers=({**SIGNER, "key_usage": ("key_cert_sign", "crl_sign", "digital_signature")},),
        policy="spiffe-svid",
        gives=(warns("spiffe.signer-ca", "issuer 1"),),
    ),
    Scenario(
        name="svid-other-trust-domain",
        title="A good SVID of another trust domain than the one whose bundle is known",
        leaf=svid(),
        issuers=(SIGNER,),
        policy="spiffe-svid",
        trust_domain="other.example",
        gives=(
            fails("spiffe.trust-domain-bundle", "presented chain"),
            unchecked("chain.complete", "presented chain"),
            unchecked("trust.anchor", "path"),
        ),
    ),
    Scenario(
        name="svid-key-usage-extra",
        title="An SVID whose key may sign documents too",
        leaf=svid() | {"key_usage": ("digital_signature", "content_commitment")},
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(notes("spiffe.leaf-ku-extra"),),
    ),
    Scenario(
        name="svid-signer-without-id",
        title="A signing certificate without a SPIFFE ID",
        leaf=svid(),
        policy="spiffe-svid",
        gives=(warns("spiffe.signer-is-svid", "issuer 1"),),
    ),
    Scenario(
        name="svid-signer-with-web-address",
        title="A signing certificate with the address of a web page where its SPIFFE ID should be",
        leaf=svid(),
        issuers=({"sans": ("https://corp.example",)},),
        policy="spiffe-svid",
        gives=(warns("spiffe.signer-is-svid", "issuer 1"),),
    ),
    Scenario(
        name="svid-signer-of-another-domain",
        title="A signing certificate whose SPIFFE ID is of another trust domain",
        leaf=svid(),
        issuers=({"sans": ("spiffe://other.example",)},),
        policy="spiffe-svid",
        gives=(warns("spiffe.signer-domain", "path"),),
    ),
    Scenario(
        name="svid-critical-missing",
        title="An SVID without a subject, whose subject alternative name is not critical",
        leaf=svid() | {"extensions": {x509.SubjectAlternativeName: (_NAMES, False)}},
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(fails("spiffe.san-critical"),),
    ),
)
