"""Observations as JSON lines, with their target's words, so that they can be judged again, later or elsewhere."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC
from typing import TextIO

from certgate.model.errors import UsageError
from certgate.model.observation import Observation
from certgate.model.target import Target

__all__ = ["MAX_LINE", "bounded_lines", "dump_saved", "load_saved"]

MAX_LINE = 16 * 1024 * 1024
"""Characters in a line; the largest file that can be observed fits."""


def dump_saved(target: Target, observation: Observation) -> str:
    """One line of JSON, without its line end. Raises UsageError for a file name that is no Unicode."""
    from pydantic_core import PydanticSerializationError

    from certgate.observe.saved_schema import Saved

    try:
        saved = Saved.model_validate({"certgate-observation": 1, "target": target, "observation": observation})
        return saved.model_dump_json(by_alias=True)
    except PydanticSerializationError:
        name = ascii(target.id)
        raise UsageError(f"the observation of {name} cannot be saved: its name is not valid Unicode") from None


def load_saved(path: str, lines: Iterable[str]) -> Iterator[tuple[Target, Observation]]:
    """What `dump_saved` wrote. Raises UsageError with file and line for a line that is none of its."""
    from pydantic import ValidationError

    from certgate.observe.saved_schema import Saved, first_error

    for number, line in _numbered(path, lines):
        try:
            saved = Saved.model_validate_json(line)
        except ValidationError as error:
            raise UsageError(f"{path}:{number}: this is no saved observation: {first_error(error)}") from None
        observed_at = saved.observation.observed_at.astimezone(UTC)
        yield saved.target, replace(saved.observation, observed_at=observed_at)


def _numbered(path: str, lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    try:
        for number, line in enumerate(lines, start=1):
            if len(line) > MAX_LINE:
                raise UsageError(f"{path}:{number}: the line is longer than {MAX_LINE} characters")
            if line.strip():
                yield number, line
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8, so it holds no saved observations") from None


def bounded_lines(stream: TextIO) -> Iterator[str]:
    """The lines of a text file for `load_saved`, none held beyond what that accepts."""
    return iter(lambda: stream.readline(MAX_LINE + 1), "")
