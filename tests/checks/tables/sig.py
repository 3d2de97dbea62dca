"""How certificates are signed."""

from certgate.checks.framework.registry import ALL_ROLES
from certgate.lab.pki import issue
from certgate.model.target import Role
from certgate.trust.path import CertificatePath
from certgate.x509.certificate import parse_certificate
from tests.checks.tables.row import Table, cert, key, na, nc, problem, reworked, row

PSS_SHA256 = bytes.fromhex("304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120")  # fmt: skip
PSS_SALT_33 = PSS_SHA256[:-1] + b"\x21"
PSS_SHA1 = bytes.fromhex("300d06092a864886f70d01010a3000")
OLD = {"02": "MD2", "03": "MD4", "04": "MD5"}
A_ROOT = na("nobody relies on the signature of a root")
SHA1 = "signed with SHA-1"
OLDER = na("signed with SHA-1 or an older hash (see sig.sha1, sig.md5)")
ROOT = cert("Root", ca=True, key="RSA-2048", hash_name="sha1")
SIGNED_BY_RSA = issue("Root", ca=True, key=key("RSA-2048"))
TODAY = tuple(row(f"signed with {kind}", cert(key=kind)) for kind in ("RSA-2048", "P-256", "Ed25519", "Ed448"))


def algorithm(oid, tail=""):
    return bytes.fromhex(f"30{(len(oid) + len(tail)) // 2 + 2:02x}06{len(oid) // 2:02x}{oid}{tail}")


def signed_with(der):
    """A certificate that says it is signed so."""
    return reworked(signature=der, signature_algorithm=der)


def old(last):
    return signed_with(algorithm(f"2a864886f70d0101{last}", "0500"))


def weak(name, bits, least=256):
    return f"signed with {name}, a hash of {bits} bits, at least {least} required"


def path(root_kind, leaf_hash, root_hash="sha384"):
    def made():
        root = issue("Root", ca=True, key=key(root_kind))
        sub = issue("Sub", ca=True, issuer=root, hash_name=root_hash)
        leaf = issue("a.example", issuer=sub, hash_name=leaf_hash)
        certificates = [parse_certificate(c.der) for c in (leaf, sub, root)]
        return CertificatePath((certificates[0], certificates[1]), certificates[2])

    return made


def below(root):
    leaf = parse_certificate(issue("a.example", issuer=SIGNED_BY_RSA, hash_name="sha512").der)
    return CertificatePath((leaf,), root and parse_certificate(root.der))


def composite_below():
    leaf = signed_with(algorithm("2b0601050507062d"))
    return CertificatePath((parse_certificate(leaf()),), parse_certificate(cert("Root", ca=True)().der))


def encodings():
    for kind, name in [
        ("RSA-2048", "sha256"),
        ("RSA-2048", "sha384"),
        ("RSA-2048", "sha512"),
        ("P-256", "sha256"),
        ("P-384", "sha384"),
        ("P-521", "sha512"),
    ]:
        yield row(f"{kind} with {name}", cert(key=kind, hash_name=name))
    for kind, name in [("RSA-2048", "sha1"), ("RSA-2048", "md5"), ("P-256", "sha1")]:
        yield row(f"{kind} with {name}", cert(key=kind, hash_name=name), OLDER)
    for what, der in {
        "RSA without NULL": algorithm("2a864886f70d01010b"),
        "RSA with SHA-1 without NULL": algorithm("2a864886f70d010105"),
        "ECDSA with NULL": algorithm("2a8648ce3d040302", "0500"),
        "Ed25519": algorithm("2b6570"),
        "RSASSA-PSS with 33 octets of salt": PSS_SALT_33,
    }.items():
        text = f"AlgorithmIdentifier of the signature is {der.hex()}, which is not a required encoding"
        yield row(what, signed_with(der), text)  # fmt: skip


