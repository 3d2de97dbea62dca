"""The options of the command line about a journal: a run without one loads nothing of it."""

from typing import TYPE_CHECKING

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.shard import Shard
from certgate.reports.destinations import Destinations

if TYPE_CHECKING:
    from certgate.gate.journaling import Journal

__all__ = ["JournalOptions"]


@frozen(kw_only=True)
class JournalOptions:
    """The options of the command line."""

    folder: str | None = None
    resume: bool = False
    changed_targets: bool = False

    def begun(self, destinations: Destinations, shard: Shard) -> "Journal | None":
        """The journal of a run over the shard; None without --journal. Raises UsageError."""
        if self.changed_targets and not self.resume:
            raise UsageError("--changed-targets is for --resume")
        if self.folder is None:
            if self.resume:
                raise UsageError("--resume needs --journal FOLDER, with the journal of the run that was ended")
            return None
        from certgate.gate.journaling import Journal

        destinations.folder(f"--journal {self.folder}", self.folder)
        return Journal(self.folder, shard, resume=self.resume, changed_targets=self.changed_targets)
