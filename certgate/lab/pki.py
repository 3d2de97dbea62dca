"""Certificates with exactly the given contents, faults included.

The outer structure is encoded here and signed with the raw key, because the library's builder refuses what the lab
is for: SHA-1, an extension twice, a negative serial, version 1.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha1, sha256
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from certgate.model.frozen import frozen
from certgate.x509.der import RawCertificate, RawExtension, RawTbs, encoded

__all__ = ["CLOCK", "Credential", "issue", "make_key", "pem"]

CLOCK = datetime(2026, 6, 15, 12, tzinfo=UTC)
"""The lab's fixed clock: certificates are issued around it and evaluated at it, so the lab passes in any year."""

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
_CURVES: Mapping[str, type[ec.EllipticCurve]] = {
    "P-224": ec.SECP224R1,
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
}
_RSA_OIDS = {"md5": "1.1.4", "sha1": "1.1.5", "sha256": "1.1.11", "sha384": "1.1.12", "sha512": "1.1.13"}
_ECDSA_OIDS = {"sha1": "1", "sha224": "3.1", "sha256": "3.2", "sha384": "3.3", "sha512": "3.4"}
_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


@frozen()
class Credential:
    """A certificate with its private key."""

    der: bytes
    key: PrivateKey

    @property
    def native(self) -> x509.Certificate:
        """The library's object; raises whatever the library raises for a faulty certificate."""
        return x509.load_der_x509_certificate(self.der)

    @property
    def key_pem(self) -> bytes:
        """The private key, PKCS#8 PEM."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def make_key(kind: str = "P-256") -> PrivateKey:
    """A fresh key: `P-224` to `P-521`, `Ed25519`, `Ed448`, or `RSA-<bits>` or `RSA-<bits>-<exponent>`.

    RSA keys are cached, because generating them is slow.
    """
    if kind in _CURVES:
        return ec.generate_private_key(_CURVES[kind]())
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "Ed448":
        return ed448.Ed448PrivateKey.generate()
    bits, _, exponent = kind.removeprefix("RSA-").partition("-")
    return _rsa_key(int(bits), int(exponent or 65537))


@lru_cache
def _rsa_key(bits: int, exponent: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(exponent, bits)


def pem(*certificates: Credential | bytes) -> bytes:
    """PEM blocks in this order."""
    ders = (c.der if isinstance(c, Credential) else c for c in certificates)
    return b"".join(_armour(der) for der in ders)


def _armour(der: bytes) -> bytes:
    from base64 import encodebytes

    body = encodebytes(der).replace(b"\n", b"")
    lines = b"\n".join(body[i : i + 64] for i in range(0, len(body), 64))
    return b"-----BEGIN CERTIFICATE-----\n" + lines + b"\n-----END CERTIFICATE-----\n"


def issue(
    subject: str | x509.Name = "",
    *,
    issuer: Credential | None = None,
    key: PrivateKey | str = "P-256",
    ca: bool = False,
    path_length: int | None = None,
    sans: Sequence[str | x509.GeneralName] = (),
    ekus: Sequence[str] | None = None,
    key_usage: Sequence[str] | None = None,
    policies: Sequence[str] | None = None,
    not_before: datetime = CLOCK - timedelta(days=30),
    days: float = 90,
    not_after: datetime | None = None,
    serial: int | None = None,
    version: int = 3,
    hash_name: str = "sha256",
    extensions: Mapping[type[x509.ExtensionType], tuple[x509.ExtensionType, bool] | None] | None = None,
    raw_extensions: Sequence[tuple[str, bool, bytes]] = (),
    issuer_name: x509.Name | None = None,
    signing_key: PrivateKey | None = None,
    spki: bytes | None = None,
    unique_ids: bool = False,
    generalized_end: bool = False,
    inner_hash: str | None = None,
) -> Credential:
    """A certificate that is valid by default: a web PKI leaf (or, with `ca`, a CA) issued by `issuer` or self-signed.

    `subject` as text is the CN (empty: no subject). `sans` as text are DNS names, IP addresses or URIs by form.
    For `key_usage`, `ekus` and `policies` None means the defaults, empty means no extension. `extensions` replaces
    (value, critical) or drops (None) single ones; `raw_extensions` (oid, critical, DER) are appended unchanged, even
    duplicates. `issuer_name` and `signing_key` override the values from `issuer`, to break links. `spki` replaces the
    encoded public key, `inner_hash` the hash in the signed part.
    """
    private = make_key(key) if isinstance(key, str) else key
    name = _name(subject) if isinstance(subject, str) else subject
    signer = signing_key or (issuer.key if issuer else private)
    by = x509.Name.from_bytes(_subject_of(issuer)) if issuer else name
    by = by if issuer_name is None else issuer_name
    spki = spki or private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    usual = _usual_extensions(name, private, issuer, ca, path_length, sans, ekus, key_usage, policies)
    for kind, replacement in (extensions or {}).items():
        usual.pop(kind, None)
        if replacement is not None:
            usual[kind] = replacement
    entries = [RawExtension(extn_id=v.oid, critical=c, extn_value=v.public_bytes()) for v, c in usual.values()]
    entries += [RawExtension(extn_id=x509.ObjectIdentifier(o), critical=c, extn_value=v) for o, c, v in raw_extensions]
    algorithm = element(algorithm_identifier(signer, hash_name))
    end = not_after or not_before + timedelta(days=days) - timedelta(seconds=1)
    tbs = RawTbs(
        version=version - 1,
        serial=_serial(spki, not_before, by) if serial is None else serial,
        signature=element(algorithm_identifier(signer, inner_hash)) if inner_hash else algorithm,
        issuer=element(by.public_bytes()),
        validity=element(_validity(not_before, end, generalized=generalized_end)),
        subject=element(name.public_bytes()),
        spki=element(spki),
        issuer_unique_id=asn1.BitString(b"\x01", 0) if unique_ids else None,
        subject_unique_id=None,
        extensions=entries or None if version == 3 else None,
    )
    signature = sign(signer, asn1.encode_der(tbs), hash_name)
    outer = RawCertificate(tbs=tbs, signature_algorithm=algorithm, signature=asn1.BitString(signature, 0))
    return Credential(asn1.encode_der(outer), private)


def element(der: bytes) -> Any:
    """One ASN.1 element, for use in a structure unchanged."""
    return asn1.decode_der(asn1.TLV, der)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])


def _subject_of(credential: Credential) -> bytes:
    from certgate.x509.certificate import parse_certificate

    return parse_certificate(credential.der).subject.der


def _serial(spki: bytes, not_before: datetime, by: x509.Name) -> int:
    digest = sha256(spki + not_before.isoformat().encode() + by.public_bytes()).digest()
    return int.from_bytes(b"\x40" + digest[:15], "big")


def _validity(start: datetime, end: datetime, *, generalized: bool) -> bytes:
    body = encoded_time(start) + (_generalized_time(end) if generalized else encoded_time(end))
    return bytes([0x30, len(body)]) + body


def encoded_time(moment: datetime) -> bytes:
    """A Time by RFC 5280 §4.1.2.5: UTCTime before 2050."""
    if moment.year < 2050:
        return b"\x17\x0d" + moment.strftime("%y%m%d%H%M%SZ").encode()
    return _generalized_time(moment)


def _generalized_time(moment: datetime) -> bytes:
    return b"\x18\x0f" + moment.strftime("%Y%m%d%H%M%SZ").encode()


def encoded_extension(oid: str, critical: bool, value: bytes) -> bytes:
    """An extension (RFC 5280 §4.1), DER."""
    flag = b"\x01\x01\xff" if critical else b""
    return encoded(b"\x30", asn1.encode_der(x509.ObjectIdentifier(oid)) + flag + encoded(b"\x04", value))


def algorithm_identifier(signer: PrivateKey, hash_name: str) -> bytes:
    """The AlgorithmIdentifier of the signatures that `sign` makes, DER."""
    if isinstance(signer, rsa.RSAPrivateKey):
        oid, tail = f"1.2.840.113549.{_RSA_OIDS[hash_name]}", b"\x05\x00"
    elif isinstance(signer, ec.EllipticCurvePrivateKey):
        oid, tail = f"1.2.840.10045.4.{_ECDSA_OIDS[hash_name]}", b""
    else:
        oid, tail = ("1.3.101.112" if isinstance(signer, ed25519.Ed25519PrivateKey) else "1.3.101.113"), b""
    body = asn1.encode_der(x509.ObjectIdentifier(oid)) + tail
    return bytes([0x30, len(body)]) + body


def sign(signer: PrivateKey, data: bytes, hash_name: str) -> bytes:
    """Sign with the raw key: RSA (PKCS #1 v1.5), ECDSA, or EdDSA, which ignores `hash_name`."""
    if isinstance(signer, rsa.RSAPrivateKey):
        return signer.sign(data, padding.PKCS1v15(), _HASHES[hash_name]())
    if isinstance(signer, ec.EllipticCurvePrivateKey):
        return signer.sign(data, ec.ECDSA(_HASHES[hash_name]()))
    return signer.sign(data)


def key_bits(key: PrivateKey) -> bytes:
    """The BIT STRING in the public key's SubjectPublicKeyInfo, which key identifiers and CertIDs hash."""
    if isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)


