"""A rule as people and programs read it, generated from its declaration and the shipped policies."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from certgate.checks.registry import Check
from certgate.policy.described import shown
from certgate.policy.model import Dated, Policy, Rule
from certgate.policy.packs import load_policy, pack_names

__all__ = ["as_data", "print_page", "print_table"]


@lru_cache
def _packs() -> tuple[Policy, ...]:
    return tuple(load_policy(name) for name in pack_names())


def _in_packs(check: Check) -> dict[str, Rule]:
    return {policy.name: rule for policy in _packs() for rule in policy.rules if rule.id == check.id and rule.is_on}


def as_data(check: Check) -> dict[str, Any]:
    """Everything known of a rule, as JSON has it."""
    return {
        "id": check.id,
        "title": check.title,
        "subject": check.subject,
        "roles": sorted(check.roles) if check.subject == "certificate" else [],
        "citation": check.citation,
        "explanation": check.explanation,
        "why": check.why,
        "mend": check.mend,
        "parameters": [
            {"name": p.name, "type": p.type_name, "default": _plain(p.default)} for p in check.parameters.values()
        ],
        "policies": {
            name: {
                "severity": rule.severity,
                "required": rule.required,
                "parameters": {key: _plain(value) for key, value in rule.parameters.items()},
            }
            for name, rule in _in_packs(check).items()
        },
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Dated):
        return [{"issued_before": before and before.isoformat(), "value": _plain(v)} for before, v in value.rows]
    return value.isoformat() if isinstance(value, date) else value


def print_page(check: Check) -> None:
    """The rule's page on standard output."""
    console = Console(highlight=False, markup=False)
    console.print(Text(check.id, style="bold"), Text("·"), check.title)
    console.print(Padding(f"judges the {check.subject}; {check.citation}", (0, 0, 1, 0)))
    for paragraph in (*check.explanation.split("\n\n"), f"Why: {check.why}", f"How to mend it: {check.mend}"):
        if paragraph:
            console.print(Padding(paragraph, (0, 0, 1, 0)))
    if check.parameters:
        table = Table("parameter", "type", "default", box=None, pad_edge=False)
        for parameter in check.parameters.values():
            table.add_row(parameter.name, parameter.type_name, shown(parameter.default))
        console.print(table)
        console.print()
    table = Table("policy", "severity", "sets", box=None, pad_edge=False)
    for name, rule in _in_packs(check).items():
        own = [
            f"{p.name}: {shown(rule.parameters[p.name])}"
            for p in check.parameters.values()
            if rule.parameters[p.name] != p.default
        ]
        table.add_row(name, rule.severity + ("" if rule.required else ", not required"), "\n".join(own))
    console.print(table if table.row_count else "No shipped policy holds this rule.")


def print_table(checks: Sequence[Check]) -> None:
    """One line a rule on standard output."""
    console = Console(highlight=False, markup=False)
    table = Table("rule", "what it checks", box=None, pad_edge=False)
    for check in checks:
        table.add_row(Text(check.id, no_wrap=True), check.title)
    console.print(table)
    console.print(f"\n{len(checks)} rules; certgate explain RULE says more.")
