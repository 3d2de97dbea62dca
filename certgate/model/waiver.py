"""A waiver: a named, reasoned, owned and expiring exception for a rule at a target."""

from dataclasses import dataclass
from datetime import date, datetime

from certgate.model.target import Place

__all__ = ["Waiver", "WaiverUse", "matches"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """What a person wrote. It excuses failures, and nothing else: what is not known stays unknown."""

    rule: str
    """A rule's id, or a glob."""
    target: str
    """A target's id, or a glob."""
    reason: str
    owner: str
    expires: date
    """The last day on which it holds, in UTC, the whole day included."""
    certificate: str = ""
    """The sha256 of a public key (SPKI) or a serial number, in lower-case hexadecimal digits; empty for any."""
    ticket: str = ""
    place: Place | None = None

    def holds_at(self, clock: datetime) -> bool:
        """Whether it has not expired at `clock` (aware, UTC)."""
        return clock.date() <= self.expires

    def is_for_target(self, id: str) -> bool:
        """Whether the target is among those that it names."""
        return matches(self.target, id)

    def is_for_rule(self, id: str) -> bool:
        """Whether the rule is among those that it names."""
        return matches(self.rule, id)


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """A waiver, and what it came to at one target or at many."""

    waiver: Waiver
    failures: int = 0
    """Failures that it excuses, or would if it had not expired."""
    targets: int = 0
    """Targets that it is for."""
    not_checked: int = 0
    """Of these, how many could not be judged as far as its rules go."""

    def __add__(self, other: "WaiverUse") -> "WaiverUse":
        """What it came to at the targets of both."""
        return WaiverUse(
            self.waiver,
            self.failures + other.failures,
            self.targets + other.targets,
            self.not_checked + other.not_checked,
        )


def matches(pattern: str, text: str) -> bool:
    """Whether `pattern` is a glob for the text: `*` stands for any characters, `?` for one, all others for themselves.

    So an id such as `[fd00::a1]:8443` is its own pattern and no other's. Takes at most as many steps as both are long
    multiplied, whatever the pattern.
    """
    here = there = 0
    star: tuple[int, int] | None = None
    """Where the last `*` stands, and up to where of the text it reaches."""
    while there < len(text):
        sign = pattern[here : here + 1]
        if sign == "*":
            star = here, there
            here += 1
        elif sign in {"?", text[there]}:
            here, there = here + 1, there + 1
        elif star:
            star = star[0], star[1] + 1
            here, there = star[0] + 1, star[1]
        else:
            return False
    return not pattern[here:].strip("*")
