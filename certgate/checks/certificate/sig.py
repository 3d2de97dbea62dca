"""Rules of the family sig: how a certificate is signed. Anchors are not judged: nobody relies on their signature."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated

from certgate.checks.framework.registry import LEAF, Answer, NotApplicable, Problem, Vocabulary, check
from certgate.checks.framework.subjects import CertificateInRole, CertificatePath
from certgate.x509.facts import CertificateFacts
from certgate.x509.signature import SIGNATURE_NAMES, read_signature_algorithm

__all__: list[str] = []

_MD_OIDS: Mapping[str, str] = MappingProxyType(
    {
        "1.2.840.113549.1.1.2": "MD2",
        "1.2.840.113549.1.1.3": "MD4",
        "1.2.840.113549.1.1.4": "MD5",
        "1.3.14.3.2.3": "MD5",
    }
)
_BITS: Mapping[str, int] = MappingProxyType(
    {"md5": 128, "sha1": 160, "sha224": 224, "sha256": 256, "sha384": 384, "sha512": 512}
)
_ALGORITHMS = Vocabulary(tuple(SIGNATURE_NAMES.values()), or_oid=True)


def _pss(hash_arc: str, salt: str) -> bytes:
    """The AlgorithmIdentifier of RSASSA-PSS with one SHA-2 hash throughout (CA/B BR §7.1.3.2.1)."""
    digest = f"300d06096086480165030402{hash_arc}0500"
    return bytes.fromhex(
        f"304106092a864886f70d01010a3034a00f{digest}a11c301a06092a864886f70d010108{digest}a2030201{salt}"
    )


_ENCODINGS = frozenset(
    {
        *(bytes.fromhex(f"300d06092a864886f70d0101{last}0500") for last in ("0b", "0c", "0d")),
        *(bytes.fromhex(f"300a06082a8648ce3d0403{last}") for last in ("02", "03", "04")),
        _pss("01", "20"),
        _pss("02", "30"),
        _pss("03", "40"),
    }
)
_OLD_ENCODINGS = frozenset(
    {
        *(bytes.fromhex(f"300d06092a864886f70d0101{last}0500") for last in ("02", "03", "04", "05")),
        bytes.fromhex("300906072a8648ce3d0401"),
    }
)
"""RSA with MD2, MD4, MD5, SHA-1, and ECDSA with SHA-1: sig.md5 and sig.sha1 judge them."""
_CURVE_HASHES: Mapping[str, str] = MappingProxyType({"P-256": "sha256", "P-384": "sha384", "P-521": "sha512"})


_ROOT = NotApplicable("it is a root, whose own signature nobody relies on")


@check("sig.md5", citation="RFC 9846 §4.4.2")
def md5(subject: CertificateInRole) -> Iterator[Answer]:
    """The certificate is not signed with MD5, nor with its forerunners.

    Why: certificates with such signatures have been forged.

    Fix: have a CA issue the certificate anew with SHA-256.
    """
    if subject.is_root:
        yield _ROOT
    elif name := _MD_OIDS.get(subject.certificate.signature_algorithm):
        yield Problem(f"is signed with {name}")


@check("sig.sha1", citation="CA/B BR §7.1.3.2.1 (SC-097); RFC 9846 §4.4.2")
def sha1(subject: CertificateInRole) -> Iterator[Answer]:
    """The certificate is not signed with SHA-1.

    Why: collisions can be computed, so certificates can be forged, and clients refuse it.

    Fix: have a CA issue the certificate anew with SHA-256.
    """
    if subject.is_root:
        yield _ROOT
    elif subject.certificate.signature_algorithm in _MD_OIDS:
        yield NotApplicable("it is signed with an older hash")
    elif _hash(subject.certificate) == "sha1":
        yield Problem("is signed with SHA-1")


def _hash(certificate: CertificateFacts) -> str | None:
    return read_signature_algorithm(certificate.signature_algorithm_der).hash


@check("sig.hash-min", citation="NIST SP 800-52r2 §3.3.3; RFC 8603 §4.1; BSI TR-02102-1 §4")
def hash_min(subject: CertificateInRole, *, min_bits: int = 256) -> Iterator[Answer]:
    """The certificate is signed with a hash of enough bits.

    Ed25519, Ed448 and ML-DSA hash by themselves, strongly enough.

    Why: a signature is no stronger than its hash.

    Fix: have a CA issue the certificate anew with a longer hash.
    """
    if subject.is_root:
        yield _ROOT
        return
    older = _MD_OIDS.get(subject.certificate.signature_algorithm)
    name = "md5" if older else _hash(subject.certificate)
    if name is not None and _BITS[name] < min_bits:
        yield Problem(f"is signed with {older or name.upper()}, a hash of {_BITS[name]} bits, below {min_bits}")


@check("sig.alg-encoding", citation="CA/B BR §7.1.3.2")
def alg_encoding(subject: CertificateInRole) -> Iterator[Answer]:
    """The signature's AlgorithmIdentifier is one of those required, byte for byte.

    RSA (PKCS #1 v1.5 or PSS) with SHA-256, SHA-384 or SHA-512, or ECDSA with one of these. SHA-1 and older hashes are
    the business of sig.sha1 and sig.md5.

    Why: some clients compare these bytes, and refuse a certificate that is encoded otherwise.

    Fix: correct the software of the CA and issue the certificate anew.
    """
    found = subject.certificate.signature_algorithm_der
    if subject.is_root:
        yield _ROOT
    elif found in _OLD_ENCODINGS:
        yield NotApplicable("it is signed with SHA-1 or an older hash")
    elif found not in _ENCODINGS:
        yield Problem(f"the signature's AlgorithmIdentifier is {found[:80].hex()}, none of the encodings required")


@check("sig.curve-hash", citation="CA/B BR §7.1.3.2.2")
def curve_hash(path: CertificatePath) -> Iterator[Answer]:
    """An ECDSA signature uses the hash that belongs to the issuer's curve.

    SHA-256 with P-256, SHA-384 with P-384, SHA-512 with P-521, for every link of the path. SHA-1 is the business of
    sig.sha1.

    Why: other pairs waste the curve's strength, or are refused by clients.

    Fix: correct the CA's profile and issue the certificate anew.
    """
    links = path.links
    if not links:
        yield NotApplicable("no signature up to an anchor is known")
        return
    signed = [
        (i, c, issuer.key.curve)
        for i, (c, issuer) in enumerate(links)
        if issuer.key.curve in _CURVE_HASHES and c.signature_algorithm_der not in _OLD_ENCODINGS
    ]
    if not signed:
        yield NotApplicable("no issuer with a key on P-256, P-384 or P-521 signed with SHA-2")
        return
    for index, certificate, curve in signed:
        found, required = _hash(certificate), _CURVE_HASHES[str(curve)]
        if found != required:
            label = path.label_of(index)
            yield Problem(f"{label} is signed with {curve} and {found}, not {required}", key=label)


@check("sig.mozilla-list", citation="Mozilla Server Side TLS guidelines 6.0", roles=LEAF)
def mozilla_list(
    subject: CertificateInRole,
    *,
    allowed: Annotated[tuple[str, ...], _ALGORITHMS] = (
        "sha256WithRSAEncryption",
        "ecdsa-with-SHA256",
        "ecdsa-with-SHA384",
        "ecdsa-with-SHA512",
    ),
) -> Iterator[Answer]:
    """The leaf is signed with one of the algorithms that the guidelines list.

    Algorithms are called as OpenSSL shows them.

    Why: every client of the configuration that the guidelines describe knows these.

    Fix: have the CA issue the certificate anew with an algorithm of the list.
    """
    yield from _one_of(subject.certificate, allowed)


def _one_of(certificate: CertificateFacts, allowed: tuple[str, ...]) -> Iterator[Problem]:
    oid = certificate.signature_algorithm
    name = SIGNATURE_NAMES.get(oid, oid)
    if name not in allowed:
        yield Problem(f"is signed with {name}, not with {', '.join(allowed)}")


@check("sig.allowed", citation="CNSA 2.0 (draft-jenkins-cnsa2-pkix-profile-05 §4)")
def allowed_algorithms(
    subject: CertificateInRole, *, allowed: Annotated[tuple[str, ...], _ALGORITHMS] = ()
) -> Iterator[Answer]:
    """The certificate is signed with one of the algorithms that the policy lists.

    Algorithms are called as OpenSSL shows them; of others, the OID. Every certificate of the path is judged.

    Why: a signature by another algorithm may be forgeable, or unknown to the clients that matter.

    Fix: have a CA issue the certificate anew with an algorithm of the list.
    """
    if not allowed:
        yield NotApplicable("no algorithm was given")
    elif subject.is_root:
        yield _ROOT
    else:
        yield from _one_of(subject.certificate, allowed)


@check("sig.pkcs1-v15", citation="BSI TR-02102-2 (2026-01) §3.4.3")
def pkcs1_v15(subject: CertificateInRole) -> Iterator[Answer]:
    """The certificate is not signed with RSA in its old form, PKCS #1 v1.5.

    Why: the form is being phased out in favour of PSS and elliptic curves.

    Fix: prefer a CA that signs with ECDSA or RSASSA-PSS.
    """
    if subject.is_root:
        yield _ROOT
    elif SIGNATURE_NAMES.get(subject.certificate.signature_algorithm, "").endswith("WithRSAEncryption"):
        yield Problem("is signed with RSA PKCS #1 v1.5")
