"""What a report is: told of the run's header, then of every target in order, then of the summary."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, TextIO

from certgate.model.verdict import RunHeader, RunSummary, TargetResult

__all__ = ["Report", "ReportOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What the reader asked for, and what the place where a report goes can show."""

    verbose: bool = False
    """Show every outcome, passes included."""
    colour: bool = False
    width: int = 80
    """Columns; for the terminal report only."""
    root: Path = Path()
    """Root of the repository (or else the working directory): locations in reports are relative to it."""
    suppressed: bool = False
    """Show excused failures where the format would leave them out."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """The environment, for what a CI runner tells of itself; it never changes a verdict."""


class Report(ABC):
    """One format. Results arrive in ordinal order, and a report keeps none: it writes as it goes, or spools.

    `begin` is called once, then `add` for every target, then `end`; `close` in the end in any case.
    """

    appends: ClassVar[bool] = False
    """Whether a file that is there already is added to, where its reader wants that, rather than replaced."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        self.sink = sink
        self.options = options

    @abstractmethod
    def begin(self, header: RunHeader) -> None:
        """Say what is known before the first target."""

    @abstractmethod
    def add(self, result: TargetResult) -> None:
        """Say what became of one target."""

    @abstractmethod
    def end(self, summary: RunSummary) -> None:
        """Say what is known after the last target."""

    def close(self) -> None:  # noqa: B027 (most reports hold nothing)
        """Give back what the report took besides its sink. Leaves the sink open."""
