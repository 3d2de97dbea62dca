"""The language of entries: conditions, dates, what is switched off, and every mistake in them with its place."""

from datetime import date
from typing import get_args

import pytest

from certgate.lab.pki import issue
from certgate.model.finding import Severity
from certgate.model.target import Endpoint, Role, Target
from certgate.model.verdict import DisabledRule
from certgate.policy.mistakes import InvalidFile
from certgate.policy.model import Day
from certgate.policy.packs import load_policy
from certgate.policy.policyfile import _Role
from certgate.policy.target_policy import TargetPolicies
from certgate.x509.certificate import parse_certificate

EDGE = Target(
    id="edge-1.example:443",
    ordinal=0,
    source=Endpoint("edge-1.example", 443),
    labels={"tier": "edge"},
    trust=("mozilla",),
)
CORE = Target(
    id="core-1.example:443",
    ordinal=1,
    source=Endpoint("core-1.example", 443),
    labels={"tier": "core"},
    trust=("pki/root.pem",),
)
SORTED = "DSA, EC, Ed25519, Ed448, ML-DSA-44, ML-DSA-65, ML-DSA-87, RSA, RSASSA-PSS"
NUMBER = "not a plain number; write decimal digits, or quotes if it is text"
CA = issue("Old CA", ca=True)
RSA = parse_certificate(issue("a.example", issuer=CA, key="RSA-2048").der)
EC = parse_certificate(issue("a.example", issuer=issue("New CA", ca=True)).der)

PAYMENTS = """\
name: payments
extends: [internal-pki]
rules:
  - rule: key.rsa-min
    min_bits: 3072
  - rule: chain.depth
    max_intermediates: 2
    severity: warning
    when: {labels: {tier: edge}}
  - rule: name.cn-in-san
    disabled: clients of the old tills read the CN until 2027
waivers:
  - rule: validity.max-lifetime
    target: till-1.acme.example:443
    reason: firmware cannot renew before the spring update
    owner: tills@acme.example
    expires: 2027-04-30
"""


def policy(tmp_path, text, name="team.yaml"):
    (tmp_path / name).write_text(text)
    return load_policy(name, tmp_path)


def wrong(tmp_path, text):
    with pytest.raises(InvalidFile) as caught:
        policy(tmp_path, text)
    return [(m.place.line, m.place.column, m.message) for m in caught.value.mistakes]


def rule(policy, id, target=None):
    rules = (TargetPolicies(policy).of(target) if target else policy).rules
    return next(r for r in rules if r.id == id)


def on(policy, target):
    return {r.id for r in TargetPolicies(policy).of(target).rules} - {"target.observed"}


def test_an_entry_with_when_replaces_the_inherited_keys_only_where_it_holds(tmp_path):
    own = policy(
        tmp_path,
        "extends: internal-pki@2026-11-27\nrules:\n"
        "  - {rule: chain.depth, max_intermediates: 2, severity: warning, when: {labels: {tier: edge}}}\n",
    )
    at_edge, at_core = rule(own, "chain.depth", EDGE), rule(own, "chain.depth", CORE)
    assert (at_edge.parameters["max_intermediates"], at_edge.severity) == (2, Severity.WARNING)
    assert (at_core.parameters["max_intermediates"], at_core.severity) == (3, Severity.ERROR)
    assert (at_edge.places["severity"].line, at_core.places["max_intermediates"].file) == (
        3,
        "internal-pki@2026-11-27.yaml",
    )


def test_of_several_entries_that_hold_the_last_one_wins_key_by_key(tmp_path):
    own = policy(
        tmp_path,
        "rules:\n  - {rule: chain.depth, max_intermediates: 5, note: base}\n"
        "  - {rule: chain.depth, max_intermediates: 2, severity: info, when: {labels: {tier: [edge, core]}}}\n"
        "  - {rule: chain.depth, severity: warning, when: {target: 'edge-*'}}\n",
    )
    found = rule(own, "chain.depth", EDGE)
    assert (found.parameters["max_intermediates"], found.severity, found.note) == (2, Severity.WARNING, "base")
    assert rule(own, "chain.depth", CORE).severity is Severity.INFO


