"""Rules and notifications as SARIF describes them, with the help that code scanning shows beside an alert."""

from typing import Any

from certgate import DOCUMENTS
from certgate.model.finding import Severity
from certgate.model.reserved import BASELINE_EXPIRING, BASELINE_GONE, WAIVER_EXPIRING, WAIVER_UNUSED
from certgate.model.rule_doc import RuleDoc
from certgate.reports.escape import cut

__all__ = ["LEVELS", "notification_descriptors", "rule_descriptor"]

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SECURITY_SEVERITIES = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.INFO: "2.0"}
"""Numbers as text: GitHub calls them high from 7.0, medium from 4.0, else low."""
_LONGEST_DESCRIPTION = 1024
_NOTIFICATIONS = {
    "target.incomplete": ("A target was not checked completely.", "See the results of the target for what is missing."),
    "results.left-out": ("There are more results than code scanning shows.", "See another report for all of them."),
    "targets.not-observed": ("Targets that need a connection are left out.", "Run certgate scan to observe them."),
    "rule.off": ("A policy switches a rule off.", "See the reason; remove `disabled` to switch the rule on again."),
    WAIVER_EXPIRING: ("A waiver ends soon.", "Fix what it excuses, or agree on a new date with its owner."),
    WAIVER_UNUSED: ("A waiver is unused.", "Remove the waiver from the policy, or correct it."),
    BASELINE_EXPIRING: (
        "Targets that do not answer will count soon, or count again.",
        "Start these services, remove the targets, or agree on a new date.",
    ),
    BASELINE_GONE: ("Something in the baseline is gone.", "Write the baseline again with --write-baseline."),
    "run.incomplete": (
        "Targets were not visited or are missing, or a report failed.",
        "See the message; report bugs in certgate.",
    ),
    "run.interrupted": ("The run was interrupted before every target was checked.", "Run it again."),
}


def rule_descriptor(doc: RuleDoc, severity: Severity) -> dict[str, Any]:
    """The `reportingDescriptor` of a rule that is used with this severity (SARIF 2.1.0 §3.49)."""
    explanation = doc.explanation or doc.title
    paragraphs = (explanation, f"Why: {doc.why}", f"Fix: {doc.fix}", f"Source: {doc.citation}")
    markdown = (f"**{doc.title}**", explanation, f"**Why:** {doc.why}", f"**Fix:** {doc.fix}", doc.citation)
    return {
        "id": doc.id,
        "name": "".join(word.capitalize() for word in doc.id.replace("-", ".").split(".")),
        "shortDescription": {"text": cut(f"{doc.title}.", _LONGEST_DESCRIPTION)},
        "fullDescription": {"text": cut(explanation, _LONGEST_DESCRIPTION)},
        "help": {"text": "\n\n".join(paragraphs), "markdown": "\n\n".join(markdown)},
        **({"helpUri": doc.page} if doc.page else {}),
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {
            "tags": ["security", "certificate", doc.family],
            "precision": "very-high",
            "security-severity": _SECURITY_SEVERITIES[severity],
        },
    }


def notification_descriptors() -> list[dict[str, Any]]:
    """The notifications that a run may have, with everything that GitHub requires of a descriptor."""
    return [
        {
            "id": id,
            "shortDescription": {"text": what},
            "fullDescription": {"text": what},
            "help": {"text": fix},
            "helpUri": f"{DOCUMENTS}/reference/reports.md",
        }
        for id, (what, fix) in _NOTIFICATIONS.items()
    ]
