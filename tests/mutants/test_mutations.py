"""What faults are put into code, and that they are the same for the same seed."""

import pytest

from tests.mutants.mutations import mutations_of
from tests.mutants.run import drawn, modules, named


def faults(source):
    return [fault.after for fault in mutations_of(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < b", ["a <= b"]),
        ("x = a <= b < c", ["a < b < c", "a <= b <= c"]),
        ("x = a in b", ["a not in b"]),
        ("x = a is None", ["a is not None"]),
        ("x = a and b", ["a or b"]),
        ("x = not a", ["a"]),
        ("x = a + b", ["a - b"]),
        ("a = 3", ["a = 4", "a = 2"]),
        ("a = True", ["a = False"]),
        ("if a:\n    b = c", ["if not a"]),
        ("a = b if c else d", ["b if not c else d"]),
        ("a += b", ["pass"]),
    ],
)
def test_each_fault_changes_one_thing(source, expected):
    assert faults(source) == expected


def test_results_and_statements_are_taken_out():
    assert faults("def f():\n    g()\n    return h") == ["pass", "return None"]


@pytest.mark.parametrize(
    "source", ['"""Text."""', "import a", "__all__ = [1]", "a: Literal[1]", "@a(1)\nclass B:\n    c: int"]
)
def test_what_does_not_run_has_no_faults(source):
    assert faults(source) == []


def test_a_fault_leaves_all_other_code_as_it_is():
    first, second = mutations_of("def f(a, b):\n    c = a < b\n    d = b < a")

    assert first.source == "def f(a, b):\n    c = a <= b\n    d = b < a"
    assert second.source == "def f(a, b):\n    c = a < b\n    d = b <= a"
    assert (second.place, second.line) == ("f", 3)


@pytest.mark.slow
def test_a_seed_draws_the_same_faults_again_and_named_survivors_exist():
    everything = drawn(1_000_000, 1, modules())

    assert [str(mutant) for mutant in drawn(5, 7, modules())] == [str(mutant) for mutant in drawn(5, 7, modules())]
    assert named().keys() <= {mutant.key for mutant in everything}
