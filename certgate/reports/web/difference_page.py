"""The comparison of two runs as a page to open in a browser."""

from typing import TextIO

import certgate
from certgate.model.difference import Difference
from certgate.reports.difference_text import counted, heading, sections
from certgate.reports.interface import ReportOptions
from certgate.reports.web import templates
from certgate.reports.web.target_view import State

__all__ = ["write_difference_page"]

_STATES = {0: State.COMPLIANT, 1: State.VIOLATED, 3: State.INCOMPLETE}
"""By the exit code of `--fail-on new`."""


def write_difference_page(difference: Difference, sink: TextIO, options: ReportOptions) -> None:
    """Write the page; with `verbose` also what is still there."""
    values = {
        **templates.inline_page(certgate.__version__),
        "state": _STATES[difference.exit_code],
        "counted": counted(difference),
        "compared": heading(difference),
        "sections": list(sections(difference, str, verbose=options.verbose)),
    }
    templates.write("difference.html", sink, values)
