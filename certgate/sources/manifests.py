"""Kubernetes manifests: each chain and request in one is a target."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from certgate.model.frozen import frozen
from certgate.model.observation import FailureKind, Observation
from certgate.model.target import FileSource, ManifestSource, Target
from certgate.observe.files.chain_file import observed, read_input
from certgate.observe.files.contents import Contents, UnusableInput
from certgate.observe.kubernetes.entry import ManifestEntry
from certgate.observe.kubernetes.manifest import read_manifest
from certgate.sources.context import Context
from certgate.sources.folders import Reading
from certgate.sources.interface import Observer, TargetSource
from certgate.sources.local import LocalObserver, Supplement
from certgate.system.named_files import is_regular

__all__ = ["Manifest", "ManifestObserver"]


class ManifestObserver(LocalObserver):
    """Reads manifests. Caches the entries of the last one, and the bytes of input that can be read only once."""

    def __init__(self, supplement: Supplement, password: bytes | None) -> None:
        super().__init__(supplement)
        self._password = password
        self._once: dict[str, bytes] = {}
        self._last: tuple[str, Mapping[str, ManifestEntry] | UnusableInput] = ("", {})

    @classmethod
    def of(cls, context: Context) -> "ManifestObserver":
        """The observer for a context."""
        return cls(context.files.supplement, context.files.password)

    def keep(self, path: str, data: bytes) -> None:
        """Keep the bytes of `path`, which cannot be read again."""
        self._once[path] = data

    def __getstate__(self) -> dict[str, object]:
        """Pickle what cannot be read again, not what can."""
        return vars(self) | {"_last": ("", {})}

    def entries(self, path: str) -> Mapping[str, ManifestEntry]:
        """The entries of a manifest by id. Raises UnusableInput."""
        if self._last[0] != path:
            self._last = path, self._read(path)
        found = self._last[1]
        if isinstance(found, UnusableInput):
            raise found
        return found

    def see(self, target: Target) -> tuple[Observation, ...]:
        """Observe an entry. Reads its manifest again if another was read in between."""
        source = target.source
        seen = observed(lambda: self._contents(target))
        try:
            entry = self.entries(source.name).get(source.part)
        except UnusableInput:
            return (seen,)
        return (replace(seen, kubernetes=entry.kubernetes if entry else None),)

    def _read(self, path: str) -> Mapping[str, ManifestEntry] | UnusableInput:
        try:
            data = self._once.get(path)
            if data is None:
                data = read_input(path)
                if path == "-" or not is_regular(path):
                    self.keep(path, data)
            return {entry.id: entry for entry in read_manifest(data, self._password)}
        except UnusableInput as unusable:
            return unusable

    def _contents(self, target: Target) -> Contents:
        source = target.source
        entries = self.entries(source.name)
        found = entries.get(source.part)
        if found is None:
            raise UnusableInput(FailureKind.INTERRUPTED, "the manifest changed while it was being checked; run again")
        if isinstance(found.contents, UnusableInput):
            raise found.contents
        return found.contents


@frozen()
class Manifest(TargetSource):
    """A manifest. An unreadable one is a target itself."""

    whole: Target
    """A target for the file, with the options for all its entries."""
    by: ManifestObserver
    role_is_set: bool = False
    """Whether the user set the role, which overrides the manifest."""
    reading: Reading | None = None
    """Notes what was read of the folder in which it was found: if it has no entries, it is not a target then."""

    def targets(self) -> Iterator[Target]:
        """A target for each entry."""
        path = self.whole.source.name
        try:
            entries = self.by.entries(path)
        except UnusableInput as unusable:
            if self.reading and unusable.failure.kind is FailureKind.NO_CERTIFICATE:
                self.reading.leave_out("manifest(s) without certificates", [path])
                return
            entries = {}
            yield replace(self.whole, source=FileSource(path))
        if self.reading:
            self.reading.judge("manifest(s)", path)
        for ordinal, entry in enumerate(entries.values()):
            yield replace(self._target(entry, path), ordinal=ordinal)

    def observer(self) -> Observer:
        """The observer that reads the manifest."""
        return self.by

    def _target(self, entry: ManifestEntry, path: str) -> Target:
        source = ManifestSource(path, entry.id, entry.line)
        place = source.location if self.whole.place == self.whole.source.location else self.whole.place
        target = replace(self.whole, id=f"{self.whole.id}#{entry.id}", source=source, place=place)
        if not entry.role_reason or (self.role_is_set and not entry.role_is_fixed):
            return target
        return replace(target, roles=frozenset({entry.role}), role_reason=entry.role_reason)