def test_an_entry_of_the_extending_file_wins_over_a_condition_of_what_it_extends(tmp_path):
    policy(tmp_path, "rules: [{rule: chain.depth, max_intermediates: 1, when: {labels: {tier: edge}}}]", "base.yaml")
    own = policy(tmp_path, "extends: base.yaml\nrules: [{rule: chain.depth, max_intermediates: 4}]")
    assert rule(own, "chain.depth", EDGE).parameters["max_intermediates"] == 4


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("{labels: {tier: edge}}", [EDGE]),
        ("{labels: {tier: '*'}}", [EDGE, CORE]),
        ("{labels: {tier: Edge}}", []),
        ("{labels: {zone: '*'}}", []),
        ("{labels: {tier: edge}, target: 'core-*'}", []),
        ("{target: ['edge-1.example:443', 'x']}", [EDGE]),
        ("{target: 'edge-1.example'}", []),
        ("{trust: mozilla}", [EDGE]),
        ("{trust: root.pem}", [CORE]),
        ("{trust: 'pki/*'}", [CORE]),
        ("{role: server}", [EDGE, CORE]),
        ("{role: [client, spiffe]}", []),
    ],
)
def test_a_condition_on_the_target_decides_whether_the_rule_is_on(tmp_path, when, holds):
    own = policy(tmp_path, f"rules: [{{rule: chain.depth, when: {when}}}]")
    assert [t for t in (EDGE, CORE) if on(own, t)] == holds


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("{key_type: RSA}", [RSA]),
        ("{key_type: [E*, RSA]}", [RSA, EC]),
        ("{issuer: '*Old CA*'}", [RSA]),
        ("{issuer: 'Old CA'}", []),
        ("{role: server}", [RSA, EC]),
        ("{role: issuer}", []),
        ("{key_type: EC, issuer: '*Old CA*'}", []),
    ],
)
def test_a_condition_on_the_certificate_decides_for_each_certificate(tmp_path, when, holds):
    own = policy(tmp_path, f"rules: [{{rule: sig.sha1, when: {when}}}]")
    found = rule(own, "sig.sha1", EDGE)
    assert [c for c in (RSA, EC) if found.on_certificate(c, {Role.SERVER}).applies] == holds


def test_a_rule_that_only_certificates_decide_on_is_on_until_one_is_seen(tmp_path):
    own = policy(tmp_path, "rules: [{rule: sig.sha1, when: {key_type: RSA}}, {rule: sig.md5, when: {target: x}}]")
    assert on(own, EDGE) == {"sig.sha1"}


def test_targets_for_which_the_same_entries_hold_share_one_policy(tmp_path):
    policies = TargetPolicies(policy(tmp_path, "rules: [{rule: chain.depth, when: {labels: {tier: edge}}}]"))
    other = Target(id="edge-2.example:443", ordinal=2, source=Endpoint("edge-2.example", 443), labels={"tier": "edge"})
    assert policies.of(EDGE) is policies.of(other)
    assert policies.of(EDGE) is not policies.of(CORE)


def test_dates_note_and_docs_are_read(tmp_path):
    own = policy(
        tmp_path,
        "rules:\n  - rule: chain.depth\n    since: {issued: 2027-01-01}\n    until: {clock: 2028-01-01}\n"
        "    note: why\n    docs: https://wiki.example/depth\n",
    )
    found = rule(own, "chain.depth")
    assert (found.since, found.until) == (Day("issued", date(2027, 1, 1)), Day("clock", date(2028, 1, 1)))
    assert (found.note, found.docs) == ("why", "https://wiki.example/depth")


def test_a_disabled_rule_is_off_and_told_with_its_reason(tmp_path):
    own = policy(tmp_path, "name: payments\nrules: [{rule: chain.depth}, {rule: name.cn-in-san, disabled: old tills}]")
    assert on(own, EDGE) == {"chain.depth"}
    assert list(TargetPolicies(own).of(EDGE).disabled) == [DisabledRule("payments", "name.cn-in-san", "old tills")]


