"""A rule that a person names by its id."""

from certgate.checks.framework.catalogue import all_checks, all_rules
from certgate.checks.framework.registry import Check
from certgate.model.errors import UsageError
from certgate.model.rule_doc import RuleDoc
from certgate.policy.mistakes import nearest
from certgate.policy.model import Policy

__all__ = ["known_rule"]


def known_rule(id: str, policy: Policy | None) -> tuple[RuleDoc, Check | None]:
    """A rule of certgate or of `policy`, with its check if it has one. Raises UsageError."""
    checks = {**all_checks(), **{rule.id: rule.check for rule in (policy.rules if policy else ())}}
    docs = {**all_rules(), **{id: check.doc for id, check in checks.items()}}
    if id not in docs:
        raise UsageError(f'there is no rule "{id}"{nearest(id, docs)}; certgate rules lists them all')
    return docs[id], checks.get(id)