TABLE: Table = {
    "sig.md5": (
        *TODAY,
        *(row(name, old(last), f"signed with {name}") for last, name in OLD.items()),
        row("SHA-1", cert(hash_name="sha1")),
        row("a root", ROOT, A_ROOT, role=Role.CA),
    ),
    "sig.sha1": (
        *TODAY,
        *(row(name, old(last), na("signed with an older hash (see sig.md5)")) for last, name in OLD.items()),
        row("ECDSA", cert(hash_name="sha1"), SHA1),
        row("RSASSA-PSS", signed_with(PSS_SHA1), SHA1),
        row("RSASSA-PSS with SHA-256", signed_with(PSS_SHA256)),
        *(row(f"as a {role}", cert(issuer=SIGNED_BY_RSA, hash_name="sha1"), SHA1, role=role) for role in sorted(ALL_ROLES)),
        row("a self-signed leaf", cert(key="RSA-2048", hash_name="sha1"), SHA1),
        row("a root", ROOT, A_ROOT, role=Role.CA),
        row("an unknown algorithm", signed_with(algorithm("2a0304")), nc("the signature algorithm 1.2.3.4 is not supported")),
    ),
    "sig.hash-min": (
        *TODAY,
        *(row(name, old(last), weak(name, 128)) for last, name in OLD.items()),
        *(
            one
            for name, kind, bits in [("md5", "RSA-2048", 128), ("sha1", "P-256", 160), ("sha224", "P-256", 224), ("sha256", "P-256", 256), ("sha384", "P-384", 384), ("sha512", "P-521", 512)]
            for one in (
                row(f"{bits} bits of {bits}", cert(key=kind, hash_name=name), min_bits=bits),
                row(f"{bits} bits of {bits + 1}", cert(key=kind, hash_name=name), weak(name.upper(), bits, bits + 1), min_bits=bits + 1),
            )
        ),
        row("Ed25519, whatever the policy asks for", cert(key="Ed25519"), min_bits=384),
        row("a root", ROOT, A_ROOT, role=Role.CA),
        row("an unknown algorithm", signed_with(algorithm("2a0304")), nc("the signature algorithm 1.2.3.4 is not supported")),
    ),
    "sig.alg-encoding": (
        *encodings(),
        row("RSASSA-PSS with 32 octets of salt", signed_with(PSS_SHA256)),
        row("a root", ROOT, A_ROOT, role=Role.CA),
    ),
    "sig.curve-hash": (
        row("the curves' own hashes", path("P-384", "sha256")),
        row("another hash on the leaf", path("P-521", "sha512", "sha512"), problem("leaf is signed with P-256 and sha512, sha256 required", key="leaf")),
        row("another hash on an issuer", path("P-521", "sha256", "sha256"), problem("issuer 1 is signed with P-521 and sha256, sha512 required", key="issuer 1")),
        row("SHA-1", path("P-384", "sha1")),
        row("a composite", composite_below, problem("leaf is signed with P-256 and MLDSA65-ECDSA-P256-SHA512, sha256 required", key="leaf", cause="sig.alg-encoding")),
        row("RSA", lambda: below(SIGNED_BY_RSA), na("no signature with P-256, P-384 or P-521 and SHA-2")),
        row("no known issuer", lambda: below(None), na("the path has no signature by a known issuer")),
    ),
    "sig.mozilla-list": (
        row("RSA with SHA-256", cert(key="RSA-2048")),
        row("ECDSA with SHA-512", cert(hash_name="sha512")),
        row("RSA with SHA-512", cert(key="RSA-2048", hash_name="sha512"), "signed with sha512WithRSAEncryption, ecdsa-with-SHA256 required", allowed=("ecdsa-with-SHA256",)),
        row("Ed25519", cert(key="Ed25519"), "signed with ED25519, sha256WithRSAEncryption or ecdsa-with-SHA256 or ecdsa-with-SHA384 or ecdsa-with-SHA512 required"),
    ),
    "sig.allowed": (
        row("no list", cert(), na("the policy lists no algorithm")),
        row("listed", cert(), allowed=("ecdsa-with-SHA256",)),
        row("not listed", cert(), "signed with ecdsa-with-SHA256, ML-DSA-87 or ED448 required", allowed=("ML-DSA-87", "ED448")),
        row("a root", cert("Root", ca=True), A_ROOT, role=Role.CA, allowed=("ML-DSA-87",)),
    ),
    "sig.pkcs1-v15": (
        row("RSA", cert(key="RSA-2048"), "signed with RSA PKCS #1 v1.5"),
        row("ECDSA", cert()),
        row("RSASSA-PSS", signed_with(PSS_SHA256)),
        row("a root", ROOT, A_ROOT, role=Role.CA),
    ),
}  # fmt: skip
