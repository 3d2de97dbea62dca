"""Limits on how much of a manifest is read."""

import time
from collections.abc import Callable

from certgate.model.observation import FailureKind
from certgate.observe.files.contents import UnusableInput

__all__ = ["MAX_DEPTH", "MAX_PARTS", "MAX_SECONDS", "Budget"]

MAX_PARTS = 100_000
"""Most keys, values and brackets in one manifest."""
MAX_DEPTH = 50
MAX_SECONDS = 60.0
"""Time limit of one manifest, including the time to open its containers and keys."""


class Budget:
    """The rest of the limits for one manifest."""

    def __init__(
        self,
        parts: int = MAX_PARTS,
        seconds: float = MAX_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = self._left = self._unvisited = parts
        self._seconds = seconds
        self._now = now
        self._end = now() + seconds

    def spend(self, parts: int = 1) -> None:
        """Count parts that are read. Raises UnusableInput beyond the limit."""
        self._left -= parts
        self._check(self._left)

    def visit(self, parts: int) -> None:
        """Count visited parts, once per alias that leads to them. Raises UnusableInput beyond the limit."""
        self._unvisited -= parts
        self._check(self._unvisited)

    def _check(self, left: int) -> None:
        if left < 0:
            detail = f"the manifest has more than {self._parts} parts, the limit; split it"
            raise UnusableInput(FailureKind.LIMIT, detail)

    def check_time(self) -> None:
        """Raise UnusableInput beyond the time limit."""
        if self._now() > self._end:
            detail = f"the manifest takes more than {self._seconds:.0f} seconds to read, the limit; split it"
            raise UnusableInput(FailureKind.LIMIT, detail)

    @staticmethod
    def check_depth(depth: int) -> None:
        """Raise UnusableInput for a value that is nested too deep."""
        if depth > MAX_DEPTH:
            raise UnusableInput(FailureKind.LIMIT, f"the manifest is nested deeper than {MAX_DEPTH} levels, the limit")
