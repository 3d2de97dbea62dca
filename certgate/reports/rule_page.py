"""A rule as text and as JSON, generated from its declaration and the shipped policies."""

import os
import sys
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from certgate.checks.framework.demands import is_demanded
from certgate.checks.framework.registry import Check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.model.reserved import EXCEPTION_RULES, TARGET_OBSERVED
from certgate.model.rule_doc import RuleDoc
from certgate.policy.explain import shown
from certgate.policy.model import Dated, Policy, Rule
from certgate.policy.packs import load_policy, pack_names
from certgate.reports.console import wants_colour, wants_links
from certgate.reports.escape import for_markdown

__all__ = ["as_data", "as_markdown", "packs_with", "print_page", "print_table", "without_policy"]


@lru_cache
def _packs() -> tuple[Policy, ...]:
    return tuple(load_policy(name) for name in pack_names())


def packs_with(id: str) -> dict[str, Rule]:
    """The shipped policies that have the rule switched on, and the rule as it is there."""
    return {policy.name: rule for policy in _packs() for rule in policy.rules if rule.id == id and rule.is_on}


def as_data(doc: RuleDoc, check: Check | None) -> dict[str, Any]:
    """All details of a rule, for JSON. Some rules have no check."""
    return {
        "id": doc.id,
        "title": doc.title,
        "subject": doc.judges,
        "roles": sorted(check.roles) if check and check.subject is CertificateInRole else [],
        "citation": doc.citation,
        "explanation": doc.explanation,
        "why": doc.why,
        "fix": doc.fix,
        "parameters": [
            {"name": p.name, "type": p.type_name, "default": _plain(p.default)}
            for p in (check.parameters.values() if check else ())
        ],
        "policies": {
            name: {
                "severity": rule.severity,
                "required": rule.required,
                "parameters": {key: _plain(value) for key, value in rule.parameters.items()},
            }
            for name, rule in packs_with(doc.id).items()
        },
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Dated):
        return [{"issued_before": before and before.isoformat(), "value": _plain(v)} for before, v in value.rows]
    return value.isoformat() if isinstance(value, date) else value


def print_page(doc: RuleDoc, check: Check | None) -> None:
    """The rule's page on standard output."""
    parameters = check.parameters if check else {}
    console = Console(highlight=False, markup=False)
    console.print(Text(doc.id, style=f"bold {_link(doc)}"), Text("·"), doc.title)
    console.print(Padding(f"checks the {doc.judges}; {doc.citation}", (0, 0, 1, 0)))
    for paragraph in (*doc.explanation.split("\n\n"), f"Why: {doc.why}", f"How to fix it: {doc.fix}"):
        if paragraph:
            console.print(Padding(paragraph, (0, 0, 1, 0)))
    if parameters:
        table = Table("parameter", "type", "default", box=None, pad_edge=False)
        for parameter in parameters.values():
            table.add_row(parameter.name, parameter.type_name, shown(parameter.default))
        console.print(table)
        console.print()
    table = Table("policy", "severity", "sets", box=None, pad_edge=False)
    for name, rule in packs_with(doc.id).items():
        own = [
            f"{p.name}: {shown(rule.parameters[p.name])}"
            for p in parameters.values()
            if rule.parameters[p.name] != p.default
        ]
        table.add_row(name, rule.severity + ("" if rule.required else ", not required"), "\n".join(own))
    console.print(table if table.row_count else without_policy(doc.id, check))
    if doc.page:
        console.print(f"\n{doc.page}", soft_wrap=True)


def _link(doc: RuleDoc) -> str:
    """The style that makes a link to the rule's page, where standard output has links."""
    colour = wants_colour("auto", sys.stdout, os.environ)
    return f"link {doc.page}" if doc.page and wants_links(sys.stdout, os.environ, colour=colour) else ""


def without_policy(id: str, check: Check | None) -> str:
    """Where a rule comes from that no shipped policy names."""
    if id in {TARGET_OBSERVED, *EXCEPTION_RULES}:
        return "Every policy has this rule; it cannot be set or switched off."
    if is_demanded(id):
        return (
            "No shipped policy names this rule. A target or an option switches it on, under every policy; "
            "your own can name it, too."
        )
    why = f": {check.unshipped}" if check and check.unshipped else ""
    return f"No shipped policy has this rule{why}. Add it to a policy of your own."


def as_markdown(rules: Sequence[RuleDoc]) -> str:
    """A table with a line for each rule."""
    rows = (
        f"| `{doc.id}` | {for_markdown(doc.title)} | {for_markdown(', '.join(packs_with(doc.id)) or 'none')} |"
        for doc in rules
    )
    return "\n".join(["| rule | what it checks | policies |", "|---|---|---|", *rows])


def print_table(rules: Sequence[RuleDoc]) -> None:
    """One line per rule on standard output."""
    console = Console(highlight=False, markup=False)
    table = Table("rule", "what it checks", box=None, pad_edge=False)
    for doc in rules:
        table.add_row(Text(doc.id, style=_link(doc), no_wrap=True), doc.title)
    console.print(table)
    console.print(f"\n{len(rules)} rules; certgate explain RULE shows more.")
