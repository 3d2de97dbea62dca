"""Every file that a run writes: no two are one file, and none is read by the same run."""

import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import NamedTuple, Self

from certgate.model.errors import UsageError
from certgate.reports.sink import PIPE_SECONDS, Sink, open_sink
from certgate.system.named_files import Unreadable, open_file

__all__ = ["Destinations"]

Identity = tuple[int, int]
"""Of a file that is there: its device and number, the same by whatever path."""


_STREAMS = MappingProxyType({1: "standard output", 2: "standard error"})
_LONGEST = 1024 * 1024
"""Bytes of a file in which names of others are looked for."""


class _Output(NamedTuple):
    said: str
    path: str
    real: str
    identity: Identity | None
    sink: Sink
    stays: bool


class Destinations:
    """A context manager: what was opened and has not come to its end is discarded.

    Nothing is touched before `claim`, but for files with names of their own beside those that are asked for.
    """

    def __init__(self, *, streams: Mapping[int, str] = _STREAMS, patience: float = PIPE_SECONDS) -> None:
        self._token = secrets.token_hex(4)
        self._patience = patience
        self._outputs: list[_Output] = []
        self._streams = {identity: name for fd, name in streams.items() if (identity := _identity(fd)) is not None}

    def sink(self, said: str, path: str, *, append: bool = False, stays: bool = False) -> Sink:
        """A sink for the path, which `said` names to people. Raises UsageError; then nothing has changed.

        With `stays`, what an earlier run left is there until something takes its place.
        """
        if path == "-":
            raise UsageError(f"{said}: only reports go to standard output; name a file")
        identity = _identity(path)
        for other in self._outputs:
            if identity is not None and identity == other.identity:
                raise _one_file(other.said, said)
        if identity in self._streams:
            raise UsageError(f"{said}: {self._streams[identity]} goes to this file already; name another one")
        try:
            sink = open_sink(Path(path), token=self._token, append=append, patience=self._patience)
        except FileExistsError as error:
            raise _one_file(self._taken(os.path.realpath(path)), said) from error
        except FileNotFoundError as error:
            raise UsageError(f"{said} cannot be written: its folder does not exist; create it first") from error
        except OSError as error:
            raise UsageError(f"{said} cannot be written: {error.strerror}") from error
        self._outputs.append(_Output(said, path, os.path.realpath(path), identity, sink, stays))
        return sink

    def __contains__(self, path: object) -> bool:
        """Whether the path means a file that is written."""
        return isinstance(path, str) and any(self._meant_by(path))

    def refuse(self, inputs: Iterable[str]) -> None:
        """Raise UsageError for an output that one of these files is, which are read."""
        for path in inputs:
            for output in self._meant_by(path):
                also = "" if output.path == path else f", as {path}"
                raise UsageError(f"{output.said}: this run reads that file{also}; give the output another path")

    def claim(self) -> None:
        """Remove what an earlier run left, so that it is not taken for this one's. Raises UsageError."""
        self._claim(self._outputs)

    def give_up(self, inputs: Iterable[str], words: Iterable[str]) -> None:
        """The same for a run that ends before it knows all that it would have read. Raises UsageError.

        Then a file stays that may be meant by something else too: it is among the inputs so far, or its name occurs in
        the text of one of them, or in one of the words of the command line.
        """
        known = {*inputs, *words}
        read = {output.said for path in known for output in self._meant_by(path)}
        texts = [*(word.encode("utf-8", "surrogateescape") for word in known), *map(_text, known)]
        names = {output.said: os.fsencode(Path(output.path).name) for output in self._outputs}
        named = {said for said, name in names.items() if any(name in text for text in texts)}
        self._claim(output for output in self._outputs if output.said not in read | named)

    def _claim(self, outputs: Iterable[_Output]) -> None:
        for output in outputs:
            if output.stays:
                continue
            try:
                output.sink.claim()
            except OSError as error:
                raise UsageError(
                    f"{output.said}: the file of an earlier run cannot be removed: {error.strerror}; remove it"
                ) from error

    def _meant_by(self, path: str) -> Iterator[_Output]:
        if not self._outputs:
            return
        identity = _identity(path)
        if "\0" in path:
            return
        if identity is not None:
            yield from (output for output in self._outputs if output.identity == identity)
        elif not Path(path).exists():
            real = os.path.realpath(path)
            yield from (output for output in self._outputs if output.real == real)

    def _taken(self, real: str) -> str:
        """The output that the file system takes for the same file."""
        return next((o.said for o in self._outputs if o.real.casefold() == real.casefold()), "another output")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for output in self._outputs:
            output.sink.discard()


def _identity(path: str | int) -> Identity | None:
    """None for what is not there, and for a device that takes from everybody, such as /dev/null."""
    try:
        found = os.stat(path)  # noqa: PTH116 (also of a descriptor)
    except (OSError, ValueError):
        return None
    if stat.S_ISCHR(found.st_mode):
        return None
    return found.st_dev, found.st_ino


def _text(path: str) -> bytes:
    """What may be a file that names others; empty where there is none."""
    try:
        if Path(path).is_file():
            with open_file(path) as file:
                return file.read(_LONGEST)
    except (OSError, ValueError, Unreadable):
        pass
    return b""


def _one_file(one: str, other: str) -> UsageError:
    return UsageError(f"{one} and {other} are one file; give one of them another path")
