"""Why a rule applies to a target or not: what the policy says, where each value comes from, what was found."""

from collections.abc import Iterator, Sequence

from certgate.model.finding import Outcome
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.target import Target
from certgate.model.verdict import TargetResult
from certgate.policy.explain import shown, variants
from certgate.policy.model import Entry, Policy, Rule, TargetPolicy, TargetRule
from certgate.policy.when import Condition, target_values
from certgate.reports.escape import for_terminal
from certgate.reports.rule_page import packs_with

__all__ = ["explained"]


def explained(id: str, result: TargetResult, *, whole: Policy, applied: TargetPolicy) -> Iterator[str]:
    """The explanation, line by line. `whole` is the policy as written; `applied` is what applies to this target."""
    written = next((rule for rule in whole.rules if rule.id == id), None)
    in_force = next((rule for rule in applied.rules if rule.id == id), None)
    yield from map(
        for_terminal,
        [
            f"{id} for {result.target.id}, policy {whole.name}, evaluated as of {result.clock:%Y-%m-%d %H:%M:%S} UTC",
            "",
            "What the policy says:",
            *_indented(_entries(written.entries if written else (), result.target)),
            "",
            "What applies to this target:",
            *_indented(_values(id, written, in_force)),
            "",
            "What was found:",
            *_indented(_findings(id, result, in_force)),
        ],
    )


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _entries(entries: Sequence[Entry], target: Target) -> Iterator[str]:
    if not entries:
        yield "nothing: no entry names this rule"
    for entry in entries:
        if entry.place is None:
            yield "built in: applies in every policy"
            continue
        at = f"{entry.place.file}:{entry.place.line}"
        if entry.when is None:
            yield f"{at}: applies everywhere"
            continue
        failing = [c for c in entry.when.of_target if not c.matches_any(target_values(c.fact, target))]
        later = " for certificates that match" if entry.when.of_certificate and not failing else ""
        yield f"{at}: when {entry.when}: " + (_but(failing[0], target) if failing else f"applies{later}")


def _but(condition: Condition, target: Target) -> str:
    values = target_values(condition.fact, target)
    return f"does not apply, {condition.fact} is " + (shown(tuple(dict.fromkeys(values))) if values else "not set")


def _elsewhere(id: str) -> str:
    """That the policy lacks the rule, and which shipped ones have it."""
    names = ", ".join(packs_with(id))
    return "the rule is not in the policy" + (f"; these have it: {names}" if names else "")


def _values(id: str, written: Rule | None, in_force: TargetRule | None) -> Iterator[str]:
    if in_force is None:
        reason = written.disabled if written else ""
        yield f"nothing: the rule is off: {reason}" if reason else f"nothing: {_elsewhere(id)}"
        return
    if written is None or not in_force.entries:
        yield "the target's own settings switch the rule on"
    for variant in variants(in_force):
        if variant.when:
            yield f"when {variant.when}"
        for value in variant.values:
            origin = f"{value.place.file}:{value.place.line}" if value.place else "default"
            yield f"{'  ' if variant.when else ''}{value.key}: {value.value} ({origin})"


def _findings(id: str, result: TargetResult, in_force: TargetRule | None) -> Iterator[str]:
    findings = [finding for finding in result.findings if finding.rule == id]
    if in_force and not findings:
        unseen = "; ".join(finding.message for finding in result.wrong if finding.rule == TARGET_OBSERVED)
        yield f"nothing: there was no chain to check: {unseen}"
    elif not findings:
        yield "nothing: the rule was not evaluated"
    for finding in findings:
        words = [finding.outcome.value]
        if finding.outcome not in {Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.NOT_EFFECTIVE}:
            words.append(finding.severity.value)
        if finding.outcome is Outcome.NOT_CHECKED and not finding.required:
            words.append("not required")
        yield f"{finding.subject}: {', '.join(words)}" + (f": {finding.message}" if finding.message else "")
        yield from (f"  {name}: {value}" for name, value in finding.evidence.items())
