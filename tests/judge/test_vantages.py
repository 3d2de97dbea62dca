"""One target seen at several addresses: what all agree on is told once, and what they do not with the address."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.judge.exceptions import Baseline, violations, waive
from certgate.judge.judge import Judge, clock_of
from certgate.judge.matrix import trust_matrix
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Outcome, Severity
from certgate.model.observation import Failure, FailureKind, HandshakeFacts, Observation, Observed, Phase, Vantage
from certgate.model.target import Endpoint, Target
from certgate.model.verdict import PathState, TrustMatrixRow, Verdict
from certgate.model.waiver import Waiver
from certgate.policy.model import TargetPolicy, TargetRule
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate

ROOT = issue("Root", ca=True, days=3650)
MIDDLE = issue("Middle", issuer=ROOT, ca=True, path_length=0, days=1000)
GOOD = issue("a.example", issuer=MIDDLE, sans=["a.example"])
OLD = issue("a.example", issuer=MIDDLE, sans=["a.example"], not_before=CLOCK - timedelta(days=99), days=89)
OLDER = issue("a.example", issuer=MIDDLE, sans=["a.example"], not_before=CLOCK - timedelta(days=99), days=79)
STORE = TrustStore("test", (parse_certificate(ROOT.der),))
TARGET = Target(id="a.example:443", ordinal=0, source=Endpoint("a.example", 443, "a.example"), names=("a.example",))
A, B, C = "192.0.2.1:443", "192.0.2.2:443", "[2001:db8::3]:443"
REFUSED = Failure(FailureKind.REFUSED, Phase.CONNECT, "the connection was refused")
RULES = ("target.observed", "chain.complete", "validity.expired", "tls.version")
POLICY = TargetPolicy(
    "test",
    tuple(
        TargetRule(
            check=check,
            severity=Severity.ERROR,
            required=True,
            parameters={n: p.default for n, p in check.parameters.items()},
        )
        for check in (all_checks()[id] for id in RULES)
    ),
)


def at(address, *chain, **facts):
    usual = {"handshake": HandshakeFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384")} if chain else {"failure": REFUSED}
    presented = tuple(credential.der for credential in chain)
    return Observation(observed_at=CLOCK, vantage=Vantage(address, "a.example"), presented=presented, **usual | facts)


def judged(*observations):
    return Judge(POLICY, STORE).judge(Observed(TARGET, observations), CLOCK)


def told(result):
    """What is no pass, with the address it is about."""
    return [(f.rule, f.outcome, f.vantage) for f in result.findings if f.outcome is not Outcome.PASS]


def failing(result, rule="validity.expired"):
    return [f for f in result.findings if f.rule == rule and f.outcome is Outcome.FAIL]


@pytest.mark.parametrize("chain", [(GOOD, MIDDLE), (GOOD,), (OLD, MIDDLE), ()])
def test_where_all_agree_the_result_is_that_of_one_address(chain):
    alone, together = judged(at(A, *chain)), judged(at(A, *chain), at(B, *chain), at(C, *chain))
    assert together.findings == alone.findings
    assert together.certificates == alone.certificates
    assert together.verdict is alone.verdict
    assert [seen.vantage.address for seen in together.observations] == [A, B, C]
    assert [together.fingerprint(f) for f in together.findings] == [alone.fingerprint(f) for f in alone.findings]


def test_what_differs_is_told_of_each_address_and_nothing_else_is():
    result = judged(at(A, GOOD, MIDDLE), at(B, OLD, MIDDLE))
    leaf = [(f.vantage, f.outcome) for f in result.findings if (f.rule, f.subject) == ("validity.expired", "leaf")]
    assert leaf == [(A, Outcome.PASS), (B, Outcome.FAIL)]
    assert {f.vantage for f in result.findings if f.subject != "leaf"} == {""}
    assert result.verdict is Verdict.VIOLATED


def test_the_certificates_that_differ_have_their_address_and_those_that_all_show_have_none():
    result = judged(at(B, OLD, MIDDLE), at(A, GOOD, MIDDLE))
    assert [(c.label, c.vantage) for c in result.certificates] == [
        ("leaf", A), ("leaf", B), ("issuer 1", ""), ("anchor", ""),
    ]  # fmt: skip
    (expired,) = failing(result)
    assert [c.sha256 for c in result.certificates_of(expired)] == [parse_certificate(OLD.der).sha256]


def test_where_all_differs_all_is_told_with_its_address():
    result = judged(at(A), at(B, GOOD), at(C, OLD, MIDDLE))
    assert told(result) == [
        ("target.observed", Outcome.NOT_CHECKED, A),
        ("chain.complete", Outcome.FAIL, B),
        ("validity.expired", Outcome.FAIL, C),
    ]
    assert "" not in {f.vantage for f in result.findings}


def test_an_address_that_does_not_answer_leaves_its_target_incomplete():
    result = judged(at(A, GOOD, MIDDLE), at(B))
    assert told(result) == [("target.observed", Outcome.NOT_CHECKED, B)]
    assert result.verdict is Verdict.INCOMPLETE


def test_an_address_of_which_nothing_is_known_leaves_its_target_incomplete():
    empty = replace(at(B, GOOD, MIDDLE), presented=(), handshake=None)
    assert judged(empty).verdict is judged(at(A, GOOD, MIDDLE), empty).verdict is Verdict.INCOMPLETE


def test_a_violation_at_one_address_wins_over_another_that_does_not_answer():
    assert judged(at(A), at(B, OLD, MIDDLE)).verdict is Verdict.VIOLATED


def test_the_order_in_which_addresses_answer_plays_no_part():
    seen = [at(A, GOOD, MIDDLE), at(B, OLD, MIDDLE), at(C)]
    results = [judged(*order) for order in permutations(seen)]
    assert all(result.findings == results[0].findings for result in results)
    assert all(result.certificates == results[0].certificates for result in results)


def test_a_problem_of_all_addresses_is_one_with_the_words_of_each_where_they_differ():
    result = judged(at(B, OLDER, MIDDLE), at(A, OLD, MIDDLE))
    (expired,) = failing(result)
    (old,), (older,) = failing(judged(at(A, OLD, MIDDLE))), failing(judged(at(B, OLDER, MIDDLE)))
    assert expired.vantage == ""
    assert expired.message == f"at {A}: {old.message}; at {B}: {older.message}"
    assert result.fingerprint(expired) == judged(at(A, OLD, MIDDLE)).fingerprint(old)


def test_the_fingerprint_holds_the_address_only_where_addresses_differ():
    alone, together = judged(at(B, OLD, MIDDLE)), judged(at(A, GOOD, MIDDLE), at(B, OLD, MIDDLE))
    (one,), (other,) = failing(alone), failing(together)
    assert alone.fingerprint(one) != together.fingerprint(other)
    assert together.fingerprint(replace(other, vantage="")) == alone.fingerprint(one)


def test_two_chains_of_one_address_are_told_without_it():
    result = judged(at(A, GOOD, MIDDLE), at(A, OLD, MIDDLE))
    assert told(result) == [("validity.expired", Outcome.FAIL, "")]
    assert result.verdict is Verdict.VIOLATED


def test_all_addresses_are_judged_by_the_time_of_the_last_observation():
    late = replace(at(B, GOOD), observed_at=CLOCK + timedelta(seconds=61))
    assert clock_of(Observed(TARGET, (late, at(A, GOOD)))) == CLOCK + timedelta(minutes=2)


def test_what_is_missing_is_named_for_each_observation():
    missing = Judge(POLICY, STORE).missing(
        Observed(TARGET, (at(A), at(B, GOOD, MIDDLE))), CLOCK, nonce=b"", aia=True
    )  # fmt: skip
    assert missing == [[], []]


def test_other_clients_see_the_chain_of_the_address_that_does_worst():
    observed = Observed(TARGET, (at(A, GOOD, MIDDLE), at(B, GOOD)))
    (row,) = trust_matrix(observed, (STORE,), CLOCK, ("server",))
    assert (row.store, row.state, row.reason.startswith(f"at {B}: trust.anchor: ")) == ("test", PathState.FAILS, True)
    assert trust_matrix(Observed(TARGET, observed.observations[:1] * 2), (STORE,), CLOCK, ("server",)) == (
        TrustMatrixRow("test", PathState.HOLDS),
    )


# --- exceptions ---


def test_what_is_known_is_known_at_whichever_address_it_is_found():
    known = list(violations(judged(at(A, OLD, MIDDLE)), Severity.ERROR))
    for others in ([at(B, GOOD, MIDDLE)], [at(B, OLD, MIDDLE)], []):
        baseline = Baseline(known)
        assert baseline.apply(judged(at(A, OLD, MIDDLE), *others), Severity.ERROR).verdict is Verdict.COMPLIANT
        assert list(baseline.notices()) == []


def test_what_is_known_at_one_address_is_new_at_another():
    known = list(violations(judged(at(A, GOOD, MIDDLE), at(B, OLD, MIDDLE)), Severity.ERROR))
    assert [entry.vantage for entry in known] == [B]
    same = Baseline(known).apply(judged(at(A, GOOD, MIDDLE), at(B, OLD, MIDDLE)), Severity.ERROR)
    other = Baseline(known).apply(judged(at(A, OLD, MIDDLE), at(B, GOOD, MIDDLE)), Severity.ERROR)
    assert (same.verdict, other.verdict) == (Verdict.COMPLIANT, Verdict.VIOLATED)


def test_a_waiver_for_one_certificate_excuses_it_alone():
    serial = f"{parse_certificate(OLD.der).serial:x}"
    waiver = Waiver(rule="validity.*", target="*", reason="x", owner="x", expires=CLOCK.date(), certificate=serial)
    verdicts = [
        waive(judged(*seen), [waiver], Severity.ERROR)[0].verdict
        for seen in (
            (at(A, GOOD, MIDDLE), at(B, OLD, MIDDLE)),
            (at(A, OLD, MIDDLE), at(B, OLD, MIDDLE)),
            (at(A, OLDER, MIDDLE), at(B, OLD, MIDDLE)),
        )
    ]
    assert verdicts == [Verdict.COMPLIANT, Verdict.COMPLIANT, Verdict.VIOLATED]
