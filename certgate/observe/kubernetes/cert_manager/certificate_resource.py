"""cert-manager's Certificate resource as the request it leads to, with stand-ins for key and signature."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import MappingProxyType
from typing import Any

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from certgate.model.observation import FailureKind, IssuancePlan
from certgate.model.target import Role
from certgate.observe.files.contents import Contents, UnusableInput
from certgate.observe.kubernetes.cert_manager.admission import refusals_of
from certgate.observe.kubernetes.cert_manager.annotated import specs_of
from certgate.observe.kubernetes.cert_manager.fields import BadField, is_email, whole_number
from certgate.observe.kubernetes.cert_manager.issuance import Issuers, Lifetime
from certgate.observe.kubernetes.entry import ManifestEntry
from certgate.observe.kubernetes.expectations import role_of_usages
from certgate.observe.kubernetes.leaf_role import ReasonedRole
from certgate.observe.kubernetes.objects import Object, listed, mapping
from certgate.observe.kubernetes.scalar import at_line, text
from certgate.x509.der import RawExtension, encoded
from certgate.x509.rsa import small_factor

__all__ = ["draft_request", "of_annotations", "of_certificate"]

_SUBJECT: Mapping[str, x509.ObjectIdentifier] = MappingProxyType(
    {
        "countries": NameOID.COUNTRY_NAME,
        "organizations": NameOID.ORGANIZATION_NAME,
        "organizationalUnits": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "localities": NameOID.LOCALITY_NAME,
        "provinces": NameOID.STATE_OR_PROVINCE_NAME,
        "streetAddresses": NameOID.STREET_ADDRESS,
        "postalCodes": NameOID.POSTAL_CODE,
    }
)
_USAGES: Mapping[str, str] = MappingProxyType(
    {
        "signing": "digital_signature",
        "digital signature": "digital_signature",
        "content commitment": "content_commitment",
        "key encipherment": "key_encipherment",
        "data encipherment": "data_encipherment",
        "key agreement": "key_agreement",
        "cert sign": "key_cert_sign",
        "crl sign": "crl_sign",
        "encipher only": "encipher_only",
        "decipher only": "decipher_only",
    }
)
_PURPOSES: Mapping[str, str] = MappingProxyType(
    {
        "any": "2.5.29.37.0",
        "server auth": "1.3.6.1.5.5.7.3.1",
        "client auth": "1.3.6.1.5.5.7.3.2",
        "code signing": "1.3.6.1.5.5.7.3.3",
        "email protection": "1.3.6.1.5.5.7.3.4",
        "s/mime": "1.3.6.1.5.5.7.3.4",
        "ipsec end system": "1.3.6.1.5.5.7.3.5",
        "ipsec tunnel": "1.3.6.1.5.5.7.3.6",
        "ipsec user": "1.3.6.1.5.5.7.3.7",
        "timestamping": "1.3.6.1.5.5.7.3.8",
        "ocsp signing": "1.3.6.1.5.5.7.3.9",
        "microsoft sgc": "1.3.6.1.4.1.311.10.3.3",
        "netscape sgc": "2.16.840.1.113730.4.1",
    }
)
_EXTENSION_REQUEST = x509.ObjectIdentifier("1.2.840.113549.1.9.14")
_NO_SIGNATURE = bytes.fromhex("300a06082a8648ce3d040302030100")


def of_certificate(one: Object, issuers: Issuers) -> ManifestEntry:
    """The request that a Certificate will make."""
    spec = one.mapping("spec")
    reasoned = role_of_usages(spec, str(one)) or ReasonedRole(Role.SERVER, f"{one} does not exclude a server")
    return _drafted(one, "spec", spec, issuers, reasoned)


def of_annotations(one: Object, issuers: Issuers) -> Iterator[ManifestEntry]:
    """The requests of the Certificates that cert-manager will make for an Ingress or a Gateway."""
    reasoned = ReasonedRole(Role.SERVER, f"{one} serves it")
    for secret, spec in specs_of(one):
        if not issuers.has_certificate(one.namespace, secret):
            yield _drafted(one, f"tls/{secret}", spec, issuers, reasoned)


def _drafted(
    one: Object, path: str, spec: Mapping[str, Any], issuers: Issuers, reasoned: ReasonedRole
) -> ManifestEntry:
    contents: Contents | UnusableInput
    try:
        self_signed = issuers.lets_sign_itself(one.namespace, spec)
        contents = replace(draft_request(spec, self_signed=self_signed), lines=(one.line,))
    except UnusableInput as unusable:
        where = at_line(str(one), one.line)
        contents = UnusableInput(unusable.failure.kind, f"{where}: {unusable.failure.detail}")
    return ManifestEntry(
        id=one.id(path), line=one.line, contents=contents, role=reasoned.role, role_reason=reasoned.reason
    )


def draft_request(spec: Mapping[str, Any], *, self_signed: bool) -> Contents:
    """The request and the issuance plan from a Certificate's `spec`, defaults included. Raises UnusableInput.

    Source: the API reference of cert-manager.io/v1, CertificateSpec.
    """
    try:
        subject = _subject(spec)
        extensions = [
            RawExtension(extn_id=value.oid, critical=critical, extn_value=value.public_bytes())
            for value, critical in _extensions(spec, has_subject=bool(list(subject)))
        ]
        lifetime = Lifetime(spec)
        plan = IssuancePlan(
            duration=lifetime.duration,
            renew_before=lifetime.renew_before,
            self_signed=self_signed,
            is_drafted=True,
            refusals=tuple(refusals_of(spec)),
        )
        return Contents(request=_request(subject.public_bytes(), _stand_in_key(spec), extensions), plan=plan)
    except BadField as bad:
        raise UnusableInput(FailureKind.UNREADABLE, str(bad)) from None
    except (ValueError, TypeError, KeyError, OverflowError):
        detail = "a field of its spec has an invalid value; compare it with the API reference"
        raise UnusableInput(FailureKind.UNREADABLE, detail) from None


def _subject(spec: Mapping[str, Any]) -> x509.Name:
    if literal := text(spec.get("literalSubject")):
        try:
            return x509.Name.from_rfc4514_string(literal)
        except (ValueError, KeyError):
            detail = "literalSubject is not a name such as CN=a,O=b, or its CN is longer than 64 characters"
            raise BadField(detail) from None
    parts = mapping(spec.get("subject"))
    attributes = [
        x509.NameAttribute(oid, text(node), _validate=False)
        for key, oid in _SUBJECT.items()
        for node in listed(parts.get(key))
    ]
    if serial := text(parts.get("serialNumber")):
        attributes.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial))
    if common := text(spec.get("commonName")):
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, common, _validate=False))
    return x509.Name(attributes)


def _extensions(spec: Mapping[str, Any], *, has_subject: bool) -> Iterator[tuple[x509.ExtensionType, bool]]:
    is_ca = text(spec.get("isCA")) == "true"
    yield x509.BasicConstraints(is_ca, None), True
    usages = [text(node) for node in listed(spec.get("usages"))] or ["digital signature", "key encipherment"]
    if unknown := [usage for usage in usages if usage not in _USAGES and usage not in _PURPOSES]:
        raise BadField(f'usages: there is no usage "{unknown[0][:80]}"')
    asserted = {_USAGES[usage] for usage in usages if usage in _USAGES} | ({"key_cert_sign"} if is_ca else set())
    if asserted:
        yield x509.KeyUsage(**{bit: bit in asserted for bit in dict.fromkeys(_USAGES.values())}), True
    purposes = dict.fromkeys(_PURPOSES[usage] for usage in usages if usage in _PURPOSES)
    if purposes:
        yield x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid) for oid in purposes]), False
    names: list[x509.GeneralName] = [
        *(x509.DNSName(_ascii(node, "dnsNames")) for node in listed(spec.get("dnsNames"))),
        *(
            x509.RFC822Name(_ascii(node, "emailAddresses"))
            for node in listed(spec.get("emailAddresses"))
            if is_email(node)
        ),
        *(x509.IPAddress(_address(node)) for node in listed(spec.get("ipAddresses"))),
        *(x509.UniformResourceIdentifier(_ascii(node, "uris")) for node in listed(spec.get("uris"))),
    ]
    if names:
        yield x509.SubjectAlternativeName(names), not has_subject


def _ascii(node: Any, field: str) -> str:
    if not text(node).isascii():
        raise BadField(f'{field}: "{text(node)[:80]}" has characters beyond ASCII; write a host as xn--…')
    return text(node)


def _address(node: Any) -> IPv4Address | IPv6Address:
    try:
        return ip_address(text(node))
    except ValueError:
        raise BadField(f'ipAddresses: "{text(node)[:80]}" is not an IP address') from None


def _stand_in_key(spec: Mapping[str, Any]) -> bytes:
    """The SubjectPublicKeyInfo of a key of the kind that cert-manager will generate."""
    parts = mapping(spec.get("privateKey"))
    size = whole_number(parts.get("size"), "privateKey.size") or 0
    return _key_like(text(parts.get("algorithm")) or "RSA", size)


@lru_cache(maxsize=64)
def _key_like(algorithm: str, size: int) -> bytes:
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
    match algorithm:
        case "RSA" if size in range(1024, 16385) or not size:
            modulus = (1 << ((size or 2048) - 1)) + 1
            while small_factor(modulus):
                modulus += 2
            key = rsa.RSAPublicNumbers(65537, modulus).public_key()
        case "ECDSA" if size in {0, 256, 384, 521}:
            curve = {384: ec.SECP384R1, 521: ec.SECP521R1}.get(size, ec.SECP256R1)
            key = ec.derive_private_key(1, curve()).public_key()
        case "Ed25519":
            key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
        case _:
            raise BadField(f'privateKey: there is no key of algorithm "{algorithm[:80]}" and size {size}')
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _request(subject: bytes, spki: bytes, extensions: list[RawExtension]) -> bytes:
    """A CertificationRequest (RFC 2986 §4) with an empty signature."""
    wanted = encoded(b"\x30", b"".join(asn1.encode_der(extension) for extension in extensions))
    attribute = encoded(b"\x30", asn1.encode_der(_EXTENSION_REQUEST) + encoded(b"\x31", wanted))
    info = encoded(b"\x30", b"\x02\x01\x00" + subject + spki + encoded(b"\xa0", attribute))
    return encoded(b"\x30", info + _NO_SIGNATURE)
