"""A waiver: a named, reasoned, owned and expiring exception for a rule at a target."""

from datetime import date, datetime

from certgate.model.frozen import frozen
from certgate.model.target import Place

__all__ = ["Waiver", "WaiverUse", "matches"]


@frozen(slots=True, kw_only=True)
class Waiver:
    """A waiver as written in a policy. It excuses failures only: what is unknown stays unknown."""

    rule: str
    """A rule's id, or a glob."""
    target: str
    """A target's id, or a glob."""
    reason: str
    owner: str
    expires: date
    """The last day on which it is valid, UTC, including the whole day."""
    certificate: str = ""
    """The SHA-256 of a public key (SPKI) or a serial number, in lower-case hexadecimal digits; empty for any."""
    ticket: str = ""
    place: Place | None = None

    def is_valid_at(self, clock: datetime) -> bool:
        """Whether it has not expired at `clock` (aware, UTC)."""
        return clock.date() <= self.expires

    def is_for_target(self, id: str) -> bool:
        """Whether it applies to the target."""
        return matches(self.target, id)

    def is_for_rule(self, id: str) -> bool:
        """Whether it applies to the rule."""
        return matches(self.rule, id)


@frozen(slots=True)
class WaiverUse:
    """A waiver, and how often it applied at one or more targets."""

    waiver: Waiver
    failures: int = 0
    """Failures that it excuses, or would excuse if it had not expired."""
    targets: int = 0
    """Targets to which it applies."""
    not_checked: int = 0
    """How many of these targets its rules could not be checked for."""

    def __add__(self, other: "WaiverUse") -> "WaiverUse":
        """The sum over the targets of both."""
        return WaiverUse(
            self.waiver,
            self.failures + other.failures,
            self.targets + other.targets,
            self.not_checked + other.not_checked,
        )


def matches(pattern: str, text: str) -> bool:
    """Whether the text matches the glob `pattern`: `*` matches any characters, `?` one, all others themselves.

    So an id such as `[fd00::a1]:8443` matches itself only. The number of steps is at most the product of the two
    lengths.
    """
    if pattern == text:
        return True
    here = there = 0
    star: tuple[int, int] | None = None
    """The position of the last `*`, and the position in the text up to which it matches."""
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
