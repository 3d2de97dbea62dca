"""The report for test viewers: JUnit XML by Jenkins' schema, a suite for each target, a case for each rule.

There are no failures and no errors exactly when the run is compliant.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TextIO
from xml.etree import ElementTree as ET

from junit_xml import TestCase, TestSuite  # type: ignore[import-untyped]

from certgate.model.counted import plural
from certgate.model.finding import Finding, Outcome, Severity
from certgate.model.kept import Kept
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

    def add(self, suite: TestSuite, passes: Sequence[str] = (), of: str = "") -> None:
        """Build the suite's tree, drop attributes that Jenkins' schema lacks, and serialise it.

        `passes` are the names of further cases without anything in them, `of` is their class: attributes as they are
        written, so that many cases cost little.
        """
        element = suite.build_xml_doc()
        _keep(element, _SUITE_ATTRIBUTES)
        for case in element.iterfind("testcase"):
            _keep(case, _CASE_ATTRIBUTES)
        tests = int(element.attrib["tests"]) + len(passes)
        element.attrib["tests"] = str(tests)
        self.tests += tests
        self.failures += int(element.attrib["failures"])
        self.errors += int(element.attrib["errors"])
        if passes:
            ET.SubElement(element, "testcase")
        ET.indent(element, level=1)
        text = ET.tostring(element, encoding="us-ascii").decode()
        if passes:
            between = f" classname={of} />\n    <testcase name="
            before, _, after = text.rpartition("<testcase />")
            text = f"{before}<testcase name={between.join(passes)} classname={of} />{after}"
        self.spool.write(f"  {text}\n")


class _Answers(NamedTuple):
    """The findings of one target, by rule: the same for all targets with these findings."""

    rules: Sequence[str]
    """Those that applied, in the policy's order."""
    passed: Sequence[str]
    written: Sequence[str]
    """Those that passed, as attributes."""
    told: str
    """How many passed, and which."""
    others: Mapping[str, Sequence[Finding]]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> "_Answers":
        every = grouped(finding for finding in findings if _applied(finding))
        passed = [rule for rule, found in every.items() if all(one.outcome is Outcome.PASS for one in found)]
        others = {rule: found for rule, found in every.items() if any(one.outcome is not Outcome.PASS for one in found)}
        told = "\n".join([f"{plural(len(passed), 'rule')} passed:", *passed])
        return cls(list(every), passed, [_attribute(rule) for rule in passed], told, others)


class JUnitReport(Report):
    """Spools the suites twice, with all cases and with the passes folded, until there are too many cases."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._whole: _Suites | None = _Suites()
        self._folded = _Suites()
        self._counts: Counter[str] = Counter()
        self._fail_on = Severity.ERROR
        self._rules: Mapping[str, RuleDoc] = {}
        self._answers = Kept(_Answers.of)

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
        answers = self._answers.of(result.findings)
        others = {rule: self._case(result, rule, findings) for rule, findings in answers.others.items()}
        has_error = any(case.is_failure() or case.is_error() for case in others.values())
        if has_no_answer(result) and not result.is_known and not has_error:
            others[""] = _new_case(result.target.id, "verdict")
            others[""].add_error_info(NOTHING_KNOWN, error_type="incomplete")
        if self._whole and self._whole.tests + len(answers.passed) + len(others) > MOST_CASES:
            self._whole.spool.close()
            self._whole = None
        if self._whole:
            if others:
                cases = {rule: others.get(rule) or _new_case(result.target.id, rule) for rule in answers.rules}
                self._whole.add(_suite(result, list((cases | others).values())))
            else:
                self._whole.add(_suite(result, []), answers.written, _attribute(for_xml(result.target.id)))
        folded = list(others.values())
        if answers.passed:
            folded.append(_new_case(result.target.id, "passes"))
            folded[-1].stdout = answers.told
        self._folded.add(_suite(result, folded))

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


def _attribute(text: str) -> str:
    """The value of an attribute as it is written, with its quotes."""
    written: str = ET.tostring(ET.Element("a", {"a": text}), encoding="us-ascii").decode()
    return written.removeprefix("<a a=").removesuffix(" />")


def _new_case(target: str, name: str) -> TestCase:
    return TestCase(name, classname=for_xml(target))


def _keep(element: ET.Element, attributes: Sequence[str]) -> None:
    for name in set(element.attrib) - set(attributes):
        del element.attrib[name]
