"""Cached properties behave as those of Python 3.12, whatever the version."""

import pytest

from certgate.model.cached import cached_property


class Counting:
    def __init__(self) -> None:
        self.asked = 0

    @cached_property
    def answer(self) -> int:
        """The answer."""
        self.asked += 1
        if self.asked == 1:
            raise ValueError("not yet")
        return self.asked


def test_a_value_is_worked_out_once_for_each_object():
    one, other = Counting(), Counting()
    for counting in (one, other):
        with pytest.raises(ValueError, match="not yet"):
            str(counting.answer)
        assert (counting.answer, counting.answer, counting.asked) == (2, 2, 2)


def test_an_exception_is_not_kept():
    counting = Counting()
    with pytest.raises(ValueError, match="not yet"):
        str(counting.answer)
    assert counting.answer == 2


def test_the_class_has_the_property_with_its_docstring():
    assert isinstance(Counting.answer, cached_property)
    assert Counting.answer.__doc__ == "The answer."
