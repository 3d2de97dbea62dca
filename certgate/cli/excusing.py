"""What the command line says of exceptions, and the recording of a baseline."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from certgate.gate import Listener
from certgate.judge.baseline import violations
from certgate.model.baseline import Known
from certgate.model.finding import Severity
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.policy.baseline import LoadedBaseline, dump_baseline, load_baseline
from certgate.reports.sink import open_path

__all__ = ["Excusing"]


@dataclass(frozen=True, slots=True)
class Excusing:
    """The options as they were given."""

    no_waivers: bool = False
    baseline: str | None = None
    write_baseline: str | None = None
    sarif_suppressed: bool = False

    def known(self) -> LoadedBaseline | None:
        """The baseline to judge by. Raises UsageError for a file that is none."""
        return load_baseline(self.baseline) if self.baseline else None

    @contextmanager
    def recorded(self, listener: Listener) -> Iterator[Listener]:
        """A listener that hears all that `listener` hears, and writes the baseline after a whole run.

        Raises UsageError, before anything is observed, for a place that cannot be written.
        """
        if not self.write_baseline:
            yield listener
            return
        sink = open_path(self.write_baseline)
        recorder = _Recorder(listener)
        try:
            yield recorder
            if recorder.is_whole:
                sink.stream.write(dump_baseline(recorder.violations))
                sink.commit()
        finally:
            sink.discard()


class _Recorder:
    """Keeps the violations of a run."""

    def __init__(self, listener: Listener) -> None:
        self.violations: list[Known] = []
        self.is_whole = False
        self._listener = listener
        self._fail_on = Severity.ERROR

    def begin(self, header: RunHeader) -> None:
        self._fail_on = header.fail_on
        self._listener.begin(header)

    def add(self, result: TargetResult) -> None:
        self.violations += violations(result, self._fail_on)
        self._listener.add(result)

    def end(self, summary: RunSummary) -> None:
        self._listener.end(summary)
        self.is_whole = not summary.interrupted
