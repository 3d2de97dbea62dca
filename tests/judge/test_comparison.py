"""What differs between two runs, and what a gate on it says."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from certgate.judge.comparison import compare
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.snapshot import ComparedRun, SeenCertificate, SeenFinding, SeenTarget, Snapshot

AT = datetime(2026, 6, 15, tzinfo=UTC)
LEAF = SeenCertificate(
    label="leaf",
    subject="CN=a.example",
    issuer="CN=CA 1",
    sha256="aa",
    spki_sha256="k1",
    names=("DNS:a.example",),
    not_after=AT,
)
SHORT = SeenFinding(
    rule="key.rsa-min",
    subject="leaf",
    fingerprint="f1",
    severity=Severity.ERROR,
    message="RSA 1024",
    is_failure=True,
    violates=True,
)
UNKNOWN = replace(SHORT, is_failure=False, violates=False, message="no answer")
A = SeenTarget(id="a", certificates=(LEAF,), protocols=("TLSv1.3",), groups=("X25519",))
AWAY = SeenTarget(id="a", unreachable="timed-out")
RULES = frozenset({"key.rsa-min", "rev.status"})


def snapshot(*targets, rules=RULES, only=(), name="run"):
    run = ComparedRun(name=name, at=AT, rules=rules, only=only, targets=len(targets))
    return Snapshot(run=run, targets={t.id: t for t in targets})


def with_finding(*findings, target=A):
    return replace(target, findings=findings)


def test_a_run_that_is_the_same_differs_in_nothing():
    found = compare(snapshot(with_finding(SHORT)), snapshot(with_finding(replace(SHORT, message="RSA 1024, older"))))
    assert found.is_empty
    assert [one.finding.rule for one in found.still] == ["key.rsa-min"]
    assert found.exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "lists", "code"),
    [
        ((), (SHORT,), (1, 0, 0, 0), 1),
        ((SHORT,), (), (0, 1, 0, 0), 0),
        ((SHORT,), (SHORT,), (0, 0, 1, 0), 0),
        ((replace(SHORT, violates=False, severity=Severity.WARNING),), (SHORT,), (1, 0, 0, 0), 1),
        ((), (replace(SHORT, violates=False, severity=Severity.WARNING),), (1, 0, 0, 0), 0),
        ((), (replace(SHORT, violates=False, is_excused=True),), (0, 0, 0, 0), 0),
        ((SHORT,), (replace(SHORT, violates=False, is_excused=True),), (0, 0, 1, 0), 0),
        ((replace(SHORT, violates=False, is_excused=True),), (SHORT,), (1, 0, 0, 0), 1),
        ((replace(SHORT, violates=False, is_excused=True),), (), (0, 0, 0, 0), 0),
        ((), (UNKNOWN,), (1, 0, 0, 0), 3),
        ((), (SHORT, replace(SHORT, violates=False, is_excused=True)), (1, 0, 0, 0), 1),
        ((SHORT, replace(SHORT, violates=False)), (SHORT,), (0, 0, 1, 0), 0),
        ((), (UNKNOWN, replace(SHORT, violates=False, is_excused=True)), (1, 0, 0, 0), 3),
        ((UNKNOWN,), (UNKNOWN,), (0, 0, 1, 0), 0),
        ((SHORT,), (UNKNOWN,), (1, 0, 0, 0), 3),
        ((SHORT,), (replace(UNKNOWN, fingerprint="f2"),), (1, 0, 0, 1), 3),
        ((replace(SHORT, rule="gone.rule"),), (), (0, 0, 0, 1), 0),
    ],
)
def test_findings_are_new_fixed_still_there_or_not_known(old, new, lists, code):
    found = compare(snapshot(with_finding(*old)), snapshot(with_finding(*new)))
    assert tuple(map(len, (found.new_findings, found.fixed, found.still, found.unclear))) == lists
    assert found.exit_code == code


def test_what_is_not_observed_any_more_is_not_fixed_and_is_3():
    unseen = replace(UNKNOWN, rule="target.observed", fingerprint="f9")
    found = compare(snapshot(with_finding(SHORT)), snapshot(with_finding(unseen, target=AWAY)))
    assert [t.id for t in found.unreachable] == ["a"]
    assert [one.finding.rule for one in found.unclear] == ["key.rsa-min"]
    assert (found.fixed, found.new_findings, found.certificates, found.exit_code) == ([], [], [], 3)


def test_a_new_violation_elsewhere_wins_over_what_cannot_be_observed():
    other = with_finding(SHORT, target=replace(A, id="b"))
    assert compare(snapshot(A, replace(A, id="b")), snapshot(AWAY, other)).exit_code == 1


def test_a_target_that_is_back_tells_nothing_fixed_that_was_only_unseen():
    unseen = replace(UNKNOWN, rule="target.observed", fingerprint="f9")
    found = compare(snapshot(with_finding(unseen, target=AWAY)), snapshot(A))
    assert (found.back, found.fixed, found.unclear, found.exit_code) == (["a"], [], [], 0)


def test_a_target_that_stays_away_is_no_difference():
    assert compare(snapshot(AWAY), snapshot(AWAY)).is_empty


def test_targets_appear_and_vanish_in_their_order():
    ids = [replace(A, id=id) for id in "xyz"]
    found = compare(snapshot(*ids, A), snapshot(A, replace(A, id="c"), replace(AWAY, id="b")))
    assert (found.appeared, found.vanished) == (["c", "b"], ["x", "y", "z"])
    assert [t.id for t in found.unreachable] == ["b"]


def changes(old, new, **more):
    return compare(snapshot(replace(A, certificates=old), **more), snapshot(replace(A, certificates=new))).certificates


@pytest.mark.parametrize(
    ("facts", "kind", "same_key", "names"),
    [
        ({}, "renewed", True, ((), ())),
        ({"spki_sha256": "k2"}, "renewed", False, ((), ())),
        ({"spki_sha256": ""}, "renewed", None, ((), ())),
        ({"issuer": "CN=CA 2"}, "issuer-changed", True, ((), ())),
        ({"names": ("DNS:b.example",)}, "renewed", True, (("DNS:b.example",), ("DNS:a.example",))),
        ({"names": None}, "renewed", True, None),
    ],
)
def test_a_certificate_in_the_place_of_another(facts, kind, same_key, names):
    for one, other in ((LEAF, replace(LEAF, sha256="bb", **facts)), (replace(LEAF, sha256="bb", **facts), LEAF)):
        (change,) = changes((one,), (other,))
        assert (change.kind, change.same_key) == (kind, same_key)
    (change,) = changes((LEAF,), (replace(LEAF, sha256="bb", **facts),))
    assert change.names == names


def test_of_several_certificates_each_is_compared_with_the_one_most_like_it():
    rsa, ec = (replace(LEAF, sha256=s, spki_sha256=s, names=(f"DNS:{s}",)) for s in ("r1", "e1"))
    rsa2, ec2 = (replace(c, sha256=f"{c.sha256}-new") for c in (rsa, ec))
    found = changes((rsa, ec), (ec2, rsa2))
    assert [(c.old.sha256, c.new.sha256) for c in found] == [("e1", "e1-new"), ("r1", "r1-new")]


def test_certificates_that_are_added_or_removed():
    issuer = replace(LEAF, label="issuer 1", sha256="cc")
    (change,) = changes((LEAF,), (LEAF, issuer))
    assert (change.label, change.kind, change.same_key, change.names) == ("issuer 1", "added", None, None)
    (change,) = changes((LEAF, issuer), (LEAF,))
    assert (change.label, change.kind) == ("issuer 1", "removed")


def test_a_run_without_paths_is_compared_at_the_leaf_alone():
    issuer = replace(LEAF, label="issuer 1", sha256="cc")
    assert changes((LEAF,), (LEAF, issuer), rules=None) == []
    assert len(changes((LEAF,), (replace(LEAF, sha256="bb"), issuer), rules=None)) == 1


def test_protocol_and_group_are_compared_where_both_are_known():
    found = compare(snapshot(A), snapshot(replace(A, protocols=("TLSv1.2",), groups=("X25519MLKEM768",))))
    assert [(c.what, c.old, c.new) for c in found.connections] == [
        ("protocol", ("TLSv1.3",), ("TLSv1.2",)),
        ("group", ("X25519",), ("X25519MLKEM768",)),
    ]
    assert compare(snapshot(A), snapshot(replace(A, protocols=(), groups=()))).connections == []


def test_without_findings_on_one_side_none_are_compared():
    found = compare(snapshot(A, rules=None), snapshot(with_finding(SHORT)))
    assert not found.is_judged
    assert (found.new_findings, found.fixed, found.still, found.unclear) == ([], [], [], [])


def test_runs_over_different_parts_are_not_compared():
    assert compare(snapshot(A, only=("a",)), snapshot(A, only=("a",))).is_empty
    with pytest.raises(UsageError, match="different --only; compare runs over the same targets"):
        compare(snapshot(A), snapshot(A, only=("a",)))
