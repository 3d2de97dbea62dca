"""The lines of a journal: read one after the other, and again one by one."""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, BinaryIO

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.observation import FailureKind, Observed
from certgate.model.strict_json import NotJson, read_json
from certgate.model.target import Target
from certgate.observe.journal.journal_file import lock
from certgate.observe.journal.journal_form import FORMAT, VERSION, JournalHeader
from certgate.observe.saved.form import MAX_LINE
from certgate.observe.saved.mapping import target_of
from certgate.observe.saved.members import Members, Wrong
from certgate.observe.saved.reading import observed_of
from certgate.observe.saved.writing import target_members
from certgate.system.named_files import Unreadable, open_file

__all__ = ["Begun", "Ended", "JournalLine", "JournalLines", "Made", "declaration", "is_settled", "target_key"]

_KEY = 8
_KEPT = 4
"""Large evidence that is kept in memory: a run fetches a few CRLs, and many targets refer to them."""
_UNSETTLED = frozenset(
    {FailureKind.INTERRUPTED, FailureKind.NOT_VISITED, FailureKind.WORKER_LOST, FailureKind.INTERNAL}
)


def is_settled(observed: Observed) -> bool:
    """Whether a run that goes on need not observe the target again: no connection failed, and certgate did not.

    That an address of a range has no endpoint is an answer.
    """
    return observed.has_no_endpoint or not any(
        seen.shows_nothing or (seen.failure and seen.failure.kind in _UNSETTLED) for seen in observed.observations
    )


def target_key(target: Target) -> int:
    """Equal for targets that are declared alike, wherever their declarations are. 64 bits."""
    return _key(target_members(target))


def declaration(target: Target) -> bytes:
    """Everything declared about the target, except where."""
    return _canonical(target_members(target))


def _canonical(members: Mapping[str, Any]) -> bytes:
    return json.dumps({**members, "place": None}, sort_keys=True, separators=(",", ":")).encode("ascii")


def _key(members: Mapping[str, Any]) -> int:
    return int.from_bytes(sha256(_canonical(members)).digest()[:_KEY], "big")


@frozen(slots=True)
class Begun:
    """A run begins, or goes on with another list of targets."""

    offset: int
    """Where the line is, in bytes."""
    header: JournalHeader


@frozen(slots=True, kw_only=True)
class Made:
    """The observations of a target."""

    offset: int
    """Where the line is, in bytes."""
    ordinal: int
    id: str
    key: int
    is_settled: bool
    oldest: datetime
    """When the first of its observations was made."""


@frozen(slots=True)
class Ended:
    """All targets of the share were observed as far as possible."""

    targets: int


JournalLine = Begun | Made | Ended


