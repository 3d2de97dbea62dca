"""The report for code scanning: SARIF 2.1.0, a result for each failure or missing answer.

Every result has a file location, because GitHub refuses a whole upload for one without. Results are written worst
first, and no more of them than GitHub shows; a notification counts the rest.
"""

from collections.abc import Sequence
from datetime import UTC
from itertools import chain, islice
from typing import Any, TextIO

from certgate import REPOSITORY
from certgate.model.counted import plural
from certgate.model.finding import Finding, Severity
from certgate.model.kept import Kept
from certgate.model.target import Target
from certgate.model.verdict import RunHeader, RunSummary, TargetResult, Verdict
from certgate.reports.escape import for_json, for_sarif, to_json
from certgate.reports.facts import (
    NOTHING_KNOWN,
    ending,
    excuse,
    has_no_answer,
    located,
    meaning,
    needs_attention,
    not_observed,
    off_in,
    whole_elsewhere,
)
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.place import Places
from certgate.reports.provenance import category, version_control
from certgate.reports.sarif_rules import LEVELS, notification_descriptors, rule_descriptor
from certgate.reports.spool import Spool

__all__ = ["MOST_RESULTS", "SarifReport"]

MOST_RESULTS = 5_000
"""GitHub shows this many results of a run, and rejects a file with more than 25,000."""
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_MOST_NOTICES = 50
_ROOT = "%SRCROOT%"


