"""The gate as a whole, without a network: plans, order, what is left out, the verdict of the run."""

import io
from dataclasses import replace
from itertools import islice

import pytest

from certgate.gate import prepare, run
from certgate.lab.pki import CLOCK, issue, pem
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.observation import Failure, FailureKind, Observation, Phase
from certgate.model.target import Endpoint, File, Role, Target, TrustMode
from certgate.model.verdict import DisabledRule, Verdict
from certgate.observe.saved import SavedObservations, load_saved

ROOT = issue("Root", ca=True, days=3650)
LEAF = issue("a.example", issuer=ROOT, sans=["a.example"])
RULES = """\
rules:
  - rule: trust.anchor
  - rule: validity.expired
  - {rule: chain.depth, max_intermediates: 1}
"""


@pytest.fixture
def target(tmp_path):
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    (tmp_path / "p.yaml").write_text(RULES)
    return Target(
        "a.example:443", 0, Endpoint("a.example", 443, "a.example"), policy=str(tmp_path / "p.yaml"),
        trust=(str(tmp_path / "root.pem"),), names=("a.example",),
    )  # fmt: skip


class Heard:
    def __init__(self):
        self.results = []

    def begin(self, header):
        self.header = header

    def add(self, result):
        self.results.append(result)

    def end(self, summary):
        self.summary = summary


def seen(target, **facts):
    return Observation(target.id, CLOCK, **{"presented": (LEAF.der,), "from_file": True} | facts)


def several(target, count):
    return [replace(target, id=f"{n}.example:443", ordinal=n) for n in range(count)]


def hold(targets, observe, **options):
    heard = Heard()
    return run(prepare(targets, **options), observe, heard), heard


def test_results_are_handed_on_in_the_order_of_declaration_whatever_the_order_of_observing(target):
    def backwards(source, emit):
        for one in reversed(list(source)):
            emit(one, seen(one))
        return False

    summary, heard = hold(several(target, 5), backwards)
    assert [r.target.ordinal for r in heard.results] == [0, 1, 2, 3, 4]
    assert summary.verdict is Verdict.COMPLIANT
    assert summary.targets == {Verdict.COMPLIANT: 5, Verdict.VIOLATED: 0, Verdict.INCOMPLETE: 0}
    assert heard.summary is summary


def test_an_interrupted_run_reports_what_was_judged_and_the_rest_as_incomplete(target):
    def stops_after_two(source, emit):
        for one in islice(source, 2):
            emit(one, seen(one))
        return True

    summary, heard = hold(several(target, 5), stops_after_two)
    assert [r.verdict for r in heard.results[:2]] == [Verdict.COMPLIANT] * 2
    assert {r.verdict for r in heard.results[2:]} == {Verdict.INCOMPLETE}
    assert "interrupted" in heard.results[4].findings[0].message
    assert (summary.verdict, summary.interrupted) == (Verdict.INCOMPLETE, True)


def test_a_violation_wins_over_what_could_not_be_told(target):
    failure = Failure(FailureKind.REFUSED, Phase.CONNECT, "refused")
    stranger = issue("b.example", sans=["b.example"])

    def observe(source, emit):
        first, second = source
        emit(first, seen(first, presented=(), failure=failure))
        emit(second, seen(second, presented=(stranger.der,)))
        return False

    summary, _ = hold(several(target, 2), observe)
    assert summary.verdict is Verdict.VIOLATED
    assert (summary.targets[Verdict.INCOMPLETE], summary.targets[Verdict.VIOLATED]) == (1, 1)
    assert summary.undecided == 1


def test_no_target_at_all_is_a_usage_error():
    with pytest.raises(UsageError, match="there is no target"):
        prepare([])


def test_targets_are_judged_by_the_entries_that_hold_for_them_and_share_what_they_can(target, tmp_path):
    entry = "  - {rule: chain.depth, max_intermediates: 0, when: {labels: {tier: edge}}}\n"
    (tmp_path / "p.yaml").write_text(RULES + entry)
    first, second, third = several(target, 3)
    gate = prepare([first, replace(second, labels={"tier": "edge"}), third])
    judges = [gate.judges[one.id] for one in (first, second, third)]
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
    assert [Role.SPIFFE in t.roles for t in prepare([first, replace(second, labels={"mesh": "yes"})]).targets] == [
        False,
        True,
    ]


