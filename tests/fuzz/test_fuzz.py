"""Damaged inputs are refused or judged: nothing undeclared is raised, nothing of a library reaches people."""

import pytest

from tests.fuzz.run import problem_with, slice_of
from tests.fuzz.targets import TARGETS, seeds_of


@pytest.mark.parametrize("target", TARGETS)
def test_every_input_that_is_kept_is_taken_as_it_should(target):
    assert [problem for data in seeds_of(target) if (problem := problem_with(target, data))] == []


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_slice_of_a_fixed_seed_meets_no_problem():
    assert slice_of(20261127, 40) == []


def test_a_seed_gives_the_same_inputs_again():
    from random import Random

    from tests.fuzz.targets import input_for

    for target in TARGETS:
        assert [input_for(target, Random(n)) for n in range(20)] == [input_for(target, Random(n)) for n in range(20)]
