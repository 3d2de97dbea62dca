"""`--journal FOLDER`: keeps each observation at once, and goes on with a run that was killed."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import certgate
from certgate.checks.framework.needs import Setting
from certgate.gate.run_spec import RunSpec
from certgate.model.errors import UsageError
from certgate.model.listener import Listener
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.target import Target
from certgate.observe.clock import utc_now
from certgate.observe.evidence.rounds import Completion
from certgate.observe.journal.journal_file import JournalFile
from certgate.observe.journal.journal_form import JournalHeader, JudgedBy, KeptPolicy, KeptStore, header_text
from certgate.observe.journal.journal_lines import Begun, JournalLines, Made, declaration
from certgate.observe.journal.journal_writer import JournalWriter
from certgate.observe.journal.settled import Settled
from certgate.policy.packs import shipped_packs
from certgate.reports.destinations import Destinations
from certgate.sources.interface import Observer
from certgate.system.stop import Stop

__all__ = ["Journal", "JournalOptions", "Roll"]

_FRESH = timedelta(days=1)
_BEGIN = "or begin a new journal in another folder"


@dataclass(frozen=True, kw_only=True)
class JournalOptions:
    """The options of the command line."""

    folder: str | None = None
    resume: bool = False
    changed_targets: bool = False

    def begun(self, destinations: Destinations) -> "Journal | None":
        """The journal; None without --journal. Raises UsageError."""
        if self.changed_targets and not self.resume:
            raise UsageError("--changed-targets is for --resume")
        if self.folder is None:
            if self.resume:
                raise UsageError("--resume needs --journal FOLDER, with the journal of the run that was ended")
            return None
        destinations.folder(f"--journal {self.folder}", self.folder)
        return Journal(self.folder, resume=self.resume, changed_targets=self.changed_targets)


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

    def __init__(self, folder: str, *, resume: bool, changed_targets: bool) -> None:
        self.name = f"--journal {folder}"
        self._folder = folder
        self._resume = resume
        self._changed_targets = changed_targets
        self._file: JournalFile | None = None
        self._lines: JournalLines | None = None
        self.roll = Roll()
        self.writer = Listener()
        """Writes the journal, once it is open."""

    def open(self, spec: RunSpec, only: Sequence[str], observer: Observer) -> Observer:
        """Begin the journal, or go on with it: returns the observer that leaves out what is in it.

        Raises UsageError if the journal is not empty and cannot be gone on with.
        """
        header = _header(self.roll, spec, only)
        self._file = file = JournalFile(self._folder)
        if file.size and not self._resume:
            raise UsageError(f"{self.name}: there is one of an earlier run; go on with it by --resume, {_BEGIN}")
        self._lines = lines = JournalLines(file.path)
        settled = Settled(lines)
        before = self._read(lines, settled)
        if before:
            self._refuse_other(before, header)
            self._refuse_old(settled, at_given=spec.at is not None)
        has_all = before is not None and _identity(before) == _identity(header)
        try:
            file.cut(lines.whole)
            if not has_all:
                file.write(header_text(header))
        except OSError as error:
            raise UsageError(f"{self.name} cannot be written: {error.strerror}") from error
        self.writer = JournalWriter(
            file,
            self.name,
            targets=header.shard_targets,
            contents=lines.contents,
            has=(lambda target: settled.find(target) is not None) if has_all else (lambda _: False),
        )
        return _Resuming(observer, settled) if before else observer

    def _read(self, lines: JournalLines, settled: Settled) -> JournalHeader | None:
        """The last header; None for a journal without one whole line."""
        header = None
        for line in lines:
            if isinstance(line, Begun):
                header = line.header
            elif isinstance(line, Made):
                settled.add(line)
        settled.sort()
        return header

    def _refuse_other(self, before: JournalHeader, header: JournalHeader) -> None:
        """Raise UsageError for the journal of a run with which this one has not everything in common."""
        if difference := _difference(before, header):
            raise UsageError(f"{self.name}: its run was begun {difference}, {_BEGIN}")
        if _identity(before) != _identity(header) and not self._changed_targets:
            raise UsageError(
                f"{self.name}: its run was begun with another list of targets; say --changed-targets to observe what "
                f"is new, {_BEGIN}"
            )

    def _refuse_old(self, settled: Settled, *, at_given: bool) -> None:
        if settled.oldest and not at_given and datetime.now(UTC) - settled.oldest > _FRESH:
            raise UsageError(
                f"{self.name}: was observed on {settled.oldest:%Y-%m-%d}; say by which clock to judge it: --at now, "
                f"or a time"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lines:
            self._lines.close()
        if self._file:
            self._file.abandon()


class _Resuming(Observer):
    """Takes observations from the journal, and passes the targets that have none there to another observer."""

    def __init__(self, observer: Observer, settled: Settled) -> None:
        self._observer = observer
        self._settled = settled

    def observe(self, targets: Iterator[Target], *, completion: Completion | None, stop: Stop) -> Iterator[Observed]:
        """Read the stream as the other observer does, and skip what is settled."""
        waiting = deque[tuple[Target, int]]()

        def unsettled() -> Iterator[Target]:
            for target in targets:
                if (offset := self._settled.find(target)) is None:
                    yield target
                else:
                    waiting.append((target, offset))

        def settled() -> Iterator[Observed]:
            while waiting and not stop.wanted:
                yield _replayed(*waiting.popleft())

        def _replayed(target: Target, offset: int) -> Observed:
            try:
                return self._settled.observed(target, offset)
            except UsageError as error:
                failure = Failure(FailureKind.UNREADABLE, Phase.READ, str(error))
                return Observed(target, (Observation(observed_at=utc_now(), failure=failure),))

        for seen in self._observer.observe(unsettled(), completion=completion, stop=stop):
            yield seen
            yield from settled()
        yield from settled()


def _header(roll: Roll, spec: RunSpec, only: Sequence[str]) -> JournalHeader:
    """The header of the journal of a run over all targets."""
    return JournalHeader(
        certgate=certgate.__version__,
        targets=roll.targets,
        shard_targets=roll.targets,
        list_sha256=roll.sha256,
        only=tuple(only),
        judged_by=_judged_by(spec),
    )


def _judged_by(spec: RunSpec) -> JudgedBy:
    return JudgedBy(
        fail_on=spec.fail_on,
        at=spec.at,
        select=spec.select,
        ignore=spec.ignore,
        matrix=spec.matrix,
        resolve=spec.resolve,
        denied_keys=spec.settings.get(Setting.DENIED_KEYS, ()),
        ct_logs=spec.settings.get(Setting.CT_LOGS, ""),
        policies={name: _kept_policy(texts) for name, texts in spec.policies.items()},
        stores={
            words: KeptStore(store.sha256, None if words == ("mozilla",) else store)
            for words, store in spec.stores.items()
        },
        expected=spec.expected,
    )


def _kept_policy(texts: Mapping[Path, str]) -> KeptPolicy:
    digests = "".join(sha256(text.encode()).hexdigest() for text in texts.values())
    shipped = frozenset(shipped_packs().values())
    own = {str(path): text for path, text in texts.items() if path not in shipped}
    return KeptPolicy(sha256(digests.encode()).hexdigest(), own)


def _identity(header: JournalHeader) -> tuple[object, ...]:
    """What decides which observations belong together."""
    return header.list_sha256, header.targets, header.shard_targets, header.only


def _difference(before: JournalHeader, now: JournalHeader) -> str:
    """What differs in how two runs observe and judge, apart from the list of targets; empty for nothing."""
    if before.certgate != now.certgate:
        return f"by certgate {before.certgate}, and this is {now.certgate}: go on with that version"
    if before.shard != now.shard:
        return f"as shard {before.shard}, and this is {now.shard}: name it by --shard"
    for name, policy in before.judged_by.policies.items():
        if policy.sha256 != now.judged_by.policies.get(name, policy).sha256:
            return f"before the policy {name} changed: restore it"
    for parts, store in before.judged_by.stores.items():
        if store.sha256 != now.judged_by.stores.get(parts, store).sha256:
            return f"before the trust store {' + '.join(parts)} changed: restore it"
    for words, chain in before.judged_by.expected.items():
        if chain != now.judged_by.expected.get(words, chain):
            return f"before the expected chain {words} changed: restore it"
    if _options(before.judged_by) != _options(now.judged_by):
        return "with other options (--fail-on, --select, --ignore, --deny, --ct-logs, --trust-matrix): give the same"
    return ""


def _options(by: JudgedBy) -> JudgedBy:
    """The options of the command line alone; the clock does not count, since old observations need another one."""
    return replace(by, at=None, resolve=(), policies={}, stores={}, expected={})
