"""All entries of a CRL, counted by what they say, so that rules look at each distinct form once."""

from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import datetime
from typing import TypeVar

from certgate.model.frozen import changeable, frozen
from certgate.x509.crl_entries import Entries
from certgate.x509.der import Element, NotDer, elements, integer, sequence
from certgate.x509.extension import Extension, read_extension
from certgate.x509.time import EncodedTime

__all__ = ["Alike", "Survey"]

K = TypeVar("K")


@frozen(slots=True)
class Alike:
    """Entries that are alike in something: the serial number of the first one, and how many there are."""

    first: int
    count: int

    @property
    def one_more(self) -> "Alike":
        """With one more entry."""
        return Alike(self.first, self.count + 1)

    def __str__(self) -> str:
        """`the entry of serial number 1f, and 2 more`."""
        more = f", and {self.count - 1:,} more" if self.count > 1 else ""
        return f"the entry of serial number {self.first:x}{more}"


@changeable(kw_only=True)
class Survey:
    """What the entries of a CRL say. Entries that cannot be read are in `unreadable` alone."""

    count: int = 0
    unreadable: dict[str, Alike] = field(default_factory=dict)
    """By the reason."""
    repeated: Alike | None = None
    """Serial numbers that are listed again."""
    not_positive: Alike | None = None
    """Serial numbers that are zero or negative."""
    misdated: dict[str, Alike] = field(default_factory=dict)
    """Revocation dates in a wrong form, by what is wrong."""
    latest: tuple[datetime, int] | None = None
    """The latest revocation date, and the serial number of its entry."""
    by_extensions: dict[bytes, Alike] = field(default_factory=dict)
    """By their list of extensions, DER; empty for none."""
    extensions: dict[bytes, tuple[Extension, ...]] = field(default_factory=dict)
    """The extensions in each such list."""

    @classmethod
    def of(cls, entries: Entries) -> "Survey":
        """Read every entry. Never raises."""
        survey = cls(count=len(entries))
        seen: set[int] = set()
        for content in entries.each():
            serial = 0
            try:
                parts = elements(content)
                serial = integer(parts[0])
                time, listed = _date_and_extensions(parts[1:])
                if listed not in survey.extensions:
                    survey.extensions[listed] = _extensions(listed)
            except NotDer as error:
                _count(survey.unreadable, str(error), serial)
                continue
            survey._add(serial, time, listed)
            if serial in seen:
                survey.repeated = survey.repeated.one_more if survey.repeated else Alike(serial, 1)
            seen.add(serial)
        return survey

    def _add(self, serial: int, time: EncodedTime, listed: bytes) -> None:
        _count(self.by_extensions, listed, serial)
        if serial <= 0:
            self.not_positive = self.not_positive.one_more if self.not_positive else Alike(serial, 1)
        if problem := time.problem():
            _count(self.misdated, problem, serial)
        try:
            moment = time.moment()
        except NotDer:
            return
        if self.latest is None or moment > self.latest[0]:
            self.latest = moment, serial

    @property
    def forms(self) -> Iterator[tuple[Sequence[Extension], Alike]]:
        """Each distinct list of extensions, and the entries that have it."""
        return ((self.extensions[listed], alike) for listed, alike in self.by_extensions.items())


def _count(counted: dict[K, Alike], key: K, serial: int) -> None:
    counted[key] = counted[key].one_more if key in counted else Alike(serial, 1)


def _date_and_extensions(parts: Sequence[Element]) -> tuple[EncodedTime, bytes]:
    """What stands behind the serial number: the date, and the extensions, DER. Raises NotDer."""
    if not 1 <= len(parts) <= 2:
        raise NotDer("it is not a serial number, a date and extensions")
    return EncodedTime(*parts[0][:2]), parts[1].der if len(parts) == 2 else b""


def _extensions(listed: bytes) -> tuple[Extension, ...]:
    return tuple(read_extension(element) for element in sequence(listed)) if listed else ()
