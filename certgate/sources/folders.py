"""The files that the name of a file or folder stands for."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from certgate.model.counted import listed
from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.observation import FailureKind
from certgate.observe.files.contents import UnusableInput
from certgate.observe.files.together import KEY_SUFFIX, FileGroup, belonging_together
from certgate.observe.kubernetes.manifest import is_manifest
from certgate.sources.context import Tell
from certgate.sources.layouts import Layout, is_unrendered
from certgate.system.named_files import Found, Unreadable, require, walk
from certgate.system.reads import note

__all__ = ["Input", "Reading", "expand", "require_named"]

_MAX_FILES = 10_000
_NAMED = 3
_MAX_SUFFIXES = 100
_SUFFIXES = (
    ".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".p12", ".pfx", ".csr", ".crl", ".ocsp", ".ors", ".jks",
    ".yaml", ".yml", ".json",
)  # fmt: skip


@frozen(slots=True)
class Input:
    """A file to read. A file found in a folder may turn out to be irrelevant."""

    path: str
    of_folder: bool = False
    problem: UnusableInput | None = None
    """Why a file in the folder cannot be read."""
    together: FileGroup | None = None
    """The files of the same folder that belong to it."""


@dataclass
class Reading:
    """What was read of a folder, and what was left out, by kind."""

    folder: str
    is_told: bool = False
    """Whether it was shown; nothing is noted afterwards, when the files are read again."""
    _judged: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _left_out: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def judge(self, kind: str, path: str) -> None:
        """Note that the file is judged; `kind` names several: `file(s)`."""
        self._note(self._judged, kind, path)

    def leave_out(self, kind: str, paths: Iterable[str]) -> None:
        """Note that the files are not judged by themselves; `kind` names several: `key(s) of these chains`."""
        for path in paths:
            self._note(self._left_out, kind, path)

    def _note(self, counts: dict[str, Counter[str]], kind: str, path: str) -> None:
        if not self.is_told:
            suffix = Path(path).suffix or "without a suffix"
            is_new = suffix not in counts[kind] and len(counts[kind]) >= _MAX_SUFFIXES
            counts[kind]["with other suffixes" if is_new else suffix] += 1

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing in the folder."""
        return not (self._judged or self._left_out)

    def __str__(self) -> str:
        """A line for what is judged, then one for each kind that is left out."""
        judged = listed([_told(*pair) for pair in self._judged.items()])
        left_out = [_told(*pair) for pair in self._left_out.items()]
        return "\n  left out: ".join([f"{self.folder}: judges {judged or 'nothing'}", *left_out])


def _told(kind: str, suffixes: Counter[str]) -> str:
    """`3 files (2 .pem, 1 .csr)`."""
    total = suffixes.total()
    shown = sorted(suffixes.items(), key=lambda pair: (-pair[1], pair[0]))[:_NAMED]
    parts = [f"{count:,} {suffix}" for suffix, count in shown]
    parts += [f"{rest:,} more"] if (rest := total - sum(count for _, count in shown)) else []
    return f"{total:,} {kind.replace('(s)', '' if total == 1 else 's')} ({', '.join(parts)})"


def expand(
    path: str, password: bytes | None, outputs: Container[str], tell: Tell, reading: Reading | None = None
) -> Iterator[Input]:
    """The named file, or for a folder its files with a suffix of what can be judged, sorted.

    Parts of a complete chain in the same folder are not separate inputs, nor is its key; `outputs` in a folder are
    left out. `reading` notes what is left out. Raises UsageError for a folder with too many files; an unreadable file
    in a folder is a target, and so are the templates of a chart that are not rendered.
    """
    if Path(path).is_dir():
        yield from _files_in(path, password, outputs, tell, reading or Reading(path))
    else:
        yield Input(path)


def require_named(path: str, option: str = "") -> None:
    """Raise UsageError for a path on the command line that does not exist or cannot be read."""
    try:
        require(path, may_be_folder=not option)
    except Unreadable as error:
        raise UsageError(f"{option} {path}: {error}".lstrip()) from error


def _files_in(
    folder: str, password: bytes | None, outputs: Container[str], tell: Tell, reading: Reading
) -> Iterator[Input]:
    layout = Layout(folder)
    found, packed = _meant(folder, layout, reading)
    for written in (one.path for one in found if one.path in outputs):
        if not is_manifest(written):
            note(written)
            raise UsageError(f"{written}: {folder} contains it, so this run reads it; give the output another path")
        tell(f"{written} is left out: this run writes it")
    charts = _unrendered([*(one.path for one in found if not one.problem), *packed], layout)
    templates = {path for paths in charts.values() for path in paths}
    found = [one for one in found if one.path not in outputs and one.path not in templates]
    for chart, paths in charts.items():
        reading.leave_out(f"template(s) of {chart} that helm has not rendered", paths)
        yield Input(f"{chart}/Chart.yaml", of_folder=True, problem=_not_rendered(chart, paths))
    for _, group in groupby(found, lambda one: Path(one.path).parent):
        yield from _together(list(group), password, reading)


def _together(files: Sequence[Found], password: bytes | None, reading: Reading) -> Iterator[Input]:
    """The inputs among the files of one folder."""
    chains = [one.path for one in files if not one.problem and not is_manifest(one.path)]
    judged = {one.path: one for one in belonging_together(chains, password)}
    parts = {part for one in judged.values() for part in one.parts}
    keys = {one.key for one in judged.values() if one.key}
    reading.leave_out("part(s) of these chains", parts)
    reading.leave_out("key(s) of these chains", keys)
    reading.leave_out("key(s) without a chain here", set(chains) - judged.keys() - parts - keys)
    for one in files:
        if one.problem or one.path in judged or is_manifest(one.path):
            problem = UnusableInput(FailureKind.UNREADABLE, one.problem) if one.problem else None
            if one.problem:
                reading.judge("file(s) that cannot be read", one.path)
            elif one.path in judged:
                reading.judge("file(s)", one.path)
            yield Input(one.path, of_folder=True, problem=problem, together=judged.get(one.path))


def _meant(folder: str, layout: Layout, reading: Reading) -> tuple[list[Found], list[str]]:
    """The entries that may have certificates, and the packed charts. Raises UsageError for too many."""
    found: list[Found] = []
    packed: list[str] = []
    for one in walk(folder, (*_SUFFIXES, KEY_SUFFIX), others=True):
        if layout.is_certbots_own(one.path):
            reading.leave_out("file(s) that certbot keeps for itself beside live", [one.path])
        elif not one.is_other:
            found.append(one)
        elif layout.chart_of(one.path):
            packed.append(one.path)
        else:
            reading.leave_out("other file(s)", [one.path])
        if len(found) + len(packed) > _MAX_FILES:
            raise UsageError(f"{folder}: holds more than {_MAX_FILES} files; name fewer")
    return found, packed


def _unrendered(paths: Iterable[str], layout: Layout) -> dict[str, list[str]]:
    """The templates of each chart that are not rendered."""
    charts: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        chart = layout.chart_of(path)
        if chart and is_unrendered(path):
            charts[chart].append(path)
    return charts


def _not_rendered(chart: str, paths: Sequence[str]) -> UnusableInput:
    names = sorted(Path(path).relative_to(chart).as_posix() for path in paths)
    is_one = len(paths) == 1
    are, it = ("template of the chart is", "it deploys") if is_one else ("templates of the chart are", "they deploy")
    detail = f"{len(paths):,} {are} not rendered, so what {it} is not known: {listed(names, _NAMED)}"
    return UnusableInput(FailureKind.NOT_RENDERED, f"{detail}; helm template {chart} | certgate check -")
