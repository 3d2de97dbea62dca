"""A target is judged as a whole: the best path, the right roles, nothing unknown a pass."""

from dataclasses import replace
from datetime import timedelta
from math import ceil

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import Problem, check
from certgate.checks.framework.subjects import CertificateInRole, IssuedInRole, Observations
from certgate.judge.judge import Judge, clock_of
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Outcome, Severity
from certgate.model.observation import Failure, FailureKind, HandshakeFacts, Observation, Observed, Phase, Vantage
from certgate.model.target import Endpoint, FileSource, Role, Target
from certgate.model.verdict import Verdict
from certgate.policy.model import Entry, Policy, Rule, TargetPolicy, TargetRule
from certgate.policy.target_policy import TargetPolicies
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True, days=3650)
MIDDLE = issue("Middle", issuer=ROOT, ca=True, path_length=0, days=1000)
LEAF = issue("a.example", issuer=MIDDLE, sans=["a.example"])
STORE = TrustStore("test", (parse_certificate(ROOT.der),))
TARGET = Target(id="a.example:443", ordinal=0, source=Endpoint("a.example", 443, "a.example"), names=("a.example",))
CHAIN_RULES = ("trust.anchor", "chain.complete", "chain.signature", "validity.expired")


def policy(*ids, severity=Severity.ERROR, **parameters):
    checks = [all_checks()[id] for id in ("target.observed", *ids)]
    return TargetPolicy(
        "test",
        tuple(
            TargetRule(
                check=c,
                severity=severity,
                required=True,
                parameters={n: p.default for n, p in c.parameters.items()} | parameters,
            )
            for c in checks
        ),
    )