class SarifReport(Report):
    """Spools results by severity, and keeps the worst severity of each rule."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._places = Places(options.root, options.environ)
        self._results = {severity: Spool() for severity in _WORST_FIRST}
        self._counts = dict.fromkeys(_WORST_FIRST, 0)
        self._notifications = Spool()
        self._incomplete = 0
        self._severities: dict[str, Severity] = {}
        self._levelled = Kept(self._level)

    def begin(self, header: RunHeader) -> None:
        """Keep the header: the rules' levels are known only after the last target."""
        self._header = header
        self._indexes = {rule: index for index, rule in enumerate(header.rules)}
        if header.not_observed:
            self._notify("targets.not-observed", not_observed(header, for_sarif), level="note")
        for off in header.disabled:
            self._notify("rule.off", f"{off.rule} is {for_sarif(off_in(off))}: {for_sarif(off.reason)}", level="note")

    def add(self, result: TargetResult) -> None:
        """A result for each failure and each missing answer, a notification for a target that is incomplete."""
        self._levelled.of(result.findings)
        not_checked = [f.message for f in result.wrong if f.not_checked]
        for finding in result.wrong:
            is_shown = self.options.suppressed or finding.accepted_until or not finding.excused
            if needs_attention(finding) and is_shown:
                self._counts[finding.severity] += 1
                if self._counts[finding.severity] <= MOST_RESULTS:
                    self._results[finding.severity].write(to_json(self._result(result, finding)) + "\n")
        self._incomplete += bool(not_checked or has_no_answer(result))
        if (not_checked or has_no_answer(result)) and self._incomplete <= MOST_RESULTS:
            reason = not_checked[0] if not_checked else NOTHING_KNOWN
            level = "note" if result.is_known else "warning"
            self._notify("target.incomplete", f"{for_sarif(reason)} ({for_sarif(result.target.id)})", level=level)

    def end(self, summary: RunSummary) -> None:
        """The rules, how the run went, then the results, worst first."""
        left_out = sum(self._counts.values()) - MOST_RESULTS
        if left_out > 0:
            elsewhere = whole_elsewhere(self.options.complete, for_sarif)
            self._notify(
                "results.left-out", f"{plural(left_out, 'result')} left out, the least severe first; {elsewhere}"
            )
        if (left_out := self._incomplete - MOST_RESULTS) > 0:
            elsewhere = whole_elsewhere(self.options.complete, for_sarif)
            self._notify("results.left-out", f"{plural(left_out, 'more incomplete target')} left out; {elsewhere}")
        for notice in summary.notices[:_MOST_NOTICES]:
            where = f"{for_sarif(str(notice.place))}: " if notice.place else ""
            self._notify(notice.rule, f"{where}{for_sarif(notice.message)}", level="note")
        if summary.interrupted:
            self._notify("run.interrupted", "the run was interrupted before every target was checked")
        if summary.not_visited or summary.missing or summary.faults:
            self._notify("run.incomplete", meaning(summary, for_sarif))
        driver = {
            "name": "certgate",
            "informationUri": REPOSITORY,
            "version": self._header.version,
            "rules": [
                rule_descriptor(doc, self._severities.get(id, Severity.WARNING))
                for id, doc in self._header.rules.items()
            ],
            "notifications": notification_descriptors(),
        }
        told = meaning(summary, for_sarif)
        # a partial scan counts as successful and says that it is partial: readers drop the results of a failed one
        invocation = {
            "executionSuccessful": True,
            "exitCode": summary.exit_code,
            "exitCodeDescription": f"{told}; {ending(summary)}" if summary.exit_zero else told,
            "startTimeUtc": f"{self._header.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "properties": {
                "targets": {verdict.value: summary.targets.get(verdict, 0) for verdict in Verdict},
                "excused": summary.excused,
                "knownUnreachable": summary.known_unreachable,
                "connections": summary.connections,
                "account": {
                    "declared": summary.account.declared,
                    "observed": summary.account.observed,
                    "noEndpoint": summary.account.no_endpoint,
                    "failed": summary.account.failed,
                    "leftOut": summary.account.left_out,
                },
                **({"exitZero": True} if summary.exit_zero else {}),
            },
        }
        write = self.sink.write
        write(f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [{{\n')
        write(f'"tool": {to_json({"driver": driver})},\n')
        write(f'"automationDetails": {to_json({"id": f"{category(self.options.environ)}/"})},\n')
        write(f'"versionControlProvenance": {to_json(version_control(self.options.environ, _ROOT))},\n')
        write(f'"originalUriBaseIds": {to_json({_ROOT: {"description": {"text": "The root of the repository."}}})},\n')
        write('"columnKind": "utf16CodeUnits",\n')
        write(f'"invocations": [{to_json(invocation)[:-1]}, "toolExecutionNotifications": [\n')
        write(",\n".join(self._notifications.lines()))
        write("\n]}],\n")
        write('"results": [\n')
        worst_first = chain.from_iterable(spool.lines() for spool in self._results.values())
        for number, line in enumerate(islice(worst_first, MOST_RESULTS)):
            write(f",\n{line}" if number else line)
        write("\n]\n}]}\n")

    def close(self) -> None:
        """Drop the spools."""
        for spool in (*self._results.values(), self._notifications):
            spool.close()

    def _level(self, findings: Sequence[Finding]) -> None:
        """Note the worst severity of each rule: the same findings need that once."""
        for finding in findings:
            severity = finding.severity
            self._severities[finding.rule] = max(severity, self._severities.get(finding.rule, severity), key=_rank)

    def _notify(self, id: str, text: str, level: str = "warning") -> None:
        notification = {"descriptor": {"id": id}, "level": level, "message": {"text": _sentence(text)}}
        self._notifications.write(to_json(notification) + "\n")

    def _result(self, result: TargetResult, finding: Finding) -> dict[str, Any]:
        place = self._places.of(result, finding)
        described: dict[str, Any] = {
            "ruleId": finding.rule,
            "kind": "fail",
            "level": "note" if finding.known and not finding.can_be_excused else LEVELS[finding.severity],
            "message": {"text": _sentence(located(result, finding, for_sarif))},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": place.file, "uriBaseId": _ROOT},
                        "region": {"startLine": place.line},
                    },
                    "logicalLocations": [_logical_location(result)],
                }
            ],
            "partialFingerprints": {"certgate/v1": result.fingerprint(finding)},
            "properties": {
                "outcome": finding.outcome.value,
                "subject": finding.subject,
                **({"vantage": for_json(finding.vantage)} if finding.vantage else {}),
                **({"labels": _labels(result.target)} if result.target.labels else {}),
                **({"observations": _observations(result)} if result.target.source.needs_connection else {}),
                **({"known": True} if finding.known else {}),
                "violation": finding.violates(self._header.fail_on),
                "evidence": {for_json(name): for_json(value) for name, value in finding.evidence.items()},
            },
        }
        if finding.excused and not finding.accepted_until:
            described["suppressions"] = [_suppression(finding)]
        if finding.rule in self._indexes:
            described["ruleIndex"] = self._indexes[finding.rule]
        return described


def _rank(severity: Severity) -> int:
    return severity.rank


def _suppression(finding: Finding) -> dict[str, Any]:
    """A waiver or the baseline as SARIF has it (SARIF 2.1.0 §3.35): accepted, outside of the code."""
    return {"kind": "external", "status": "accepted", "justification": for_sarif(excuse(finding))}


def _labels(target: Target) -> dict[str, str]:
    return {for_json(name): for_json(value) for name, value in sorted(target.labels.items())}


def _observations(result: TargetResult) -> list[dict[str, str | int]]:
    return [
        {
            "address": for_json(observation.vantage.address),
            "serverName": for_json(observation.vantage.server_name or ""),
            **({"keyType": for_json(observation.vantage.key_type)} if observation.vantage.key_type else {}),
            "protocol": result.target.source.endpoint.protocol,
            "connections": observation.connections,
        }
        for observation in result.observations
    ]


def _logical_location(result: TargetResult) -> dict[str, str]:
    return {
        "name": for_json(result.target.source.name),
        "fullyQualifiedName": for_json(result.target.id),
        "kind": "resource",
    }


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