def test_a_rule_can_be_off_for_some_targets_and_the_condition_is_told(tmp_path):
    own = policy(tmp_path, "rules: [{rule: chain.depth}, {rule: chain.depth, disabled: x, when: {target: 'edge-*'}}]")
    assert (on(own, EDGE), on(own, CORE)) == (set(), {"chain.depth"})
    assert list(TargetPolicies(own).of(EDGE).disabled) == [DisabledRule("team", "chain.depth", "x", "target is edge-*")]
    assert list(TargetPolicies(own).of(CORE).disabled) == []


def test_disabled_false_holds_an_inherited_rule_again(tmp_path):
    policy(tmp_path, "rules: [{rule: chain.depth, max_intermediates: 1, disabled: later}]", "base.yaml")
    own = policy(tmp_path, "extends: base.yaml\nrules: [{rule: chain.depth, disabled: false}]")
    assert on(own, EDGE) == {"chain.depth"}
    assert rule(own, "chain.depth").parameters["max_intermediates"] == 1
    assert list(TargetPolicies(own).of(EDGE).disabled) == []


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("disabled: true", "must be the reason why the rule is off, or false to switch it on again"),
        *[
            (f"disabled: {word}", "must be the reason why the rule is off, or false to switch it on again")
            for word in ("no", "yes", "Off", "'false'", "'-'")
        ],
        ("required: no", "must be true or false"),
        ("required: 'true'", "must be true or false"),
        ("severity: warn", "must be 'error', 'warning' or 'info'; did you mean \"warning\"?"),
        ("severity: off", "must be 'error', 'warning' or 'info'"),
        ("max_intermediates: -1", "must not be negative"),
        ("max_intermediates: 1000001", "must be at most 1000000"),
        ("max_intermediates: 2.0", "must be a whole number, without quotes"),
        ("max_intermediates: '2'", "must be a whole number, without quotes"),
        ("max_intermediates: [2]", "must be a whole number, without quotes"),
        ("max_intermediates: 0x2", f'"0x2" is {NUMBER}'),
        (
            "since: {issued: 2027-01-01}\n    until: {issued: 2027-01-01}",
            "the rule would end on 2027-01-01, before it begins on 2027-01-01",
        ),
        ("when: {role: 5}", "must be a word or a list of words (globs: * and ?)"),
        ("since: 2027-01-01", '"since" must be a mapping (key: value)'),
        ("since: {issue: 2027-01-01}", 'unknown key "issue"; did you mean "issued"?'),
        ("since: {issued: soon}", "must be a date (YYYY-MM-DD), without quotes"),
        ("since: {issued: 2027-01-01, clock: 2027-01-01}", "must be either {issued: DATE} or {clock: DATE}"),
        ("when: {label: {tier: edge}}", 'unknown key "label"; did you mean "labels"?'),
        ("when: {labels: edge}", '"labels" must be a mapping (key: value)'),
        ("when: {labels: {tier: 5}}", "must be a word or a list of words (globs: * and ?)"),
        (
            "when: {role: sever}",
            "must be 'server', 'client', 'spiffe', 'ca', 'issuer', 'request', 'crl' or 'ocsp'; did you mean \"server\"?",
        ),
        ("when: {role: issuer}", "role issuer applies only to rules on certificates"),
        ("docs: wiki", "must be an address (https://…)"),
        ("note: 5", "must be text (in quotes where YAML sees a number or a date)"),
        ("untill: {clock: 2027-01-01}", 'unknown key "untill"; did you mean "until"?'),
    ],
)
def test_a_mistake_in_an_entry_comes_with_its_place_and_the_right_word(tmp_path, keys, message):
    text = f"rules:\n  - rule: chain.depth\n    {keys}\n"
    assert [(line, m) for line, _, m in wrong(tmp_path, text)] == [(text.count("\n"), message)]


