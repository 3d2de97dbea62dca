"""Plans: what judges which target, what is left out, what is refused before anything is observed."""

from dataclasses import replace
from functools import cache

import pytest

from certgate.gate import RunSpec, prepare
from certgate.gate.judges import Judges
from certgate.lab.pki import CLOCK, issue, pem
from certgate.model.errors import UsageError
from certgate.model.mutual_tls import MutualTls
from certgate.model.target import (
    Endpoint,
    FileSource,
    Origin,
    Probe,
    Purpose,
    Revocation,
    Role,
    Sameness,
    TrustMode,
    Visit,
)
from certgate.model.verdict import DisabledRule, Verdict
from certgate.policy.packs import load_policy
from tests.gate.world import LEAF, ROOT, RULES, seen, several


def test_no_target_at_all_is_a_usage_error():
    with pytest.raises(UsageError, match="no targets: name some"):
        prepare([])


def test_targets_are_judged_by_the_entries_that_hold_for_them_and_share_what_they_can(target, tmp_path):
    entry = "  - {rule: chain.depth, max_intermediates: 0, when: {labels: {tier: edge}}}\n"
    (tmp_path / "p.yaml").write_text(RULES + entry)
    first, second, third = several(target, 3)
    targets = [first, replace(second, labels={"tier": "edge"}), third]
    judges = [*map(prepare(targets).judges.of, targets)]
    assert judges[0] is judges[2]
    assert [r.parameters["max_intermediates"] for j in judges[:2] for r in j.policy.rules if r.id == "chain.depth"] == [
        1,
        0,
    ]


def test_a_disabled_rule_judges_nothing_and_stands_in_the_header_with_its_reason(target, tmp_path):
    (tmp_path / "p.yaml").write_text(RULES + "  - {rule: name.cn-in-san, disabled: old tills}\n")
    gate = prepare([target])
    assert gate.header.disabled == (DisabledRule("p", "name.cn-in-san", "old tills"),)
    assert "name.cn-in-san" not in gate.header.rules


def test_a_condition_on_a_label_makes_a_policy_a_spiffe_policy_for_those_targets(target, tmp_path):
    (tmp_path / "p.yaml").write_text(RULES + "  - {rule: spiffe.single-uri, when: {labels: {mesh: 'yes'}}}\n")
    first, second = several(target, 2)
    targets = [first, replace(second, labels={"mesh": "yes"})]
    judges = prepare(targets).judges
    assert [Role.SPIFFE in judges.decided(one).roles for one in targets] == [False, True]


def test_select_and_ignore_leave_rules_out_and_the_header_says_which(target):
    header = prepare([target], RunSpec(select=("chain.*", "trust.anchor"), ignore=("trust.*",))).header
    assert tuple(header.rules) == ("chain.depth", "target.observed")
    assert header.left_out == ("trust.anchor", "validity.expired")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"select": ("chain.dept",)}, '--select "chain.dept" matches no rule of this run; did you mean "chain.depth"?'),
        ({"ignore": ("nothing.*",)}, '--ignore "nothing.*" matches no rule of this run'),
        ({"ignore": ("target.observed",)}, "--ignore: target.observed cannot be left out"),
    ],
)
def test_a_pattern_that_matches_nothing_is_a_usage_error(target, options, message):
    with pytest.raises(UsageError) as caught:
        prepare([target], RunSpec(**options))
    assert str(caught.value).startswith(message)


def test_a_glob_over_everything_still_leaves_the_reserved_rule(target):
    assert tuple(prepare([target], RunSpec(ignore=("*",))).header.rules) == ("target.observed",)


def test_under_a_spiffe_policy_a_server_leaf_is_an_svid_too_and_expects_no_host_name(target):
    target = replace(target, policy="spiffe-svid", role_reason="endpoint")
    decided = prepare([target]).judges.decided(target)
    assert decided.roles == {Role.SERVER, Role.SPIFFE}
    assert decided.names == ()
    assert decided.role_reason == "endpoint; spiffe-svid is a SPIFFE policy"


