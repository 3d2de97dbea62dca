"""The reports of `certgate diff`: terminal, Markdown, text, Slack, HTML and JSON."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TextIO

import certgate
from certgate.model.counted import plural
from certgate.model.difference import Difference
from certgate.model.snapshot import ComparedRun
from certgate.reports.difference_members import difference_members, time_text
from certgate.reports.difference_text import counted, heading, sections
from certgate.reports.escape import for_markdown, for_slack, for_terminal, to_json
from certgate.reports.interface import ReportOptions
from certgate.reports.json_text import dumped
from certgate.reports.message import MOST_CHARACTERS
from certgate.reports.page import Page

__all__ = ["DIFF_FORMATS"]

_DIFF_VERSION = 1
Writer = Callable[[Difference, TextIO, ReportOptions], None]


def _terminal(difference: Difference, sink: TextIO, options: ReportOptions) -> None:
    page = Page(sink, width=options.width, colour=options.colour)
    page.line((f"certgate {certgate.__version__}", "bold"), f", {heading(difference)}", hang=2)
    page.blank()
    for section in sections(difference, str, verbose=options.verbose):
        page.line((f"{section.title} ({len(section.lines):,})", "bold"))
        for target, said in section.lines:
            page.line((target, "bold"), f"  {said}" if said else "", indent=2, hang=2)
        page.blank()
    page.line(counted(difference), hang=2)


def _markdown(difference: Difference, sink: TextIO, options: ReportOptions) -> None:
    sink.write(f"## certgate: {counted(difference)}\n\n{heading(difference, for_markdown)}\n\n")
    for section in sections(difference, for_markdown, verbose=options.verbose):
        sink.write(f"### {section.title}\n\n")
        sink.writelines(f"- {target} {said}".rstrip() + "\n" for target, said in section.lines)
        sink.write("\n")


def _message(difference: Difference, escape: Callable[[str], str], bold: Callable[[str], str]) -> Iterator[str]:
    """At most MOST_CHARACTERS; the last line counts what is left out."""
    lines = [f"{bold('certgate')}: {counted(difference)}", heading(difference, escape)]
    for section in sections(difference, escape):
        lines += ["", bold(section.title), *(f"{target}: {said}" if said else target for target, said in section.lines)]
    left = MOST_CHARACTERS - len("and 99,999,999 more lines") - 1
    for number, line in enumerate(lines):
        left -= len(line) + 1
        if left < 0:
            yield f"and {plural(len(lines) - number, 'more line')}"
            return
        yield line


def _text(difference: Difference, sink: TextIO, options: ReportOptions) -> None:  # noqa: ARG001 (nothing to choose)
    sink.writelines(f"{line}\n" for line in _message(difference, for_terminal, str))


def _slack(difference: Difference, sink: TextIO, options: ReportOptions) -> None:  # noqa: ARG001 (nothing to choose)
    sink.write(to_json({"text": "\n".join(_message(difference, for_slack, lambda text: f"*{text}*"))}) + "\n")


def _json(difference: Difference, sink: TextIO, options: ReportOptions) -> None:  # noqa: ARG001 (nothing to choose)
    members: dict[str, Any] = {
        "certgate": certgate.__version__,
        "diff_version": _DIFF_VERSION,
        "old": _run(difference.old),
        "new": _run(difference.new),
        **difference_members(difference),
    }
    members["findings"].setdefault("still", [])
    inside = ",\n".join(f'"{name}": {dumped(value)}' for name, value in members.items())
    sink.write(f"{{\n{inside}\n}}\n")


def _run(run: ComparedRun) -> dict[str, Any]:
    return {"file": run.name, "at": time_text(run.at), "targets": run.targets}


def _html(difference: Difference, sink: TextIO, options: ReportOptions) -> None:
    from certgate.reports.web.difference_page import write_difference_page

    write_difference_page(difference, sink, options)


DIFF_FORMATS: Mapping[str, Writer] = MappingProxyType(
    {"terminal": _terminal, "json": _json, "markdown": _markdown, "text": _text, "slack": _slack, "html": _html}
)
"""The formats of a comparison; those of runs that are not here are about one run alone."""
