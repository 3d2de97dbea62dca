"""Options that are a time or a day: `--at` and `--accept-known-unreachable`."""

from datetime import UTC, date, datetime, time

from certgate.model.errors import UsageError

__all__ = ["parse_day", "parse_time"]


def parse_time(text: str | None) -> datetime | None:
    """Parse `now` or a time in ISO 8601; UTC without an offset, 00:00 for a bare date. Raises UsageError."""
    if text is None:
        return None
    if text == "now":
        return datetime.now(UTC)
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