def test_select_and_ignore_leave_rules_out_and_the_header_says_which(target):
    header = prepare([target], select=["chain.*", "trust.anchor"], ignore=["trust.*"]).header
    assert header.rules == ("chain.depth", "target.observed")
    assert header.left_out == ("trust.anchor", "validity.expired")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"select": ["chain.dept"]}, '--select "chain.dept" matches no rule of this run; did you mean "chain.depth"?'),
        ({"ignore": ["nothing.*"]}, '--ignore "nothing.*" matches no rule of this run'),
        ({"ignore": ["target.observed"]}, "--ignore: target.observed cannot be left out"),
    ],
)
def test_a_pattern_that_matches_nothing_is_a_usage_error(target, options, message):
    with pytest.raises(UsageError) as caught:
        prepare([target], **options)
    assert str(caught.value).startswith(message)


def test_a_glob_over_everything_still_leaves_the_reserved_rule(target):
    assert prepare([target], ignore=["*"]).header.rules == ("target.observed",)


def test_a_run_whose_rules_are_all_left_out_is_incomplete(target):
    def observe(source, emit):
        for one in source:
            emit(one, seen(one))
        return False

    assert hold([target], observe, ignore=["*"])[0].verdict is Verdict.INCOMPLETE


def test_under_a_spiffe_policy_a_server_leaf_is_an_svid_too_and_expects_no_host_name(target):
    decided = prepare([replace(target, policy="spiffe-svid", role_reason="endpoint")]).targets[0]
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
        gate = prepare([replace(target, trust=words, trust_mode=mode)])
        verdicts[mode] = gate.judge(gate.targets[0], seen(target)).verdict
        assert len(gate.header.stores) == (1 if mode is TrustMode.UNION else 2)
    assert verdicts == {
        TrustMode.UNION: Verdict.COMPLIANT,
        TrustMode.ALL_OF: Verdict.VIOLATED,
        TrustMode.ANY_OF: Verdict.COMPLIANT,
    }


def test_saved_observations_can_be_read_back_and_judged_again(target):
    stream = io.StringIO()

    def observe(source, emit):
        for one in source:
            emit(one, seen(one))
        return False

    run(prepare([target]), observe, Heard(), SavedObservations(stream))
    ((again, observation),) = load_saved("seen.jsonl", stream.getvalue().encode().splitlines(keepends=True))
    assert observation == seen(target)
    assert (again.id, again.names) == (target.id, target.names)


def test_the_clock_that_is_given_replaces_the_observations_own(target):
    gate = prepare([target], at=CLOCK.replace(year=2027))
    assert gate.judge(gate.targets[0], seen(target)).verdict is Verdict.VIOLATED
    assert prepare([target]).judge(target, seen(target)).verdict is Verdict.COMPLIANT


def test_fail_on_sets_what_stops_the_pipeline(target, tmp_path):
    (tmp_path / "p.yaml").write_text("rules: [{rule: chain.root-sent, severity: info}, {rule: trust.anchor}]")

    def observe(source, emit):
        for one in source:
            emit(one, seen(one, presented=(LEAF.der, ROOT.der)))
        return False

    lenient, _ = hold([target], observe)
    strict, _ = hold([target], observe, fail_on=Severity.INFO)
    assert (lenient.verdict, lenient.violations, lenient.warnings) == (Verdict.COMPLIANT, 0, 1)
    assert (strict.verdict, strict.violations, strict.warnings) == (Verdict.VIOLATED, 1, 0)


def test_files_are_targets_as_endpoints_are(target):
    file = replace(target, id="a.pem", source=File("a.pem"))
    assert prepare([file]).judge(file, seen(file)).verdict is Verdict.COMPLIANT
