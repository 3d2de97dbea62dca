"""Remarks: what is allowed in a policy and yet is hardly meant."""

from datetime import date

import pytest

from certgate.policy.lint import remarks
from certgate.policy.packs import load_policy, pack_names, shipped_packs

TABLE = "max_intermediates has no row for them"
NO_GAP = "a dated table tightens a limit without a gap"
BASE = "extends: internal-pki\nrules:\n"


def remarked(tmp_path, text, today=date(2026, 6, 15)):
    file = tmp_path / "team.yaml"
    file.write_text(text)
    return [(r.place.line, r.message) for r in remarks(load_policy(str(file)), str(file), today)]


@pytest.mark.parametrize("name", pack_names())
def test_a_shipped_policy_of_today_is_not_remarked_on(name):
    edition = max(n for n in shipped_packs() if n.startswith(f"{name}@"))
    found = [remark.message for remark in remarks(load_policy(name), f"{edition}.yaml", date(2026, 11, 27))]
    essential = "without it, chains from anybody pass"
    assert [message for message in found if not message.endswith(essential)] == []


def test_a_policy_without_the_essential_rules_is_remarked_on(tmp_path):
    assert remarked(tmp_path, "rules: [{rule: chain.depth}]") == [
        (1, f"{id} does not apply everywhere: without it, chains from anybody pass")
        for id in ("chain.signature", "trust.anchor", "validity.expired")
    ]


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ("  - {rule: chain.depth, max_intermediates: 2}\n", []),
        (
            "  - {rule: chain.depth, max_intermediates: 3}\n",
            [(3, "chain.depth changes nothing that is inherited")],
        ),
        ("  - {rule: chain.depth, note: because}\n", []),
        ("  - {rule: chain.pathlen, leaf_issues: false}\n", []),  # not so for a CA, before
        ("  - {rule: ext.ca-consistency, severity: warning}\n", []),  # only for some, before
        (
            "  - {rule: ct.sct-count, disabled: not yet}\n",
            [(3, "ct.sct-count is switched off, but neither this policy nor an extended one has it")],
        ),
        ("  - {rule: chain.depth, disabled: not yet}\n", []),
        ("  - {rule: chain.depth, until: {clock: 2026-06-16}}\n", []),
        ("  - {rule: chain.depth, max_intermediates: [{issued_before: 2029-01-01, value: 3}, {value: 2}]}\n", []),
        (
            "  - {rule: chain.depth, max_intermediates: [{issued_before: 2029-01-01, value: 2}]}\n",
            [(3, f"chain.depth checks no certificate issued on or after 2029-01-01: {TABLE}")],
        ),
        (
            "  - {rule: chain.depth, until: {clock: 2026-06-15}}\n",
            [(3, "chain.depth is no longer effective since 2026-06-15")],
        ),
        ("  - {rule: chain.depth, since: {issued: 2026-06-15}, until: {issued: 2026-06-16}}\n", []),
        (
            "  - {rule: chain.depth, since: {issued: 2026-06-16}, max_intermediates: 0}\n",
            [(3, f"chain.depth already applies, and this entry switches it off before 2026-06-16; {NO_GAP}")],
        ),
        ("  - {rule: ct.sct-count, since: {clock: 2026-06-16}}\n", []),  # it did not apply, before
    ],
)
def test_an_entry_that_is_hardly_meant_is_remarked_on(tmp_path, entries, found):
    assert remarked(tmp_path, BASE + entries) == found


def test_days_that_two_files_make_senseless_are_remarked_on(tmp_path):
    (tmp_path / "base.yaml").write_text(f"{BASE}  - {{rule: chain.depth, since: {{issued: 2027-01-01}}}}\n")
    text = "extends: base.yaml\nrules:\n  - {rule: chain.depth, until: {issued: 2027-01-01}}\n"
    assert remarked(tmp_path, text) == [(3, "chain.depth is never effective: since comes after until")]


@pytest.mark.parametrize(("today", "lines"), [(date(2027, 4, 30), []), (date(2027, 5, 1), [3])])
def test_a_waiver_that_has_expired_is_remarked_on(tmp_path, today, lines):
    waiver = "  - {rule: sig.sha1, target: a, reason: r, owner: o, expires: 2027-04-30}\n"
    found = remarked(tmp_path, f"extends: internal-pki\nwaivers:\n{waiver}", today)
    assert found == [(line, "the waiver of sig.sha1 for a expired on 2027-04-30") for line in lines]


def test_a_condition_that_a_later_entry_overrules_is_remarked_on(tmp_path):
    found = remarked(
        tmp_path,
        BASE
        + "  - {rule: chain.depth, severity: info, when: {target: a}}\n  - {rule: chain.depth, severity: warning}\n",
    )
    ((line, message),) = found
    assert line == 3
    assert message.startswith("never has an effect: the later entry at ")
    assert message.endswith(":4:5 sets chain.depth everywhere")
