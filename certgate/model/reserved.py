"""The rules that belong to every policy: no policy sets them, and nothing excuses them. Their ids stand here alone."""

from collections.abc import Mapping
from types import MappingProxyType

from certgate.model.rule_doc import RuleDoc

__all__ = [
    "BASELINE_GONE",
    "EXCEPTION_RULES",
    "RESERVED",
    "TARGET_OBSERVED",
    "WAIVER_EXPIRED",
    "WAIVER_EXPIRING",
    "WAIVER_UNUSED",
]

TARGET_OBSERVED = "target.observed"
"""Was there anything to judge? The one of them that is a check."""
WAIVER_EXPIRED = "waiver.expired"
WAIVER_EXPIRING = "waiver.expiring"
WAIVER_UNUSED = "waiver.unused"
BASELINE_GONE = "baseline.gone"
RESERVED = frozenset({TARGET_OBSERVED, WAIVER_EXPIRED, WAIVER_EXPIRING, WAIVER_UNUSED, BASELINE_GONE})

_ENDS = "certgate: an exception ends on its day"
EXCEPTION_RULES: Mapping[str, RuleDoc] = MappingProxyType(
    {
        doc.id: doc
        for doc in (
            RuleDoc(
                id=WAIVER_EXPIRED,
                citation=_ENDS,
                judges="waiver",
                title="No waiver of a failure has expired",
                explanation="The failure that it excused counts again. The day of `expires` still belongs to the "
                "waiver, in UTC. This rule belongs to every policy; it has the severity of what the waiver excused, "
                "and nothing excuses it.",
                why="an exception that nobody ends becomes the rule.",
                fix="fix what was waived, then remove the waiver; or have its owner agree on a new day and a new "
                "reason.",
            ),
            RuleDoc(
                id=WAIVER_EXPIRING,
                citation=_ENDS,
                judges="waiver",
                title="No waiver in use ends within 30 days",
                explanation="This rule belongs to every policy. It tells, and fails nothing.",
                why="on the day after, the pipeline stops.",
                fix="fix what is waived before that day, or have the waiver's owner agree on a new one.",
            ),
            RuleDoc(
                id=WAIVER_UNUSED,
                citation=_ENDS,
                judges="waiver",
                title="Every waiver excuses something",
                explanation="This rule belongs to every policy. It tells, and fails nothing.",
                why="a waiver that excuses nothing today excuses tomorrow what nobody has looked at.",
                fix="remove it from the policy, or correct its rule, target or certificate.",
            ),
            RuleDoc(
                id=BASELINE_GONE,
                citation=_ENDS,
                judges="baseline",
                title="Every entry of the baseline is still a violation",
                explanation="This rule belongs to every policy. It tells, and fails nothing.",
                why="an entry that is no violation any more would hide the same one when it comes back.",
                fix="write the baseline anew with `--write-baseline`.",
            ),
        )
    }
)
"""What a run tells of waivers and of the baseline, by id: rules without a check."""
