"""The clock of the program."""

from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Clock", "utc_now"]

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present, aware, UTC."""
    return datetime.now(UTC)
