"""A deadline on the monotonic clock."""

import time
from typing import Self

from certgate.model.frozen import changeable

__all__ = ["Deadline", "in_microseconds"]

_MICROSECONDS = 1_000_000


@changeable(slots=True)
class Deadline:
    """`at` is in seconds of `time.monotonic`."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """The moment so many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds until then; negative once it has passed."""
        return self.at - time.monotonic()

    def put_off(self, seconds: float) -> None:
        """Move it, for a wait that is not the peer's fault."""
        self.at += seconds

    @property
    def halfway(self) -> float:
        """Until when something may take that is not the last resort: half of the time that is left."""
        return (time.monotonic() + self.at) / 2


def in_microseconds(seconds: float) -> float:
    """The seconds to six digits, in half the time that `round` takes for that."""
    return round(seconds * _MICROSECONDS) / _MICROSECONDS
