"""Reads a private key: its public half, and the key itself for those who use it."""

from binascii import Error as Base64Error

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from certgate.observe.files.contents import PrivateKeyNote

__all__ = ["HOW_TO_UNLOCK", "load_key", "noted", "unlocked"]

HOW_TO_UNLOCK = "give its pass phrase with --password-file, --password-fd or --password-env"
_WRONG = "the pass phrase does not open the private key, or the key is damaged"
_PROBE = b"certgate: does this private key work?"


def noted(text: bytes, password: bytes | None) -> PrivateKeyNote:
    """The note on a private key in PEM. Never raises."""
    try:
        return PrivateKeyNote(_public_half(text, password))
    except UnsupportedAlgorithm:
        return PrivateKeyNote(problem="the type of the private key is unknown")
    except (ValueError, TypeError, Base64Error, InvalidSignature):
        return PrivateKeyNote(
            problem=_WRONG if password else "the private key cannot be read, or its parts do not match"
        )


def unlocked(key: PrivateKeyTypes) -> bytes:
    """The key as unencrypted PKCS#8 (DER)."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def load_key(data: bytes, password: bytes | None) -> PrivateKeyTypes:
    """Load a private key in PEM or DER. Raises the library's exceptions.

    Does not test the primes of an RSA key, because that takes seconds.
    """
    load = load_pem_private_key if b"-----BEGIN" in data[:100] else load_der_private_key
    return load(data, password, unsafe_skip_rsa_key_validation=True)


def _public_half(data: bytes, password: bytes | None) -> bytes:
    """The SubjectPublicKeyInfo. Raises the library's exceptions, also InvalidSignature: an RSA key is tried out."""
    key = load_key(data, password)
    public = key.public_key()
    if isinstance(key, rsa.RSAPrivateKey) and isinstance(public, rsa.RSAPublicKey):
        scheme = padding.PKCS1v15()
        public.verify(key.sign(_PROBE, scheme, hashes.SHA256()), _PROBE, scheme, hashes.SHA256())
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
