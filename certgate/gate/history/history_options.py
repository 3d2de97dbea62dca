"""The options of the command line about a history: a run without one loads nothing of it."""

from typing import TYPE_CHECKING

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.reports.destinations import Destinations

if TYPE_CHECKING:
    from certgate.gate.history.history import History

__all__ = ["HistoryOptions"]

_KEEP = 90
"""Runs that are kept unless --keep says otherwise."""


@frozen(kw_only=True)
class HistoryOptions:
    """The options of the command line."""

    folder: str | None = None
    keep: int | None = None

    def begun(self, destinations: Destinations) -> "History | None":
        """The history; None without --history. Raises UsageError if the folder cannot be written."""
        if self.folder is None:
            if self.keep is not None:
                raise UsageError("--keep is for --history FOLDER")
            return None
        from certgate.gate.history.history import History

        return History(self.folder, destinations, keep=self.keep or _KEEP)
