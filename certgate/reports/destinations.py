"""All files that a run writes: each only once, and none that the same run reads."""

import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import NamedTuple, Self

from certgate.model.errors import UsageError
from certgate.reports.page_folder import PAGES, PageFolder, new_folders
from certgate.reports.sink import PIPE_SECONDS, Sink, open_sink
from certgate.system.named_files import Unreadable, open_file

__all__ = ["Destinations"]

Identity = tuple[int, int]
"""The device and inode of an existing file, the same by any path."""


_STREAMS = MappingProxyType({1: "standard output", 2: "standard error"})
_LONGEST = 1024 * 1024
"""Bytes of a file that are searched for names of others."""


class _Output(NamedTuple):
    label: str
    path: str
    real: str
    identity: Identity | None
    sink: Sink
    stays: bool


class _Folder(NamedTuple):
    label: str
    real: str

    def holds(self, path: str) -> bool:
        """Whether the path leads into the folder. Raises OSError, ValueError."""
        real = os.path.realpath(path)
        return real == self.real or real.startswith(self.real.rstrip(os.sep) + os.sep)


class Destinations:
    """A context manager that discards what was opened and not finished.

    Before `claim`, only temporary files beside the destinations are created.
    """

    def __init__(self, *, streams: Mapping[int, str] = _STREAMS, patience: float = PIPE_SECONDS) -> None:
        self._token = secrets.token_hex(4)
        self._patience = patience
        self._outputs: list[_Output] = []
        self._folders: list[_Folder] = []
        self._made: list[Path] = []
        self._streams = {identity: name for fd, name in streams.items() if (identity := _identity(fd)) is not None}

    def sink(self, label: str, path: str, *, append: bool = False, stays: bool = False) -> Sink:
        """A sink for the path; messages name it by `label`. Raises UsageError; then nothing has changed.

        With `stays`, the file of an earlier run stays until it is replaced.
        """
        if path == "-":
            raise UsageError(f"{label}: only reports go to standard output; name a file")
        self._refuse_inside(label, path)
        identity = _identity(path)
        for other in self._outputs:
            if identity is not None and identity == other.identity:
                raise _one_file(other.label, label)
        if identity in self._streams:
            raise UsageError(f"{label}: {self._streams[identity]} already goes to this file; name another one")
        try:
            sink = open_sink(Path(path), token=self._token, append=append, patience=self._patience)
        except FileExistsError as error:
            raise _one_file(self._taken(os.path.realpath(path)), label) from error
        except FileNotFoundError as error:
            raise UsageError(
                f"{label} cannot be written: its folder does not exist; create the folder first"
            ) from error
        except OSError as error:
            raise UsageError(f"{label} cannot be written: {error.strerror}") from error
        self._outputs.append(_Output(label, path, os.path.realpath(path), identity, sink, stays))
        return sink

    def pages(self, label: str, path: str, first: str, files: Mapping[str, str]) -> PageFolder:
        """The sink of a report of several files in the folder `path`, which exists. Raises UsageError.

        The report itself is the file `first`; `files` are the texts of further files.
        """
        at = Path(path)
        main = self.sink(label, str(at / first))
        others = [(self.sink(f"{label} ({name})", str(at / name)), text) for name, text in files.items()]
        self.folder(label, str(at / PAGES))
        try:
            sink = PageFolder(at, main, others, token=self._token)
        except OSError as error:
            raise UsageError(f"{label} cannot be written: {error.strerror}") from error
        self._outputs.append(_Output(label, str(at / PAGES), os.path.realpath(at / PAGES), None, sink, stays=False))
        return sink

    def make_folders(self, label: str, path: Path, above: Path) -> None:
        """Create the folder, and those between it and `above`, which must exist. Raises UsageError.

        They are removed if nothing is in them at the end.
        """
        if not above.is_dir():
            raise UsageError(f"{label} cannot be written: there is no folder {str(above)!r}; create it first")
        try:
            self._made += new_folders(path, above)
        except OSError as error:
            raise UsageError(f"{label} cannot be written: {error.strerror}") from error

    def folder(self, label: str, path: str) -> None:
        """Reserve a folder: no other output, and no input, may be in it. Raises UsageError."""
        self._refuse_inside(label, path)
        folder = _Folder(label, os.path.realpath(path))
        for output in self._outputs:
            if folder.holds(output.path):
                raise UsageError(f"{output.label}: {label} keeps its own files in this folder; name another one")
        self._folders.append(folder)

    def _refuse_inside(self, label: str, path: str) -> None:
        for folder in self._folders_of(path):
            raise UsageError(f"{label}: {folder.label} keeps its own files in this folder; name another one")

    def __contains__(self, path: object) -> bool:
        """Whether the path means a file that is written."""
        return isinstance(path, str) and (any(self._meant_by(path)) or any(self._folders_of(path)))

    def refuse(self, inputs: Iterable[str]) -> None:
        """Raise UsageError for an output that is one of these input files."""
        for path in inputs:
            for output in self._meant_by(path):
                also = "" if output.path == path else f", as {path}"
                raise UsageError(f"{output.label}: this run reads that file{also}; give the output another path")
            for folder in self._folders_of(path):
                raise UsageError(f"{folder.label}: this run reads {path}, which is in that folder; name another folder")

    def claim(self) -> None:
        """Remove the files of an earlier run, so that nobody takes them for this run's. Raises UsageError."""
        self._claim(self._outputs)

    def give_up(self, inputs: Iterable[str], words: Iterable[str]) -> None:
        """The same for a run that ends before all of its inputs are known. Raises UsageError.

        A file stays if it may be an input: it is one of those so far, or its name occurs in the text of one of them or
        in an argument of the command line.
        """
        known = {*inputs, *words}
        read = {output.label for path in known for output in self._meant_by(path)}
        texts = [*(word.encode("utf-8", "surrogateescape") for word in known), *map(_text, known)]
        names = {(output.label, os.fsencode(Path(output.path).name)) for output in self._outputs}
        named = {label for label, name in names if any(name in text for text in texts)}
        self._claim(output for output in self._outputs if output.label not in read | named)

    def _claim(self, outputs: Iterable[_Output]) -> None:
        for output in outputs:
            if output.stays:
                continue
            try:
                output.sink.claim()
            except OSError as error:
                raise UsageError(
                    f"{output.label}: the file of an earlier run cannot be removed: {error.strerror}; remove it"
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

    def _folders_of(self, path: str) -> Iterator[_Folder]:
        if "\0" not in path:
            yield from (folder for folder in self._folders if folder.holds(path))

    def _taken(self, real: str) -> str:
        """The label of the output that is the same file to the file system."""
        return next((o.label for o in self._outputs if o.real.casefold() == real.casefold()), "another output")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for output in self._outputs:
            output.sink.discard()
        for folder in reversed(self._made):
            with suppress(OSError):
                folder.rmdir()


def _identity(path: str | int) -> Identity | None:
    """None for a missing file, and for a device that several may write to, such as /dev/null."""
    try:
        found = os.stat(path)  # noqa: PTH116 (also of a descriptor)
    except (OSError, ValueError):
        return None
    if stat.S_ISCHR(found.st_mode):
        return None
    return found.st_dev, found.st_ino


def _text(path: str) -> bytes:
    """The text of a file that may name others; empty if there is none."""
    try:
        if Path(path).is_file():
            with open_file(path) as file:
                return file.read(_LONGEST)
    except (OSError, ValueError, Unreadable):
        pass
    return b""


def _one_file(one: str, other: str) -> UsageError:
    return UsageError(f"{one} and {other} are the same file; give one of them another path")
