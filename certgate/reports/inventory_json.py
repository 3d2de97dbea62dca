"""The inventory for programs: JSON, an object for each certificate at each place."""

from dataclasses import asdict
from datetime import UTC
from typing import TextIO

from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.inventory_rows import COLUMNS, inventory_rows
from certgate.reports.json_text import dumped

__all__ = ["InventoryJsonReport"]


class InventoryJsonReport(Report):
    """Written as results come."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._separator = "\n"

    def begin(self, header: RunHeader) -> None:
        """Who wrote it and when, and which targets are left out."""
        self.sink.write(f'{{\n"certgate": {dumped(header.version)},\n')
        self.sink.write(f'"started_at": "{header.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",\n')
        left_out = header.not_observed and asdict(header.not_observed)
        self.sink.write(f'"not_observed": {dumped(left_out)},\n"certificates": [')

    def add(self, result: TargetResult) -> None:
        """One object a line."""
        for row in inventory_rows(result):
            self.sink.write(self._separator + dumped({name: getattr(row, name) for name in COLUMNS}))
            self._separator = ",\n"

    def end(self, summary: RunSummary) -> None:
        """Whether every target is in it."""
        self.sink.write(f'\n],\n"is_whole": {dumped(summary.is_whole)}\n}}\n')
