"""Classes of values behave as frozen dataclasses do."""

import copy
import pickle
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import KW_ONLY, FrozenInstanceError, asdict, dataclass, field, fields, replace
from typing import Any

import pytest

from certgate.model.frozen import changeable, frozen, making, replacing


@frozen(slots=True)
class Value:
    """A value."""

    name: str
    secret: str = field(default="", repr=False)
    seen: dict[str, int] = field(default_factory=dict, compare=False)
    _: KW_ONLY
    size: int = 0
    about: tuple[str, ...] = field(default=(), hash=False)


@frozen(kw_only=True)
class Wider(Value):
    """More of it."""

    depth: int


@frozen(slots=True, kw_only=True)
class Many:
    """A value with many fields, which are set all at once."""

    a: int
    b: int = 1
    c: int = 2
    d: int = 3
    e: int = 4
    f: int = 5
    g: list[int] = field(default_factory=list, hash=False)
    h: str = ""


@frozen(kw_only=True)
class Wide(Many):
    """The same without slots."""

    i: int = 8


class Plain(Wide):
    """A class that is not decorated."""


@dataclass(frozen=True)
class Usual:
    """As the standard library does it."""

    name: str
    secret: str = field(default="", repr=False)
    seen: dict[str, int] = field(default_factory=dict, compare=False)
    _: KW_ONLY
    size: int = 0
    about: tuple[str, ...] = field(default=(), hash=False)


GIVEN: list[tuple[tuple[Any, ...], Mapping[str, Any]]] = [
    (("a",), {}),
    (("a", "b", {"c": 1}), {"size": 2, "about": ("d",)}),
    ((), {"name": "a", "seen": {"b": 1}}),
]


@pytest.mark.parametrize(("words", "named"), GIVEN)
def test_an_object_has_the_same_fields_and_looks_the_same_as_a_dataclass(
    words: tuple[Any, ...], named: Mapping[str, Any]
) -> None:
    value, usual = Value(*words, **named), Usual(*words, **named)
    assert asdict(value) == asdict(usual)
    assert repr(value) == repr(usual).replace("Usual", "Value")
    assert [(f.name, f.kw_only) for f in fields(Value)] == [(f.name, f.kw_only) for f in fields(Usual)]


@pytest.mark.parametrize("words", [(), ("a", "b", {}, 1)])
def test_wrong_arguments_are_refused(words: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        Value(*words)


def test_objects_never_change() -> None:
    value: Any = Value("a")
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'name'"):
        value.name = "b"
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'name'"):
        del value.name
    with pytest.raises(FrozenInstanceError):
        Wider(name="a", depth=1).other = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("cls", [Many, Wide, Plain])
def test_an_object_with_many_fields_is_of_its_class_and_never_changes(cls: type[Many]) -> None:
    value: Any = cls(a=0, h="x")
    copied = copy.copy(value)
    assert asdict(value) == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "f": 5, "g": [], "h": "x"} | (
        {} if cls is Many else {"i": 8}
    )
    assert (type(value), type(copied), copied, hash(copied)) == (cls, cls, value, hash(value))
    assert pickle.loads(pickle.dumps(value)) == value
    for change in (lambda: setattr(value, "a", 1), lambda: delattr(value, "a"), lambda: setattr(value, "new", 1)):
        with pytest.raises(FrozenInstanceError):
            change()


def test_objects_are_equal_if_their_fields_and_classes_are() -> None:
    assert Value("a", seen={"b": 1}) == Value("a") != Value("b")
    assert Value("a", about=("b",)) != Value("a")
    assert hash(Value("a", seen={"b": 1}, about=("b",))) == hash(Value("a"))
    assert Value("a") != Usual("a")  # type: ignore[comparison-overlap]
    assert Wider(name="a", depth=1) not in {Wider(name="a", depth=2), Value("a")}


def test_objects_share_no_default_that_was_made() -> None:
    one, other = Value("a"), Value("a")
    assert one.seen is not other.seen


