"""What the arguments of `certgate check` stand for: files, folders of files, and the chains of a manifest."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path

from certgate.cli.complaint import complain
from certgate.model.errors import UsageError
from certgate.model.observation import FailureKind, Observation
from certgate.model.target import Place, Target
from certgate.observe.files.chain_file import observed, read_contents, read_input
from certgate.observe.files.contents import Contents, Unusable
from certgate.observe.files.together import KEY_SUFFIX, Judged, belonging_together
from certgate.observe.kubernetes.entry import ManifestEntry
from certgate.observe.kubernetes.manifest import is_manifest, looks_like_manifest, read_manifest
from certgate.system.named_files import Unreadable, require, walk
from certgate.system.reads import note

__all__ = ["Input", "chains_in", "expand", "require_named"]

_MAX_FILES = 10_000
_SUFFIXES = (
    ".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".p12", ".pfx", ".csr", ".jks", ".yaml", ".yml", ".json",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read; one that a folder holds may turn out to be about something else."""

    path: str
    of_folder: bool = False
    problem: str = ""
    """Why what the folder holds cannot be read."""
    together: Judged | None = None
    """What belongs to it of the folder that holds it."""


def expand(arguments: Sequence[str], password: bytes | None, outputs: Container[str]) -> Iterator[Input]:
    """Files as they are named, and for a folder its files with a suffix of certificates or manifests, sorted.

    Parts of a chain that stands whole in the same folder are no inputs of their own, nor is its key; what a folder
    holds of `outputs` is left out. Raises UsageError for what is named and cannot be read; what a folder holds and
    cannot be read is a target.
    """
    for argument in arguments:
        if argument != "-":
            require_named(argument)
    for argument in arguments:
        if Path(argument).is_dir():
            yield from _files_in(argument, password, outputs)
        else:
            yield Input(argument)


def require_named(path: str, option: str = "") -> None:
    """Raise UsageError for a path on the command line that is not there or cannot be read."""
    try:
        require(path, may_be_folder=not option)
    except Unreadable as error:
        raise UsageError(f"{option} {path}: {error}".lstrip()) from error


def _files_in(folder: str, password: bytes | None, outputs: Container[str]) -> Iterator[Input]:
    found = list(islice(walk(folder, (*_SUFFIXES, KEY_SUFFIX)), _MAX_FILES + 1))
    if len(found) > _MAX_FILES:
        raise UsageError(f"{folder}: holds more than {_MAX_FILES} files to check; name fewer")
    for written in (one.path for one in found if one.path in outputs):
        if not is_manifest(written):
            note(written)
            raise UsageError(f"{written}: {folder} holds it, so this run reads it; give the output another path")
        complain(f"{written} is left out: this run writes it")
    found = [one for one in found if one.path not in outputs]
    for _, group in groupby(found, lambda one: Path(one.path).parent):
        files = list(group)
        chains = [one.path for one in files if not one.problem and not is_manifest(one.path)]
        judged = {one.path: one for one in belonging_together(chains, password)}
        for one in files:
            if one.problem or one.path in judged or is_manifest(one.path):
                yield Input(one.path, of_folder=True, problem=one.problem, together=judged.get(one.path))


def chains_in(file: Input, whole: Target, password: bytes | None) -> Iterator[tuple[Target, tuple[Observation, ...]]]:
    """The chains of a manifest as targets; any other file is `whole`, which is read when its turn comes.

    The standard input is read at once, for what it holds tells what it is.
    """
    if file.problem:
        yield whole, (_given(Unusable(FailureKind.UNREADABLE, file.problem)),)
        return
    if file.path != "-" and not is_manifest(file.path):
        yield whole, ()
        return
    try:
        data = read_input(file.path)
        if file.path == "-" and not looks_like_manifest(data):
            yield whole, (observed(lambda: read_contents(data, password)),)
            return
        entries = read_manifest(data, password)
    except Unusable as unusable:
        if not (file.of_folder and unusable.failure.kind is FailureKind.NO_CERTIFICATE):
            yield whole, (_given(unusable),)
        return
    for entry in entries:
        yield _target(entry, whole), (_given(entry.contents),)


def _given(contents: Contents | Unusable) -> Observation:
    def give() -> Contents:
        if isinstance(contents, Unusable):
            raise contents
        return contents

    return observed(give)


def _target(entry: ManifestEntry, whole: Target) -> Target:
    """One chain of a manifest. What the command line says of its role wins over what the manifest does."""
    target = replace(
        whole,
        id=f"{whole.id}#{entry.id}",
        place=whole.place and Place(whole.place.file, entry.line),
    )
    if not entry.role_reason or (whole.role_reason.startswith("--role") and not entry.role_is_fixed):
        return target
    return replace(target, roles=frozenset({entry.role}), role_reason=entry.role_reason)
