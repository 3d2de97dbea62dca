"""Why a finding matters and what to do about it, in one line each."""

from collections.abc import Mapping
from typing import NamedTuple

from certgate.model.finding import Finding, Outcome
from certgate.model.reserved import TARGET_OBSERVED
from certgate.model.rule_doc import RuleDoc

__all__ = ["Advice", "advice"]


class Advice(NamedTuple):
    """For a reader of reports."""

    why: str
    fix: str
    source: str


def advice(finding: Finding, rules: Mapping[str, RuleDoc]) -> Advice:
    """A failure is explained by its rule, of those of the run; a missing answer has causes and remedies of its own.

    The documentation of the rule on targets that were not seen is about a missing answer itself.
    """
    doc = rules[finding.rule]
    if finding.outcome is Outcome.CRASHED:
        return Advice(
            "a check that broke off has judged nothing, and what is not known is never a pass",
            "this is a bug in certgate: report it, with the certificate if you may share it",
            doc.citation,
        )
    if finding.outcome is Outcome.NOT_CHECKED and finding.rule != TARGET_OBSERVED:
        return Advice(
            "what is not known is never a pass" if finding.required else "it is not known; the policy does not insist",
            "provide what is missing" + (", or say `required: false` in the policy" if finding.required else ""),
            doc.citation,
        )
    return Advice(doc.why, doc.fix, doc.citation)
