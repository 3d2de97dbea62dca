"""Observations as JSON lines, with their target's words, so that they can be judged again."""

from collections.abc import Iterable, Iterator

from certgate.model.observation import Observation
from certgate.model.target import Target

__all__ = ["dump_saved", "load_saved"]


def dump_saved(target: Target, observation: Observation) -> str:
    """One line of JSON, without its line end."""
    raise NotImplementedError


def load_saved(path: str, lines: Iterable[str]) -> Iterator[tuple[Target, Observation]]:
    """What `dump_saved` wrote. Raises UsageError with file and line for a line that is none of its."""
    raise NotImplementedError