def test_objects_survive_copies_and_pickles() -> None:
    for value in (Value("a", "b", {"c": 1}, size=3), Wider(name="a", depth=1)):
        assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == copy.copy(value) == value
    assert replace(Value("a", "b"), size=2) == Value("a", "b", size=2)


@pytest.mark.parametrize("made", [Value("a", "b", {"c": 1}, size=3, about=("d",)), Wider(name="a", depth=1)])
def test_a_copy_with_new_values_is_what_replace_makes(made: Value) -> None:
    copied = replacing(type(made), "about", "name")(made, ("e",), "f")
    assert (copied, asdict(copied)) == (replace(made, about=("e",), name="f"), asdict(copied) | {"name": "f"})
    assert type(copied) is type(made)
    assert copied.seen is made.seen
    with pytest.raises(FrozenInstanceError):
        copied.name = "g"
    assert (made.about, made.name) != (copied.about, copied.name)
    with pytest.raises(TypeError, match="has no field nme"):
        replacing(type(made), "nme")


def test_what_makes_many_objects_makes_them_as_the_class_does() -> None:
    for cls, words, named in (
        (Value, ("a",), {"size": 1}),
        (Wider, (), {"name": "a", "depth": 1}),
        (Many, (), {"a": 1}),
        (Plain, (), {"a": 1, "i": 2}),
        (State, ("a", ["b"]), {}),
    ):
        make = making(cls)
        made, usual = make(*words, **named), cls(*words, **named)
        assert (type(made), made, repr(made)) == (cls, usual, repr(usual))
        with pytest.raises(TypeError):
            make(*words, **named, unknown=1)
        with pytest.raises(TypeError):
            make()
        with ExitStack() if cls is State else pytest.raises(FrozenInstanceError):
            made.name = "b"
    first, second = making(Value)("a"), making(Value)("a")
    first.seen["b"] = 1
    assert second.seen == {}


def test_what_the_class_defines_itself_stays() -> None:
    @frozen()
    class Own:
        """A class with methods of its own."""

        name: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own)

        def __hash__(self) -> int:
            return 1

        def __repr__(self) -> str:
            return "own"

    assert Own("a") == Own("b")
    assert (hash(Own("a")), repr(Own("a"))) == (1, "own")


@changeable(slots=True)
class State:
    """What changes."""

    name: str
    seen: list[str] = field(default_factory=list)
    _: KW_ONLY
    size: int = 0


@dataclass(slots=True)
class UsualState:
    """As the standard library does it."""

    name: str
    seen: list[str] = field(default_factory=list)
    _: KW_ONLY
    size: int = 0


def test_objects_that_change_are_as_those_of_a_dataclass() -> None:
    state, usual = State("a", size=2), UsualState("a", size=2)
    state.seen.append("b")
    usual.seen.append("b")
    state.size = usual.size = 3
    assert (asdict(state), repr(state)) == (asdict(usual), repr(usual).replace("UsualState", "State"))
    assert state == State("a", ["b"], size=3) != State("a")
    assert State("a").seen == []
    assert pickle.loads(pickle.dumps(state)) == copy.deepcopy(state) == state
    with pytest.raises(TypeError, match="unhashable"):
        hash(state)


def test_a_class_without_a_docstring_has_one_that_costs_nothing() -> None:
    @frozen()
    class Bare:
        name: str

    assert Bare.__doc__ == "Bare"
    assert Bare("a").name == "a"


def test_threads_that_make_the_first_object_at_the_same_time_make_it_in_the_same_way() -> None:
    @frozen(slots=True)
    class Shared:
        """A class that nobody has used."""

        name: str
        size: int = 0

    first = Shared.__init__
    made = [Shared.__new__(Shared) for _ in range(2)]
    for one in made:  # both threads have found the method that is not compiled yet
        first(one, "a", size=1)
    assert made[0] == made[1] == Shared("a", 1)
