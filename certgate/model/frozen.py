"""Classes of values: as `@dataclass(frozen=True)` makes them, in a third of the time.

The standard library compiles six methods for each class; for 240 classes, that was a third of a start. Here only the
constructor is compiled. `field`, `fields`, `replace` and `asdict` work as usual.
"""

from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, TypeVar, cast, dataclass_transform

__all__ = ["frozen"]

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(*, slots: bool = False, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
    """Turn a class into one whose objects never change and are equal if their fields are.

    A method that the class itself defines stays. `InitVar`, `__post_init__` and an order are for `@dataclass`.
    """

    def made(declared: type[T]) -> type[T]:
        cls = dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(declared)
        every = fields(cast("Any", cls))
        compared = [one.name for one in every if one.compare]
        hashed = [one.name for one in every if (one.compare if one.hash is None else one.hash)]
        own = {
            "__init__": _constructor(every),
            "__repr__": _representation([one.name for one in every if one.repr]),
            "__eq__": _equality(compared),
            "__hash__": _hash(hashed),
            "__setattr__": _no_assignment,
            "__delattr__": _no_deletion,
        }
        if slots:
            own |= {"__getstate__": _state, "__setstate__": _restore}
        for name, method in own.items():
            if vars(cls).get(name) is None:
                setattr(cls, name, method)
        return cls

    return made


def _constructor(every: Iterable[Field[Any]]) -> Callable[..., None]:
    """Compiled, because every object is made by it."""
    known: dict[str, Any] = {"__set": object.__setattr__, "__MISSING": MISSING}
    in_order: list[str] = ["self"]
    by_name: list[str] = []
    lines: list[str] = ["pass"]
    for one in every:
        name, default = one.name, f"__default_{one.name}"
        word = value = name
        if one.default is not MISSING:
            known[default] = one.default
            word = f"{name}={default}"
        elif one.default_factory is not MISSING:
            known[default] = one.default_factory
            word = f"{name}=__MISSING"
            value = f"{default}() if {name} is __MISSING else {name}"
        (by_name if one.kw_only else in_order).append(word)
        lines.append(f"__set(self, {name!r}, {value})")
    words = ", ".join([*in_order, *(["*", *by_name] if by_name else [])])
    exec(f"def __init__({words}):\n " + "\n ".join(lines), known)  # noqa: S102 (made of the names of fields alone)
    return cast("Callable[..., None]", known["__init__"])


def _values(names: list[str]) -> Callable[[Any], Any]:
    """Reads the fields of an object as a tuple, or the only one."""
    return attrgetter(*names) if names else lambda _: ()


def _equality(names: list[str]) -> Callable[[Any, object], Any]:
    values = _values(names)

    def equal(self: Any, other: object) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _hash(names: list[str]) -> Callable[[Any], int]:
    values = _values(names)
    return lambda self: hash(values(self))


def _representation(names: list[str]) -> Callable[[Any], str]:
    @recursive_repr()
    def shown(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return shown


def _no_assignment(_self: Any, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _no_deletion(_self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    """What is pickled."""
    return [getattr(self, one.name) for one in fields(self)]


def _restore(self: Any, state: Iterable[Any]) -> None:
    for one, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)
