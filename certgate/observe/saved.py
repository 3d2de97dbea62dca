"""Observations as JSON lines, with their target's words, so that they can be judged again, later or elsewhere."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC
from hashlib import sha256
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.model.observation import Observation
from certgate.model.target import Target

__all__ = ["MAX_LINE", "dump_saved", "load_saved", "read_saved"]

MAX_LINE = 96 * 1024 * 1024
"""Characters in a line; the largest CRL that is fetched fits."""
LARGE = 64 * 1024
"""Bytes of evidence from which on it stands on a line of its own, once for all observations."""


def dump_saved(target: Target, observation: Observation, known: set[str] | None = None) -> str:
    """One line of JSON, without its line end. Raises UsageError for a file name that is no Unicode.

    Large pieces of evidence come before it, each on its own line; `known` holds those that were written before.
    """
    from pydantic_core import PydanticSerializationError

    from certgate.observe.saved_schema import Saved, SavedContent

    known = set() if known is None else known
    lines, contents = [], {}
    evidence = list(observation.evidence)
    for index, piece in enumerate(evidence):
        if piece.content is None or len(piece.content) < LARGE:
            continue
        contents[index] = digest = sha256(piece.content).hexdigest()
        evidence[index] = replace(piece, content=b"")
        if digest not in known:
            known.add(digest)
            content = SavedContent.model_validate({"certgate-content": 1, "content": piece.content})
            lines.append(content.model_dump_json(by_alias=True))
    said = {
        "certgate-observation": 1,
        "target": target,
        "observation": replace(observation, evidence=tuple(evidence)),
        "contents": contents,
    }
    try:
        return "\n".join([*lines, Saved.model_validate(said).model_dump_json(by_alias=True)])
    except PydanticSerializationError:
        name = ascii(target.id)
        raise UsageError(f"the observation of {name} cannot be saved: its name is not valid Unicode") from None


def read_saved(path: str) -> list[tuple[Target, Observation]]:
    """What a file holds. Raises UsageError."""
    try:
        with Path(path).open(encoding="utf-8") as stream:
            return list(load_saved(path, iter(lambda: stream.readline(MAX_LINE + 1), "")))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def load_saved(path: str, lines: Iterable[str]) -> Iterator[tuple[Target, Observation]]:
    """What `dump_saved` wrote. Raises UsageError with file and line for a line that is none of its."""
    from pydantic import ValidationError

    from certgate.observe.saved_schema import Saved, SavedContent, first_error

    known: dict[str, bytes] = {}
    for number, line in _numbered(path, lines):
        try:
            if line.startswith('{"certgate-content"'):
                content = SavedContent.model_validate_json(line).content
                known[sha256(content).hexdigest()] = content
                continue
            saved = Saved.model_validate_json(line)
            evidence = saved.with_contents(known)
        except ValidationError as error:
            raise UsageError(f"{path}:{number}: this is no saved observation: {first_error(error)}") from None
        except LookupError:
            raise UsageError(f"{path}:{number}: the evidence that this line refers to stands on none before") from None
        observed_at = saved.observation.observed_at.astimezone(UTC)
        yield saved.target, replace(saved.observation, observed_at=observed_at, evidence=evidence)


def _numbered(path: str, lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    try:
        for number, line in enumerate(lines, start=1):
            if len(line) > MAX_LINE:
                raise UsageError(f"{path}:{number}: the line is longer than {MAX_LINE} characters")
            if line.strip():
                yield number, line
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8, so it holds no saved observations") from None
