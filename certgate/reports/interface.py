"""The interface of reports: the header of the run, then every target in order, then the summary."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import ClassVar, TextIO

from certgate.model.frozen import frozen
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.reports.page_folder import PageFolder

__all__ = ["Report", "ReportOptions"]


@frozen(slots=True, kw_only=True)
class ReportOptions:
    """What the user chose, and what the output can show."""

    verbose: bool = False
    """Show every outcome, passes included."""
    colour: bool = False
    links: bool = False
    """Rules are links to their pages; for the terminal report only."""
    width: int = 80
    """Columns; for the terminal report only."""
    full: bool = False
    """The terminal report lists every target, however many there are."""
    group_by: str = ""
    """How the terminal report groups targets: `rule`, `target`, `issuer` or `label.NAME`; empty leaves it to their
    number."""
    root: Path = Path()
    """Root of the repository (or else the working directory): locations in reports are relative to it."""
    suppressed: bool = False
    """Show excused failures in formats that leave them out by default."""
    metrics_labels: tuple[str, ...] = ()
    """Labels of the targets that monitoring sees."""
    pages: PageFolder | None = None
    """Where pages beside the report go; None for a report that is one file."""
    complete: tuple[str, ...] = ()
    """Files of other reports of this run that have all targets."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """The environment, for facts about the CI runner; it never changes a verdict."""


class Report(ABC):
    """One format. Results arrive in ordinal order, and a report keeps none: it writes as it goes, or spools.

    `begin` is called once, then `add` for every target, then `end`; `close` in the end in any case.
    """

    appends: ClassVar[bool] = False
    """Whether the report is added to an existing file instead of replacing it."""
    tells_findings: ClassVar[bool] = False
    """Whether people read the findings in it: beside it on standard output, the terminal report is the summary."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        self.sink = sink
        self.options = options

    @classmethod
    def files(cls) -> Mapping[str, str]:
        """The texts of the files beside its first page, by name, if it is a folder."""
        return {}

    @abstractmethod
    def begin(self, header: RunHeader) -> None:
        """Write what is known before the first target."""

    @abstractmethod
    def add(self, result: TargetResult) -> None:
        """Write the result of one target."""

    @abstractmethod
    def end(self, summary: RunSummary) -> None:
        """Write what is known after the last target."""

    def close(self) -> None:  # noqa: B027 (most reports hold nothing)
        """Release what the report holds besides its sink. Leaves the sink open."""
