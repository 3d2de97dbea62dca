"""Labels in the paths of reports."""

from collections import Counter

import pytest

from certgate.model.errors import UsageError
from certgate.reports.label_paths import LabelPath


def path(text):
    found = LabelPath.of(text)
    assert found
    return found


def names(*values, text="{label.team}"):
    """The path for each value."""
    return {value: at for (value,), at in path(text).paths(Counter({(value,): 1 for value in values}))}


def test_a_path_without_labels_is_none_of_these():
    assert LabelPath.of("reports/certgate.json") is None
    assert LabelPath.of("reports/{team}.json") is None


def test_a_label_without_a_name_is_refused():
    with pytest.raises(UsageError, match="the name of the label is missing"):
        LabelPath.of("reports/{label.}/x.json")


def test_a_safe_value_is_its_own_name():
    assert names("shop", "Payments", "a.b_c-1") == {"shop": "shop", "Payments": "Payments", "a.b_c-1": "a.b_c-1"}


@pytest.mark.parametrize(
    "value",
    ["", ".", "..", "../../etc", "a/b", "a\\b", "C:x", "-rf", ".hidden", "a\nb", "é", "nul", "COM1.txt", "ends.",
     "{label.x}", "\x00", "\udcff", "a" * 500, "without-label", "Without-Label"],
)  # fmt: skip
def test_any_other_value_gets_a_name_that_is_safe_on_every_system(value):
    name = names(value)[value]

    assert name.isascii()
    assert all(character.isalnum() or character in "._-" for character in name)
    assert name[0].isalnum()
    assert len(name) < 100
    assert name.casefold() not in {value.casefold(), "without-label"}


def test_values_that_differ_in_letter_case_alone_get_different_names_on_every_system():
    given = names("shop", "SHOP", "till")

    assert given["till"] == "till"
    assert len({name.casefold() for name in given.values()}) == 3


def test_targets_without_the_label_have_a_name_of_their_own():
    assert names(None, "shop") == {"shop": "shop", None: "without-label"}


def test_several_labels_may_be_in_a_path_one_of_them_twice():
    both = path("r/{label.team}/{label.tier}-{label.team}.json")

    given = dict(both.paths(Counter({("shop", "edge"): 1, ("shop", None): 1})))

    assert both.names == ("team", "tier")
    assert given == {("shop", "edge"): "r/shop/edge-shop.json", ("shop", None): "r/shop/without-label-shop.json"}


def test_what_a_value_looks_like_is_never_read_as_a_label_again():
    both = path("{label.a}/{label.b}")

    ((_, at),) = both.paths(Counter({("{label.b}", "x"): 1}))

    assert "{" not in at
    assert at.endswith("/x")


def test_the_folder_above_the_labels_is_the_one_that_must_exist():
    assert str(path("out/reports/{label.team}/x/r.json").above) == "out/reports"
    assert str(path("{label.team}.json").above) == "."
