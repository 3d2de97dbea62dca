"""The files that the name of a file or folder stands for."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path

from certgate.model.errors import UsageError
from certgate.observe.files.together import KEY_SUFFIX, FileGroup, belonging_together
from certgate.observe.kubernetes.manifest import is_manifest
from certgate.sources.context import Tell
from certgate.system.named_files import Unreadable, require, walk
from certgate.system.reads import note

__all__ = ["Input", "expand", "require_named"]

_MAX_FILES = 10_000
_SUFFIXES = (
    ".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".p12", ".pfx", ".csr", ".jks", ".yaml", ".yml", ".json",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read. A file found in a folder may turn out to be irrelevant."""

    path: str
    of_folder: bool = False
    problem: str = ""
    """Why a file in the folder cannot be read."""
    together: FileGroup | None = None
    """The files of the same folder that belong to it."""


def expand(path: str, password: bytes | None, outputs: Container[str], tell: Tell) -> Iterator[Input]:
    """The named file, or for a folder its files with a suffix of certificates or manifests, sorted.

    Parts of a complete chain in the same folder are not separate inputs, nor is its key; `outputs` in a folder are
    left out. Raises UsageError for a folder with too many files; an unreadable file in a folder is a target.
    """
    if Path(path).is_dir():
        yield from _files_in(path, password, outputs, tell)
    else:
        yield Input(path)


def require_named(path: str, option: str = "") -> None:
    """Raise UsageError for a path on the command line that does not exist or cannot be read."""
    try:
        require(path, may_be_folder=not option)
    except Unreadable as error:
        raise UsageError(f"{option} {path}: {error}".lstrip()) from error


def _files_in(folder: str, password: bytes | None, outputs: Container[str], tell: Tell) -> Iterator[Input]:
    found = list(islice(walk(folder, (*_SUFFIXES, KEY_SUFFIX)), _MAX_FILES + 1))
    if len(found) > _MAX_FILES:
        raise UsageError(f"{folder}: holds more than {_MAX_FILES} files; name fewer")
    for written in (one.path for one in found if one.path in outputs):
        if not is_manifest(written):
            note(written)
            raise UsageError(f"{written}: {folder} contains it, so this run reads it; give the output another path")
        tell(f"{written} is left out: this run writes it")
    found = [one for one in found if one.path not in outputs]
    for _, group in groupby(found, lambda one: Path(one.path).parent):
        files = list(group)
        chains = [one.path for one in files if not one.problem and not is_manifest(one.path)]
        judged = {one.path: one for one in belonging_together(chains, password)}
        for one in files:
            if one.problem or one.path in judged or is_manifest(one.path):
                yield Input(one.path, of_folder=True, problem=one.problem, together=judged.get(one.path))
