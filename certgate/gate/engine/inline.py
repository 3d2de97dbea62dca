"""The engine that needs no other process."""

from collections.abc import Iterator
from typing import TypeVar

from certgate.gate.engine.interface import Engine, Results, Work
from certgate.model.target import Target

__all__ = ["Inline"]

T = TypeVar("T")


class Inline(Engine):
    """Runs in this process: the thread that iterates over the results judges."""

    def results(self, work: Work[T], targets: Iterator[Target]) -> Iterator[Results[T]]:
        """Judge one target after the other, in the order in which they are observed."""
        for observed in work.observe(targets):
            yield ((observed, work.judge(observed)),)
