"""What every report derives from a result: what counts against it, what is only noted, what a finding is about."""

from collections.abc import Callable, Iterable, Iterator

from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.verdict import DisabledRule, RunSummary, TargetResult, Verdict

__all__ = [
    "about",
    "counts_against",
    "excuse",
    "grouped",
    "is_noted",
    "kind",
    "meaning",
    "needs_attention",
    "off_in",
    "plural",
    "statement",
    "unvisited",
]


def counts_against(finding: Finding, fail_on: Severity) -> bool:
    """Whether it keeps its target from being compliant."""
    return finding.violates(fail_on) or finding.not_checked


def is_noted(finding: Finding, fail_on: Severity) -> bool:
    """Whether something is wrong or unknown that does not count against the target; what is excused is wrong too."""
    wrong = finding.outcome is Outcome.FAIL or finding.outcome is Outcome.NOT_CHECKED
    return wrong and not counts_against(finding, fail_on)


def needs_attention(finding: Finding) -> bool:
    """Whether it is a failure, of whatever severity, or an answer that is required and missing."""
    return finding.outcome is Outcome.FAIL or finding.not_checked


def statement(finding: Finding) -> str:
    """The message; where an answer is missing, that it is; where it is excused, by what. Foreign text."""
    if finding.not_checked:
        return f"could not be checked: {finding.message}"
    return f"{finding.message} ({excuse(finding)})" if finding.excused else finding.message


def excuse(finding: Finding) -> str:
    """By what a failure is excused; empty for one that counts. A policy's text."""
    if waiver := finding.waiver:
        ticket = f", {waiver.ticket}" if waiver.ticket else ""
        return f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}{ticket}"
    return "known: it stands in the baseline" if finding.known else ""


def kind(finding: Finding) -> str:
    """In a word: the severity of a failure, or `waived` or `known`; else the outcome (`not-checked`, `crashed`, …)."""
    if finding.excused:
        return "waived" if finding.waiver else "known"
    return finding.severity.value if finding.outcome is Outcome.FAIL else finding.outcome.value


def about(result: TargetResult, finding: Finding) -> str:
    """The finding's subject; for a certificate its role and name: `issuer 1 CN=Issuing CA`. Foreign text.

    Where addresses differ, the one that it is about: `leaf at 192.0.2.7:443 CN=a.example`.
    """
    at = f" at {finding.vantage}" if finding.vantage else ""
    names = dict.fromkeys(certificate.subject for certificate in result.certificates_of(finding))
    return f"{finding.subject}{at} {' or '.join(names)}".rstrip()


def unvisited(result: TargetResult) -> tuple[str, ...]:
    """Addresses of the target that were not visited."""
    return tuple(dict.fromkeys(address for seen in result.observations for address in seen.unvisited))


def grouped(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The findings of each rule, in the order in which the rules first appear."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.rule, []).append(finding)
    return groups


def meaning(summary: RunSummary, fail_on: Severity, escape: Callable[[str], str] = str) -> str:
    """Why the run has its exit code, and what keeps it from being whole, in one sentence without its stop.

    `escape` is for what may be foreign text in it; without, all of it may be.
    """
    threshold = "error" if fail_on is Severity.ERROR else f"{fail_on} or worse"
    shortcomings = "; ".join(_shortcomings(summary, escape))
    if summary.verdict is Verdict.VIOLATED:
        return f"at least one rule of severity {threshold} is violated" + (f"; {shortcomings}" if shortcomings else "")
    if shortcomings:
        return shortcomings
    if summary.verdict is Verdict.INCOMPLETE:
        return "nothing is known to be violated, but not everything could be judged"
    return f"every target was judged, and no rule of severity {threshold} is violated"


def _shortcomings(summary: RunSummary, escape: Callable[[str], str]) -> Iterator[str]:
    if summary.interrupted:
        yield "the run was interrupted, so not everything was judged"
    if summary.missing:
        more = ", …" if summary.missing > len(summary.missing_ids) else ""
        yield f"{plural(summary.missing, 'target')} missing: {', '.join(map(escape, summary.missing_ids))}{more}"
    yield from map(escape, summary.faults)


def off_in(rule: DisabledRule) -> str:
    """Where a rule is switched off: `off in payments where labels.tier is edge`. A policy's text."""
    return f"off in {rule.policy}{f' where {rule.where}' if rule.where else ''}"


def plural(number: int, word: str, ending: str = "s") -> str:
    """A counted noun: `1 target`, `1,204 targets`."""
    return f"{number:,} {word}{'' if number == 1 else ending}"
