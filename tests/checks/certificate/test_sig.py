"""How certificates are signed."""

import pytest

from certgate.checks.certificate.sig import curve_hash
from certgate.checks.framework.registry import ALL_ROLES, NotApplicable, Problem
from certgate.lab.pki import issue, make_key
from certgate.model.target import Role
from certgate.trust.path import CertificatePath
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

ROOT = [NotApplicable("nobody relies on the signature of a root")]
RULES = ["sig.md5", "sig.sha1", "sig.hash-min"]
PSS_SHA256 = "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120"  # fmt: skip
PSS_SHA1 = "300d06092a864886f70d01010a3000"


def algorithm(oid, tail=""):
    return bytes.fromhex(f"30{(len(oid) + len(tail)) // 2 + 2:02x}06{len(oid) // 2:02x}{oid}{tail}")


@pytest.fixture
def signed_with(rework):
    """A certificate that says it is signed so."""

    def run(der):
        return rework(issue("a.example"), signature=der, signature_algorithm=der)

    return run


@pytest.mark.parametrize("kind", ["RSA-2048", "P-256", "Ed25519", "Ed448"])
@pytest.mark.parametrize("rule", [*RULES])
def test_signatures_of_today_pass(ask, rule, kind):
    assert ask(rule, issue("a.example", key=kind)) == []


@pytest.mark.parametrize(("last", "name"), [("02", "MD2"), ("03", "MD4"), ("04", "MD5")])
def test_md5_and_its_forerunners_fail(ask, signed_with, last, name):
    certificate = signed_with(algorithm(f"2a864886f70d0101{last}", "0500"))
    assert ask("sig.md5", certificate) == [Problem(f"signed with {name}")]
    assert ask("sig.sha1", certificate) == [NotApplicable("signed with an older hash (see sig.md5)")]
    assert ask("sig.hash-min", certificate) == [
        Problem(f"signed with {name}, a hash of 128 bits, at least 256 required")
    ]


@pytest.mark.parametrize("role", sorted(ALL_ROLES))
def test_sha1_fails_in_every_role(ask, role):
    root = issue("Root", ca=True, key="RSA-2048")
    certificate = issue("a.example", issuer=root, hash_name="sha1")
    assert ask("sig.sha1", certificate, role) == [Problem("signed with SHA-1")]
    assert ask("sig.md5", certificate, role) == []


def test_sha1_by_way_of_pss_or_ecdsa_is_sha1(ask, signed_with):
    assert ask("sig.sha1", signed_with(bytes.fromhex(PSS_SHA1))) == [Problem("signed with SHA-1")]
    assert ask("sig.sha1", issue("a.example", hash_name="sha1")) == [Problem("signed with SHA-1")]
    assert ask("sig.sha1", signed_with(bytes.fromhex(PSS_SHA256))) == []


def test_a_self_signed_leaf_is_no_root(ask):
    certificate = issue("a.example", key="RSA-2048", hash_name="sha1")
    assert ask("sig.sha1", certificate, Role.SERVER) == [Problem("signed with SHA-1")]


@pytest.mark.parametrize("rule", [*RULES, "sig.alg-encoding", "sig.pkcs1-v15"])
def test_nobody_relies_on_the_signature_of_a_root(ask, rule):
    assert ask(rule, issue("Root", ca=True, key="RSA-2048", hash_name="sha1"), Role.CA) == ROOT


def test_the_shortest_hash_is_the_policys(ask):
    sha256 = issue("a.example")
    assert ask("sig.hash-min", sha256, min_bits=256) == []
    assert ask("sig.hash-min", sha256, min_bits=257) == [
        Problem("signed with SHA256, a hash of 256 bits, at least 257 required")
    ]
    assert ask("sig.hash-min", issue("a.example", hash_name="sha224"), min_bits=224) == []
    assert ask("sig.hash-min", issue("a.example", hash_name="sha224")) == [
        Problem("signed with SHA224, a hash of 224 bits, at least 256 required")
    ]
    assert ask("sig.hash-min", issue("a.example", key="Ed25519"), min_bits=384) == []


@pytest.mark.parametrize(
    ("hash_name", "key", "bits"),
    [
        ("md5", "RSA-2048", 128),
        ("sha1", "P-256", 160),
        ("sha224", "P-256", 224),
        ("sha256", "P-256", 256),
        ("sha384", "P-384", 384),
        ("sha512", "P-521", 512),
    ],
)
def test_a_hash_of_exactly_the_bits_wanted_passes_and_one_bit_more_fails(ask, hash_name, key, bits):
    certificate = issue("a.example", key=key, hash_name=hash_name)
    assert ask("sig.hash-min", certificate, min_bits=bits) == []
    assert ask("sig.hash-min", certificate, min_bits=bits + 1) == [
        Problem(f"signed with {hash_name.upper()}, a hash of {bits} bits, at least {bits + 1} required")
    ]


@pytest.mark.parametrize("rule", ["sig.sha1", "sig.hash-min"])
def test_an_unknown_algorithm_is_no_pass(ask, signed_with, rule):
    with pytest.raises(Malformed):
        ask(rule, signed_with(algorithm("2a0304")))


