"""Reads one extension with the library, in a certificate made for it that has no other."""

from collections.abc import Callable
from functools import cache
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat import asn1

from certgate.x509.der import encoded

__all__ = ["reader_of"]

T = TypeVar("T", bound=x509.ExtensionType)

_ALGORITHM = bytes.fromhex("300506032b6570")
"""The AlgorithmIdentifier of Ed25519, which has the shortest keys and signatures."""
_BEFORE = bytes.fromhex(
    "a003020102020101300506032b65703000301e170d3235303130313030303030305a170d3235303130313030303030305a3000"
) + encoded(b"\x30", _ALGORITHM + encoded(b"\x03", bytes(33)))
"""Version 3, a serial number, the algorithm, an empty issuer, dates, an empty subject and a key."""
_AFTER = _ALGORITHM + encoded(b"\x03", bytes(65))


@cache
def reader_of(kind: type[T]) -> Callable[[bytes], T]:
    """The function that reads the typed value of an extension; it raises whatever the library raises."""
    oid = asn1.encode_der(kind.oid)

    def read(value: bytes) -> T:
        single = encoded(b"\x30", oid + encoded(b"\x04", value))
        tbs = encoded(b"\x30", _BEFORE + encoded(b"\xa3", encoded(b"\x30", single)))
        certificate = x509.load_der_x509_certificate(encoded(b"\x30", tbs + _AFTER))
        return certificate.extensions.get_extension_for_class(kind).value

    return read
