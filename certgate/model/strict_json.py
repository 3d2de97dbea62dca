"""A strict reader for JSON that decisions depend on: it refuses ambiguous text."""

import json
from collections.abc import Sequence
from math import isinf
from typing import Any, Never

__all__ = ["NotJson", "read_json"]

_LONGEST_NUMBER = 100
"""The maximum length of a number, in characters."""


class NotJson(ValueError):
    """The text is not unambiguous JSON. The message completes a sentence that begins with the text's name."""


def read_json(data: bytes | str) -> Any:
    """Parse JSON that is UTF-8, with unique keys and numbers that fit a double (RFC 8259, RFC 7493 §2).

    Raises NotJson, with line and column if they are known.
    """
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        return json.loads(
            text, object_pairs_hook=_once, parse_int=_integer, parse_float=_float, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        raise NotJson(f"is not JSON (line {error.lineno}, column {error.colno})") from error
    except UnicodeDecodeError as error:
        raise NotJson("is not UTF-8") from error
    except RecursionError as error:
        raise NotJson("is nested too deeply") from error


def _once(members: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in members:
        if name in found:
            raise NotJson(f"has the key {name[:50]!a} twice in one object")
        found[name] = value
    return found


def _integer(text: str) -> int:
    return int(_bounded(text))


def _float(text: str) -> float:
    number = float(_bounded(text))
    if isinf(number):
        raise NotJson(f"contains the number {text}, which is too large")
    return number


def _bounded(text: str) -> str:
    if len(text) > _LONGEST_NUMBER:
        raise NotJson(f"contains a number with more than {_LONGEST_NUMBER} characters")
    return text


def _constant(text: str) -> Never:
    raise NotJson(f"contains {text}, which is not JSON")