class JournalLines:
    """A journal that is read. Can be pickled: the file is opened when it is needed."""

    def __init__(self, path: str, contents: dict[str, int] | None = None, *, others: bool = False) -> None:
        """`others` means that other runs wrote the journal, and none may still do that."""
        self._path = path
        self._others = others
        self._offsets = {} if contents is None else contents
        self._reader = _Reader(path)
        self._contents = _Contents(self._offsets, self._reader)
        self.whole = 0
        """The number of bytes of whole lines, once all were read."""

    @property
    def contents(self) -> Collection[str]:
        """The SHA-256 of the large evidence in the lines that were read."""
        return self._offsets.keys()

    def __iter__(self) -> Iterator[JournalLine]:
        """Read the lines from the first on. Drops a last line that is not whole. Raises UsageError."""
        offset = number = 0
        try:
            with open_file(self._path) as stream:
                if self._others:
                    _refuse_written(stream)
                while (line := stream.readline(MAX_LINE + 1)) and (line.endswith(b"\n") or len(line) > MAX_LINE):
                    number += 1
                    if found := self._line(line, offset):
                        yield found
                    offset += len(line)
        except Unreadable as error:
            raise UsageError(f"{self._path}: {error}") from error
        except OSError as error:
            raise UsageError(f"{self._path}: cannot be read: {error.strerror or type(error).__name__}") from error
        except (NotJson, Wrong) as error:
            why = f"it {error}" if isinstance(error, NotJson) else error
            raise UsageError(
                f"{self._path}:{number}: this line is damaged, or not one of a journal: {why}; begin a new journal"
            ) from error
        self.whole = offset

    def at(self, offset: int) -> Observed:
        """The observations that are at the offset. Raises UsageError."""
        try:
            members = self._reader.members(offset)
            return observed_of(members, self._contents, ordinal=members.count("ordinal"))
        except (Unreadable, OSError, NotJson, Wrong) as error:
            raise UsageError(f"{self._path} changed while it was read; run again") from error

    def target_at(self, offset: int) -> Target:
        """The target whose line is at the offset, as it was observed. Raises UsageError."""
        try:
            members = self._reader.members(offset)
            return target_of(members.members("target"), ordinal=members.count("ordinal"))
        except (Unreadable, OSError, NotJson, Wrong) as error:
            raise UsageError(f"{self._path} changed while it was read; run again") from error

    def _line(self, line: bytes, offset: int) -> JournalLine | None:
        if len(line) > MAX_LINE:
            raise Wrong(f"it is longer than {MAX_LINE} bytes")
        document = read_json(line)
        members = Members(document)
        if "format" in members:
            return _begun(members, offset)
        if not offset:
            raise Wrong("the header is missing")
        if "content" in members:
            self._offsets[_content(members)] = offset
            return None
        if "end" in members:
            return _ended(members)
        observed = observed_of(members, self._contents, ordinal=members.count("ordinal"))
        return Made(
            offset=offset,
            ordinal=observed.target.ordinal,
            id=observed.target.id,
            key=_key(document["target"]),
            is_settled=is_settled(observed),
            oldest=min(seen.observed_at for seen in observed.observations),
        )

    def __reduce__(self) -> tuple[type["JournalLines"], tuple[str, dict[str, int]]]:
        """Pickle where to read."""
        return JournalLines, (self._path, self._offsets)


class _Reader:
    """Reads lines by their offsets; closes the file when it is no longer needed."""

    def __init__(self, path: str) -> None:
        self._path = path

    @cached_property
    def _stream(self) -> BinaryIO:
        return open_file(self._path)

    def members(self, offset: int) -> Members:
        """The members of a line. Raises Unreadable, OSError, NotJson, Wrong."""
        self._stream.seek(offset)
        return Members(read_json(self._stream.readline(MAX_LINE + 1)))

    def __del__(self) -> None:
        if stream := self.__dict__.get("_stream"):
            stream.close()


class _Contents(Mapping[str, bytes]):
    """The large evidence of a journal by its SHA-256, a few pieces of it in memory."""

    def __init__(self, offsets: dict[str, int], reader: _Reader) -> None:
        self._offsets = offsets
        self._reader = reader
        self._kept: dict[str, bytes] = {}

    def __getitem__(self, digest: str) -> bytes:
        if digest not in self._kept:
            content = self._reader.members(self._offsets[digest]).data("base64")
            if len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[digest] = content
        return self._kept[digest]

    def __contains__(self, digest: object) -> bool:
        return digest in self._offsets

    def __iter__(self) -> Iterator[str]:
        return iter(self._offsets)

    def __len__(self) -> int:
        return len(self._offsets)


def _refuse_written(stream: BinaryIO) -> None:
    if not lock(stream.fileno(), shared=True):
        raise Unreadable("is still being written; wait for the end of its run")


def _begun(members: Members, offset: int) -> Begun:
    if members.text("format") != FORMAT:
        raise Wrong("it is the header of another format")
    version = members.count("version")
    if version != VERSION:
        raise Wrong(f"it is of format version {version}, but version {VERSION} is needed")
    return Begun(offset, JournalHeader.of(members))


def _content(members: Members) -> str:
    digest, content = members.text("content"), members.data("base64")
    members.done()
    if sha256(content).hexdigest() != digest:
        raise Wrong("content is not the sha256 of base64")
    return digest


def _ended(members: Members) -> Ended:
    end = members.members("end")
    ended = Ended(end.count("targets"))
    end.done()
    members.done()
    return ended
