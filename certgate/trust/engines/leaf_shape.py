"""The shape of a leaf: what a verifier can tell leaves of one issuer apart by, apart from their signatures.

Left out is only what has the plainest form there is, so that no verifier reads it otherwise than another: the serial
number, dates that are not near, the last common name, the octets of a usual key, names, key identifier, SCTs.
"""

import re
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from certgate.x509.certificate import Certificate
from certgate.x509.der import (
    BIT_STRING,
    INTEGER,
    OCTET_STRING,
    Element,
    NotDer,
    only,
    sequence,
)
from certgate.x509.extension import Extension
from certgate.x509.key import key_parts
from certgate.x509.template import OF_ONE

__all__ = ["leaf_shape"]

_VERSION_3 = bytes.fromhex("a003020102")
_DATES = re.compile(rb"\x17\x0d\d{12}Z\x17\x0d\d{12}Z")
_NEAR = timedelta(minutes=1)
_LONGEST_SERIAL = 20
_COMMON_NAME = re.compile(rb"\x31(.)\x30(.)\x06\x03\x55\x04\x03[\x0c\x13](.)([A-Za-z0-9.-]{1,64})", re.DOTALL)
_EC_POINT = 4
"""The first octet of an elliptic-curve key that is a point with both coordinates."""
_HOST = re.compile(rb"(?:(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_URI = re.compile(rb"[a-z]+://[a-z0-9.-]+(?:/[A-Za-z0-9._-]+)*")
_LONGEST_NAME = 253
_MOST_NAMES = 100
_LONGEST_IDENTIFIER = 64


def leaf_shape(leaf: Certificate, now: datetime) -> Hashable | None:
    """The shape; None for a leaf that has none because something in it is not plain. Raises Malformed."""
    frame = leaf.frame
    is_plain = (
        frame.version is not None
        and frame.version.der == _VERSION_3
        and frame.algorithm.der == frame.tbs_algorithm.der
        and frame.signature.tag == BIT_STRING
        and frame.extensions is not None
        and not (leaf.has_unique_ids or frame.surplus)
        and _is_plain_serial(frame.serial)
        and _DATES.fullmatch(frame.validity.content)
        and leaf.not_before + _NEAR < now < leaf.not_after - _NEAR
    )
    if not is_plain or frame.extensions is None:
        return None
    try:
        own = tuple(_own(extension) for extension in leaf.extensions if extension.oid in OF_ONE)
        return frame.algorithm.der, frame.issuer.der, _subject(frame.subject.content), _key(leaf), leaf.template, own
    except NotDer:
        return None


def _is_plain_serial(serial: Element) -> bool:
    """Whether it is a positive INTEGER of at most 20 octets, without superfluous ones."""
    content = serial.content
    if serial.tag != INTEGER or not 0 < len(content) <= _LONGEST_SERIAL:
        return False
    return 0 < content[0] < 0x80 or (content[0] == 0 and len(content) > 1 and content[1] >= 0x80)


def _subject(content: bytes) -> Hashable:
    """The subject as encoded; without the value of the last attribute if that is a plain common name."""
    found = _COMMON_NAME.search(content)
    if not found or found.end() != len(content):
        return content
    lengths = tuple(part[0] for part in found.groups()[:3])
    value = len(found[4])
    return (content[: found.start()], "CN") if lengths == (value + 9, value + 7, value) else content


def _key(leaf: Certificate) -> Hashable:
    """What a usual key has in common with others: algorithm, size, exponent; any other key as it is. Raises NotDer."""
    key = leaf.key
    if key.problem or key.algorithm not in {"RSA", "EC"}:
        return leaf.spki
    algorithm, numbers = key_parts(leaf.spki)
    if key.algorithm == "EC" and numbers[1] != _EC_POINT:
        return leaf.spki
    return algorithm.der, len(numbers), numbers[:1], key.bits, key.exponent


def _own(extension: Extension) -> Hashable:
    """What is left of the value of an extension of one certificate alone; else all of it. Raises NotDer.

    All other extensions, and everything else about this one, are in the template.
    """
    if extension.problem:
        raise NotDer(extension.problem)
    left = _READERS[extension.oid](extension.value)
    return extension.value if left is None else left


def _names(value: bytes) -> Hashable | None:
    """The kinds of plain alternative names, in the order of their first; None if one is not plain. Raises NotDer."""
    names = sequence(value)
    if not 0 < len(names) <= _MOST_NAMES:
        return None
    kinds = {_kind(name.tag, name.content): None for name in names}
    return None if "" in kinds else tuple(kinds)


def _kind(tag: int, content: bytes) -> str:
    if tag == 0x87:
        return "IP" if len(content) in {4, 16} else ""
    if len(content) > _LONGEST_NAME:
        return ""
    if tag == 0x86:
        return "URI" if _URI.fullmatch(content) else ""
    if tag != 0x82:
        return ""
    kind, host = ("wildcard", content[2:]) if content.startswith(b"*.") else ("DNS", content)
    return kind if _HOST.fullmatch(host) else ""


def _identifier(value: bytes) -> Hashable | None:
    """The length of a key identifier; None if it is unusual. Raises NotDer."""
    size = len(only(value, OCTET_STRING))
    return size if 0 < size <= _LONGEST_IDENTIFIER else None


def _timestamps(value: bytes) -> Hashable | None:
    """Nothing of a list of SCTs, which only rules read, as long as it is an OCTET STRING. Raises NotDer."""
    return bool(only(value, OCTET_STRING)) or None


_READERS: Mapping[str, Callable[[bytes], Hashable | None]] = MappingProxyType(
    {"2.5.29.14": _identifier, "2.5.29.17": _names, "1.3.6.1.4.1.11129.2.4.2": _timestamps}
)
"""By OID, for each extension of one certificate alone."""
