"""Why a finding matters and what to do about it, in one line each."""

from typing import NamedTuple

from certgate.checks import catalogue
from certgate.model.finding import Finding, Outcome

__all__ = ["Advice", "advice"]

_OWN_WORDS = "target.observed"
"""The one rule whose words are about a missing answer."""


class Advice(NamedTuple):
    """For a reader of reports."""

    why: str
    mend: str
    source: str


def advice(finding: Finding) -> Advice:
    """A failure is explained by its check; a missing answer has causes and remedies of its own."""
    check = catalogue.check_of(finding.rule)
    if finding.outcome is Outcome.CRASHED:
        return Advice(
            "a check that broke off has judged nothing, and what is not known is never a pass",
            "this is a bug in certgate: report it, with the certificate if you may share it",
            check.citation,
        )
    if finding.outcome is Outcome.NOT_CHECKED and finding.rule != _OWN_WORDS:
        return Advice(
            "what is not known is never a pass" if finding.required else "it is not known; the policy does not insist",
            "provide what is missing" + (", or say `required: false` in the policy" if finding.required else ""),
            check.citation,
        )
    return Advice(check.why, check.mend, check.citation)
