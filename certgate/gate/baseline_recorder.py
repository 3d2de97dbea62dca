"""`--write-baseline`: what a run found, as the baseline of later runs."""

from collections.abc import Iterable
from pathlib import Path

from certgate.judge.exceptions import violations
from certgate.model.baseline import Known, KnownUnreachable
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.listener import Listener
from certgate.model.verdict import RunHeader, RunSummary, TargetResult
from certgate.policy.baseline import dump_baseline, load_baseline
from certgate.reports.complaint import complain
from certgate.reports.sink import Sink

__all__ = ["BaselineRecorder"]


class BaselineRecorder(Listener):
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
        """Note from which severity on violations fail."""
        self._fail_on = header.fail_on

    def add(self, result: TargetResult) -> None:
        """Collect what is wrong with one target."""
        self._violations += violations(result, self._fail_on)
        self._unreachable += [KnownUnreachable.of(result)] if result.is_unreachable else []

    def end(self, summary: RunSummary) -> None:
        """Write the baseline, if the run is whole."""
        if summary.is_whole:
            changes = self._changes() if Path(self._path).is_file() else ""
            self._sink.stream.write(dump_baseline(self._violations, self._unreachable))
            self._sink.commit()
            if changes:
                complain(f"{self.name}: {changes}")

    def abort(self) -> None:
        """Leave the file of an earlier run as it is."""
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
