"""The messages of the Workload API (SPIFFE Workload API §5), read from protobuf's wire format within bounds.

Unknown fields are skipped, as protobuf requires. Private keys are left out unless they are asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field

from certgate.model.frozen import frozen
from certgate.observe.files.formats import length_announced

__all__ = ["BadMessage", "TooMuch", "X509Svid", "certificates_in", "read_bundles", "read_svids"]

MAX_ENTRIES = 1_000
"""SVIDs or bundles in one message."""
MAX_CERTIFICATES = 1_000
"""Certificates in one chain or bundle."""
_MAX_FIELDS = 10_000
"""Fields in one message, whatever they are."""
_MAX_TEXT = 2_048
"""Characters of a SPIFFE ID (SPIFFE-ID §2.3) or a hint."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED = {_FIXED64: 8, _FIXED32: 4}
_MAX_VARINT = 10
"""Bytes of the longest number."""
_MAX_HEADER = 130
"""Bytes of the longest header of a DER element."""


class BadMessage(ValueError):
    """What came is not such a message."""


class TooMuch(BadMessage):
    """It exceeds a limit."""


@frozen(slots=True)
class X509Svid:
    """An X509-SVID: its chain in DER, the leaf first."""

    id: str
    """Its SPIFFE ID, as the agent says."""
    chain: tuple[bytes, ...]
    hint: str = ""
    """What the operator says about its use; empty for nothing."""
    key: bytes = field(default=b"", repr=False)
    """PKCS#8, DER. Never shown; empty unless it was asked for."""


def read_svids(message: bytes, *, with_keys: bool = False) -> tuple[X509Svid, ...]:
    """The SVIDs of an X509SVIDResponse, in the agent's order: the first is the default one. Raises BadMessage."""
    svids = [_svid(value, with_key=with_keys) for number, value in _fields(message) if number == 1]
    if len(svids) > MAX_ENTRIES:
        raise TooMuch(f"more than {MAX_ENTRIES:,} SVIDs")
    return tuple(svids)


def read_bundles(message: bytes) -> Mapping[str, tuple[bytes, ...]]:
    """The bundles of an X509BundlesResponse by trust domain (`spiffe://…`), each as certificates in DER.

    Raises BadMessage.
    """
    found: dict[str, tuple[bytes, ...]] = {}
    for number, value in _fields(message):
        if number == 2:
            entry = dict(_fields(value))
            found[_text(entry.get(1, b""))] = certificates_in(entry.get(2, b""))
        if len(found) > MAX_ENTRIES:
            raise TooMuch(f"more than {MAX_ENTRIES:,} bundles")
    return found


def certificates_in(data: bytes) -> tuple[bytes, ...]:
    """The certificates of concatenated DER, which are not read themselves. Raises BadMessage."""
    found: list[bytes] = []
    at = 0
    while at < len(data):
        size = length_announced(data[at : at + _MAX_HEADER])
        if size > len(data) - at:
            raise BadMessage("its certificates are not DER")
        found.append(data[at : at + size])
        at += size
        if len(found) > MAX_CERTIFICATES:
            raise TooMuch(f"more than {MAX_CERTIFICATES:,} certificates in one chain")
    return tuple(found)


def _svid(message: bytes, *, with_key: bool) -> X509Svid:
    known = {number: value for number, value in _fields(message) if number != 3 or with_key}
    return X509Svid(
        id=_text(known.get(1, b"")),
        chain=certificates_in(known.get(2, b"")),
        hint=_text(known.get(5, b"")),
        key=known.get(3, b""),
    )


def _text(value: bytes) -> str:
    if len(value) > _MAX_TEXT:
        raise TooMuch(f"a text of more than {_MAX_TEXT:,} bytes")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise BadMessage("a text that is not UTF-8") from None


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The number and the content of each field that has a length; skips numbers. Raises BadMessage."""
    at = count = 0
    while at < len(message):
        count += 1
        if count > _MAX_FIELDS:
            raise TooMuch(f"more than {_MAX_FIELDS:,} fields")
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _BYTES:
            size, at = _varint(message, at)
            if size > len(message) - at:
                raise BadMessage("it ends within a field")
            yield number, message[at : at + size]
            at += size
        elif kind == _VARINT:
            _, at = _varint(message, at)
        elif kind in _FIXED and _FIXED[kind] <= len(message) - at:
            at += _FIXED[kind]
        else:
            raise BadMessage("a field of a type that protobuf does not have")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The number that begins at a position, and where it ends. Raises BadMessage."""
    value = 0
    for shift, byte in enumerate(message[at : at + _MAX_VARINT]):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value, at + shift + 1
    raise BadMessage("a number that does not end")
