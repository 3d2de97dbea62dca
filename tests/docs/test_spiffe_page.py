"""The page on spiffe-svid says which rule holds which requirement of the specifications."""

import re

from certgate.policy.packs import load_policy
from docs.spiffe import POLICY, requirements, section

COMMIT, FOUND = requirements()
RULES = {rule.id: rule for rule in load_policy(POLICY).rules}


def test_the_commit_that_was_read_is_named():
    assert re.fullmatch("[0-9a-f]{40}", COMMIT)
    links = re.findall(r"\((https[^)]*)\)", "\n".join(section()))
    assert {link.partition("/blob/")[2].partition("/")[0] for link in links} == {COMMIT[:8]}


def test_every_requirement_has_a_rule_of_the_policy_or_a_reason():
    assert [one for one in FOUND if not (one.rules or one.remark)] == []
    assert {id for one in FOUND for id in one.rules} <= RULES.keys()


def test_every_rule_that_cites_a_specification_is_named_where_that_requires_something():
    cited = {id for id, rule in RULES.items() if re.search("X509-SVID|SPIFFE", rule.check.doc.citation)}
    recommended = {"spiffe.leaf-ku-extra", "spiffe.signer-domain", "spiffe.lifetime-cut"}

    assert cited - {id for one in FOUND for id in one.rules} == recommended


def test_each_requirement_stands_once():
    told = [(one.document, one.section, one.text) for one in FOUND]

    assert len(set(told)) == len(told)
