"""The entries of a CRL, found by serial number without reading each (RFC 5280 §5.3)."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from certgate.model.cached import cached_property
from certgate.x509.der import ENUMERATED, INTEGER, SEQUENCE, Element, NotDer, elements, encoded, number, only, sequence
from certgate.x509.extension import Extension, read_extension

__all__ = ["Entries", "Entry", "reason_name"]

_CRITICAL = re.compile(rb"\x01\x01[^\x00]\x04", re.DOTALL)
"""The flag of a critical extension, and the tag of its value."""
_OID = 5
"""Octets of the OID of each entry extension that RFC 5280 has: 06 03 55 1D and its number."""
_WORTH_AN_INDEX = 64
"""The number of lookups from which an index of serial numbers is cheaper than a search of the bytes."""
_REASONS = (
    "unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded", "cessationOfOperation",
    "certificateHold", None, "removeFromCRL", "privilegeWithdrawn", "aACompromise",
)  # fmt: skip


class Entry(NamedTuple):
    """One entry, with its parts as encoded."""

    time: Element
    extensions: tuple[Extension, ...]


class Entries:
    """The content of revokedCertificates, in place in the CRL."""

    def __init__(self, der: bytes, start: int, end: int) -> None:
        """Find the entries in `der[start:end]`. Raises NotDer."""
        self._der = der
        self._start = start
        self._end = end
        self._begins = _walk(der, start, end)
        self._lookups = 0

    def __len__(self) -> int:
        return len(self._begins)

    def of(self, serial: int) -> list[int]:
        """The indexes of all entries with this serial number. The usual answer, none, is cheap."""
        wanted = encoded(b"\x02", _integer(serial))
        found = []
        at = self._find(wanted, self._start) if self._may_list(wanted) else -1
        while at >= 0:
            place = self.place_of(at)
            if self._content(place) == at:
                found.append(place)
            at = self._find(wanted, at + 1)
        return found

    def read(self, place: int) -> Entry:
        """The entry at index `place`. Raises NotDer."""
        parts = elements(self._der[self._content(place) : self.end_of(place)])
        if not 2 <= len(parts) <= 3:
            raise NotDer("it is not a serial number, a date and extensions")
        listed = sequence(parts[2].der) if len(parts) == 3 else ()
        return Entry(parts[1], tuple(read_extension(element) for element in listed))

    def each(self) -> Iterator[bytes]:
        """The content of every entry, in order."""
        for place in range(len(self)):
            yield self._der[self._content(place) : self.end_of(place)]

    def place_of(self, at: int) -> int:
        """The index of the entry that contains the octet at this position of the CRL."""
        return bisect_right(self._begins, at) - 1

    def end_of(self, place: int) -> int:
        """The position in the CRL where the entry at index `place` ends."""
        return self._begins[place + 1] if place + 1 < len(self._begins) else self._end

    def last_with(self, octets: bytes, place: int) -> int | None:
        """The last index up to `place` whose entry contains `octets`; None if there is none."""
        at = self._der.rfind(octets, self._start, self.end_of(place))
        return self.place_of(at) if at >= 0 else None

    def holding_critical(self, processed: frozenset[bytes]) -> Iterator[int]:
        """Indexes of entries that may have a critical extension whose encoded OID is not in `processed`."""
        last = -1
        for match in _CRITICAL.finditer(self._der, self._start, self._end):
            if self._der[match.start() - _OID : match.start()] not in processed:
                place = self.place_of(match.start())
                if place != last:
                    yield (last := place)

    def have_extensions(self) -> bool:
        """Whether any entry has extensions. Raises NotDer for an unreadable entry."""
        return any(self.read(place).extensions for place in range(len(self)))

    def _find(self, octets: bytes, start: int) -> int:
        return self._der.find(octets, start, self._end)

    def _content(self, place: int) -> int:
        """The position where the content of the entry at index `place` begins: at its serial number."""
        begin = self._begins[place]
        size = self._der[begin + 1]
        return begin + 2 + (size & 0x7F if size >= 0x80 else 0)

    def _may_list(self, wanted: bytes) -> bool:
        self._lookups += 1
        if self._lookups < _WORTH_AN_INDEX:
            return True
        place = bisect_left(self._hashes, hash(wanted))
        return place < len(self._hashes) and self._hashes[place] == hash(wanted)

    @cached_property
    def _hashes(self) -> "array[int]":
        """Hashes of all encoded serial numbers, sorted: 8 bytes each, while a dictionary takes 100."""
        der = self._der
        starts = map(self._content, range(len(self)))
        return array("q", sorted(hash(der[at : at + 2 + der[at + 1]]) for at in starts))


def _walk(der: bytes, start: int, end: int) -> "array[int]":
    """The positions where the entries begin. Raises NotDer unless each is a SEQUENCE that begins with a serial number.

    More bytes follow the entries in a CRL than are read of one entry, so no index is out of range.
    """
    found = array("Q")
    keep = found.append
    at = start
    while at < end:
        keep(at)
        size, content = der[at + 1], at + 2
        if size >= 0x80:
            content += size & 0x7F
            size = _long_size(der[at + 2 : content])
        if der[at] != SEQUENCE:
            raise NotDer("an entry is not a SEQUENCE")
        at = content + size
        if at > end or content + 2 > at or der[content] != INTEGER or content + 2 + der[content + 1] > at:
            raise NotDer("an entry does not begin with a serial number")
    return found


def _long_size(octets: bytes) -> int:
    size = int.from_bytes(octets, "big")
    if size < 0x80 or not octets[0]:
        raise NotDer("an entry has a length that is not DER")
    return size


def _integer(value: int) -> bytes:
    """The content of an INTEGER."""
    return value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True)


def reason_name(value: bytes) -> str:
    """The name of a CRLReason in DER (RFC 5280 §5.3.1), or a remark that it is not one. Never raises."""
    try:
        code = number(only(value, ENUMERATED))
    except NotDer:
        return "a reason that cannot be read"
    return (_REASONS[code] if 0 <= code < len(_REASONS) else None) or f"the unknown reason {code}"
