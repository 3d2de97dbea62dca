"""Private keys, requests, and keys that no server can use."""

from functools import cache, partial
from typing import Any

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certgate.lab.chain import make_root
from certgate.lab.file_example import FileExample
from certgate.lab.file_examples.pki_of_files import of_root
from certgate.lab.pki import Credential, issue, make_key, pem
from certgate.lab.scenario import Expected, fails, unchecked, warns
from certgate.x509.der import encoded, read_certificate

__all__ = ["EXAMPLES"]

_COMPOSITE = encoded(b"\x30", asn1.encode_der(x509.ObjectIdentifier("1.3.6.1.5.5.7.6.45")))
"""The AlgorithmIdentifier of ML-DSA-65 with P-256."""


@cache
def _server(**changes: Any) -> Credential:
    return issue("a.lab.example", issuer=make_root("public"), sans=["a.lab.example"], policies=(), **changes)


def _chain() -> bytes:
    return pem(_server())


def _two_leaves() -> bytes:
    return pem(_server(), issue("b.lab.example", issuer=make_root("public"), sans=["b.lab.example"], policies=()))


def _request(*, forged: bool = False) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a.lab.example")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    names = x509.SubjectAlternativeName([x509.DNSName("a.lab.example")])
    der = builder.add_extension(names, critical=False).sign(make_key(), hashes.SHA256()).public_bytes(Encoding.DER)
    return der[:-1] + bytes([der[-1] ^ 1]) if forged else der


def _post_quantum(key: Any, **changes: Any) -> bytes:
    spki = key.generate().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return pem(_server(spki=spki, **changes))


def _composite_spki() -> bytes:
    return encoded(b"\x30", _COMPOSITE + encoded(b"\x03", b"\0" + b"\1" * 2017))


def _composite_signature() -> bytes:
    certificate = read_certificate(_server().der)
    certificate.signature_algorithm = certificate.tbs.signature = asn1.decode_der(asn1.TLV, _COMPOSITE)
    return pem(asn1.encode_der(certificate))


def _rsa_spki(modulus: int) -> bytes:
    numbers = encoded(b"\x30", asn1.encode_der(modulus) + asn1.encode_der(65537))
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return encoded(b"\x30", algorithm + encoded(b"\x03", b"\0" + numbers))


def _example(name: str, title: str, content: Any, *gives: Expected, **options: Any) -> FileExample:
    usual: dict[str, Any] = {"policy": "internal-pki", "trust": of_root}
    return FileExample(name=name, title=title, content=content, gives=gives, **(usual | options))


_TWO_LEAVES = (fails("chain.second-leaf", "presented chain"), warns("chain.extraneous", "presented chain"))
_FORM = {"key.type": {"allowed": ["RSA", "EC", "ML-DSA-65"]}, "pq.mldsa-form": {}}

EXAMPLES = (
    _example("good-key", "A chain and its private key", _chain, key=lambda: _server().key_pem, shows=("key.matches",)),
    _example(
        "key-of-another",
        "A chain and the private key of another certificate",
        _chain,
        fails("key.matches", "private key"),
        key=lambda: issue("b.lab.example").key_pem,
    ),
    _example("good-request", "A request for a certificate", _request, suffix=".csr", shows=("request.signature",)),
    _example(
        "request-forged",
        "A request that its own key did not sign",
        partial(_request, forged=True),
        fails("request.signature", "request"),
        suffix=".csr",
    ),
    _example("good-single-chain", "A file with one chain", _chain, shows=("chain.second-leaf",)),
    _example("two-leaves", "A file with the certificates of two servers", _two_leaves, *_TWO_LEAVES),
    _example(
        "good-post-quantum-key",
        "A certificate with an ML-DSA key",
        partial(_post_quantum, mldsa.MLDSA65PrivateKey),
        adds=_FORM,
        shows=("pq.mldsa-form",),
    ),
    _example(
        "post-quantum-key-that-encrypts",
        "A certificate with an ML-DSA key for encryption",
        partial(_post_quantum, mldsa.MLDSA65PrivateKey, key_usage=("digital_signature", "key_encipherment")),
        fails("pq.mldsa-form"),
        adds=_FORM,
    ),
    _example(
        "good-key-alone",
        "A certificate with an elliptic-curve key, of the usual form",
        _chain,
        adds={"pq.mlkem-leaf": {}},
        shows=("pq.composite", "pq.mlkem-leaf"),
    ),
    _example(
        "key-that-encrypts",
        "A certificate with an ML-KEM key",
        partial(_post_quantum, mlkem.MLKEM768PrivateKey),
        fails("pq.mlkem-leaf"),
        fails("key.type"),
        adds={"pq.mlkem-leaf": {}},
    ),
    _example(
        "composite-key",
        "A certificate with a key that joins ML-DSA-65 and P-256",
        lambda: pem(_server(spki=_composite_spki())),
        fails("pq.composite"),
        unchecked("key.type"),
        warns("trust.engines-agree", "presented chain"),
    ),
    _example(
        "composite-signature",
        "A certificate with a signature that joins ML-DSA-65 and P-256",
        _composite_signature,
        fails("pq.composite"),
        unchecked("chain.signature", "path"),
        unchecked("sig.sha1"),
        unchecked("trust.anchor", "path"),
    ),
    _example(
        "good-modulus",
        "A certificate with an RSA key of the usual form",
        lambda: pem(_server(key="RSA-2048")),
        adds={"key.rsa-quality": {}},
        shows=("key.rsa-quality",),
    ),
    _example(
        "modulus-divisible-by-3",
        "A certificate with an RSA key whose modulus is divisible by 3",
        lambda: pem(_server(spki=_rsa_spki(3 * (2**2046 + 15)))),
        fails("key.rsa-quality"),
        adds={"key.rsa-quality": {}},
    ),
)
