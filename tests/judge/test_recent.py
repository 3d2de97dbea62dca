"""The answers that were used last are kept."""

from certgate.judge.recent import Recent


def test_an_answer_is_made_again_only_after_it_was_forgotten():
    recent, made = Recent(2), []
    for key in "aabacabbc":
        assert recent.get(key, lambda key=key: made.append(key) or f"{key}{len(made)}")[0] == key
    assert made == ["a", "b", "c", "b", "c"]


def test_an_answer_that_needs_others_is_kept_as_they_are():
    recent = Recent(8)
    assert recent.get(3, lambda: recent.get(2, lambda: 20) + recent.get(1, lambda: 10)) == 30
    assert [recent.get(key, lambda: None) for key in (1, 1, 3, 3, 2)] == [10, 10, 30, 30, 20]


def test_equal_keys_have_one_answer_and_none_is_a_key_and_an_answer_too():
    recent = Recent(8)
    assert recent.get(None, lambda: None) is None
    assert recent.get(None, lambda: 1) is None
    assert recent.get(("a", (1, 2)), lambda: "made") == "made"
    assert recent.get(("a", (1, 2)), lambda: "again") == "made"
