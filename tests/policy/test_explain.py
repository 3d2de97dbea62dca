"""A policy in words: what holds everywhere, and what each condition changes."""

from certgate.policy.explain import variants
from certgate.policy.packs import load_policy


def described(tmp_path, *entries):
    (tmp_path / "team.yaml").write_text("rules:\n" + "".join(f"  - {{rule: chain.depth, {e}}}\n" for e in entries))
    (rule,) = [rule for rule in load_policy("team.yaml", tmp_path).rules if rule.id == "chain.depth"]
    return [(v.when, [f"{value.key}: {value.value}" for value in v.values]) for v in variants(rule)]


def test_a_condition_is_told_without_what_a_later_general_entry_says_anyway(tmp_path):
    assert described(tmp_path, "severity: info, note: x, when: {target: a}", "severity: warning") == [
        ("", ["severity: warning", "max_intermediates: 3"]),
        ("target is a", ["note: x"]),
    ]


def test_of_a_rule_that_only_conditions_hold_the_first_is_told_whole(tmp_path):
    assert described(tmp_path, "note: x, when: {target: a}", "note: y, when: {target: b}") == [
        ("target is a", ["severity: error", "max_intermediates: 3", "note: x"]),
        ("target is b", ["note: y"]),
    ]
