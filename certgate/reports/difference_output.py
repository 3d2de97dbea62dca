"""The reports of a comparison, each to its place."""

from collections.abc import Callable, Mapping, Sequence
from typing import TextIO

from certgate.model.difference import Difference
from certgate.model.errors import CertgateError, UsageError
from certgate.reports.console import parse_colour, wants_colour, width_of
from certgate.reports.destinations import Destinations
from certgate.reports.difference_report import DIFF_FORMATS
from certgate.reports.interface import ReportOptions
from certgate.reports.label_paths import LabelPath
from certgate.reports.sink import Sink, StreamSink
from certgate.reports.spec import STDOUT, ReportSpec
from certgate.reports.streams import why

__all__ = ["write_difference"]


def write_difference(
    reports: Sequence[str], destinations: Destinations, *, verbose: bool, color: str, environ: Mapping[str, str]
) -> Callable[[Difference, TextIO], None]:
    """A function that writes the reports; the terminal's goes to standard output unless another one does.

    Raises UsageError for a format that is about one run alone, and for a place that cannot be written.
    """
    choice = parse_colour(color)
    specs = [_spec(text) for text in reports]
    on_stdout = [spec.format for spec in specs if spec.path == STDOUT]
    if len(on_stdout) > 1:
        raise UsageError(f"two reports ({' and '.join(on_stdout[:2])}) go to standard output; give one of them a path")
    files = [(spec, destinations.sink(f"--report {spec}", spec.path)) for spec in specs if spec.path != STDOUT]
    last = on_stdout or ([] if any(spec.format == "terminal" for spec in specs) else ["terminal"])

    def write(difference: Difference, stdout: TextIO) -> None:
        for spec, sink in files:
            _write(spec.format, sink, difference, ReportOptions(verbose=verbose), repr(spec.path))
        for format in last:
            options = ReportOptions(
                verbose=verbose, colour=wants_colour(choice, stdout, environ), width=width_of(stdout, environ)
            )
            _write(format, StreamSink(stdout), difference, options, "standard output")

    return write


def _spec(text: str) -> ReportSpec:
    spec = ReportSpec.parse(text)
    if spec.format not in DIFF_FORMATS:
        raise UsageError(f"--report {text!r}: {spec.format} is about one run; there are {', '.join(DIFF_FORMATS)}")
    if spec.is_folder or LabelPath.of(spec.path):
        raise UsageError(f"--report {text!r}: a comparison is one file; name it")
    return spec


def _write(format: str, sink: Sink, difference: Difference, options: ReportOptions, where: str) -> None:
    try:
        DIFF_FORMATS[format](difference, sink.stream, options)
        sink.commit()
    except OSError as error:
        sink.discard(broken=True)
        raise CertgateError(f"the {format} report could not be written to {where}: {why(error)}") from error
