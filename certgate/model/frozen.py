"""Classes of values and of state: as `@dataclass` makes them, in a fifth of the time.

The standard library compiles six methods for each class; for 240 classes, that was a third of a start. Here the
constructor, the comparison and the hash are compiled when they are first used, and nothing else. `field`, `fields`,
`replace` and `asdict` work as usual.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from functools import cache
from reprlib import recursive_repr
from types import MemberDescriptorType
from typing import Any, ParamSpec, TypeVar, cast, dataclass_transform

__all__ = ["changeable", "frozen", "making", "replacing"]

P = ParamSpec("P")
T = TypeVar("T")

_FEW_FIELDS = 6
"""Fields that are set one by one as fast as by way of another class."""


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(*, slots: bool = False, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
    """Turn a class into one whose objects never change and are equal if their fields are.

    A method that the class itself defines stays. `InitVar`, `__post_init__` and an order are for `@dataclass`.
    """

    def made(declared: type[T]) -> type[T]:
        cls = _with_fields(declared, slots=slots, kw_only=kw_only)
        own: dict[str, Callable[..., Any]] = {
            "__hash__": _when_first_used(cls, "__hash__", _hash),
            "__setattr__": _no_assignment,
            "__delattr__": _no_deletion,
        }
        _add(cls, own | {"__getstate__": _state, "__setstate__": _restore} if slots else own)
        return cls

    return made


@dataclass_transform(field_specifiers=(field,))
def changeable(*, slots: bool = False, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
    """Turn a class into one whose objects may change, and so have no hash."""

    def made(declared: type[T]) -> type[T]:
        cls = _with_fields(declared, slots=slots, kw_only=kw_only)
        _add(cls, {"__hash__": None})
        return cls

    return made


def _with_fields(declared: type[T], *, slots: bool, kw_only: bool) -> type[T]:
    """The class with its fields, and with what makes, shows and compares its objects."""
    declared.__doc__ = declared.__doc__ or declared.__name__  # else the standard library makes one, at some cost
    cls = dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(declared)
    own = {
        "__init__": _when_first_used(cls, "__init__", _constructor),
        "__repr__": _representation,
        "__eq__": _when_first_used(cls, "__eq__", _equality),
    }
    _add(cls, own)
    return cls


def _add(cls: type, methods: Mapping[str, Callable[..., Any] | None]) -> None:
    """Give the class the methods that it does not define itself."""
    for name, method in methods.items():
        if vars(cls).get(name) is None:
            setattr(cls, name, method)


def making(cls: Callable[P, T]) -> Callable[P, T]:
    """A function that makes objects of the class as calling it does, in half of the time: for those that are many."""
    made = cast("Any", cls)
    known: dict[str, Any] = {"__make": object.__new__, "__cls": made}
    words, values = _parameters(fields(made), known)
    lines = [f"new.{name} = {value}" for name, value in values.items()]
    if made.__setattr__ is _no_assignment:
        known["__open"] = _open(made)
        lines = ["new = __make(__open)", *lines, "new.__class__ = __cls"]
    else:
        lines = ["new = __make(__cls)", *lines]
    return _compiled("make", f"def make({', '.join(words)}):\n " + "\n ".join([*lines, "return new"]), known)


def replacing(cls: type[T], *names: str) -> Callable[..., T]:
    """A function that copies an object with new values in these fields, given after it in this order.

    It does what `replace` does for objects of exactly this class, and takes a tenth of the time.
    """
    return _copying(cast("Any", cls), names)


@cache
def _copying(cls: type, names: tuple[str, ...]) -> Callable[..., Any]:
    every = fields(cast("Any", cls))
    if unknown := set(names) - {one.name for one in every}:
        raise TypeError(f"{cls.__name__} has no field {min(unknown)}")
    known: dict[str, Any] = {"__make": object.__new__, "__cls": cls, "__open": _open(cls)}
    values = {one.name: one.name if one.name in names else f"old.{one.name}" for one in every}
    lines = ["new = __make(__open)", *(f"new.{name} = {value}" for name, value in values.items())]
    text = f"def replaced({', '.join(['old', *names])}):\n " + "\n ".join(
        [*lines, "new.__class__ = __cls", "return new"]
    )
    return _compiled("replaced", text, known)


def _constructor(cls: type, every: Iterable[Field[Any]]) -> Callable[..., Any]:
    """Sets the fields of a new object while it is of a class that lets them be set: that takes a third of the time."""
    known: dict[str, Any] = {"__set": object.__setattr__, "__cls": cls}
    words, values = _parameters(every, known)
    lines = [_setting(cls, name, "self", value, known) for name, value in values.items()]
    if len(lines) > _FEW_FIELDS and vars(cls).get("__setattr__") is _no_assignment:
        known["__open"] = _open(cls)
        plain = [f"self.{name} = {value}" for name, value in values.items()]
        opened = ["__set(self, '__class__', __open)", *plain, "self.__class__ = __cls", "return"]
        lines = ["if self.__class__ is __cls:", *(f" {line}" for line in opened), *lines]
    text = f"def __init__({', '.join(['self', *words])}):\n " + "\n ".join(["pass", *lines])
    return _compiled("__init__", text, known)


def _parameters(every: Iterable[Field[Any]], known: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """The parameters of a function that makes an object, and the value of each field; adds to what is `known`."""
    known["__MISSING"] = MISSING
    in_order: list[str] = []
    by_name: list[str] = []
    values: dict[str, str] = {}
    for one in every:
        name, default = one.name, f"__default_{one.name}"
        word = values[name] = name
        if one.default is not MISSING:
            known[default] = one.default
            word = f"{name}={default}"
        elif one.default_factory is not MISSING:
            known[default] = one.default_factory
            word = f"{name}=__MISSING"
            values[name] = f"{default}() if {name} is __MISSING else {name}"
        (by_name if one.kw_only else in_order).append(word)
    return [*in_order, *(["*", *by_name] if by_name else [])], values


def _open(cls: type) -> type:
    """A class like this one whose objects let their fields be set, until they are given this class."""
    own = {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    return type(cls.__name__, (cls,), own)


def _setting(cls: type, name: str, whose: str, value: str, known: dict[str, Any]) -> str:
    """The line that sets a field, through its slot if it has one."""
    if isinstance(descriptor := getattr(cls, name, None), MemberDescriptorType):
        known[f"__set_{name}"] = descriptor.__set__
        return f"__set_{name}({whose}, {value})"
    return f"__set({whose}, {name!r}, {value})"


def _compiled(name: str, text: str, known: dict[str, Any]) -> Callable[..., Any]:
    exec(text, known)  # noqa: S102 (made of the names of fields alone)
    return cast("Callable[..., Any]", known[name])


def _when_first_used(
    cls: type, name: str, compiling: Callable[[type, Iterable[Field[Any]]], Callable[..., Any]]
) -> Callable[..., Any]:
    """A method that puts the compiled one in its place."""

    def first(*arguments: Any, **named: Any) -> Any:
        compiled = compiling(cls, fields(cast("Any", cls)))
        setattr(cls, name, compiled)
        return compiled(*arguments, **named)

    return first


def _equality(_cls: type, every: Iterable[Field[Any]]) -> Callable[..., Any]:
    names = [one.name for one in every if one.compare]
    both = f"({_values('self', names)}) == ({_values('other', names)})"
    text = f"def __eq__(self, other):\n return {both} if other.__class__ is self.__class__ else NotImplemented"
    return _compiled("__eq__", text, {})


def _hash(_cls: type, every: Iterable[Field[Any]]) -> Callable[..., Any]:
    names = [one.name for one in every if (one.compare if one.hash is None else one.hash)]
    return _compiled("__hash__", f"def __hash__(self):\n return hash(({_values('self', names)}))", {})


def _values(whose: str, names: list[str]) -> str:
    return "".join(f"{whose}.{name}, " for name in names)


@recursive_repr()
def _representation(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({shown})"


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
