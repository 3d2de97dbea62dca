"""`--report FORMAT[=PATH|-]`: the format and destination of a report."""

import difflib
import importlib
from collections.abc import Mapping
from types import MappingProxyType

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.reports.interface import Report
from certgate.reports.label_paths import LabelPath

__all__ = ["FORMATS", "STDOUT", "ReportSpec"]

STDOUT = "-"
_STDOUT_DEVICES = frozenset({"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
"""The same, by the names that a system has for it."""
FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "terminal": "terminal:TerminalReport",
        "json": "json_report:JsonReport",
        "jsonl": "jsonl:JsonLinesReport",
        "concise": "concise:ConciseReport",
        "junit": "junit:JUnitReport",
        "sarif": "sarif:SarifReport",
        "gitlab": "gitlab:GitLabReport",
        "markdown": "markdown:MarkdownReport",
        "csv": "csv_report:CsvReport",
        "inventory": "inventory:InventoryReport",
        "inventory-json": "inventory_json:InventoryJsonReport",
        "text": "text_report:TextReport",
        "slack": "slack:SlackReport",
        "openmetrics": "openmetrics:OpenMetricsReport",
        "html": "web.html_report:HtmlReport",
        "github-summary": "github_summary:GitHubSummaryReport",
        "github-annotations": "github_annotations:GitHubAnnotationsReport",
    }
)
"""Format → module and class, imported where used."""
_FOLDERS = frozenset({"html"})
"""Formats that may be a folder."""


@frozen(slots=True)
class ReportSpec:
    """A report format and its path; `-` is standard output."""

    format: str
    path: str = STDOUT

    @classmethod
    def parse(cls, text: str) -> "ReportSpec":
        """Read `FORMAT`, `FORMAT=-` or `FORMAT=PATH`. Raises UsageError."""
        name, equals, path = text.partition("=")
        if name not in FORMATS:
            near = difflib.get_close_matches(name, FORMATS, n=1)
            advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(FORMATS)}"
            raise UsageError(f"--report {text!r}: there is no report format {name!r}; {advice}")
        if equals and not path:
            raise UsageError(
                f"--report {text!r}: the path is missing; write {name}=FILE, or {name}=- for standard output"
            )
        if path.endswith("/") and name not in _FOLDERS:
            raise UsageError(f"--report {text!r}: {name} is one file; name a file in the folder")
        LabelPath.of(path)
        return cls(name, STDOUT if not path or path in _STDOUT_DEVICES else path)

    @property
    def is_folder(self) -> bool:
        """Whether the report is several files in a folder."""
        return self.path.endswith("/")

    @property
    def report(self) -> type[Report]:
        """The format's class."""
        module, _, name = FORMATS[self.format].partition(":")
        found: type[Report] = getattr(importlib.import_module(f"certgate.reports.{module}"), name)
        return found

    def __str__(self) -> str:
        return f"{self.format}={self.path}"
