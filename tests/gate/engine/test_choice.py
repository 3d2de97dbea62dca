"""Which engine `--workers` chooses."""

import pytest

from certgate.gate.engine import choice
from certgate.gate.engine.choice import engine_for, parse_workers
from certgate.gate.engine.inline import Inline
from certgate.gate.engine.workers import Workers
from certgate.model.errors import UsageError


@pytest.mark.parametrize(
    ("words", "targets", "count"),
    [("auto", 1999, 1), ("auto", 2000, 3), ("1", 9999, 1), ("2", 9999, 2), ("256", 300, 256), ("8", 2, 2), ("8", 1, 1)],
)
def test_auto_is_one_process_for_few_targets_and_one_for_each_core_for_many(monkeypatch, words, targets, count):
    monkeypatch.setattr(choice, "usable_cores", lambda: 3)
    engine = engine_for(parse_workers(words), targets)
    if count == 1:
        assert isinstance(engine, Inline)
    else:
        assert isinstance(engine, Workers)
        assert len(engine._workers) == count


@pytest.mark.parametrize("words", ["0", "257", "-1", "1.5", "two", "", "٣", "0000001"])
def test_any_other_word_is_refused(words):
    with pytest.raises(UsageError, match="is neither auto nor a number from 1 to 256"):
        parse_workers(words)
