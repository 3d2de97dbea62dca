"""Rules of the family sig: how a certificate is signed. Roots are left out: nobody relies on their signature."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import LEAF, Answer, NotApplicable, Problem, Vocabulary, check
from certgate.checks.framework.subjects import CertificateInRole, CertificatePath
from certgate.x509.composite import COMPOSITES
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
"""RSA with MD2, MD4, MD5, SHA-1, and ECDSA with SHA-1: sig.md5 and sig.sha1 check them."""
_CURVE_HASHES: Mapping[str, str] = MappingProxyType({"P-256": "sha256", "P-384": "sha384", "P-521": "sha512"})


_ROOT = NotApplicable("nobody relies on the signature of a root")


@check("sig.md5", citation="RFC 9846 §4.4.2")
def md5(subject: CertificateInRole) -> Iterator[Answer]:
    """The certificate is not signed with MD5, MD4 or MD2.

    Why: certificates with such signatures have been forged.

    Fix: have the CA reissue the certificate with SHA-256.
    """
    if subject.is_root:
        yield _ROOT
    elif name := _MD_OIDS.get(subject.certificate.signature_algorithm):
        yield Problem(f"signed with {name}")


@check("sig.sha1", citation="CA/B BR §7.1.3.2.1 (SC-097); RFC 9846 §4.4.2", presumes=[Premise.ALGORITHM])
def sha1(subject: CertificateInRole) -> Iterator[Answer]:
    """The certificate is not signed with SHA-1.

    Why: certificates can be forged because SHA-1 collisions can be computed, and clients refuse them.

    Fix: have the CA reissue the certificate with SHA-256.
    """
    if subject.is_root:
        yield _ROOT
    elif subject.certificate.signature_algorithm in _MD_OIDS:
        yield NotApplicable("signed with an older hash (see sig.md5)")
    elif _hash(subject.certificate) == "sha1":
        yield Problem("signed with SHA-1")


def _hash(certificate: CertificateFacts) -> str | None:
    return read_signature_algorithm(certificate.signature_algorithm_der).hash


@check(
    "sig.hash-min",
    citation="NIST SP 800-52r2 §3.3.3; RFC 8603 §4.1; BSI TR-02102-1 §4",
    presumes=[Premise.ALGORITHM],
)
def hash_min(subject: CertificateInRole, *, min_bits: int = 256) -> Iterator[Answer]:
    """The certificate is signed with a hash of at least `min_bits` bits.

    Ed25519, Ed448 and ML-DSA use a strong hash of their own, and pass.

    Why: a signature is no stronger than its hash.

    Fix: have the CA reissue the certificate with a longer hash.
    """
    if subject.is_root:
        yield _ROOT
        return
    older = _MD_OIDS.get(subject.certificate.signature_algorithm)
    name = "md5" if older else _hash(subject.certificate)
    if name is not None and _BITS[name] < min_bits:
        yield Problem(
            f"signed with {older or name.upper()}, a hash of {_BITS[name]} bits, at least {min_bits} required"
        )


@check("sig.alg-encoding", citation="CA/B BR §7.1.3.2", presumes=[Premise.ALGORITHM])
def alg_encoding(subject: CertificateInRole) -> Iterator[Answer]:
    """The signature's AlgorithmIdentifier has a required encoding.

    Allowed are RSA (PKCS #1 v1.5 or PSS) with SHA-256, SHA-384 or SHA-512, and ECDSA with one of these. sig.sha1 and
    sig.md5 report older hashes.

    Why: some clients compare these bytes, and refuse a certificate with another encoding.

    Fix: correct the CA's software, then reissue the certificate.
    """
    found = subject.certificate.signature_algorithm_der
    if subject.is_root:
        yield _ROOT
    elif found in _OLD_ENCODINGS:
        yield NotApplicable("signed with SHA-1 or an older hash (see sig.sha1, sig.md5)")
    elif found not in _ENCODINGS:
        yield Problem(f"AlgorithmIdentifier of the signature is {found[:80].hex()}, which is not a required encoding")


@check("sig.curve-hash", citation="CA/B BR §7.1.3.2.2")
def curve_hash(path: CertificatePath) -> Iterator[Answer]:
    """An ECDSA signature uses the hash that matches the issuer's curve.

    P-256 goes with SHA-256, P-384 with SHA-384, P-521 with SHA-512, for every signature on the path. sig.sha1 reports
    SHA-1.

    Why: other pairs waste the strength of the curve, or clients refuse them.

    Fix: correct the CA's profile, then reissue the certificate.
    """
    links = path.links
    if not links:
        yield NotApplicable("the path has no signature by a known issuer")
        return
    signed = [
        (i, c, issuer.key.curve)
        for i, (c, issuer) in enumerate(links)
        if issuer.key.curve in _CURVE_HASHES and c.signature_algorithm_der not in _OLD_ENCODINGS
    ]
    if not signed:
        yield NotApplicable("no signature with P-256, P-384 or P-521 and SHA-2")
        return
    for index, certificate, curve in signed:
        composite = COMPOSITES.get(certificate.signature_algorithm)
        found, required = composite or _hash(certificate), _CURVE_HASHES[str(curve)]
        if found != required:
            label = path.label_of(index)
            cause = "" if certificate.signature_algorithm_der in _ENCODINGS else "sig.alg-encoding"
            yield Problem(f"{label} is signed with {curve} and {found}, {required} required", key=label, cause=cause)


@check(
    "sig.mozilla-list",
    citation="Mozilla Server Side TLS guidelines 6.0",
    roles=LEAF,
    presumes=[Premise.ALGORITHM],
)
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
    """The leaf is signed with an algorithm from Mozilla's guidelines.

    Algorithms have the names that OpenSSL shows.

    Why: all clients that the guidelines cover support these algorithms.

    Fix: have the CA reissue the certificate with an allowed algorithm.
    """
    yield from _one_of(subject.certificate, allowed)


def _one_of(certificate: CertificateFacts, allowed: tuple[str, ...]) -> Iterator[Problem]:
    oid = certificate.signature_algorithm
    name = SIGNATURE_NAMES.get(oid, oid)
    if name not in allowed:
        yield Problem(f"signed with {name}, {' or '.join(allowed)} required")


@check("sig.allowed", citation="CNSA 2.0 (draft-jenkins-cnsa2-pkix-profile-05 §4)", presumes=[Premise.ALGORITHM])
def allowed_algorithms(
    subject: CertificateInRole, *, allowed: Annotated[tuple[str, ...], _ALGORITHMS] = ()
) -> Iterator[Answer]:
    """The certificate is signed with an algorithm in `allowed`.

    Algorithms have the names that OpenSSL shows, others their OID. Every certificate on the path is checked.

    Why: other signatures may be possible to forge, or not supported by the clients that matter.

    Fix: have the CA reissue the certificate with an allowed algorithm.
    """
    if not allowed:
        yield NotApplicable("the policy lists no algorithm")
    elif subject.is_root:
        yield _ROOT
    else:
        yield from _one_of(subject.certificate, allowed)


@check("sig.pkcs1-v15", citation="BSI TR-02102-2 (2026-01) §3.4.3")
def pkcs1_v15(subject: CertificateInRole) -> Iterator[Answer]:
    """The certificate is not signed with RSA PKCS #1 v1.5.

    Why: PSS and elliptic curves replace this older RSA format.

    Fix: prefer a CA that signs with ECDSA or RSASSA-PSS.
    """
    if subject.is_root:
        yield _ROOT
    elif SIGNATURE_NAMES.get(subject.certificate.signature_algorithm, "").endswith("WithRSAEncryption"):
        yield Problem("signed with RSA PKCS #1 v1.5")
