"""What a command's words are converted to."""

import re
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["convert_lazily"]

_CONVERTER = "get_runtime_param"
"""The method of a parameter that makes what converts its words; it is not public."""
_PLAIN = {int: re.compile("0|[1-9][0-9]{0,8}"), float: re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,9})?")}
"""Numbers in their usual form."""


def convert_lazily(parameters: Iterable[Any]) -> None:
    """Let typer's parameters take text, plain numbers and defaults by themselves: to convert, it loads pydantic.

    That is a fifth of a start. A typer that converts in another way does so.
    """
    for parameter in parameters:
        by_typer = getattr(parameter, _CONVERTER, None)
        if by_typer and _CONVERTER not in vars(parameter):
            vars(parameter)[_CONVERTER] = _Lazy(by_typer).itself


class _Lazy:
    """In the place of typer's converter, which is made when it is needed."""

    def __init__(self, by_typer: Callable[[], Any]) -> None:
        self._by_typer = by_typer

    def itself(self) -> "_Lazy":
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value that the command is called with. Raises BadParameter."""
        annotation = param.type_descriptor.annotation
        is_many = param.multiple or param.nargs == -1
        if value is None:
            return () if is_many else None
        if is_many and annotation == list[str] and not isinstance(value, str):
            return list(value)
        if not is_many and (value is param.default or (annotation is str and isinstance(value, str))):
            return value
        if (
            not is_many
            and (number := _plain_number(value, annotation, param.type_descriptor.parameter_info)) is not None
        ):
            return number
        return self._by_typer().coerce(value, param=param, ctx=ctx)


def _plain_number(value: Any, kind: Any, bounds: Any) -> float | None:
    """The number, if it is written in the usual form and within the bounds: others are typer's to convert or refuse."""
    if kind not in _PLAIN or not isinstance(value, str) or not _PLAIN[kind].fullmatch(value):
        return None
    number: float = kind(value)
    is_within = (bounds.min is None or number >= bounds.min) and (bounds.max is None or number <= bounds.max)
    return number if is_within else None
