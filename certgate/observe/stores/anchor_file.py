"""The anchors in a file: PEM, or one certificate as DER."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.observe.files.formats import Form, contents, form_of, length_announced
from certgate.observe.files.pem import CERTIFICATES, CONTAINERS, BadPem, Block, looks_like_pem, only, read_blocks
from certgate.system.named_files import Unreadable, read_file
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.der import NotDer
from certgate.x509.errors import Malformed
from certgate.x509.frame import read_frame

__all__ = ["from_content", "from_file", "key_digests", "parse_anchor", "read_store_file"]

_MAX_BYTES = 64 * 1024 * 1024
_TRUSTED = "TRUSTED CERTIFICATE"
_PLAIN = rb"(?m)^-----BEGIN CERTIFICATE-----\n((?:[A-Za-z0-9+/=]+\n)+)-----END CERTIFICATE-----$"
"""A block that `_certificates` reads in the same way, but ten times as slowly."""
_COMMENTS = rb"(?:(?:#.*)?\n)*"
_LIMITS = frozenset({b"\x30", b"\xa0"})
"""The first tags in OpenSSL's X509_CERT_AUX if it trusts or rejects for a purpose."""


def read_store_file(path: Path) -> bytes:
    """The content of a file that belongs to a trust store. Raises UsageError."""
    try:
        return read_file(path, _MAX_BYTES)
    except Unreadable as error:
        raise UsageError(f"trust store {path}: {error}") from error


def from_file(path: Path) -> list[Certificate]:
    """The anchors in a file, at least one. Raises UsageError."""
    return from_content(read_store_file(path), f"trust store {path}")


def from_content(content: bytes, where: str) -> list[Certificate]:
    """The anchors in the content of a file, at least one. Raises UsageError, beginning with `where`."""
    return [_anchor(der, place) for der, place in _certificates(content, where)]


def key_digests(path: Path) -> tuple[str, ...]:
    """The SHA-256 of the keys of the anchors in a file, of which nothing else is read. Raises UsageError."""
    content, where = read_store_file(path), f"trust store {path}"
    first, *others = re.split(_PLAIN, content)
    blocks, between = others[::2], b"".join([first, *others[1::2]])
    if blocks and re.fullmatch(_COMMENTS, between):
        with suppress(NotBase64, NotDer):  # then what is wrong is found below
            return tuple(_key_digest(b64decode(block.replace(b"\n", b""), validate=True)) for block in blocks)
    found = []
    for der, place in _certificates(content, where):
        try:
            found.append(_key_digest(der))
        except NotDer as error:
            raise UsageError(f"{place}: not a DER certificate: {error}") from error
    return tuple(found)


def _key_digest(der: bytes) -> str:
    return sha256(read_frame(der).spki.der).hexdigest()


def _certificates(content: bytes, where: str) -> list[tuple[bytes, str]]:
    """The certificates in the content of a file, each with its place, at least one. Raises UsageError."""
    try:
        return _from_pem(content, where) if looks_like_pem(content) else [(_from_der(content, where), where)]
    except BadPem as bad:
        raise UsageError(f"{where}: {bad}") from None


def _from_pem(content: bytes, where: str) -> list[tuple[bytes, str]]:
    """The certificates of all blocks; skips no block that may contain one. Raises UsageError, BadPem."""
    blocks = list(read_blocks(content))
    for block in blocks:
        if block.label in CONTAINERS:
            command = "openssl pkcs7 -print_certs -in FILE -out FILE.pem"
            raise UsageError(f"{where}: line {block.line}: holds a {block.label} block; convert it: {command}")
    places = [(block, f"{where}: line {block.line}") for block in blocks if block.label in CERTIFICATES]
    found = [(_of_block(block, place), place) for block, place in places]
    if not found:
        raise UsageError(f"{where}: holds {only(blocks)}, no certificate")
    return found


def _from_der(content: bytes, where: str) -> bytes:
    form = form_of(content)
    if form is Form.ELEMENT:
        return content
    if form.command:
        raise UsageError(f"{where}: is {form.text}; convert it: {form.command}")
    if form is not Form.UNKNOWN:
        raise UsageError(f"{where}: holds only {form.text}, no certificate")
    raise UsageError(f"{where}: " + (f"holds {form.text}" if content.strip() else "is empty"))


def _of_block(block: Block, where: str) -> bytes:
    """The certificate of a block. Raises UsageError, BadPem.

    OpenSSL's TRUSTED CERTIFICATE may restrict the trust after the certificate: ignoring that would widen the trust.
    """
    der = block.whole()
    size = length_announced(der)
    if block.label == _TRUSTED and contents(der[size:])[:1] not in _LIMITS:
        return der[:size]
    if block.label == _TRUSTED:
        advice = "write it as CERTIFICATE to trust it for everything: openssl x509 -in FILE -out FILE.pem"
        raise UsageError(f"{where}: the {_TRUSTED} block limits its trust, which certgate does not read; {advice}")
    return der


def parse_anchor(der: bytes) -> Certificate:
    """A certificate whose subject, the name of the anchor, can be read. Raises Malformed."""
    certificate = parse_certificate(der)
    _ = certificate.subject.rdns
    return certificate


def _anchor(der: bytes, where: str) -> Certificate:
    try:
        return parse_anchor(der)
    except Malformed as error:
        raise UsageError(f"{where}: {error}") from error
