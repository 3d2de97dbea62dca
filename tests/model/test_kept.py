"""What is made of an object is made once, and never given for another one."""

import gc

from hypothesis import given
from hypothesis import strategies as st

from certgate.model.kept import Kept


def test_the_same_object_gives_the_same_thing():
    kept = Kept(list)
    shared = ("a",)

    assert kept.of(shared) is kept.of(shared)


def test_an_equal_object_is_another_one():
    kept = Kept(list)
    one = ("a", str(1))
    other = ("a", str(1))

    assert kept.of(one) is not kept.of(other)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=60), st.integers(1, 4))
def test_whatever_comes_and_goes_each_object_gets_what_is_made_of_it(came, size):
    kept = Kept(list, size)
    shared = [(number, "shared") for number in range(4)]
    for which, number in came:
        assert kept.of(shared[which]) == list(shared[which])
        assert kept.of((number, "own")) == [number, "own"]
        gc.collect(0)


def test_no_more_is_kept_than_its_size():
    made = []
    kept = Kept(lambda one: made.append(one) or one, size=2)
    objects = [("a",), ("b",), ("c",)]
    for one in (*objects, *objects[1:]):
        kept.of(one)

    assert made == objects


def test_nothing_is_kept_of_what_cannot_be_made():
    given = iter([ValueError("no"), None])

    def make(one):
        if error := next(given):
            raise error
        return one

    kept = Kept(make)
    shared = ("a",)
    try:
        kept.of(shared)
    except ValueError:
        assert kept.of(shared) is shared
