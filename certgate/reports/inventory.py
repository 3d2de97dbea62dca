"""The inventory for spreadsheets: CSV, a row for each certificate at each place."""

import csv
from typing import TextIO

from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.reports.escape import for_csv
from certgate.reports.interface import Report, ReportOptions
from certgate.reports.inventory_rows import COLUMNS, inventory_rows

__all__ = ["InventoryReport"]

_LONGEST_CELL = 32_000
"""Characters; a spreadsheet takes 32,767."""


class InventoryReport(Report):
    """Written as results come."""

    def __init__(self, sink: TextIO, options: ReportOptions) -> None:
        super().__init__(sink, options)
        self._writer = csv.writer(sink, lineterminator="\n")

    def begin(self, header: RunHeader) -> None:
        """The names of the columns, and a row for each target that is not observed."""
        self._writer.writerow(COLUMNS)
        for name in header.not_observed.names if header.not_observed else ():
            self._writer.writerow([for_csv(name), *[""] * (len(COLUMNS) - 1)])

    def add(self, result: TargetResult) -> None:
        """The rows of one target."""
        for row in inventory_rows(result):
            self._writer.writerow([_cell(getattr(row, name)) for name in COLUMNS])

    def end(self, summary: RunSummary) -> None:
        """Nothing: the table has no totals."""


def _cell(value: object) -> str | int:
    match value:
        case str():
            return for_csv(value, _LONGEST_CELL)
        case int():
            return value
        case dict():
            text = "; ".join(f"{name}={label}" for name, label in value.items())
        case list():
            text = "; ".join(value)
        case _:
            text = "" if value is None else str(value)
    return for_csv(text, _LONGEST_CELL)
