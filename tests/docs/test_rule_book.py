"""What every rule has: a source, a reason, a fix, a policy or a reason why not, and examples or a reason why not."""

import re

from certgate.checks.framework.catalogue import all_checks, all_rules
from certgate.checks.framework.demands import is_demanded
from certgate.lab.file_examples import all_examples
from certgate.lab.scenarios import all_scenarios
from certgate.lab.scenarios.out_of_reach import OUT_OF_REACH
from certgate.model.reserved import EXCEPTION_RULES, TARGET_OBSERVED
from certgate.policy.packs import load_policy, pack_names
from docs.generate import passing

RULES, SCENARIOS = all_rules(), all_scenarios()
PACKS = {name: load_policy(name).rules for name in pack_names()}
SHIPPED = {rule.id for rules in PACKS.values() for rule in rules if rule.is_on}
BUILT_IN = {TARGET_OBSERVED, *EXCEPTION_RULES}
UNSHIPPED = {id for id, check in all_checks().items() if check.unshipped}
DEMANDED = {id for id in all_checks() if is_demanded(id)}
OWN = re.compile(r"certgate|none: |Linkerd|Istio|Kubernetes|cert-manager|Gateway API|fermatattack")
"""Citations of what is no standard: certgate's own reasons, and the documents of other software."""
STANDARD = re.compile(
    r"§|RFC \d+|draft-[a-z]|ITU-T X\.\d+|CVE-\d+|Apple \d|Apple support|CT (?:log )?policy|CA/B BR|PCI DSS|guidelines|CNSA|\(\d\)"
)


def test_there_are_at_least_220_rules_of_certgates_own():
    assert len({id for id, doc in RULES.items() if doc.family != "lint"}) >= 220


def test_a_rule_has_a_source_a_reason_and_a_fix():
    for id, doc in RULES.items():
        assert STANDARD.search(doc.citation) or OWN.search(doc.citation), (id, doc.citation)
        assert all((doc.title, doc.why, doc.fix)), id


def test_a_rule_is_in_a_policy_or_switched_on_by_a_target_or_says_why_no_policy_has_it():
    assert RULES.keys() - SHIPPED - BUILT_IN - DEMANDED == UNSHIPPED


def test_a_rule_that_a_policy_holds_off_says_why():
    assert [(name, rule.id) for name, rules in PACKS.items() for rule in rules if rule.disabled == "true"] == []


def test_a_rule_has_an_example_that_fails_or_says_why_there_is_none():
    broken = {e.rule for one in (*SCENARIOS.values(), *all_examples().values()) for e in one.gives}

    assert RULES.keys() - broken <= OUT_OF_REACH.keys()


def test_a_rule_that_an_example_breaks_has_one_that_passes():
    served = {id for id in RULES if id not in OUT_OF_REACH and passing(id, SCENARIOS)}
    in_files = {rule for example in all_examples().values() for rule in example.shows}
    broken_in_files = {e.rule for example in all_examples().values() for e in example.gives} & OUT_OF_REACH.keys()

    # mtls.ca-names always has something to say, and client.public-ca warns of every certificate that it applies to.
    assert RULES.keys() - OUT_OF_REACH.keys() - served == {"mtls.ca-names"}
    assert broken_in_files - in_files == {"client.public-ca"}
