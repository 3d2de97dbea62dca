"""How the terminal report is told to group targets."""

import pytest

from certgate.model.errors import UsageError
from certgate.reports.group_by import parse_group_by


@pytest.mark.parametrize("word", ["rule", "target", "issuer", "label.team"])
def test_a_way_of_grouping_is_read(word):
    assert parse_group_by(word, full=False) == word
    assert parse_group_by(None, full=True) == ""


@pytest.mark.parametrize("word", ["", "rules", "label", "label.", "team"])
def test_another_word_is_refused(word):
    with pytest.raises(UsageError, match=f'--group-by "{word}" is unknown; write rule, target, issuer or label.NAME'):
        parse_group_by(word, full=False)


def test_full_leaves_nothing_to_group():
    with pytest.raises(UsageError, match="--group-by and --full cannot be combined"):
        parse_group_by("rule", full=True)
