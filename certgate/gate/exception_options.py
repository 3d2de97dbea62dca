"""The options for waivers and baselines: a run without a baseline loads nothing of it."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from certgate.gate.clock_option import parse_day
from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.listener import Listener
from certgate.reports.destinations import Destinations

if TYPE_CHECKING:
    from certgate.policy.baseline import LoadedBaseline

__all__ = ["ExceptionOptions"]


@frozen(slots=True, kw_only=True)
class ExceptionOptions:
    """The command-line options for exceptions."""

    no_waivers: bool = False
    baseline: str | None = None
    write_baseline: str | None = None
    accept_known_unreachable: str | None = None
    sarif_suppressed: bool = False

    def known(self) -> "LoadedBaseline | None":
        """The baseline to apply. Raises UsageError if the file is not a baseline."""
        if not self.baseline:
            return None
        from certgate.policy.baseline import load_baseline

        return load_baseline(self.baseline)

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
        from certgate.gate.baseline_recorder import BaselineRecorder

        return (BaselineRecorder(destinations.sink(f"--write-baseline {path}", path, stays=True), path),)
