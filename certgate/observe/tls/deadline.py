"""A deadline on the clock of the running event loop."""

import asyncio
from dataclasses import dataclass
from typing import Self

__all__ = ["Deadline"]


@dataclass(slots=True)
class Deadline:
    """`at` is in seconds of `asyncio.AbstractEventLoop.time`."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """The moment so many seconds from now."""
        return cls(_now() + seconds)

    @property
    def left(self) -> float:
        """Seconds until then; negative once it has passed."""
        return self.at - _now()

    def put_off(self, seconds: float) -> None:
        """Move it, for a wait that is not the peer's fault."""
        self.at += seconds

    def half(self) -> Self:
        """Until when something may take that is not the last resort: half of the time that is left."""
        return type(self)(_now() + self.left / 2)


def _now() -> float:
    return asyncio.get_running_loop().time()