def seen(*credentials, **facts):
    usual = {"handshake": HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384"), "vantage": Vantage("127.0.0.1:443")}
    return Observation(observed_at=CLOCK, presented=tuple(c.der for c in credentials), **usual | facts)


def judged(policy, observation, target=TARGET, store=STORE, at=CLOCK):
    return Judge(policy, store).judge(Observed(target, (observation,)), at)


def outcomes(result):
    return {(f.rule, f.subject): f.outcome for f in result.findings}


def test_a_sound_chain_is_compliant_and_its_certificates_are_listed_to_the_anchor():
    result = judged(policy(*CHAIN_RULES), seen(LEAF, MIDDLE))
    assert result.verdict is Verdict.COMPLIANT
    assert set(outcomes(result).values()) == {Outcome.PASS}
    assert [c.label for c in result.certificates] == ["leaf", "issuer 1", "anchor"]
    assert [(seen.presented, seen.staple) for seen in result.observations] == [((), None)]


def test_the_names_the_key_and_the_signature_of_each_certificate_are_told():
    leaf, middle, _ = judged(policy(*CHAIN_RULES), seen(LEAF, MIDDLE)).certificates
    assert leaf.names == tuple(map(str, parse_certificate(LEAF.der).san))
    assert leaf.names[0].startswith("DNS:")
    assert (leaf.key, leaf.key_bits, leaf.signature) == ("EC P-256", 256, "ecdsa-with-SHA256")
    assert leaf.spki_sha256 == parse_certificate(LEAF.der).key.sha256
    assert middle.names == ()


def test_an_expired_cross_sign_that_no_good_path_needs_is_no_violation():
    other_root = issue("Old Root", ca=True, days=3650)
    cross = issue("Middle", issuer=other_root, ca=True, key=MIDDLE.key, not_before=CLOCK - timedelta(days=90), days=60)
    store = TrustStore("both", tuple(parse_certificate(c.der) for c in (other_root, ROOT)))
    result = judged(policy(*CHAIN_RULES), seen(LEAF, cross, MIDDLE), store=store)
    assert result.verdict is Verdict.COMPLIANT
    assert result.certificates[1].sha256 == parse_certificate(MIDDLE.der).sha256


ANCHORS = (*CHAIN_RULES, "trust.anchor-expiry", "trust.anchor-constraints")


def under(store, *chain, ids=ANCHORS):
    """The verdict on what was sent, and the anchor of the path that was chosen."""
    anchors = TrustStore("store", tuple(parse_certificate(c.der) for c in store))
    result = judged(policy(*ids), seen(*chain), store=anchors)
    return result.verdict, result.certificates[-1].sha256


@pytest.mark.parametrize("contents", [{"days": 20}, {"path_length": 0}, {"key_usage": ["crl_sign"]}])
def test_a_root_that_clients_refuse_beside_one_that_they_accept_is_no_violation(contents):
    refused = issue("Root", ca=True, key=ROOT.key, **contents)
    other = issue("Other Root", ca=True, days=3650)
    cross = issue("Root", issuer=other, ca=True, key=ROOT.key)
    accepted, elsewhere = (parse_certificate(c.der).sha256 for c in (ROOT, other))

    assert under((refused,), LEAF, MIDDLE)[0] is Verdict.VIOLATED
    assert under((refused, ROOT), LEAF, MIDDLE) == (Verdict.COMPLIANT, accepted)
    assert under((ROOT, refused), LEAF, MIDDLE) == (Verdict.COMPLIANT, accepted)
    assert under((refused, ROOT), LEAF, MIDDLE, ids=CHAIN_RULES) == (Verdict.COMPLIANT, accepted)
    assert under((issue("Else", ca=True), other), LEAF, MIDDLE, cross) == (Verdict.COMPLIANT, elsewhere)


def test_of_paths_that_a_policy_finds_equally_good_the_one_that_holds_for_clients_is_chosen():
    expired = issue("Root", ca=True, key=ROOT.key, days=20)
    chosen = under((expired, ROOT), LEAF, MIDDLE, ids=("trust.anchor",))[1]
    assert chosen == parse_certificate(ROOT.der).sha256


def test_certificate_rules_judge_the_path_and_never_the_anchor():
    old_root = issue("Root", ca=True, key=ROOT.key, not_before=CLOCK - timedelta(days=9000), days=100)
    store = TrustStore("old", (parse_certificate(old_root.der),))
    result = judged(policy("validity.expired", "sig.sha1"), seen(LEAF, MIDDLE), store=store)
    assert {subject for _, subject in outcomes(result)} == {"target", "leaf", "issuer 1"}
    assert result.verdict is Verdict.COMPLIANT


def test_what_was_not_observed_gives_one_finding_of_the_reserved_rule():
    failure = Failure(FailureKind.REFUSED, Phase.CONNECT, "127.0.0.1:443 refused the connection")
    result = judged(policy(*CHAIN_RULES), seen(handshake=None, failure=failure))
    (finding,) = result.findings
    assert (finding.rule, finding.outcome) == ("target.observed", Outcome.NOT_CHECKED)
    assert finding.message == "refused: 127.0.0.1:443 refused the connection"
    assert result.verdict is Verdict.INCOMPLETE


def test_a_chain_seen_before_the_handshake_failed_is_judged_and_stays_incomplete():
    failure = Failure(FailureKind.RESET, Phase.HANDSHAKE, "reset")
    result = judged(policy(*CHAIN_RULES, "tls.version"), seen(LEAF, MIDDLE, handshake=None, failure=failure))
    assert outcomes(result)["trust.anchor", "path"] is Outcome.PASS
    assert outcomes(result)["tls.version", "handshake"] is Outcome.NOT_CHECKED
    assert result.verdict is Verdict.INCOMPLETE


def test_a_peer_that_demands_a_client_certificate_has_been_observed():
    failure = Failure(FailureKind.CLIENT_CERTIFICATE_REQUIRED, Phase.HANDSHAKE, "asks for a client certificate")
    result = judged(policy(*CHAIN_RULES), seen(LEAF, MIDDLE, failure=failure))
    assert result.verdict is Verdict.COMPLIANT


def test_a_check_of_ones_own_on_what_was_seen_is_asked_for_every_target():
    def one_address(target: Observations):
        yield from [Problem("has more") for observation in target.observations if observation.unvisited]

    own = replace(
        all_checks()["target.observed"],
        doc=replace(all_checks()["target.observed"].doc, id="acme.one-address"),
        run=one_address,
    )
    judge = Judge(
        TargetPolicy("own", (TargetRule(check=own, severity=Severity.ERROR, required=True, parameters={}),)), STORE
    )
    results = [judge.judge(Observed(TARGET, (seen(LEAF, unvisited=more),)), CLOCK) for more in ((), ("127.0.0.2:443",))]
    assert [result.findings[0].outcome for result in results] == [Outcome.PASS, Outcome.FAIL]


def test_an_unreadable_leaf_is_incomplete_and_names_the_certificate():
    result = judged(policy(*CHAIN_RULES), replace(seen(LEAF), presented=(b"\x30\x03abc", MIDDLE.der)))
    (finding,) = result.findings
    assert finding.outcome is Outcome.NOT_CHECKED
    assert finding.message.startswith("unreadable: certificate 1: not a DER certificate")


def test_an_unreadable_certificate_further_on_does_not_lose_the_chain():
    result = judged(policy(*CHAIN_RULES), replace(seen(LEAF), presented=(LEAF.der, b"junk", MIDDLE.der)))
    assert result.verdict is Verdict.COMPLIANT
    assert [c.label for c in result.certificates] == ["leaf", "issuer 1", "anchor", "sent 2"]


def test_a_file_has_no_handshake_and_no_staple_so_their_rules_do_not_apply():
    target = replace(TARGET, source=FileSource("a.pem"), id="a.pem")
    observation = seen(LEAF, MIDDLE, handshake=None, lines=(3, 40), vantage=Vantage())
    result = judged(policy(*CHAIN_RULES, "tls.version", "ocsp.must-staple"), observation, target)
    assert outcomes(result)["tls.version", "handshake"] is Outcome.NOT_APPLICABLE
    assert outcomes(result)["ocsp.must-staple", "staple"] is Outcome.NOT_APPLICABLE
    assert result.verdict is Verdict.COMPLIANT
    assert [c.line for c in result.certificates] == [3, 40, 0]


def test_findings_stand_in_the_order_of_the_policy():
    result = judged(policy("validity.expired", "trust.anchor", "chain.complete"), seen(LEAF, MIDDLE))
    assert [f.rule for f in result.findings] == [
        "target.observed", "validity.expired", "validity.expired", "trust.anchor", "chain.complete",
    ]  # fmt: skip


def test_the_same_judge_gives_the_same_findings_twice_and_different_names_their_own():
    judge = Judge(policy(*CHAIN_RULES, "name.host-match"), STORE)
    first = judge.judge(Observed(TARGET, (seen(LEAF, MIDDLE),)), CLOCK)
    other = replace(TARGET, id="b.example:443", names=("b.example",))
    assert judge.judge(Observed(TARGET, (seen(LEAF, MIDDLE),)), CLOCK).findings == first.findings
    assert first.verdict is Verdict.COMPLIANT
    assert judge.judge(Observed(other, (seen(LEAF, MIDDLE),)), CLOCK).verdict is Verdict.VIOLATED


def test_targets_behind_one_chain_share_the_objects_of_their_results_and_differ_by_their_names_alone():
    chain = (issue(sans=["a.example", "*.b.example"], issuer=MIDDLE), MIDDLE)
    judge = Judge(policy(*CHAIN_RULES, "name.host-match", "name.cn-only"), STORE)

    def result(name):
        target = replace(TARGET, id=f"{name}:443", source=Endpoint(name, 443, name), names=(name,))
        return judge.judge(Observed(target, (seen(*chain, vantage=Vantage("127.0.0.1:443", name)),)), CLOCK)

    first, *others = map(result, ["a.example", "a.example", "1.b.example", "2.b.example"])
    for other in others:
        assert other.findings is first.findings
        assert other.certificates is first.certificates
    wrong = result("c.example")
    assert [f.message for f in wrong.findings if f not in first.findings] == [
        "no name matches c.example; found a.example, *.b.example"
    ]
    assert (first.verdict, wrong.verdict) == (Verdict.COMPLIANT, Verdict.VIOLATED)


WITH_SEVERAL = parse_certificate(issue("c.example", sans=["a.example", "*.b.example"], issuer=MIDDLE).der)


@pytest.mark.parametrize("id", [one.id for one in all_checks().values() if one.skips_listed])
@pytest.mark.parametrize("others", [(), ("c.example",), ("d.example", "c.example")])
def test_a_check_that_skips_listed_names_says_the_same_whichever_they_are(id, others):
    (rule,) = [one for one in policy(id).rules if one.id == id]
    subject = IssuedInRole(WITH_SEVERAL, "leaf", frozenset({Role.SERVER}))
    listed = [("a.example",), ("1.b.example",), ("2.b.example", "a.example")]
    answers = [list(rule.check.run(subject, names=(*others, *names))) for names in listed]
    assert answers[1:] == answers[:-1]
    assert bool(answers[0]) == bool(others)


def test_a_rule_that_looks_at_listed_names_is_run_for_each_of_them():
    @check("x.names", citation="none", binds={"names": Setting.NAMES})
    def looking(subject: CertificateInRole, *, names: tuple[str, ...] = ()):
        """Title.

        Why: reason.

        Fix: advice.
        """
        if names != ("a.example",):
            yield Problem(f"named {names}")

    own = TargetRule(check=looking, severity=Severity.ERROR, required=True, parameters={"names": ()})
    usual = policy("name.host-match")
    judge = Judge(replace(usual, rules=(*usual.rules, own)), STORE)
    chain = (issue(sans=["a.example", "b.example"], issuer=MIDDLE), MIDDLE)
    targets = [replace(TARGET, id=name, names=(name,)) for name in ("a.example", "b.example")]
    verdicts = [judge.judge(Observed(target, (seen(*chain),)), CLOCK).verdict for target in targets]
    assert verdicts == [Verdict.COMPLIANT, Verdict.VIOLATED]


def test_each_address_may_have_a_decision_of_its_own():
    other = issue(sans=["b.example"], issuer=MIDDLE)
    looks = [seen(leaf, MIDDLE, vantage=Vantage(f"127.0.0.{n}:443")) for n, leaf in enumerate((LEAF, other), 1)]
    judge = Judge(policy("name.host-match", severity=Severity.WARNING), STORE)
    assert judge.judge(Observed(TARGET, tuple(looks)), CLOCK).verdict is Verdict.COMPLIANT


def test_no_name_is_not_taken_for_one_that_is_listed():
    judge = Judge(policy("name.host-match"), STORE)
    answers = [
        outcomes(judge.judge(Observed(replace(TARGET, names=names), (seen(LEAF, MIDDLE),)), CLOCK))
        for names in (("a.example",), (), ("a.example",))
    ]
    assert [one["name.host-match", "leaf"] for one in answers] == [
        Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.PASS,
    ]  # fmt: skip


def test_results_are_kept_by_the_clock_too():
    judge = Judge(policy(*CHAIN_RULES), STORE)
    assert judge.judge(Observed(TARGET, (seen(LEAF, MIDDLE),)), CLOCK).verdict is Verdict.COMPLIANT
    assert judge.judge(Observed(TARGET, (seen(LEAF, MIDDLE),)), CLOCK + timedelta(days=61)).verdict is Verdict.VIOLATED


@pytest.mark.parametrize("id", ["spiffe.id-allowed", "policy.expected"])
def test_a_targets_own_words_switch_their_rule_on_as_an_error_under_any_policy(id):
    target = replace(TARGET, spiffe_ids=("spiffe://corp.example/db",), policy_oids=("2.23.140.1.2.2",))
    entry = Entry({"severity": "info", "required": False})
    own = Rule.merge(all_checks()[id], [entry], [entry])
    for rules in ((), (own,)):
        (rule,) = [r for r in TargetPolicies(Policy("test", rules)).of(target).rules if r.id == id]
        assert (rule.severity, rule.required) == (Severity.ERROR, True)
    result = judged(
        TargetPolicies(Policy("test", (Rule.merge(all_checks()["target.observed"], [Entry({})], [Entry({})]),))).of(
            target
        ),
        seen(LEAF, MIDDLE),
        replace(target, roles=frozenset({Role.SERVER, Role.SPIFFE})),
    )
    assert outcomes(result)[id, "leaf"] is Outcome.FAIL


SECONDS = [0, 1, 59, 59.999999, 60, 60.000001, 119, 0.000001, -0.000001, -60, -60.000001, 3601, 0]


def test_the_clock_is_the_observations_time_rounded_up_to_the_minute():
    for second in SECONDS:  # whatever the one before was
        observation = Observation(observed_at=CLOCK + timedelta(seconds=second))
        assert clock_of(Observed(TARGET, (observation,))) == CLOCK + timedelta(minutes=ceil(second / 60))


def test_all_addresses_are_judged_by_the_time_of_the_last_observation():
    late = replace(seen(LEAF), observed_at=CLOCK + timedelta(seconds=61))
    assert clock_of(Observed(TARGET, (late, seen(LEAF)))) == CLOCK + timedelta(minutes=2)


def test_what_is_missing_is_named_for_each_observation():
    observed = Observed(TARGET, (seen(handshake=None), seen(LEAF, MIDDLE)))
    missing = Judge(policy(*CHAIN_RULES), STORE).missing(observed, CLOCK, nonce=b"", aia=True)
    assert missing == [[], []]
