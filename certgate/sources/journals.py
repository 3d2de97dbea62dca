"""The targets of `certgate merge`: what several journals of one run hold together, in the order of declaration."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import certgate
from certgate.model.counted import plural
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.frozen import changeable, frozen
from certgate.model.observation import Failure, FailureKind, Observation, Phase
from certgate.model.target import FileSource, Target
from certgate.observe.clock import utc_now
from certgate.observe.journal.journal_file import FILE
from certgate.observe.journal.journal_form import JournalHeader, JudgedBy
from certgate.observe.journal.journal_lines import Begun, Ended, JournalLines, Made
from certgate.observe.journal.same_run import difference, same_targets
from certgate.policy.references import trust_words
from certgate.sources.context import FileOptions
from certgate.sources.interface import Declared, Observer, TargetSource
from certgate.sources.local import LocalObserver, Supplement
from certgate.sources.saved import overridden

__all__ = ["declare_merge"]

_FRESH = timedelta(days=1)
_NAMED = 5


def declare_merge(
    paths: Sequence[str], options: FileOptions, *, fail_on: Severity | None = None, partial: bool = False
) -> Declared:
    """The targets of all shards of a run. Raises UsageError, unless `partial` for shards that are missing."""
    journals = [_read(path) for path in paths]
    first = journals[0].header
    missing = tuple(_missing(journals))
    if missing and not partial:
        raise UsageError(f"{missing[0].problem}; say --partial to judge what there is")
    source = _Merged(journals, missing, options)
    return Declared(
        source=source,
        fail_on=fail_on or first.judged_by.fail_on,
        only=first.only,
        named=("merge", *sorted(paths)),
        judged_by=_kept(journals, options),
        is_part=first.is_part or bool(missing),
    )


@changeable(kw_only=True)
class _Journal:
    """What one journal holds since its last header."""

    path: str
    header: JournalHeader
    lines: JournalLines
    ordinals: "array[int]" = field(default_factory=lambda: array("q"))
    offsets: "array[int]" = field(default_factory=lambda: array("q"))
    hashes: "array[int]" = field(default_factory=lambda: array("q"))
    oldest: datetime | None = None
    is_ended: bool = False

    def add(self, made: Made) -> None:
        """Take a line. Raises UsageError if its target cannot be one of this journal."""
        if made.ordinal >= self.header.targets or not self.header.shard.holds(made.id):
            raise UsageError(f"{self.path}: {made.id} is not one of its targets; the journal was changed")
        self.ordinals.append(made.ordinal)
        self.offsets.append(made.offset)
        self.hashes.append(hash(made.id))
        self.oldest = min(filter(None, (self.oldest, made.oldest)))

    def sort(self) -> None:
        """Put the lines in the order of declaration, the last line for each target alone."""
        order = sorted(range(len(self.ordinals)), key=self.ordinals.__getitem__)  # stable
        last = [n for n, after in pairwise([*order, -1]) if after < 0 or self.ordinals[n] != self.ordinals[after]]
        for name in ("ordinals", "offsets", "hashes"):
            values = getattr(self, name)
            setattr(self, name, array("q", (values[n] for n in last)))

    @property
    def is_whole(self) -> bool:
        """Whether it has all targets of its shard."""
        return self.is_ended and len(self.ordinals) == self.header.shard_targets


@frozen()
class _Missing:
    """A journal that is not whole, or not there."""

    id: str
    problem: str


def _read(path: str) -> _Journal:
    """Read a journal: a folder, or the file in it. Raises UsageError."""
    file = str(Path(path) / FILE) if Path(path).is_dir() else path
    lines = JournalLines(file, others=True)
    journal: _Journal | None = None
    for line in lines:
        if isinstance(line, Begun):
            journal = _Journal(path=path, header=line.header, lines=lines)
        elif journal and isinstance(line, Made):
            journal.add(line)
        elif journal and isinstance(line, Ended):
            journal.is_ended = True
    if journal is None:
        raise UsageError(f"{path}: is empty; its run had not begun")
    if journal.header.certgate != certgate.__version__:
        raise UsageError(
            f"{path}: was written by certgate {journal.header.certgate}, and this is {certgate.__version__}; merge it "
            f"with that version"
        )
    journal.sort()
    return journal


def _missing(journals: Sequence[_Journal]) -> Iterator[_Missing]:
    """The journals that are not whole, and the shards without one. Raises UsageError for journals of several runs."""
    first = journals[0]
    count = first.header.shard.count
    shards: dict[int, _Journal] = {}
    for journal in journals:
        shard = journal.header.shard
        differs = difference(first.header, journal.header)
        if not differs and not same_targets(first.header, journal.header):
            differs = "the list of targets"
        if not differs and shard.count != count:
            differs = f"the number of shards ({count}, {shard.count})"
        if differs:
            raise UsageError(f"{first.path} and {journal.path} are not of one run: {differs} differs")
        if other := shards.get(shard.number):
            raise UsageError(f"{other.path} and {journal.path} overlap: both are for shard {shard}; name one of them")
        shards[shard.number] = journal
    for journal in journals:
        if not journal.is_whole:
            has = f"{len(journal.ordinals):,} of {plural(journal.header.shard_targets, 'target')}"
            yield _Missing(
                journal.path,
                f"{journal.path} is unfinished, with {has}; go on with its run by --resume",
            )
    absent = count - len(shards)
    if absent:
        numbers = (number for number in range(1, count + 1) if number not in shards)
        named = [f"{number}/{count}" for number, _ in zip(numbers, range(_NAMED), strict=False)]
        more = f" and {absent - len(named):,} more" if absent > len(named) else ""
        yield _Missing(
            f"shard {named[0]}",
            f"no journal is named for {plural(absent, 'shard')} of {count:,}: {', '.join(named)}{more}",
        )
    elif sum(journal.header.shard_targets for journal in journals) != first.header.targets:
        raise UsageError(f"{first.path}: the numbers of targets do not add up; a journal was changed")


def _kept(journals: Sequence[_Journal], options: FileOptions) -> JudgedBy:
    """What the journals judge by; nothing of what the options name here. Raises UsageError for several clocks."""
    by = journals[0].header.judged_by
    if not options.at_given and any(journal.header.judged_by.at != by.at for journal in journals):
        raise UsageError("the runs of the journals had different clocks (--at); say by which to judge: --at")
    all_by = [journal.header.judged_by for journal in journals]
    here = trust_words(options.trust, Path())
    return replace(
        by,
        policies={} if options.policy else dict(pair for one in all_by for pair in one.policies.items()),
        stores={words: store for one in all_by for words, store in one.stores.items() if words != here},
        expected=dict(pair for one in all_by for pair in one.expected.items()),
    )


class _Merged(TargetSource):
    """The targets of several journals, and one more for each part that is missing."""

    def __init__(self, journals: Sequence[_Journal], missing: Sequence[_Missing], options: FileOptions) -> None:
        """Raises UsageError for observations that need a clock, and for journals that were changed."""
        self._options = options
        self._missing = missing
        self._lines = [journal.lines for journal in journals]
        self._end = journals[0].header.targets
        self._left_out = journals[0].header.left_out
        sizes = [len(journal.ordinals) for journal in journals]
        where = array("q", (number for number, size in enumerate(sizes) for _ in range(size)))
        ordinals = array("q", (one for journal in journals for one in journal.ordinals))
        offsets = array("q", (one for journal in journals for one in journal.offsets))
        order = sorted(range(len(ordinals)), key=ordinals.__getitem__)
        self._ordinals = array("q", (ordinals[n] for n in order))
        self._where = array("q", (where[n] for n in order))
        self._offsets = array("q", (offsets[n] for n in order))
        hashes = sorted(one for journal in journals for one in journal.hashes)
        if any(one == other for values in (self._ordinals, hashes) for one, other in pairwise(values)):
            raise UsageError(f"{journals[0].path}: a target is there twice, or in another journal too; one was changed")
        oldest = min((journal.oldest for journal in journals if journal.oldest), default=None)
        has_clock = options.at_given or journals[0].header.judged_by.at
        if oldest and not has_clock and utc_now() - oldest > _FRESH:
            raise UsageError(
                f"{journals[0].path}: was observed on {oldest:%Y-%m-%d}; say by which clock to judge it: --at now, or "
                f"a time"
            )

    def targets(self) -> Iterator[Target]:
        """The targets in the order of declaration, then what is missing."""
        known: dict[str, Any] = {}
        for ordinal, number, offset in zip(self._ordinals, self._where, self._offsets, strict=True):
            target = replace(self._lines[number].target_at(offset), ordinal=ordinal)
            known = {"policy": target.policy, "trust": target.trust, "trust_mode": target.trust_mode}
            yield overridden(target, self._options)
        for number, missing in enumerate(self._missing):
            whole = Target(id=missing.id, ordinal=self._end + number, source=FileSource(missing.id), **known)
            yield overridden(whole, self._options)

    @property
    def left_out(self) -> int:
        """The declared targets that the run of the journals left out."""
        return self._left_out

    def observer(self) -> Observer:
        """An observer that reads the journals."""
        return _Reader(self._lines, self._ordinals, self._where, self._offsets, (self._end, self._missing))


class _Reader(LocalObserver):
    """Finds the observations of targets by their ordinals."""

    def __init__(
        self,
        lines: Sequence[JournalLines],
        ordinals: "array[int]",
        where: "array[int]",
        offsets: "array[int]",
        missing: tuple[int, Sequence[_Missing]],
    ) -> None:
        super().__init__(Supplement())
        self._lines = lines
        self._ordinals = ordinals
        self._where = where
        self._offsets = offsets
        self._end, self._missing = missing

    def see(self, target: Target) -> tuple[Observation, ...]:
        """The observations of the target, or why it has none."""
        if target.ordinal >= self._end:
            missing = self._missing[target.ordinal - self._end]
            failure = Failure(FailureKind.INTERRUPTED, Phase.READ, missing.problem)
            return (Observation(observed_at=utc_now(), failure=failure),)
        place = bisect_left(self._ordinals, target.ordinal)
        try:
            return self._lines[self._where[place]].at(self._offsets[place]).observations
        except UsageError as error:
            failure = Failure(FailureKind.INTERRUPTED, Phase.READ, str(error))
            return (Observation(observed_at=utc_now(), failure=failure),)
