"""`--journal FOLDER`: keeps each observation at once, and goes on with a run that was killed."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from hashlib import sha256
from types import TracebackType
from typing import Self

import certgate
from certgate.gate.judged_by import judged_by
from certgate.gate.planning import Gate
from certgate.model.errors import UsageError
from certgate.model.listener import Listener
from certgate.model.shard import Shard
from certgate.model.target import Target
from certgate.observe.clock import utc_now
from certgate.observe.journal.journal_file import JournalFile
from certgate.observe.journal.journal_form import JournalHeader, header_text
from certgate.observe.journal.journal_lines import Begun, JournalLines, Made, declaration
from certgate.observe.journal.journal_writer import JournalWriter
from certgate.observe.journal.same_run import difference, same_targets
from certgate.observe.journal.settled import Settled
from certgate.sources.interface import Declared
from certgate.system.reads import noting

__all__ = ["Journal", "Roll"]

_FRESH = timedelta(days=1)
_BEGIN = "or begin a new journal in another folder"


class Roll:
    """Counts the declared targets of a run as they pass, and makes a digest of them."""

    def __init__(self) -> None:
        self.targets = 0
        self._digest = sha256()

    def of(self, targets: Iterable[Target]) -> Iterator[Target]:
        """Pass the targets on."""
        for target in targets:
            self.targets += 1
            self._digest.update(declaration(target) + b"\n")
            yield target

    @property
    def sha256(self) -> str:
        """The digest of everything declared about the targets so far, in order, except where it is declared."""
        return self._digest.hexdigest()


class Journal:
    """The journal of one run. A context manager: the file is closed in the end."""

    def __init__(self, folder: str, shard: Shard, *, resume: bool, changed_targets: bool) -> None:
        self.name = f"--journal {folder}"
        self._folder = folder
        self._shard = shard
        self._resume = resume
        self._changed_targets = changed_targets
        self._file: JournalFile | None = None
        self.roll = Roll()
        self.writer = Listener()
        """Writes the journal, once it is open."""

    def open(self, gate: Gate, declared: Declared) -> Settled | None:
        """Begin the journal, or go on with it: returns what need not be observed again, None for a new journal.

        Raises UsageError if the journal is not empty and cannot be gone on with.
        """
        header = self._header(gate, declared)
        self._file = file = JournalFile(self._folder)
        if file.size and not self._resume:
            raise UsageError(f"{self.name}: there is one of an earlier run; go on with it by --resume, {_BEGIN}")
        lines = JournalLines(file.path)
        settled = Settled(lines)
        begun = self._read(lines, settled)
        if begun:
            self._refuse_other(begun.header, header)
            self._refuse_old(settled, at_given=gate.header.at is not None)
        begins = begun.offset if begun and same_targets(begun.header, header) else lines.whole
        try:
            file.cut(lines.whole)
            if begins == lines.whole:
                file.write(header_text(header))
        except OSError as error:
            raise UsageError(f"{self.name} cannot be written: {error.strerror}") from error
        self.writer = JournalWriter(
            file,
            self.name,
            targets=header.shard_targets,
            contents=lines.contents,
            has=lambda target: settled.find(target, since=begins) is not None,
        )
        return settled if begun else None

    def _read(self, lines: JournalLines, settled: Settled) -> Begun | None:
        """The last header; None for a journal without one whole line."""
        begun = None
        with noting():  # it is an output of the run
            for line in lines:
                if isinstance(line, Begun):
                    begun = line
                elif isinstance(line, Made):
                    settled.add(line)
        settled.sort()
        return begun

    def _refuse_other(self, before: JournalHeader, header: JournalHeader) -> None:
        """Raise UsageError for the journal of a run with which this one has not everything in common."""
        if before.shard != header.shard:
            raise UsageError(f"{self.name}: its run observes shard {before.shard}; name it by --shard, {_BEGIN}")
        if differs := difference(before, header):
            raise UsageError(f"{self.name}: {differs} has changed since its run was begun; restore it, {_BEGIN}")
        if not (self._changed_targets or same_targets(before, header)):
            raise UsageError(
                f"{self.name}: its run was begun with another list of targets; say --changed-targets to observe what "
                f"is new, {_BEGIN}"
            )

    def _header(self, gate: Gate, declared: Declared) -> JournalHeader:
        return JournalHeader(
            certgate=certgate.__version__,
            targets=self.roll.targets,
            shard_targets=gate.targets,
            list_sha256=self.roll.sha256,
            shard=self._shard,
            left_out=gate.header.left_out_targets,
            only=declared.only,
            is_part=declared.is_part,
            judged_by=judged_by(gate.judges.spec),
        )

    def _refuse_old(self, settled: Settled, *, at_given: bool) -> None:
        if settled.oldest and not at_given and utc_now() - settled.oldest > _FRESH:
            raise UsageError(
                f"{self.name}: was observed on {settled.oldest:%Y-%m-%d}; say by which clock to judge it: --at now, "
                f"or a time"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.abandon()
