"""What every report derives from a result: which findings count, what they are about, how they are worded."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from certgate.model.counted import listed, plural
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.target import Target
from certgate.model.vantage_label import is_of_key_type, seen_at
from certgate.model.verdict import DisabledRule, RunHeader, RunSummary, TargetResult, Verdict, exit_code

__all__ = [
    "NOTHING_KNOWN",
    "about",
    "counts_against",
    "ending",
    "excuse",
    "grouped",
    "has_no_answer",
    "is_harmless",
    "kind",
    "labels_of",
    "located",
    "looks",
    "meaning",
    "needs_attention",
    "not_observed",
    "off_in",
    "remarked",
    "statement",
    "tally",
    "unvisited",
    "verdicts",
]


NOTHING_KNOWN = "no rule passed or failed"
"""Why a target without a missing answer is incomplete."""


def counts_against(finding: Finding, fail_on: Severity) -> bool:
    """Whether it keeps its target from being compliant."""
    return finding.violates(fail_on) or finding.not_checked


def is_harmless(finding: Finding, fail_on: Severity) -> bool:
    """Whether something is wrong or unknown that does not count against the target, for example a waived failure."""
    wrong = finding.outcome is Outcome.FAIL or finding.outcome is Outcome.NOT_CHECKED
    return wrong and not counts_against(finding, fail_on)


def needs_attention(finding: Finding) -> bool:
    """Whether it is a failure of any severity, or a required check that gave no answer, even an accepted one."""
    return finding.outcome is Outcome.FAIL or finding.not_checked or finding.accepted_until is not None


def has_no_answer(result: TargetResult) -> bool:
    """Whether the target is incomplete, and that is not accepted."""
    return result.verdict is Verdict.INCOMPLETE and not result.is_accepted


def statement(finding: Finding) -> str:
    """The message, with what excuses the finding; a required check without an answer says so. Foreign text."""
    return f"not checked: {remarked(finding)}" if finding.not_checked else remarked(finding)


def remarked(finding: Finding) -> str:
    """The message, with what waivers and the baseline say of the finding. Foreign text."""
    return f"{finding.message} ({said})" if (said := excuse(finding)) else finding.message


def located(result: TargetResult, finding: Finding, escape: Callable[[str], str], *, labelled: bool = False) -> str:
    """The statement, then the target and the subject in brackets, so that readers can group equal problems.

    `labelled` adds the labels of the target, for formats that have no other place for them.
    """
    is_clear = finding.subject == "target" and not is_of_key_type(finding.vantage)
    subject = "" if is_clear else f", {escape(about(result, finding))}"
    labels = f"; {escape(told)}" if labelled and (told := labels_of(result.target)) else ""
    return f"{escape(statement(finding))} ({escape(result.target.id)}{subject}{labels})"


def looks(result: TargetResult) -> dict[str, str]:
    """The addresses, server names and protocol that the target was observed by, and the connections that took.

    Each is text, empty for what there is none of: for a file all are. Foreign text.
    """
    source = result.target.source
    return {
        "address": ", ".join(filter(None, result.addresses)),
        "server name": ", ".join(dict.fromkeys(filter(None, (o.vantage.server_name for o in result.observations)))),
        "protocol": source.endpoint.protocol if source.needs_connection else "",
        "connections": str(sum(o.connections for o in result.observations) or ""),
    }


def labels_of(target: Target) -> str:
    """The labels of a target: `team=shop, tier=edge`. Foreign text."""
    return ", ".join(f"{name}={value}" for name, value in sorted(target.labels.items()))


def excuse(finding: Finding) -> str:
    """What excuses a failure, or what is known of a missing answer; empty for neither. Text from a policy."""
    if waiver := finding.waiver:
        ticket = f", {waiver.ticket}" if waiver.ticket else ""
        return f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}{ticket}"
    if not finding.known:
        return ""
    if finding.can_be_excused:
        return "known: listed in the baseline"
    until = f", accepted until {finding.accepted_until}" if finding.accepted_until else ""
    return f"known not to answer: listed in the baseline{until}"


def kind(finding: Finding) -> str:
    """One word: the severity of a failure, `waived` or `known`; else the outcome (`not-checked`, `crashed`, …)."""
    if finding.excused:
        return "waived" if finding.waiver else "known"
    return finding.severity.value if finding.outcome is Outcome.FAIL else finding.outcome.value


def about(result: TargetResult, finding: Finding) -> str:
    """The finding's subject; for a certificate its role and name: `issuer 1 CN=Issuing CA`. Foreign text.

    Where addresses differ, the finding's address is named: `leaf at 192.0.2.7:443 CN=a.example`. So is the type of key
    that a server does not show first: `leaf with RSA key CN=a.example`.
    """
    names = dict.fromkeys(certificate.subject for certificate in result.certificates_of(finding))
    return f"{finding.subject}{seen_at(finding.vantage)} {' or '.join(names)}".rstrip()


def unvisited(result: TargetResult) -> tuple[str, ...]:
    """Addresses of the target that were not visited."""
    return tuple(dict.fromkeys(address for seen in result.observations for address in seen.unvisited))


def grouped(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The findings of each rule, in the order in which the rules first appear."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.rule, []).append(finding)
    return groups


def tally(summary: RunSummary) -> str:
    """The findings of the run, counted: `8 errors, 3 warnings, 2 not checked`."""
    failures = {severity: summary.failures.get(severity, 0) for severity in Severity}
    counts = [plural(failures[Severity.ERROR], "error"), plural(failures[Severity.WARNING], "warning")]
    others = {
        "info": failures[Severity.INFO],
        "not checked": summary.not_checked,
        "waived": summary.waived,
        "known": summary.known,
    }
    return ", ".join(counts + [f"{number:,} {word}" for word, number in others.items() if number])


def verdicts(targets: Mapping[Verdict, int], excused: int, known: int, *, every: bool = True) -> str:
    """The targets counted by verdict, excused ones apart: `20 compliant, 7 excused, 3 violated, 0 incomplete`.

    `known` are the incomplete ones that are known not to answer. `every` verdict is named, or only those that a target
    has.
    """
    counts = {
        "compliant": targets.get(Verdict.COMPLIANT, 0) - excused,
        "excused": excused,
        "violated": targets.get(Verdict.VIOLATED, 0),
        "incomplete": targets.get(Verdict.INCOMPLETE, 0),
    }
    told = (f"{count:,} {word}" for word, count in counts.items() if count or (every and word != "excused"))
    return ", ".join(told) + (f" ({known:,} known)" if known else "")


def beside(summary: RunSummary) -> str:
    """The targets that have no result on purpose, to follow the counts of the others; empty for none."""
    empty, left_out = summary.account.no_endpoint, summary.account.left_out
    told = [f"{empty:,} more have no endpoint"] * bool(empty)
    told += [f"{left_out:,} {'is' if left_out == 1 else 'are'} left out"] * bool(left_out)
    return "".join(f"; {one}" for one in told)


def whole_elsewhere(complete: Sequence[str], escape: Callable[[str], str] = str) -> str:
    """Where all targets are, if a report leaves some out: in `complete`, the files of this run's other reports."""
    if not complete:
        return "the reports json, jsonl and csv have all of them"
    return f"{listed([*map(escape, complete)])} {'has' if len(complete) == 1 else 'have'} all of them"


