"""The report for test viewers: JUnit XML by Jenkins' schema, a suite for each target, a case for each rule.

There are no failures and no errors exactly when the run is compliant.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TextIO
from xml.etree import ElementTree as ET

from junit_xml import TestCase, TestSuite  # type: ignore[import-untyped]

from certgate.model.counted import plural
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.rule_doc import RuleDoc
from certgate.model.verdict import DisabledRule, NotObserved, RunHeader, RunSummary, TargetResult, Verdict
from certgate.reports.advice import advice
from certgate.reports.escape import for_xml
from certgate.reports.facts import (
    NOTHING_KNOWN,
    about,
    beside,
    counts_against,
    ending,
    excuse,
    grouped,
    has_no_answer,
    is_harmless,
    kind,
    looks,
    meaning,
    not_observed,
    off_in,
    remarked,
    statement,
    whole_elsewhere,
)
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.spool import Spool

__all__ = ["MOST_CASES", "MOST_TARGETS", "JUnitReport"]

MOST_CASES = 20_000
"""Above so many cases in the whole report, the passes of each target are one case."""
MOST_TARGETS = 20_000
"""Suites of compliant targets at most, and of others; more targets are counted."""
_SUITE_ATTRIBUTES = ("name", "tests", "failures", "errors", "skipped", "timestamp")
_CASE_ATTRIBUTES = ("name", "classname")


class _Suites:
    """Serialised suites and their totals, which stand before them in the document."""

    def __init__(self) -> None:
        self.spool = Spool()
        self.tests = self.failures = self.errors = 0

    def add(self, suite: TestSuite) -> None:
        """Build the suite's tree, drop attributes that Jenkins' schema lacks, and serialise it."""
        element = suite.build_xml_doc()
        _keep(element, _SUITE_ATTRIBUTES)
        for case in element.iterfind("testcase"):
            _keep(case, _CASE_ATTRIBUTES)
        self.tests += int(element.attrib["tests"])
        self.failures += int(element.attrib["failures"])
        self.errors += int(element.attrib["errors"])
        ET.indent(element, level=1)
        self.spool.write(f"  {ET.tostring(element, encoding='us-ascii').decode()}\n")


class JUnitReport(Report):
    """Spools the suites twice, with all cases and with the passes folded, until there are too many cases."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._whole: _Suites | None = _Suites()
        self._folded = _Suites()
        self._counts: Counter[str] = Counter()
        self._fail_on = Severity.ERROR
        self._rules: Mapping[str, RuleDoc] = {}

    def begin(self, header: RunHeader) -> None:
        """Keep the threshold; write a suite of skipped cases for each policy that switches rules off."""
        self._fail_on = header.fail_on
        self._rules = header.rules
        left_out = [_left_out(header, header.not_observed)] if header.not_observed else []
        policies = dict.fromkeys(off.policy for off in header.disabled)
        off_in_each = (
            _switched_off(policy, [off for off in header.disabled if off.policy == policy]) for policy in policies
        )
        for suite in (*left_out, *off_in_each):
            self._folded.add(suite)
            if self._whole:
                self._whole.add(suite)

    def add(self, result: TargetResult) -> None:
        """One suite, unless the report has enough of its kind."""
        sort = "compliant" if result.verdict is Verdict.COMPLIANT else "violated or incomplete"
        self._counts[sort] += 1
        if self._counts[sort] > MOST_TARGETS:
            return
        cases, others, passed = [], [], []
        for rule, findings in grouped(f for f in result.findings if _applied(f)).items():
            case = self._case(result, rule, findings)
            cases.append(case)
            if all(f.outcome is Outcome.PASS for f in findings):
                passed.append(rule)
            else:
                others.append(case)
        if has_no_answer(result) and not result.is_known and not any(c.is_failure() or c.is_error() for c in cases):
            not_checked = _new_case(result.target.id, "verdict")
            not_checked.add_error_info(NOTHING_KNOWN, error_type="incomplete")
            cases.append(not_checked)
            others.append(not_checked)
        if passed:
            folded = _new_case(result.target.id, "passes")
            folded.stdout = "\n".join([f"{plural(len(passed), 'rule')} passed:", *passed])
            others.append(folded)
        if self._whole and self._whole.tests + len(cases) > MOST_CASES:
            self._whole.spool.close()
            self._whole = None
        if self._whole:
            self._whole.add(_suite(result, cases))
        self._folded.add(_suite(result, others))

    def end(self, summary: RunSummary) -> None:
        """The totals, then the suites."""
        suites = self._whole or self._folded
        unexplained = summary.verdict is not Verdict.COMPLIANT and not suites.failures + suites.errors
        for sort, count in self._counts.items():
            if (left_out := count - MOST_TARGETS) > 0:
                case = _new_case("certgate", "left out")
                case.add_skipped_info(
                    f"{plural(left_out, f'more {sort} target')} left out; "
                    f"{whole_elsewhere(self.options.complete, for_xml)}"
                )
                suites.add(TestSuite("left out", [case]))
        if told := beside(summary).removeprefix("; "):
            account = _new_case("certgate", "account")
            account.stdout = f"{plural(summary.account.declared, 'target')} declared: {told}"
            suites.add(TestSuite("account", [account]))
        if unexplained or not suites.tests or summary.exit_zero:
            case = _new_case("certgate", "run")
            case.stdout = ending(summary) if summary.exit_zero else None
            if unexplained:
                case.add_error_info(meaning(summary, for_xml), error_type=summary.verdict.value)
            suites.add(TestSuite("certgate", [case]))
        totals = f'tests="{suites.tests}" failures="{suites.failures}" errors="{suites.errors}"'
        self.sink.write(f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="certgate" {totals}>\n')
        suites.spool.copy_to(self.sink)
        self.sink.write("</testsuites>\n")

    def close(self) -> None:
        """Drop the spools."""
        self._folded.spool.close()
        if self._whole:
            self._whole.spool.close()

    def _case(self, result: TargetResult, rule: str, findings: Sequence[Finding]) -> TestCase:
        """One failure or error that lists all problems; what does not count goes to system-out."""
        case = _new_case(result.target.id, rule)
        against = [f for f in findings if counts_against(f, self._fail_on)]
        harmless = [f for f in findings if is_harmless(f, self._fail_on)]
        if against and all(f.known for f in against):
            case.add_skipped_info(for_xml(remarked(against[0])))
        elif against:
            worst = next((f for f in against if f.violates(self._fail_on)), against[0])
            add = case.add_failure_info if worst.violates(self._fail_on) else case.add_error_info
            more = f" (and {len(against) - 1:,} more)" if len(against) > 1 else ""
            add(for_xml(worst.message or kind(worst)) + more, self._explained(result, against), kind(worst))
        elif excused := [f for f in findings if f.excused]:
            first = excused[0]
            case.add_skipped_info(for_xml(excuse(first) if first.can_be_excused else remarked(first)))
        elif all(f.outcome is Outcome.NOT_CHECKED for f in findings):
            case.add_skipped_info(f"not checked, and not required: {for_xml(findings[0].message)}")
        if harmless:
            case.stdout = self._explained(result, harmless)
        return case

    def _explained(self, result: TargetResult, findings: Sequence[Finding]) -> str:
        lines = []
        for finding in findings:
            text = statement(finding) if finding.excused else finding.message
            lines.append(f"{kind(finding)}: {for_xml(text)} ({for_xml(about(result, finding))})")
            lines += [f"  {for_xml(name)} = {for_xml(value)}" for name, value in sorted(finding.evidence.items())]
        first = next((f for f in findings if f.outcome is Outcome.FAIL), findings[0])
        why, fix, source = advice(first, self._rules, result.observations)
        words = (("Why", why), ("Fix", fix), ("Source", source))
        return "\n".join([*lines, *(f"{word}: {for_xml(text)}" for word, text in words)])


def _applied(finding: Finding) -> bool:
    return finding.outcome is not Outcome.NOT_APPLICABLE and finding.outcome is not Outcome.NOT_EFFECTIVE


def _suite(result: TargetResult, cases: Sequence[TestCase]) -> TestSuite:
    facts = {
        "policy": result.policy,
        "trust": ", ".join(s.name for s in result.stores),
        **looks(result),
        "excused": "yes" if result.is_excused else "",
        "known": "yes" if result.is_known else "",
        **{f"label.{for_xml(name)}": value for name, value in sorted(result.target.labels.items())},
    }
    return TestSuite(
        for_xml(result.target.id),
        cases,
        timestamp=f"{result.clock:%Y-%m-%dT%H:%M:%S}",
        properties={name: for_xml(value) for name, value in facts.items() if value},
    )


def _switched_off(policy: str, rules: Sequence[DisabledRule]) -> TestSuite:
    cases = {rule.rule: _new_case(policy, rule.rule) for rule in rules}
    for rule, case in cases.items():
        case.add_skipped_info(for_xml("; ".join(f"{off_in(off)}: {off.reason}" for off in rules if off.rule == rule)))
    return TestSuite(for_xml(policy), list(cases.values()))


def _left_out(header: RunHeader, targets: NotObserved) -> TestSuite:
    cases = [_new_case(name, "not observed") for name in targets.names]
    for case in cases:
        case.add_skipped_info(not_observed(header, for_xml))
    return TestSuite("not observed", cases)


def _new_case(target: str, name: str) -> TestCase:
    return TestCase(name, classname=for_xml(target))


def _keep(element: ET.Element, attributes: Sequence[str]) -> None:
    for name in set(element.attrib) - set(attributes):
        del element.attrib[name]
