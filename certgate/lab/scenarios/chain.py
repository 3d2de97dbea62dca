"""Chains that are sent or built wrongly."""

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from certgate.lab.chain import ca_name
from certgate.lab.pki import make_key
from certgate.lab.scenario import Scenario, fails, notes, unchecked, warns
from certgate.lab.scenarios.spiffe import SIGNER, svid
from certgate.model.finding import Severity
from certgate.x509.purposes import ANY_PURPOSE

__all__ = ["SCENARIOS"]

_CRL = x509.DistributionPoint([x509.UniformResourceIdentifier("http://crl.lab.example/1.crl")], None, None, None)
_WRONG_KEY = (x509.AuthorityKeyIdentifier(b"wrong", None, None), False)
_OTHER_SERIAL = bytes.fromhex("3003820105")
_ELSEWHERE = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Elsewhere")]))

SCENARIOS = (
    Scenario(
        name="missing-intermediate",
        title="The leaf is sent alone, though an intermediate issued it",
        sent=("leaf",),
        gives=(fails("chain.complete", "presented chain"), unchecked("trust.anchor", "path")),
    ),
    Scenario(
        name="wrong-order",
        title="Two intermediates are sent in the wrong order",
        issuers=({}, {}),
        sent=("leaf", "issuer 2", "issuer 1"),
        gives=(warns("chain.order", "presented chain"),),
    ),
    Scenario(
        name="wrong-order-tls-1.2",
        title="Two intermediates are sent in the wrong order, in TLS 1.2, which forbids it",
        issuers=({}, {}),
        sent=("leaf", "issuer 2", "issuer 1"),
        configure=lambda context: context.set_max_proto_version(SSL.TLS1_2_VERSION),
        gives=(fails("chain.order", "presented chain"),),
    ),
    Scenario(
        name="root-included",
        title="The root is sent along",
        sent=("leaf", "issuer 1", "root"),
        gives=(notes("chain.root-sent", "presented chain"),),
    ),
    Scenario(
        name="unrelated-certificate",
        title="A CA certificate that has nothing to do with the leaf is sent along",
        sent=("leaf", "issuer 1", "stranger"),
        gives=(warns("chain.extraneous", "presented chain"),),
    ),
    Scenario(
        name="unreadable-certificate",
        title="A CA certificate with unreadable policies, which has nothing to do with the leaf, is sent along",
        sent=("leaf", "issuer 1", "odd stranger"),
        gives=(fails("chain.readable", "presented chain"), warns("chain.extraneous", "presented chain")),
    ),
    Scenario(
        name="self-signed",
        title="The leaf is self-signed and no anchor",
        leaf={"extensions": {x509.CRLDistributionPoints: (x509.CRLDistributionPoints([_CRL]), False)}},
        issuers=(),
        root="",
        gives=(fails("chain.self-signed-leaf"), unchecked("trust.anchor", "path"), unchecked("ct.sct-count")),
    ),
    Scenario(
        name="untrusted-root",
        title="A chain, sent with its root, that is right in itself but ends at a root that is not trusted",
        root="stranger",
        sent=("leaf", "issuer 1", "root"),
        gives=(fails("trust.anchor", "path"),),
    ),
    Scenario(
        name="path-length",
        title="An intermediate that may issue leaves only has issued another intermediate",
        issuers=({}, {"path_length": 0}),
        gives=(fails("chain.pathlen", "path"),),
    ),
    Scenario(
        name="too-deep",
        title="Four intermediates stand between the leaf and the root",
        issuers=({}, {}, {}, {}),
        gives=(fails("chain.depth", "path"),),
    ),
    Scenario(
        name="sent-twice",
        title="The intermediate is sent twice",
        sent=("leaf", "issuer 1", "issuer 1"),
        gives=(warns("chain.extraneous", "presented chain"),),
    ),
    Scenario(
        name="forged",
        title="The leaf names the right issuer, and was signed by another key",
        leaf={"signing_key": make_key()},
        gives=(fails("chain.signature", "path"), unchecked("trust.anchor", "path")),
    ),
    Scenario(
        name="wrong-key-identifier",
        title="The leaf names its issuer by a wrong key identifier",
        leaf={"extensions": {x509.AuthorityKeyIdentifier: (x509.AuthorityKeyIdentifier(b"wrong", None, None), False)}},
        gives=(fails("chain.aki-ski", "path"), warns("trust.engines-agree", "presented chain")),
    ),
    Scenario(
        name="issuer-not-ca",
        title="The leaf was issued by a certificate that is not a CA's",
        issuers=({"extensions": {x509.BasicConstraints: (x509.BasicConstraints(False, None), True)}},),
        gives=(fails("chain.issuer-ca", "path"), unchecked("bc.ca", "issuer 1")),
    ),
    Scenario(
        name="issuer-may-not-sign",
        title="The key usage of the intermediate does not allow it to sign certificates",
        issuers=({"key_usage": ("crl_sign",)},),
        gives=(fails("chain.issuer-keycertsign", "path"), unchecked("ku.ca", "issuer 1")),
    ),
    Scenario(
        name="issuer-for-clients",
        title="The intermediate may issue for clients only",
        issuers=({"ekus": (Purpose.CLIENT_AUTH.dotted_string,)},),
        gives=(fails("chain.eku-nesting", "path"), unchecked("eku.subca", "issuer 1")),
    ),
    Scenario(
        name="unknown-critical",
        title="The leaf has a critical extension that nobody knows",
        leaf={"raw_extensions": (("1.3.6.1.4.1.99999.1", True, b"\x05\x00"),)},
        gives=(fails("chain.unknown-critical", "path"),),
    ),
    Scenario(
        name="issuer-first",
        title="The issuer is sent first, and the server uses its key",
        leaf={"policies": ()},
        issuers=(
            {
                "subject": "issuer-first.lab.example",
                "sans": ("issuer-first.lab.example",),
                "ekus": (Purpose.SERVER_AUTH.dotted_string,),
                "key_usage": ("digital_signature", "key_cert_sign"),
                "days": 800,
            },
        ),
        sent=("issuer 1", "leaf"),
        policy="internal-pki",
        gives=(
            fails("chain.leaf-first", "presented chain"),
            unchecked("bc.leaf"),
        ),
    ),
    Scenario(
        name="issuer-name-encoding",
        title="The leaf has its issuer's name in capital letters: the same name, other bytes",
        leaf={"issuer_name": ca_name("LAB CA 1 PUBLIC")},
        gives=(fails("chain.name-chaining", "path"),),
    ),
    Scenario(
        name="misleading-namesake",
        title="A CA certificate of the issuer's name and another key is sent before the issuer's own",
        leaf={"extensions": {x509.AuthorityKeyIdentifier: None}},
        issuers=({"subject": ca_name("Unrelated CA")},),
        sent=("leaf", "stranger", "issuer 1"),
        policy="internal-pki",
        gives=(warns("trust.engines-agree", "presented chain"),),
    ),
    Scenario(
        name="name-outside-constraints",
        title="The intermediate may issue for corp.example alone, and the leaf is for another host",
        issuers=(
            {"extensions": {x509.NameConstraints: (x509.NameConstraints([x509.DNSName("corp.example")], None), True)}},
        ),
        gives=(fails("chain.name-constraints", "path"),),
    ),
    Scenario(
        name="policy-not-inherited",
        title="The intermediate demands a policy that the leaf does not have",
        issuers=(
            {
                "policies": ("2.23.140.1.2.2",),
                "extensions": {x509.PolicyConstraints: (x509.PolicyConstraints(0, None), True)},
            },
        ),
        gives=(fails("chain.policy-valid", "path"),),
    ),
    Scenario(
        name="public-certificate-inside",
        title="An internal server has a certificate that says it is a public CA's",
        root="stranger",
        policy="internal-pki",
        gives=(
            fails("chain.complete", "presented chain"),
            unchecked("trust.anchor", "path"),
            unchecked("trust.public-on-internal", "path", Severity.WARNING),
        ),
    ),
    Scenario(
        name="wrong-key-identifier-internal",
        title="An internal CA names its root by a wrong key identifier, so OpenSSL finds no issuer",
        issuers=({"extensions": {x509.AuthorityKeyIdentifier: _WRONG_KEY}},),
        policy="internal-pki",
        gives=(fails("chain.aki-ski", "path"), warns("trust.engines-agree", "presented chain")),
    ),
    Scenario(
        name="wrong-issuer-serial",
        title="The leaf names its issuer by the right key identifier and another certificate's serial number",
        leaf={
            "raw_extensions": (("2.5.29.35", False, _OTHER_SERIAL),),
            "extensions": {x509.AuthorityKeyIdentifier: None},
        },
        policy="internal-pki",
        gives=(fails("chain.aki-ski", "path"), warns("trust.engines-agree", "presented chain")),
    ),
    Scenario(
        name="svid-wrong-key-identifier",
        title="An SVID names its issuer by a wrong key identifier",
        leaf={**svid(), "extensions": {x509.AuthorityKeyIdentifier: _WRONG_KEY}},
        issuers=(SIGNER,),
        policy="spiffe-svid",
        gives=(fails("chain.aki-ski", "path"), warns("trust.engines-agree", "presented chain")),
    ),
    Scenario(
        name="issuer-for-any-purpose",
        title="The intermediate is for any purpose, which OpenSSL takes for none",
        issuers=({"ekus": (ANY_PURPOSE,)},),
        policy="internal-pki",
        gives=(fails("chain.eku-nesting", "path"),),
    ),
    Scenario(
        name="issuer-critical-tls-feature",
        title="The intermediate has a critical TLS feature, which neither OpenSSL nor Go processes",
        issuers=({"extensions": {x509.TLSFeature: (x509.TLSFeature([x509.TLSFeatureType.status_request]), True)}},),
        policy="internal-pki",
        gives=(fails("chain.unknown-critical", "path"),),
    ),
    Scenario(
        name="issuer-constrains-directory-names",
        title="The intermediate excludes a directory name in critical constraints, which Go does not process",
        issuers=({"extensions": {x509.NameConstraints: (x509.NameConstraints(None, [_ELSEWHERE]), True)}},),
        policy="internal-pki",
        gives=(fails("chain.unknown-critical", "path"),),
    ),
    Scenario(
        name="self-issued-past-path-length",
        title="A CA that may issue leaves only has issued a CA certificate to itself, which Go counts",
        issuers=({"subject": "Twin CA"}, {"subject": "Twin CA", "path_length": 0}),
        policy="internal-pki",
        gives=(fails("chain.pathlen", "path"),),
    ),
)