def meaning(summary: RunSummary, escape: Callable[[str], str] = str) -> str:
    """Why the run has its exit code, in one sentence without a full stop.

    `escape` is applied to what may be foreign text in it.
    """
    reasons = list(_shortcomings(summary, escape))
    if summary.verdict is Verdict.VIOLATED:
        return "; ".join([tally(summary), *reasons])
    accepted = summary.accepted_unreachable
    if summary.verdict is Verdict.COMPLIANT:
        told = f"{plural(accepted, 'known target')} without an answer {'is' if accepted == 1 else 'are'} accepted"
        return "no violation found" + (f"; {told}" if accepted else "")
    if count := summary.targets.get(Verdict.INCOMPLETE, 0) - accepted:
        known = f", {number:,} of them known" if (number := summary.known_unreachable - accepted) else ""
        reasons.insert(0, f"{plural(count, 'target')} could not be checked{known}")
    if empty := summary.account.no_endpoint:
        nothing = f"nothing answered: {plural(empty, 'target')} of ranges {'has' if empty == 1 else 'have'} no endpoint"
    else:
        nothing = "no target was checked"
    return "no violation found, but " + ("; ".join(reasons) or nothing)


def ending(summary: RunSummary) -> str:
    """The exit code of the process, and what --exit-zero makes of it: `exit code 0 by --exit-zero, not 1`."""
    told = f"exit code {summary.exit_code}"
    if not summary.exit_zero:
        return told
    usual = exit_code(summary.verdict)
    if summary.exit_code != usual and summary.exit_code == 0:
        return f"{told} by --exit-zero, not {usual}"
    why = f": {plural(summary.unjudged, 'target')} could not be judged" if summary.unjudged else ""
    return f"{told} in spite of --exit-zero{why}" if summary.exit_code else f"{told} (--exit-zero)"


def _shortcomings(summary: RunSummary, escape: Callable[[str], str]) -> Iterator[str]:
    if summary.interrupted:
        yield "the run was interrupted before every target was checked"
    if summary.not_visited:
        yield f"--max-time ended the run before {plural(summary.not_visited, 'target')} could be visited"
    if summary.missing:
        more = ["…"] if summary.missing > len(summary.missing_ids) else []
        named = f": {', '.join([*map(escape, summary.missing_ids), *more])}" if summary.missing_ids else ""
        are = "is" if summary.missing == 1 else "are"
        yield f"{plural(summary.missing, 'target')} {are} missing{named}"
    yield from map(escape, summary.faults)


def not_observed(header: RunHeader, escape: Callable[[str], str] = str) -> str:
    """Which declared targets the run leaves out, in one sentence without a full stop; empty for none.

    `escape` is applied to what may be foreign text in it.
    """
    left_out = header.not_observed
    if left_out is None:
        return ""
    more = left_out.count - len(left_out.names)
    names = listed([*map(escape, left_out.names), *([f"{more:,} more"] if more else [])])
    is_one = left_out.count == 1
    many = f"{plural(left_out.count, 'target')} of {escape(left_out.file)} {'needs' if is_one else 'need'} a connection"
    return f"{many} and {'is' if is_one else 'are'} not observed ({names}); certgate scan observes all targets"


def off_in(rule: DisabledRule) -> str:
    """Where a rule is switched off: `off in payments where labels.tier is edge`. Text from a policy."""
    return f"off in {rule.policy}{f' where {rule.where}' if rule.where else ''}"
