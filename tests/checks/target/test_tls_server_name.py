"""What clients get that send no server name, or a wrong one."""

from datetime import timedelta

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, NotChecked
from certgate.checks.framework.subjects import Vantages
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Severity
from certgate.model.observation import Failure, FailureKind, Observation, Phase, Vantage
from certgate.model.target import Endpoint, FileSource, Probe, Target, Visit
from certgate.policy.packs import load_policy, pack_names
from certgate.policy.target_policy import TargetPolicies

NO_SNI, UNKNOWN_SNI = all_checks()["tls.no-sni"], all_checks()["tls.unknown-sni"]
BOTH = [(NO_SNI, Probe.NO_SNI), (UNKNOWN_SNI, Probe.UNKNOWN_SNI)]
LEAF, ALSO = (issue("a.example", sans=["a.example", *more]) for more in ((), ("b.example",)))
FALLBACK = issue("fallback.example", sans=["fallback.example"])
EXPIRED = issue("a.example", sans=["a.example"], not_before=CLOCK - timedelta(days=99), days=89)
HERE, THERE = "192.0.2.1:443", "192.0.2.2:443"


def seen(leaf=None, probe="", *, kind=FailureKind.ALERT, address=HERE):
    return Observation(
        observed_at=CLOCK,
        vantage=Vantage(address, None if probe else "a.example", probe),
        presented=(leaf.der,) if leaf else (),
        failure=None if leaf else Failure(kind, Phase.HANDSHAKE, "it said no"),
    )


def ask(check, *observations, source=None, **visit):
    source = source or Endpoint("a.example", 443, "a.example", "", Visit(**visit))
    target = Target(id="t", ordinal=0, source=source, names=("a.example",))
    return list(check.run(Vantages(target, observations), CLOCK))


@pytest.mark.parametrize(("check", "probe"), BOTH)
@pytest.mark.parametrize("answer", [LEAF, ALSO, None])
def test_the_same_leaf_another_for_the_names_and_an_alert_are_right(check, probe, answer):
    assert ask(check, seen(LEAF), seen(answer, probe)) == []


@pytest.mark.parametrize(("check", "probe"), BOTH)
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (FALLBACK, "gets a certificate that is not for a.example: fallback.example at 192.0.2.1:443"),
        (EXPIRED, "gets a certificate that is valid from 2026-03-08 to 2026-06-05 at 192.0.2.1:443"),
    ],
)
def test_another_leaf_has_to_be_for_the_names_and_in_its_dates(check, probe, answer, told):
    (problem,) = ask(check, seen(LEAF), seen(answer, probe))

    assert problem.key == "leaf"
    assert problem.message.endswith(told)


@pytest.mark.parametrize(("check", "probe"), BOTH)
@pytest.mark.parametrize("answers", [(FALLBACK, LEAF), (LEAF, FALLBACK)])
def test_every_leaf_that_one_address_answers_with_counts(check, probe, answers):
    (problem,) = ask(check, seen(LEAF), *(seen(leaf, probe) for leaf in answers))

    assert problem.key == "leaf"


def test_a_refusal_is_a_failure_where_clients_send_no_name():
    answers = seen(LEAF), seen(None, Probe.NO_SNI)

    assert ask(NO_SNI, *answers) == []
    (problem,) = ask(NO_SNI, *answers, clients_without_sni=True)
    assert (problem.key, problem.message) == ("refused", "a client without a server name is refused: it said no")


@pytest.mark.parametrize(("check", "probe"), BOTH)
def test_an_answer_that_is_missing_or_unclear_leaves_it_open(check, probe):
    silent = seen(None, probe, kind=FailureKind.TIMED_OUT)
    cases = [(seen(LEAF),), (seen(LEAF), silent), (seen(),), (seen(LEAF), seen(LEAF, address=THERE), seen(LEAF, probe))]
    for observations in cases:
        assert [type(answer) for answer in ask(check, *observations)] == [NotChecked]


@pytest.mark.parametrize(("check", "probe"), BOTH)
def test_all_addresses_are_one_problem(check, probe):
    (problem,) = ask(
        check,
        *(seen(LEAF, address=address) for address in (HERE, THERE)),
        *(seen(FALLBACK, probe, address=address) for address in (THERE, HERE)),
    )

    assert problem.message.index(HERE) < problem.message.index(THERE)


def test_they_are_about_endpoints_and_the_first_about_those_with_a_name():
    assert [type(a) for a in ask(NO_SNI, seen(LEAF), source=Endpoint("192.0.2.1", 443))] == [NotApplicable]
    for check, _ in BOTH:
        assert [type(a) for a in ask(check, seen(LEAF), source=FileSource("a.pem"))] == [NotApplicable]


@pytest.mark.parametrize("name", pack_names())
def test_no_policy_asks_under_other_names_but_where_a_target_says_that_clients_send_no_name(name):
    policies = TargetPolicies(load_policy(name))

    def policy(**visit):
        source = Endpoint("a.example", 443, "a.example", "", Visit(**visit))
        return policies.of(Target(id="t", ordinal=0, source=source))

    names = {Probe.NO_SNI, Probe.UNKNOWN_SNI}
    assert not names & set(policy().probes)
    asked = policy(clients_without_sni=True)
    assert names & set(asked.probes) == {Probe.NO_SNI}
    (rule,) = (rule for rule in asked.rules if rule.id == NO_SNI.id)
    assert (rule.severity, rule.required) == (Severity.ERROR, True)


@pytest.mark.parametrize(("check", "probe"), BOTH)
def test_probes_that_are_not_made_are_named_with_the_reason(check, probe):
    for visit, reason in [({"may_probe": False}, "switched off"), ({"protocol": "mysql"}, "max_connect_errors")]:
        protocol = visit.pop("protocol", "")
        source = Endpoint("a.example", 443, "a.example", protocol, Visit(**visit))
        (answer,) = ask(check, seen(LEAF), source=source)

        assert isinstance(answer, NotChecked)
        assert reason in answer.reason
