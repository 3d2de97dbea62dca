"""What was found wrong with an object, and what that means for its admission."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from certgate.model.counted import plural
from certgate.model.frozen import frozen
from certgate.reports.escape import for_terminal
from certgate.webhook.admission_review import Review

__all__ = ["COMPLIANT", "Answering", "Decision", "Judgement", "Mode", "Remark", "Weight", "unjudged"]

_LONGEST_WARNING = 256
"""Characters; the API server cuts what is longer."""
_WARNINGS, _DENIALS = 10, 5
"""Most remarks in one answer; the API server drops warnings beyond 4 KiB."""
_LONGEST_LIST = 2_000
_DENIED, _NOT_NOW = 403, 503


class Weight(StrEnum):
    """What a remark means."""

    VIOLATED = "violated"
    MISSING = "missing"
    """An answer that is required is missing."""
    WARNING = "warning"


@frozen(slots=True, kw_only=True)
class Remark:
    """One thing that is wrong with an object. The texts are escaped."""

    weight: Weight
    rule: str
    text: str
    fix: str = ""


@frozen(slots=True, kw_only=True)
class Judgement:
    """Everything that is wrong with an object, as far as it was judged."""

    remarks: tuple[Remark, ...] = ()
    policy: str = ""
    is_judged: bool = True
    """Whether it was judged at all; if not, the remark says why."""


COMPLIANT = Judgement()


def unjudged(reason: str) -> Judgement:
    """The judgement of an object that was not judged."""
    remark = Remark(weight=Weight.MISSING, rule="", text=for_terminal(f"not judged: {reason}"))
    return Judgement(remarks=(remark,), is_judged=False)


class Mode(StrEnum):
    """Whether anything is denied."""

    ENFORCE = "enforce"
    AUDIT = "audit"


class Decision(StrEnum):
    """What an answer comes to, for metrics and for the audit log."""

    ALLOWED = "allowed"
    WARNED = "warned"
    """Allowed, with warnings."""
    INCOMPLETE = "incomplete"
    """Allowed with warnings, though an answer is missing."""
    UNJUDGED = "unjudged"
    """Allowed with a warning, though it was not judged."""
    DENIED = "denied"
    WOULD_DENY = "would-deny"
    """Allowed, because the mode is audit."""


@frozen(slots=True, kw_only=True)
class Answering:
    """How judgements become answers."""

    mode: Mode = Mode.ENFORCE
    denies_incomplete: bool = False

    def decide(self, judgement: Judgement) -> tuple[Decision, Review]:
        """The decision, and the answer to the API server."""
        against = [one for one in judgement.remarks if self._denies(one)]
        beside = [one for one in judgement.remarks if not self._denies(one)]
        decision = self._decision(judgement, against)
        if decision is Decision.DENIED:
            code = _DENIED if judgement.is_judged else _NOT_NOW
            message = _message(judgement.policy, against)
            return decision, Review(
                allowed=False, code=code, message=message, annotations=_annotations(decision, against, beside)
            )
        warnings = [_warning(one, "would be denied: " if self._denies(one) else "") for one in (*against, *beside)]
        return decision, Review(
            allowed=True, warnings=_few(warnings), annotations=_annotations(decision, against, beside)
        )

    def _denies(self, remark: Remark) -> bool:
        return remark.weight is Weight.VIOLATED or (self.denies_incomplete and remark.weight is Weight.MISSING)

    def _decision(self, judgement: Judgement, against: Sequence[Remark]) -> Decision:
        if against:
            return Decision.WOULD_DENY if self.mode is Mode.AUDIT else Decision.DENIED
        if not judgement.is_judged:
            return Decision.UNJUDGED
        if any(one.weight is Weight.MISSING for one in judgement.remarks):
            return Decision.INCOMPLETE
        return Decision.WARNED if judgement.remarks else Decision.ALLOWED


def _message(policy: str, against: Sequence[Remark]) -> str:
    """Why it is denied: rule, reason and fix of each problem."""
    lines = [f"{_named(one)}{f'. Fix: {one.fix}' if one.fix else ''}" for one in against[:_DENIALS]]
    if more := len(against) - len(lines):
        lines.append(f"and {plural(more, 'more problem')}")
    return "\n".join([*([f"violates the policy {policy}:"] if policy else []), *lines])


def _named(remark: Remark) -> str:
    return f"{remark.rule}: {remark.text}" if remark.rule else remark.text


def _warning(remark: Remark, prefix: str) -> str:
    text = f"{prefix}{_named(remark)}"
    return text if len(text) <= _LONGEST_WARNING else f"{text[: _LONGEST_WARNING - 1]}…"


def _few(warnings: Sequence[str]) -> Sequence[str]:
    if len(warnings) <= _WARNINGS:
        return warnings
    kept = _WARNINGS - 1
    return [*warnings[:kept], f"certgate: and {plural(len(warnings) - kept, 'more warning')}"]


def _annotations(decision: Decision, against: Iterable[Remark], beside: Iterable[Remark]) -> dict[str, str]:
    found = {"denied-by": _rules(against), "warned-by": _rules(beside)}
    named = {name: rules for name, rules in found.items() if rules}
    return {"decision": decision.value, **named} if decision is not Decision.ALLOWED else {}


def _rules(remarks: Iterable[Remark]) -> str:
    return ",".join(dict.fromkeys(one.rule for one in remarks if one.rule))[:_LONGEST_LIST]
