"""What a run of the forecast comes to: for every target what will start to fail, the same thing told once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from certgate.judge.forecast import Change, changes
from certgate.judge.moments import moments
from certgate.judge.renewal import renewals
from certgate.model.finding import Severity
from certgate.model.observation import Observation
from certgate.model.target import Target
from certgate.model.verdict import TargetResult
from certgate.policy.model import Policy
from certgate.policy.packs import RESERVED_RULE

__all__ = ["Event", "Outlook", "Unseen", "event_of"]


class Event(NamedTuple):
    """Something that starts to fail at one moment, at however many targets."""

    at: datetime
    rule: str
    kind: str
    """`error`, `warning` or `info`; `not-checked` or `crashed` where the answer will be missing."""
    subject: str
    """The finding's subject; for a certificate its role and name. Foreign text."""
    message: str
    """Foreign text."""
    renewal: bool
    """It is about a renewal that is like today's certificate."""


class Unseen(NamedTuple):
    """A target of which nothing can be foretold."""

    target: str
    reason: str


@dataclass
class Outlook:
    """From `start` to `end`; results are told to it one by one, and it keeps none of them."""

    start: datetime
    end: datetime
    targets: int = 0
    failing: int = 0
    """Violations there are at the start, which are no matter of a forecast."""
    unseen: list[Unseen] = field(default_factory=list)
    interrupted: bool = False
    _events: dict[Event, list[str]] = field(default_factory=dict)

    def add(
        self,
        target: Target,
        observation: Observation,
        judge: Callable[[datetime], TargetResult],
        policy: Policy,
        fail_on: Severity,
    ) -> None:
        """Judge what was observed of one target at every moment that matters."""
        self.targets += 1
        today = judge(self.start)
        self.unseen += [Unseen(target.id, f.message) for f in today.findings if f.undecided and f.rule == RESERVED_RULE]
        self.failing += sum(finding.violates(fail_on) for finding in today.findings)
        dates = moments(self.start, self.end, policy, policy.waivers, today.certificates)
        names = {certificate.label: certificate.subject for certificate in today.certificates}
        found = (*changes(judge, dates), *renewals(target, observation, policy, self.start, self.end))
        for change in found:
            self.put(event_of(change, names), [target.id])

    def put(self, event: Event, targets: Iterable[str]) -> None:
        """Note that the event happens at the targets."""
        self._events.setdefault(event, []).extend(targets)

    def events(self) -> Iterator[tuple[Event, list[str]]]:
        """What will happen, the soonest first, with the targets it happens at."""
        yield from sorted(self._events.items())


def event_of(change: Change, names: Mapping[str, str]) -> Event:
    """The change as it is told; `names` are those of certificates by label."""
    finding = change.finding
    kind = finding.outcome.value if finding.undecided else finding.severity.value
    subject = f"{finding.subject} {names.get(finding.subject, '')}".rstrip()
    return Event(change.at, finding.rule, kind, subject, finding.message, change.renewal)
