"""Why a rule did or did not apply to a target: what the policy says, which value is from where, what was seen."""

from collections.abc import Iterator, Sequence

from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.target import Target
from certgate.model.verdict import TargetResult
from certgate.policy.explain import shown, variants
from certgate.policy.model import Entry, Policy, Rule, TargetPolicy, TargetRule
from certgate.policy.when import Condition, target_values
from certgate.reports.escape import for_terminal

__all__ = ["explained"]


def explained(id: str, result: TargetResult, *, whole: Policy, applied: TargetPolicy) -> Iterator[str]:
    """The lines that say it. `whole` is the policy as written, before it met the target; `applied` what it came to."""
    said = next((rule for rule in whole.rules if rule.id == id), None)
    held = next((rule for rule in applied.rules if rule.id == id), None)
    yield from map(
        for_terminal,
        [
            f"{id} for {result.target.id}, policy {whole.name}, judged as of {result.clock:%Y-%m-%d %H:%M:%S} UTC",
            "",
            "What the policy says:",
            *_indented(_entries(said.entries if said else (), result.target)),
            "",
            "What holds for this target:",
            *_indented(_values(said, held)),
            "",
            "What was seen:",
            *_indented(_findings(id, result, held)),
        ],
    )


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _entries(entries: Sequence[Entry], target: Target) -> Iterator[str]:
    if not entries:
        yield "nothing: no entry names this rule"
    for entry in entries:
        if entry.place is None:
            yield "built in: holds in every policy"
            continue
        at = f"{entry.place.file}:{entry.place.line}"
        if entry.when is None:
            yield f"{at}: holds everywhere"
            continue
        failing = [c for c in entry.when.of_target if not c.holds(target_values(c.fact, target))]
        later = " for certificates that match" if entry.when.of_certificate and not failing else ""
        yield f"{at}: when {entry.when}: " + (_but(failing[0], target) if failing else f"holds{later}")


def _but(condition: Condition, target: Target) -> str:
    values = target_values(condition.fact, target)
    return f"does not hold, {condition.fact} is " + (shown(tuple(dict.fromkeys(values))) if values else "not set")


def _values(said: Rule | None, held: TargetRule | None) -> Iterator[str]:
    if held is None:
        yield f"nothing: it is off: {said.disabled}" if said and said.disabled else "nothing: the rule is not held"
        return
    if said is None or not held.entries:
        yield "the target's own words switch it on"
    for variant in variants(held):
        if variant.when:
            yield f"when {variant.when}"
        for value in variant.values:
            origin = f"{value.place.file}:{value.place.line}" if value.place else "default"
            yield f"{'  ' if variant.when else ''}{value.key}: {value.value} ({origin})"


def _findings(id: str, result: TargetResult, held: TargetRule | None) -> Iterator[str]:
    findings = [finding for finding in result.findings if finding.rule == id]
    if held and not findings:
        unseen = "; ".join(finding.message for finding in result.wrong if finding.rule == TARGET_OBSERVED)
        yield f"nothing: there was no chain to judge: {unseen}"
    elif not findings:
        yield "nothing: the rule did not judge"
    for finding in findings:
        severity = f", {finding.severity}" if finding.outcome != "pass" else ""
        yield f"{finding.subject}: {finding.outcome}{severity}" + (f": {finding.message}" if finding.message else "")
        yield from (f"  {name}: {value}" for name, value in finding.evidence.items())