def key_id(key: PrivateKey) -> bytes:
    """The usual key identifier (RFC 5280 §4.2.1.2 method 1): SHA-1 of the key bits."""
    return sha1(key_bits(key), usedforsecurity=False).digest()


def general_name(text: str | x509.GeneralName) -> x509.GeneralName:
    """A DNS name, IP address or URI, by the form of the text."""
    if isinstance(text, x509.GeneralName):
        return text
    if "://" in text:
        return x509.UniformResourceIdentifier(text)
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _usual_extensions(
    name: x509.Name,
    private: PrivateKey,
    issuer: Credential | None,
    ca: bool,
    path_length: int | None,
    sans: Sequence[str | x509.GeneralName],
    ekus: Sequence[str] | None,
    key_usage: Sequence[str] | None,
    policies: Sequence[str] | None,
) -> dict[type[x509.ExtensionType], tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = [(x509.BasicConstraints(ca, path_length), True)]
    usages = key_usage if key_usage is not None else _default_key_usage(ca)
    if usages:
        found.append((_key_usage(usages), True))
    purposes = ekus if ekus is not None else ([] if ca else ["1.3.6.1.5.5.7.3.1"])
    if purposes:
        found.append((x509.ExtendedKeyUsage([x509.ObjectIdentifier(o) for o in purposes]), False))
    if ca:
        found.append((x509.SubjectKeyIdentifier(key_id(private)), False))
    if issuer is not None:
        found.append((x509.AuthorityKeyIdentifier(key_id(issuer.key), None, None), False))
    if sans:
        found.append((x509.SubjectAlternativeName([general_name(s) for s in sans]), not list(name)))
    oids = policies if policies is not None else ([] if ca else ["2.23.140.1.2.1"])
    if oids:
        information = [x509.PolicyInformation(x509.ObjectIdentifier(o), None) for o in oids]
        found.append((x509.CertificatePolicies(information), False))
    if issuer is not None:
        point = x509.UniformResourceIdentifier("http://crl.lab.example/1.crl")
        found.append((x509.CRLDistributionPoints([x509.DistributionPoint([point], None, None, None)]), False))
    return {type(value): (value, critical) for value, critical in found}


def _default_key_usage(ca: bool) -> Sequence[str]:
    return ["key_cert_sign", "crl_sign"] if ca else ["digital_signature"]


def _key_usage(asserted: Sequence[str]) -> x509.KeyUsage:
    bits = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    if unknown := set(asserted) - set(bits):
        raise ValueError(f"no such key usage: {', '.join(sorted(unknown))}")
    return x509.KeyUsage(**{bit: bit in asserted for bit in bits})
