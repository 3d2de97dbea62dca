"""Validates user files against a typed shape, and words the mistakes."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from certgate.policy.mistakes import Mistake, nearest
from certgate.policy.yaml import Document, KeyPath

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

__all__ = ["mistakes_in"]

_BRANCH = re.compile(r"str|(list|literal)\[.*\]")
"""Names that pydantic gives to the branches of a union; they are not keys."""
_PLAINLY = {
    "must be a valid string": "must be text (in quotes where YAML sees a number or a date)",
    "must be a valid boolean": "must be true or false",
    "must be a valid integer": "must be a whole number, without quotes",
    "must be a valid number": "must be a number, without quotes",
    "must be a valid date": "must be a date (YYYY-MM-DD), without quotes",
    "must be greater than or equal to 0": "must not be negative",
}
"""pydantic's messages, reworded for people who write YAML."""


_MAPPING = "a mapping (key: value)"
_SHAPES = {
    "model_type": _MAPPING,
    "dict_type": _MAPPING,
    "list_type": "a list ([one, two], or a line with - for each)",
}


def mistakes_in(model: "type[BaseModel]", value: Any, document: Document, at: KeyPath = ()) -> Iterator[Mistake]:
    """Every mistake that `model` finds in `value`, which is at `at` in `document`.

    The model's `advice` on a key is added if the key is unknown or has neither a list nor a mapping.
    """
    from pydantic import ValidationError

    try:
        model.model_validate(value, strict=True)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            yield _mistake(model, dict(detail), document, at)


def _mistake(model: "type[BaseModel]", detail: Mapping[str, Any], document: Document, at: KeyPath) -> Mistake:
    loc = tuple(part for part in detail["loc"] if isinstance(part, int) or not _BRANCH.fullmatch(part))
    path = (*at, *loc)
    kind = detail["type"]
    if kind == "extra_forbidden":
        word = str(loc[-1])
        advice = _advice(model, word) or nearest(word, _keys(model, loc[:-1]))
        return document.mistake(path, f'unknown key "{word}"{advice}', key=True)
    if kind == "missing":
        return document.mistake(path[:-1], f'key "{loc[-1]}" is missing')
    if kind in _SHAPES:
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        named = f'"{key}"' if path[-1:] == (key,) else f'each entry of "{key}"'
        return document.mistake(path, f"{named} must be {_SHAPES[kind]}{_advice(model, key)}")
    if kind == "too_long":
        return document.mistake(path, f"must have at most {detail['ctx']['max_length']:,} entries")
    words = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Input ").replace("should be", "must be")
    words = words.replace("less than or equal to", "at most")
    words = next((plain for phrase, plain in _PLAINLY.items() if words.startswith(phrase)), words)
    if kind == "literal_error" and isinstance(detail["input"], str):
        near = nearest(detail["input"], re.findall(r"'([^']*)'", words))
        words += near if "did you mean" in near else ""
    return document.mistake(path, words)


def _advice(model: "type[BaseModel]", key: str) -> str:
    found = getattr(model, "advice", {}).get(key)
    return f"; {found}" if found else ""


def _keys(model: "type[BaseModel]", loc: KeyPath) -> tuple[str, ...]:
    """The valid keys at `loc` in `model`."""
    from pydantic import BaseModel

    current: Any = model
    for part in loc:
        if isinstance(part, str):
            current = _fields(current)[part].annotation
        candidates = getattr(current, "__args__", ())
        current = next((a for a in candidates if isinstance(a, type) and issubclass(a, BaseModel)), current)
    return tuple(_fields(current)) if isinstance(current, type) and issubclass(current, BaseModel) else ()


def _fields(model: "type[BaseModel]") -> "Mapping[str, FieldInfo]":
    """The fields by the keys that users write."""
    return {field.alias or name: field for name, field in model.model_fields.items()}
