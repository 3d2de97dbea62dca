"""What is said in the clear before TLS begins."""

from datetime import UTC, datetime

import pytest

from certgate.checks.framework.catalogue import all_checks
from certgate.checks.framework.registry import NotApplicable, NotChecked, Problem
from certgate.checks.framework.subjects import Observations
from certgate.model.finding import Severity
from certgate.model.observation import Observation, PreludeFacts
from certgate.model.target import Endpoint, FileSource, Target
from certgate.policy.packs import load_policy, pack_names
from certgate.policy.target_policy import TargetPolicies

INJECTION = all_checks()["starttls.injection"]
NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


def ask(said, **more):
    return list(INJECTION.run(Observations((Observation(observed_at=NOW, prelude=said, **more),))))


def test_bytes_between_the_go_ahead_and_tls_are_a_problem():
    assert ask(PreludeFacts("smtp")) == []
    (problem,) = ask(PreludeFacts("smtp", injected=r"250 x\x0d\x0a"))
    assert isinstance(problem, Problem)
    assert problem.message == r"bytes in the clear over smtp, between the go-ahead and TLS: '250 x\x0d\x0a'"


def test_without_a_go_ahead_there_is_nothing_to_inject_into():
    assert [type(answer) for answer in ask(None)] == [NotApplicable]


def test_a_chain_without_a_go_ahead_leaves_it_unknown():
    assert [type(answer) for answer in ask(None, presented=(b"0",))] == [NotChecked]


@pytest.mark.parametrize("name", pack_names())
def test_every_policy_holds_it_where_starttls_is_used_and_nowhere_else(name):
    policies = TargetPolicies(load_policy(name))

    def rules(source):
        return {rule.id: rule for rule in policies.of(Target(id="t", ordinal=0, source=source)).rules}

    rule = rules(Endpoint("mx.example", 25, None, "smtp"))["starttls.injection"]
    assert (rule.severity, rule.required) == (Severity.ERROR, True)
    assert "starttls.injection" not in rules(Endpoint("mx.example", 443))
    assert "starttls.injection" not in rules(FileSource("a.pem"))
