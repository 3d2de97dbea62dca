"""The options for waivers and baselines, and the recording of a baseline."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from certgate.gate.clock_option import parse_day
from certgate.judge.exceptions import violations
from certgate.model.baseline import Known, KnownUnreachable
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.frozen import frozen
from certgate.model.listener import Listener
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.policy.baseline import LoadedBaseline, dump_baseline, load_baseline
from certgate.reports.complaint import complain
from certgate.reports.destinations import Destinations
from certgate.reports.sink import Sink

__all__ = ["ExceptionOptions"]


@frozen(slots=True, kw_only=True)
class ExceptionOptions:
    """The command-line options for exceptions."""

    no_waivers: bool = False
    baseline: str | None = None
    write_baseline: str | None = None
    accept_known_unreachable: str | None = None
    sarif_suppressed: bool = False

    def known(self) -> LoadedBaseline | None:
        """The baseline to apply. Raises UsageError if the file is not a baseline."""
        return load_baseline(self.baseline) if self.baseline else None

    def accepted_until(self) -> date | None:
        """The day of --accept-known-unreachable. Raises UsageError for another text, or without a baseline."""
        if self.accept_known_unreachable is None:
            return None
        if not self.baseline:
            raise UsageError("--accept-known-unreachable needs --baseline, which lists the targets that do not answer")
        return parse_day("--accept-known-unreachable", self.accept_known_unreachable)

    def recorder(self, destinations: Destinations) -> Sequence[Listener]:
        """The listener that writes the baseline of a run, if requested. Only a complete run writes one.

        Raises UsageError, before anything is observed, if the file cannot be written.
        """
        path = self.write_baseline
        if not path:
            return ()
        return (_Recorder(destinations.sink(f"--write-baseline {path}", path, stays=True), path),)


class _Recorder(Listener):
    """Collects the violations and the unreachable targets of a run, and writes them at its end.

    If it replaces a file, it says what changes.
    """

    def __init__(self, sink: Sink, path: str) -> None:
        self.name = f"--write-baseline {path}"
        self._path = path
        self._sink = sink
        self._violations: list[Known] = []
        self._unreachable: list[KnownUnreachable] = []
        self._fail_on = Severity.ERROR

    def begin(self, header: RunHeader) -> None:
        self._fail_on = header.fail_on

    def add(self, result: TargetResult) -> None:
        self._violations += violations(result, self._fail_on)
        self._unreachable += [KnownUnreachable.of(result)] if result.is_unreachable else []

    def end(self, summary: RunSummary) -> None:
        if summary.is_whole:
            changes = self._changes() if Path(self._path).is_file() else ""
            self._sink.stream.write(dump_baseline(self._violations, self._unreachable))
            self._sink.commit()
            if changes:
                complain(f"{self.name}: {changes}")

    def abort(self) -> None:
        self._sink.discard()

    def _changes(self) -> str:
        """What differs from the baseline that is replaced."""
        try:
            before = load_baseline(self._path)
        except UsageError:
            return "replaced a file that was not a baseline"
        old, new = (
            _accepted(*lists) for lists in ((before.entries, before.unreachable), (self._violations, self._unreachable))
        )
        added = len(new - old)
        return f"{added:,} {'entry' if added == 1 else 'entries'} added, {len(old - new):,} removed"


def _accepted(violations: Iterable[Known], unreachable: Iterable[KnownUnreachable]) -> set[tuple[str, str]]:
    """What a baseline accepts: fingerprints, with the severities up to which they are known."""
    known = {(one.fingerprint, one.severity.value) for one in violations}
    return known | {(one.fingerprint, "") for one in unreachable}
