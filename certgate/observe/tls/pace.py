"""How many connections a second an observing process makes, whatever they are for."""

import time

from certgate.observe.event_loop import sleep
from certgate.observe.tls.deadline import Deadline

__all__ = ["Pace"]


class Pace:
    """Lets one connection after the other begin, evenly in time; for one event loop."""

    def __init__(self, rate: float | None) -> None:
        """`rate` is in connections a second; None for no limit."""
        self.is_limited = bool(rate)
        """Whether connections have to wait."""
        self._seconds = 1 / rate if rate else 0.0
        self._next = 0.0

    async def turn(self, deadline: Deadline) -> None:
        """Wait until the next connection may begin, and put off the deadline of its target by as long."""
        now = time.monotonic()
        turn = max(self._next, now)
        self._next = turn + self._seconds
        if turn > now:
            deadline.put_off(turn - now)
            await sleep(turn - now)