@pytest.mark.parametrize(
    ("rules", "place", "told"),
    [
        ("{trust.anchor: {severity: info}}", (1, 8), '"rules" must be a list ([one, two], or a line with - for each)'),
        ("trust.anchor", (1, 8), '"rules" must be a list ([one, two], or a line with - for each)'),
        ("[trust.anchor]", (1, 9), 'each entry of "rules" must be a mapping (key: value)'),
    ],
)
def test_rules_in_another_shape_come_with_how_to_write_them(tmp_path, rules, place, told):
    assert wrong(tmp_path, f"rules: {rules}\n") == [(*place, f'{told}; write "- rule: trust.anchor"')]


CURVES = "P-224, P-256, P-384, P-521, secp192r1, secp256k1, brainpoolP256r1, brainpoolP384r1, brainpoolP512r1"
TYPES = "RSA, RSASSA-PSS, EC, Ed25519, Ed448, DSA, ML-DSA-44, ML-DSA-65, ML-DSA-87"


@pytest.mark.parametrize(
    ("entry", "column", "message"),
    [
        ("rule: key.type, allowed: [RSA, ec]", 37, f'"ec" is not one of {TYPES}, a dotted OID; did you mean "EC"?'),
        ("rule: key.type, allowed: [ECDSA]", 32, f'"ECDSA" is not one of {TYPES}, a dotted OID; did you mean "DSA"?'),
        (
            "rule: key.curve, allowed: [P-265]",
            33,
            f'"P-265" is not one of {CURVES}; did you mean "P-256"?',
        ),
        (
            "rule: tls.version, allowed: [TLS1.3]",
            35,
            '"TLS1.3" is not one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3; did you mean "TLSv1.3"?',
        ),
        ("rule: ext.forbidden, oids: [2.5.29.x]", 34, '"2.5.29.x" is not a dotted OID'),
        ("rule: ext.forbidden, of: issuer", 31, '"issuer" is not one of leaf, issuers; did you mean "issuers"?'),
        (
            "rule: chain.eku-nesting, purposes: [sever]",
            42,
            '"sever" is not one of server, client, a dotted OID; did you mean "server"?',
        ),
        (
            "rule: key.type, allowed: [{issued_before: 2027-01-01, value: [rsa]}]",
            68,
            f'"rsa" is not one of {TYPES}, a dotted OID; did you mean "RSA"?',
        ),
        ("rule: sig.sha1, when: {key_type: rsa}", 39, 'no type of key matches "rsa"; did you mean "RSA"?'),
        ("rule: sig.sha1, when: {key_type: [EC, 'X*']}", 44, f'no type of key matches "X*"; known: {SORTED}'),
    ],
)
def test_a_word_that_a_rule_does_not_know_is_a_mistake(tmp_path, entry, column, message):
    assert wrong(tmp_path, f"rules:\n  - {{{entry}}}\n") == [(2, column, message)]


@pytest.mark.parametrize(
    "entry",
    [
        "rule: key.type, allowed: [RSA, 1.3.101.112]",
        "rule: ext.forbidden, oids: [2.5.29.17], of: issuers",
        "rule: chain.eku-nesting, purposes: [client, 1.3.6.1.5.5.7.3.4]",
        "rule: sig.sha1, when: {key_type: ['ML-DSA-*', 1.2.3.4, '1.2.*']}",
    ],
)
def test_words_that_a_rule_knows_and_oids_are_none(tmp_path, entry):
    policy(tmp_path, f"rules:\n  - {{{entry}}}\n")


def test_a_share_is_at_most_one(tmp_path):
    text = "rules:\n  - rule: validity.remaining\n    warn_fraction: {}\n"
    assert wrong(tmp_path, text.format("1.01")) == [(3, 20, "must be at most 1")]
    assert rule(policy(tmp_path, text.format("1.0")), "validity.remaining").parameters["warn_fraction"] == 1


def test_a_value_that_cannot_be_read_hides_no_other_mistake(tmp_path):
    text = (
        "name: a\nname: b\nrules:\n  - &x\n    rule: chain.dept\n    since: {issued: 2027-13-01}\n  - *x\nextnds: y\n"
    )
    assert wrong(tmp_path, text) == [
        (2, 1, 'key "name" appears twice, first on line 1'),
        (4, 5, 'anchor "&x" is not allowed; write the value out where it is used'),
        (5, 11, 'there is no rule "chain.dept"; did you mean "chain.depth"?'),
        (6, 21, '"2027-13-01" is not a date (YYYY-MM-DD)'),
        (7, 5, 'alias "*x" is not allowed; write the value out'),
        (8, 1, 'unknown key "extnds"; did you mean "extends"?'),
    ]