def test_the_header_names_the_stores_with_their_digest_and_count(target):
    (store,) = prepare([target]).header.stores
    assert (store.count, len(store.sha256)) == (1, 64)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is empty"),
        (b"-----BEGIN CERTIFICATE-----\nMII\n", "line 1: the CERTIFICATE block is truncated: it has no END line"),
        (
            b"-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n",
            "line 1: the CERTIFICATE block is truncated: the end of its contents is missing",
        ),
        (
            b"-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----\n",
            "holds only a PRIVATE KEY block, no certificate",
        ),
    ],
)
def test_a_trust_store_that_cannot_be_read_whole_is_a_usage_error(target, tmp_path, content, message):
    path = tmp_path / "store.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        prepare([replace(target, trust=(str(path),))])
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_several_stores_are_one_union_that_replaces_the_default(target, tmp_path):
    (tmp_path / "both.pem").write_bytes(pem(ROOT, issue("Other", ca=True)))
    words = (*target.trust, str(tmp_path / "both.pem"))
    (store,) = prepare([replace(target, trust=words)]).header.stores
    assert store.count == 2


def test_stores_can_be_asked_one_by_one_and_each_is_named(target, tmp_path):
    (tmp_path / "other.pem").write_bytes(pem(issue("Other", ca=True)))
    words = (*target.trust, str(tmp_path / "other.pem"))
    verdicts = {}
    for mode in TrustMode:
        asking = replace(target, trust=words, trust_mode=mode)
        gate = prepare([asking])
        verdicts[mode] = gate.judges.judge(seen(asking)).verdict
        assert len(gate.header.stores) == (1 if mode is TrustMode.UNION else 2)
    assert verdicts == {
        TrustMode.UNION: Verdict.COMPLIANT,
        TrustMode.ALL_OF: Verdict.VIOLATED,
        TrustMode.ANY_OF: Verdict.COMPLIANT,
    }


def test_the_clock_that_is_given_replaces_the_observations_own(target):
    later = RunSpec(at=CLOCK.replace(year=2027))
    assert prepare([target], later).judges.judge(seen(target)).verdict is Verdict.VIOLATED
    assert prepare([target]).judges.judge(seen(target)).verdict is Verdict.COMPLIANT


def test_files_are_targets_as_endpoints_are(target):
    file = replace(target, id="a.pem", source=FileSource("a.pem"))
    assert prepare([file]).judges.judge(seen(file)).verdict is Verdict.COMPLIANT


def test_an_endpoint_is_probed_for_what_the_rules_of_its_policy_need(target, tmp_path):
    policy = tmp_path / "probing.yaml"
    policy.write_text("rules: [{rule: tls.no-sni}, {rule: tls.unknown-sni}]\n")
    probing = replace(target, policy=str(policy))
    bare = replace(probing, id="a.example:444", source=Endpoint("192.0.2.1", 443))
    judges = prepare([target, probing, bare]).judges

    assert judges.decided(target).source.visit.probes == ()
    assert judges.decided(probing).source.visit.probes == (Probe.NO_SNI, Probe.UNKNOWN_SNI)
    assert judges.decided(bare).source.visit.probes == (Probe.UNKNOWN_SNI,)


def test_an_endpoint_is_asked_what_the_rules_of_its_policy_ask(target, tmp_path):
    policy = tmp_path / "asking.yaml"
    policy.write_text("rules: [{rule: tls.accepts-version}, {rule: tls.accepts-cipher}]\n")
    asking = replace(target, policy=str(policy))
    left_alone = replace(asking, source=replace(asking.source, visit=Visit(may_probe=False)))
    judges = prepare([target, asking]).judges

    def asked(one):
        return [question.what.partition(" other")[0] for question in judges.decided(one).source.visit.questions]

    assert asked(target) == asked(left_alone) == []
    assert asked(asking) == [
        "SSLv3, TLSv1, TLSv1.1", "TLS 1.2 and older, cipher suites", "TLS 1.3, cipher suites"
    ]  # fmt: skip


