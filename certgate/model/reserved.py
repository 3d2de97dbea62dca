"""The rules that belong to every policy, with their documentation: no policy sets them, and nothing excuses them."""

from collections.abc import Mapping
from types import MappingProxyType

from certgate.model.rule_doc import RuleDoc, page_of

__all__ = [
    "BASELINE_EXPIRING",
    "BASELINE_GONE",
    "EXCEPTION_RULES",
    "RESERVED",
    "TARGET_OBSERVED",
    "WAIVER_EXPIRED",
    "WAIVER_EXPIRING",
    "WAIVER_UNUSED",
]

TARGET_OBSERVED = "target.observed"
"""Whether there was anything to evaluate. The only reserved rule that is a check."""
WAIVER_EXPIRED = "waiver.expired"
WAIVER_EXPIRING = "waiver.expiring"
WAIVER_UNUSED = "waiver.unused"
BASELINE_GONE = "baseline.gone"
BASELINE_EXPIRING = "baseline.expiring"
RESERVED = frozenset(
    {TARGET_OBSERVED, WAIVER_EXPIRED, WAIVER_EXPIRING, WAIVER_UNUSED, BASELINE_GONE, BASELINE_EXPIRING}
)

_ENDS = "certgate: an exception ends on its day"
EXCEPTION_RULES: Mapping[str, RuleDoc] = MappingProxyType(
    {
        doc.id: doc
        for doc in (
            RuleDoc(
                id=WAIVER_EXPIRED,
                page=page_of(WAIVER_EXPIRED),
                citation=_ENDS,
                judges="waiver",
                title="No waiver has expired",
                explanation="A failure counts again once its waiver has expired. The waiver includes the day of "
                "`expires` (UTC). This rule belongs to every policy; it has the severity of the failure, and nothing "
                "excuses it.",
                why="an exception without an end becomes the rule.",
                fix="fix the failure and remove the waiver; or agree with its owner on a new date and a new reason.",
            ),
            RuleDoc(
                id=WAIVER_EXPIRING,
                page=page_of(WAIVER_EXPIRING),
                citation=_ENDS,
                judges="waiver",
                title="No waiver in use ends within 30 days",
                explanation="This rule belongs to every policy. It reports, and does not fail the run.",
                why="on the day after, the failure counts again.",
                fix="fix the failure before that day, or agree with the owner of the waiver on a new date.",
            ),
            RuleDoc(
                id=WAIVER_UNUSED,
                page=page_of(WAIVER_UNUSED),
                citation=_ENDS,
                judges="waiver",
                title="Every waiver is used",
                explanation="This rule belongs to every policy. It reports, and does not fail the run.",
                why="an unused waiver may later excuse a failure that nobody has looked at.",
                fix="remove the waiver from the policy, or correct its rule, target or certificate.",
            ),
            RuleDoc(
                id=BASELINE_GONE,
                page=page_of(BASELINE_GONE),
                citation=_ENDS,
                judges="baseline",
                title="Everything in the baseline still exists",
                explanation="A violation in the baseline is fixed, or a target that is known there not to answer "
                "answers again. This rule belongs to every policy. It reports, and does not fail the run.",
                why="the baseline would excuse the violation, or the target, again.",
                fix="write the baseline again with `--write-baseline`.",
            ),
            RuleDoc(
                id=BASELINE_EXPIRING,
                page=page_of(BASELINE_EXPIRING),
                citation=_ENDS,
                judges="baseline",
                title="The acceptance of targets that do not answer ends in more than 30 days",
                explanation="`accept_known_unreachable` holds to the end of its day (UTC). This rule belongs to every "
                "policy. It reports, and does not fail the run.",
                why="on the day after, targets that are known not to answer count, and the run is incomplete.",
                fix="start these services, remove them from the targets, or agree on a new date.",
            ),
        )
    }
)
"""The rules about waivers and the baseline, by id: they have no check."""