def test_an_address_in_brackets_is_its_own_pattern(tmp_path):
    own = policy(tmp_path, "rules: [{rule: chain.depth, when: {target: '[2001:db8::1]:443'}}]")
    assert on(own, Target(id="[2001:db8::1]:443", ordinal=0, source=Endpoint("2001:db8::1", 443))) == {"chain.depth"}


def test_the_same_rule_with_the_same_condition_stands_once(tmp_path):
    entries = "  - {rule: chain.depth, when: {target: a}}\n" * 2
    assert wrong(tmp_path, f"rules:\n{entries}") == [
        (3, 12, "chain.depth with the same when appears twice, first on line 2")
    ]


def test_all_that_a_file_extends_is_read_before_its_mistakes_are_told(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text("rules: [{rule: chain.dept}]\n")
    (tmp_path / "latin.yaml").write_bytes(b"name: x\n# caf\xe9\n")
    extends = "extends: [one.yaml, nowhere.yaml, two.yaml, latin.yaml, one.yaml, 5]\n"
    found = wrong(tmp_path, f"{extends}rules: [{{rule: chain.dept}}]\n")
    unknown = 'there is no rule "chain.dept"; did you mean "chain.depth"?'
    assert sorted(found) == [
        (1, 10, "must be the name of a policy or a file, or a list of them"),
        (1, 16, unknown),
        (1, 16, unknown),
        (1, 21, 'there is no policy "nowhere.yaml", shipped or as a file'),
        (1, 57, "one.yaml appears twice"),
        (2, 6, "is not UTF-8 text (byte 0xe9); save the file as UTF-8"),
        (2, 16, unknown),
    ]


@pytest.mark.parametrize(("files", "is_too_deep"), [(10, False), (11, True)])
def test_policies_extend_one_another_ten_deep(tmp_path, files, is_too_deep):
    for number in range(files):
        (tmp_path / f"{number}.yaml").write_text(f"extends: {number + 1}.yaml\n")
    (tmp_path / f"{files}.yaml").write_text("rules: [{rule: chain.depth}]\n")
    if is_too_deep:
        with pytest.raises(InvalidFile, match="extends policies more than 10 levels deep"):
            load_policy("0.yaml", tmp_path)
    else:
        assert [r.id for r in load_policy("0.yaml", tmp_path).rules][1:] == ["chain.depth"]


def test_what_a_file_extends_is_held_against_what_there_is_with_its_place(tmp_path):
    assert wrong(tmp_path, "name: x\nextends: [internal-pky, team.yaml]\n") == [
        (2, 11, 'there is no policy "internal-pky", shipped or as a file; did you mean "internal-pki"?'),
        (2, 25, "team.yaml extends itself through team.yaml"),
    ]


def test_a_policy_with_everything_works_as_written(tmp_path):
    own = policy(tmp_path, PAYMENTS)
    at_edge = {r.id: r for r in TargetPolicies(own).of(EDGE).rules}
    assert (own.name, at_edge["key.rsa-min"].parameters) == ("payments", {"min_bits": 3072})
    assert (at_edge["chain.depth"].parameters, at_edge["chain.depth"].severity) == (
        {"max_intermediates": 2},
        Severity.WARNING,
    )
    assert "name.cn-in-san" not in at_edge
    assert [d.reason for d in TargetPolicies(own).of(EDGE).disabled] == [
        "clients of the old tills read the CN until 2027"
    ]
    assert [(w.rule, w.target, w.expires) for w in own.waivers] == [
        ("validity.max-lifetime", "till-1.acme.example:443", date(2027, 4, 30))
    ]


def test_the_roles_of_the_language_are_those_that_there_are():
    assert set(get_args(_Role)) == set(Role)
