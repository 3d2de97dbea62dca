"""What is said in the clear before TLS begins."""

import pytest

from certgate.model.finding import Severity
from certgate.model.target import Endpoint, FileSource, Target
from certgate.policy.packs import load_policy, pack_names
from certgate.policy.target_policy import TargetPolicies


@pytest.mark.parametrize("name", pack_names())
def test_every_policy_holds_it_where_starttls_is_used_and_nowhere_else(name):
    policies = TargetPolicies(load_policy(name))

    def rules(source):
        return {rule.id: rule for rule in policies.of(Target(id="t", ordinal=0, source=source)).rules}

    rule = rules(Endpoint("mx.example", 25, None, "smtp"))["starttls.injection"]
    assert (rule.severity, rule.required) == (Severity.ERROR, True)
    assert "starttls.injection" not in rules(Endpoint("mx.example", 443))
    assert "starttls.injection" not in rules(FileSource("a.pem"))
