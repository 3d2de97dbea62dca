"""What every corpus is told as: cases that agree, that disagree, and that were skipped."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Disagreement:
    """A case that certgate judges otherwise than its label."""

    case: str
    expected: str
    found: str


@dataclass
class Tally:
    """The result of one corpus. `missing` says why it could not be read at all."""

    corpus: str
    agree: int = 0
    disagree: list[Disagreement] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    """Reason by case."""
    missing: str = ""
    explained: Mapping[str, str] = field(default_factory=dict)
    """Why certgate judges otherwise, by case."""

    @property
    def unexplained(self) -> list[Disagreement]:
        return [d for d in self.disagree if d.case not in self.explained]

    @property
    def cases(self) -> int:
        return self.agree + len(self.disagree) + len(self.skipped)

    def add(self, case: str, expected: str, found: str, why: str = "") -> None:
        """Count one judged case; `why` explains what was found."""
        if expected == found:
            self.agree += 1
        else:
            self.disagree.append(Disagreement(case, expected, f"{found}: {why}" if why else found))
