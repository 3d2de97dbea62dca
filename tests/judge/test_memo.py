"""What is kept of judgements: the answers used last, for all judges of one run, and for no other process."""

import pickle
from datetime import timedelta

import pytest

from certgate.checks.framework.subjects import IssuedInRole
from certgate.judge.memo import JudgingKey, Memo
from certgate.lab.pki import CLOCK, issue
from certgate.model.target import Role
from certgate.policy.settings import Settings
from certgate.x509.certificate import parse_certificate

LEAF = parse_certificate(issue("a.example").der)


def key(judge="team", label="issuer 1", clock=CLOCK):
    return JudgingKey.of_issuer(judge, IssuedInRole(LEAF, label, frozenset({Role.ISSUER})), clock, Settings())


def never():
    pytest.fail("made again")


def test_an_answer_is_made_once_for_equal_keys():
    memo = Memo()
    assert memo.get(key(), lambda: "made") == "made"
    assert memo.get(key(), never) == "made"


@pytest.mark.parametrize("other", [{"judge": "ops"}, {"label": "issuer 2"}, {"clock": CLOCK + timedelta(minutes=1)}])
def test_another_judge_subject_or_time_has_an_answer_of_its_own(other):
    memo = Memo()
    memo.get(key(), lambda: "one")
    assert memo.get(key(**other), lambda: "other") == "other"


def test_what_was_not_used_for_longest_is_forgotten():
    memo = Memo(size=2)
    for judge in ("a", "b", "a", "c"):
        memo.get(key(judge), lambda: "first")
    assert [memo.get(key(judge), lambda: "again") for judge in ("a", "c", "b")] == ["first", "first", "again"]


def test_a_copy_for_another_process_begins_empty():
    memo = Memo()
    memo.get(key(), lambda: "here")
    assert pickle.loads(pickle.dumps(memo)).get(key(), lambda: "there") == "there"