def test_no_probes_are_made_where_they_do_harm_or_are_switched_off(target, tmp_path):
    policy = tmp_path / "probing.yaml"
    policy.write_text("rules: [{rule: tls.unknown-sni}]\n")

    def probes(protocol, may_probe):
        endpoint = Endpoint("db.example", 3306, "db.example", protocol, Visit(may_probe=may_probe))
        one = replace(target, policy=str(policy), source=endpoint)
        return prepare([one]).judges.decided(one).source.visit.probes

    assert probes("", None) == probes("mysql", True) == (Probe.UNKNOWN_SNI,)
    assert probes("", False) == probes("mysql", None) == probes("mysql", False) == ()


CONDITIONS = """
  - {rule: chain.pathlen, when: {labels: {tier: edge}}}
  - {rule: chain.order, when: {target: "b.example:*"}}
  - {rule: chain.complete, when: {trust: other.pem}}
  - {rule: eku.forbidden, when: {role: client}}
  - {rule: spiffe.single-uri, when: {labels: {mesh: "yes"}}}
  - {rule: tls.no-sni, when: {role: server}}
  - {rule: tls.unknown-sni, when: {labels: {tier: edge}}}
  - {rule: tls.accepts-version}
"""
"""Conditions on everything that a target has."""


def test_what_is_decided_about_a_target_does_not_depend_on_the_targets_before_it(target, tmp_path, monkeypatch):
    (tmp_path / "conditions.yaml").write_text(RULES + CONDITIONS)
    (tmp_path / "other.yaml").write_text(RULES + CONDITIONS + "  - rule: chain.signature\n")
    read = cache(load_policy)
    monkeypatch.setattr("certgate.gate.judges.load_policy", lambda name, **_: read(name))
    trust = (*target.trust, str(tmp_path / "other.pem"))
    target = replace(target, policy=str(tmp_path / "conditions.yaml"), trust=trust)
    (tmp_path / "other.pem").write_bytes((tmp_path / "root.pem").read_bytes())
    (tmp_path / "deployed.pem").write_bytes(pem(LEAF))
    source = target.source
    visits = [
        {"may_probe": False}, {"all_addresses": True}, {"mtls": MutualTls()}, {"clients_without_sni": True},
        {"origin": Origin(host="192.0.2.1", port=443)}, {"origin": Origin(host="192.0.2.1", port=443, closed=True)},
        {"origin": Origin(host="192.0.2.1", port=443, trust=(str(tmp_path / "other.pem"),), same=(Sameness.KEY,))},
    ]  # fmt: skip
    differing = [
        {}, {"id": "b.example:443"}, {"policy": str(tmp_path / "other.yaml")},
        {"trust": (str(tmp_path / "other.pem"),)}, {"trust": trust[:1]}, {"trust": trust[::-1]},
        {"trust_mode": TrustMode.ALL_OF}, {"roles": frozenset({Role.CLIENT})}, {"roles": frozenset(Role)},
        {"role_reason": "as given"}, {"names": ("b.example",)}, {"names": ()}, {"spiffe_ids": ("spiffe://a/b",)},
        {"peers": ()}, {"policy_oids": ("1.2.3",)}, {"labels": {"tier": "edge"}}, {"labels": {"mesh": "yes"}},
        {"labels": {"mesh": "yes", "tier": "edge"}}, {"revocation": Revocation.GIVEN}, {"revocation": Revocation.HARD},
        {"expect": str(tmp_path / "deployed.pem")}, {"expect": "workload-api:unix:///agent"},
        {"purpose": Purpose.ANY}, {"purpose": Purpose.CLIENT}, {"source": FileSource("a.pem")},
        {"source": FileSource("a.pem", key="key.pem")}, {"source": FileSource("a.pem", bundle="bundle.json")},
        {"source": replace(source, server_name=None)}, {"source": replace(source, protocol="smtp")},
        {"source": replace(source, protocol="mysql")}, {"source": replace(source, host="b.example", port=8443)},
        *({"source": replace(source, visit=Visit(**visit))} for visit in visits),
    ]  # fmt: skip
    judges = Judges(RunSpec())

    def found(judges, one):
        decided = judges.decided(one)
        judge = judges.of(decided)
        return decided, judge.policy, judge.stores

    bases = [target, replace(target, labels={"mesh": "yes"}), replace(target, policy=str(tmp_path / "p.yaml"))]
    for one in [replace(base, **change) for base in bases for change in differing]:
        assert found(judges, one) == found(Judges(RunSpec()), one)
