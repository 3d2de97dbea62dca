"""The dates of a certificate: as encoded, and as moments."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from certgate.model.frozen import frozen
from certgate.x509.der import NotDer, elements, guarded

__all__ = ["GENERALIZED_TIME", "EncodedTime", "encoded_times"]

_UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
_FORMS = {
    _UTC_TIME: re.compile(rb"(?P<year>\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?P<zone>Z|[+-]\d{4})"),
    GENERALIZED_TIME: re.compile(
        rb"(?P<year>\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(?:\.\d{1,9})?(?P<zone>Z|[+-]\d{4})"
    ),
}
"""The forms that X.680 §46 and §47 allow and clients read, except local time."""
_PLAIN_UTC_TIME = re.compile(rb"\d{12}Z")
_PLAIN_GENERALIZED_TIME = re.compile(rb"\d{14}Z")


@frozen(slots=True)
class EncodedTime:
    """The tag and the content of a Time (RFC 5280 §4.1.2.5)."""

    tag: int
    content: bytes

    def form_problem(self) -> str | None:
        """Why it is not a UTC date with seconds and no fractions, the only form that all clients read; else None."""
        if self.tag not in _FORMS:
            return f"has the tag {self.tag:#x}, neither UTCTime nor GeneralizedTime"
        if self.tag == _UTC_TIME and not _PLAIN_UTC_TIME.fullmatch(self.content):
            return "is not a UTCTime of the form YYMMDDHHMMSSZ"
        if self.tag == GENERALIZED_TIME and not _PLAIN_GENERALIZED_TIME.fullmatch(self.content):
            return "is not a GeneralizedTime of the form YYYYMMDDHHMMSSZ"
        try:
            self.moment()
        except NotDer:
            return "is not a valid date"
        return None

    def problem(self) -> str | None:
        """Why the encoding violates RFC 5280 §4.1.2.5.1 or §4.1.2.5.2, None if it does not."""
        problem = self.form_problem()
        if problem or self.tag == _UTC_TIME:
            return problem
        year = int(self.content[:4])
        return f"is a GeneralizedTime for the year {year}, UTCTime required before 2050" if year < 2050 else None

    def moment(self) -> datetime:
        """The moment in UTC, without fractions of a second. Raises NotDer.

        The year 0, which Python's calendar lacks, is read as the earliest moment that Python supports.
        """
        return _moment(self.tag, self.content)


@lru_cache(maxsize=1024)
def _moment(tag: int, content: bytes) -> datetime:
    """As `EncodedTime.moment`."""
    form = _FORMS.get(tag)
    found = form and form.fullmatch(content)
    if not found:
        raise NotDer("it is not a time" if form else f"it has the tag {tag:#x}, which is not a time")
    year = int(found["year"])
    if tag == _UTC_TIME:
        year += 1900 if year >= 50 else 2000
    month, day, hour, minute, second = (int(part or 0) for part in found.groups()[1:-1])
    try:
        local = datetime(year or 4, month, day, hour, minute, second, tzinfo=_zone(found["zone"]))
        return local.astimezone(UTC) if year else datetime.min.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise NotDer("it is not a valid date") from error


def _zone(text: bytes) -> timezone:
    if text == b"Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[3:]))
    return timezone(-offset if text.startswith(b"-") else offset)


def encoded_times(validity: bytes) -> tuple[EncodedTime, EncodedTime]:
    """notBefore and notAfter in the content of a Validity. Raises Malformed if that is not two elements."""
    start, end = guarded("the validity", lambda: _two(validity))
    return start, end


def _two(validity: bytes) -> list[EncodedTime]:
    found = elements(validity)
    if len(found) != 2:
        raise NotDer("it does not have exactly notBefore and notAfter")
    return [EncodedTime(element.tag, element.content) for element in found]
