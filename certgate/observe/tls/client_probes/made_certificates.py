"""Client certificates that certgate makes: one that signs itself, and one of a CA that has only an accepted name."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certgate.observe.tls.client_certificate import ClientCertificate
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed
from certgate.x509.name import Name

__all__ = ["lookalike", "self_signed"]

_SUBJECT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "certgate probe")])
_AGE = timedelta(hours=1)
_LIFETIME = timedelta(days=1)


def self_signed(now: datetime) -> ClientCertificate:
    """A certificate for clients that is its own issuer, valid around `now`."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _for_clients(_SUBJECT, _SUBJECT, key, now).sign(key, hashes.SHA256())
    return _shown(key, certificate)


def lookalike(accepted: Sequence[Name], control: ClientCertificate | None, now: datetime) -> ClientCertificate | None:
    """A certificate of a CA of certgate's own with the name of an accepted CA; None if no such name is known.

    `accepted` are the CAs that the server names. The issuer of `control`, a client that is let in, is preferred: its
    key identifier is known, too, and the certificate gets the subject and the names of the control.
    """
    try:
        model = x509.load_der_x509_certificate(control.chain[0]) if control else None
        issuer = parse_certificate(control.chain[0]).issuer if control else None
        named = issuer if issuer and (not accepted or issuer in accepted) else next(iter(accepted), None)
        if named is None:
            return None
        like = model if named is issuer else None
        return _like(named.native, like, now)
    except (Malformed, ValueError, x509.UnsupportedGeneralNameType, x509.DuplicateExtension):
        return None


def _like(issuer: x509.Name, model: x509.Certificate | None, now: datetime) -> ClientCertificate:
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    identifier = _authority(model) or x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()).digest
    ca = (
        _valid(issuer, issuer, ca_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier(identifier), critical=False)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    builder = _for_clients(model.subject if model else _SUBJECT, issuer, key, now).add_extension(
        x509.AuthorityKeyIdentifier(identifier, None, None), critical=False
    )
    names = _names(model)
    if names is not None:
        builder = builder.add_extension(names.value, critical=names.critical)
    return _shown(key, builder.sign(ca_key, hashes.SHA256()), ca)


def _authority(model: x509.Certificate | None) -> bytes | None:
    if model is None:
        return None
    try:
        return model.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        return None


def _names(model: x509.Certificate | None) -> x509.Extension[x509.SubjectAlternativeName] | None:
    if model is None:
        return None
    try:
        return model.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return None


def _for_clients(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        _valid(subject, issuer, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    )


def _valid(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _AGE)
        .not_valid_after(now + _LIFETIME)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _shown(key: ec.EllipticCurvePrivateKey, *chain: x509.Certificate) -> ClientCertificate:
    encoded = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return ClientCertificate(tuple(one.public_bytes(Encoding.DER) for one in chain), encoded)
