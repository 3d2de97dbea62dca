"""Options that are a time, a day or a duration: `--at`, `--accept-known-unreachable`, `--max-time`."""

import re
from datetime import UTC, date, datetime, time

from certgate.model.errors import UsageError
from certgate.observe.clock import utc_now

__all__ = ["parse_day", "parse_duration", "parse_time"]

_DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII)


def parse_time(text: str | None) -> datetime | None:
    """Parse `now` or a time in ISO 8601; UTC without an offset, 00:00 for a bare date. Raises UsageError."""
    if text is None:
        return None
    if text == "now":
        return utc_now()
    try:
        if len(text) == len("2027-03-15"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f'--at "{text}" is not a time; write 2027-03-15, 2027-03-15T12:00:00Z or now') from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parse_day(option: str, text: str) -> date:
    """Parse a day such as 2027-03-15. Raises UsageError."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise UsageError(f'{option} "{text}" is not a day; write 2027-03-15') from error


def parse_duration(option: str, text: str) -> int:
    """The seconds of a duration such as 4h, 30m, 90s or 1h30m. Raises UsageError."""
    found = _DURATION.fullmatch(text)
    hours, minutes, seconds = (int(number or 0) for number in found.groups()) if found else (0, 0, 0)
    if not (total := 3600 * hours + 60 * minutes + seconds):
        raise UsageError(f'{option} "{text}" is not a duration; write 4h, 30m, 90s or 1h30m')
    return total