@pytest.mark.parametrize(
    ("kind", "hash_name"),
    [("RSA-2048", "sha256"), ("RSA-2048", "sha384"), ("RSA-2048", "sha512"), ("P-256", "sha256"), ("P-384", "sha384"), ("P-521", "sha512")],
)  # fmt: skip
def test_required_encodings_pass(ask, kind, hash_name):
    assert ask("sig.alg-encoding", issue("a.example", key=kind, hash_name=hash_name)) == []


def test_required_encodings_of_pss_pass(ask, signed_with):
    assert ask("sig.alg-encoding", signed_with(bytes.fromhex(PSS_SHA256))) == []


@pytest.mark.parametrize(
    "der",
    [
        algorithm("2a864886f70d01010b"),
        algorithm("2a864886f70d010105"),
        algorithm("2a8648ce3d040302", "0500"),
        algorithm("2b6570"),
        bytes.fromhex(PSS_SHA256[:-2] + "21"),
    ],
)
def test_other_encodings_fail(ask, signed_with, der):
    assert ask("sig.alg-encoding", signed_with(der)) == [
        Problem(f"AlgorithmIdentifier of the signature is {der.hex()}, which is not a required encoding")
    ]


def test_old_hashes_are_judged_by_their_own_rules_alone(ask):
    for kind, hash_name in (("RSA-2048", "sha1"), ("RSA-2048", "md5"), ("P-256", "sha1")):
        assert ask("sig.alg-encoding", issue("a.example", key=kind, hash_name=hash_name)) == [
            NotApplicable("signed with SHA-1 or an older hash (see sig.sha1, sig.md5)")
        ]
    assert list(curve_hash(path("P-384", "sha1"))) == []


def path(root_kind, leaf_hash, root_hash="sha384"):
    root = issue("Root", ca=True, key=make_key(root_kind))
    sub = issue("Sub", ca=True, issuer=root, hash_name=root_hash)
    leaf = issue("a.example", issuer=sub, hash_name=leaf_hash)
    certificates = [parse_certificate(c.der) for c in (leaf, sub, root)]
    return CertificatePath((certificates[0], certificates[1]), certificates[2])


def test_hashes_belong_to_the_issuers_curve():
    assert list(curve_hash(path("P-384", "sha256"))) == []
    assert list(curve_hash(path("P-521", "sha512", "sha512"))) == [
        Problem("leaf is signed with P-256 and sha512, sha256 required", key="leaf")
    ]
    assert list(curve_hash(path("P-521", "sha256", "sha256"))) == [
        Problem("issuer 1 is signed with P-521 and sha256, sha512 required", key="issuer 1")
    ]


def test_other_keys_have_no_hash_of_their_own():
    root = issue("Root", ca=True, key="RSA-2048")
    leaf = parse_certificate(issue("a.example", issuer=root, hash_name="sha512").der)
    assert list(curve_hash(CertificatePath((leaf,), parse_certificate(root.der)))) == [
        NotApplicable("no signature with P-256, P-384 or P-521 and SHA-2")
    ]
    assert list(curve_hash(CertificatePath((leaf,)))) == [NotApplicable("the path has no signature by a known issuer")]


def test_signatures_of_the_mozilla_guidelines(ask):
    rsa512 = issue("a.example", key="RSA-2048", hash_name="sha512")
    assert ask("sig.mozilla-list", issue("a.example", key="RSA-2048")) == []
    assert ask("sig.mozilla-list", issue("a.example", hash_name="sha512")) == []
    assert ask("sig.mozilla-list", rsa512, allowed=("ecdsa-with-SHA256",)) == [
        Problem("signed with sha512WithRSAEncryption, ecdsa-with-SHA256 required")
    ]
    [problem] = ask("sig.mozilla-list", issue("a.example", key="Ed25519"))
    assert problem.message.startswith("signed with ED25519, sha256WithRSAEncryption or ")


def test_only_the_algorithms_of_the_policy_are_allowed(ask):
    assert ask("sig.allowed", issue("a.example")) == [NotApplicable("the policy lists no algorithm")]
    assert ask("sig.allowed", issue("a.example"), allowed=("ecdsa-with-SHA256",)) == []
    assert ask("sig.allowed", issue("a.example"), allowed=("ML-DSA-87", "ED448")) == [
        Problem("signed with ecdsa-with-SHA256, ML-DSA-87 or ED448 required")
    ]
    root = issue("Root", ca=True)
    assert ask("sig.allowed", root, Role.CA, allowed=("ML-DSA-87",)) == ROOT


def test_the_old_form_of_rsa_signatures(ask, signed_with):
    assert ask("sig.pkcs1-v15", issue("a.example", key="RSA-2048")) == [Problem("signed with RSA PKCS #1 v1.5")]
    assert ask("sig.pkcs1-v15", issue("a.example")) == []
    assert ask("sig.pkcs1-v15", signed_with(bytes.fromhex(PSS_SHA256))) == []
