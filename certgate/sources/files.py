"""Files as users name them: chains, requests, folders, manifests, the standard input."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

from certgate.model.frozen import frozen
from certgate.model.observation import Observation
from certgate.model.peers import peers_of_tenant
from certgate.model.target import FileSource, Place, Purpose, Revocation, Role, Target, TrustMode
from certgate.observe.files.chain_file import observe_file, observed, read_input
from certgate.observe.files.contents import Contents, UnusableInput
from certgate.observe.files.together import FileGroup
from certgate.observe.kubernetes.manifest import is_manifest, looks_like_manifest
from certgate.sources.context import Context, FileOptions
from certgate.sources.declaration import Declaration
from certgate.sources.folders import Input, Reading, expand, require_named
from certgate.sources.interface import Observer, TargetSource
from certgate.sources.layouts import role_in_kubeadm
from certgate.sources.local import LocalObserver, Supplement
from certgate.sources.manifests import Manifest, ManifestObserver
from certgate.system.named_files import is_regular
from certgate.system.reads import note

__all__ = ["FileDeclaration", "FileObserver"]


@frozen(kw_only=True)
class FileDeclaration(Declaration):
    """A file or a folder as declared; None and empty for values that are not set."""

    path: str
    base: Path | None = None
    """The folder to which ids are relative; None for the working directory."""
    is_manifest: bool = False
    """Whether it is a manifest, regardless of its name."""
    names: tuple[str, ...] = ()
    role: Role | None = None
    purpose: Purpose | None = None
    key: str = ""
    bundle: str = ""
    """The file with the SPIFFE bundle that was delivered with the leaf; it is the trust store, too."""
    policy: str | None = None
    trust: tuple[str, ...] = ()
    trust_mode: TrustMode = TrustMode.UNION
    revocation: Revocation | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None

    @property
    def name(self) -> str:
        """The path."""
        return self.path

    def sources(self, context: Context) -> Iterator[TargetSource]:
        """The file, or for a folder its files that are judged."""
        options = context.files
        if self.path != "-":
            require_named(self.path)
        reading = Reading(self.path)
        for file in expand(self.path, options.password, context.outputs, context.tell, reading):
            yield self._source(file, context, reading if file.of_folder else None)
        if self.place is None and Path(self.path).is_dir():
            yield _Told(reading, context)

    def _source(self, file: Input, context: Context, reading: Reading | None) -> TargetSource:
        whole = self._whole(file, context)
        reader = context.shared(FileObserver.of)
        if file.problem:
            reader.refuse(file.path, file.problem)
            return _File(whole, reader)
        if file.path == "-":
            return self._of_standard_input(whole, context)
        if self.is_manifest or is_manifest(file.path):
            return self._manifest(whole, context, reading)
        if not is_regular(file.path):
            return self._read_once(whole, reader)
        return _File(whole, reader)

    def _read_once(self, whole: Target, reader: "FileObserver") -> TargetSource:
        """A pipe or a device, read at once."""
        path = whole.source.name
        try:
            reader.keep(path, read_input(path))
        except UnusableInput as unusable:
            reader.refuse(path, unusable)
        return _File(whole, reader)

    def _of_standard_input(self, whole: Target, context: Context) -> TargetSource:
        """Read the standard input at once: its contents decide whether it is a manifest."""
        reader = context.shared(FileObserver.of)
        try:
            data = read_input("-")
        except UnusableInput as unusable:
            reader.refuse("-", unusable)
            return _File(whole, reader)
        if self.is_manifest or looks_like_manifest(data):
            context.shared(ManifestObserver.of).keep("-", data)
            return self._manifest(whole, context)
        reader.keep("-", data)
        return _File(whole, reader)

    def _manifest(self, whole: Target, context: Context, reading: Reading | None = None) -> TargetSource:
        role_is_set = bool(self.role or context.files.role)
        reader = context.shared(ManifestObserver.of)
        return Manifest(whole, reader, role_is_set=role_is_set, reading=reading)

    def _whole(self, file: Input, context: Context) -> Target:
        """The target of the file. The declaration overrides the command line, which overrides everything else."""
        options, together = context.files, file.together or FileGroup(file.path)
        roles, reason = self._roles(options, together)
        key, bundle = self.key or options.key or together.key, self.bundle or options.bundle or ""
        source = FileSource(file.path, key, tuple(together.parts), bundle)
        return Target(
            id="standard input" if file.path == "-" else _relative(file.path, self.base),
            ordinal=0,
            source=source,
            place=self.place or source.location,
            policy=self.policy or context.defaults.policy,
            trust=self.trust or ((self.bundle,) if self.bundle else context.defaults.trust),
            trust_mode=self.trust_mode,
            roles=roles,
            role_reason=reason,
            names=self.names or options.names,
            labels=self.labels,
            peers=peers_of_tenant(context.defaults.peers, self.labels),
            revocation=self._revocation(context),
            purpose=self.purpose or options.purpose,
        )

    def _roles(self, options: FileOptions, together: FileGroup) -> tuple[frozenset[Role], str]:
        if self.role:
            return frozenset({self.role}), f"role: {self.role} in its declaration"
        if options.role:
            return frozenset({options.role}), f"--role {options.role}"
        if roles := role_in_kubeadm(together.path):
            return roles, "its name in the folder that kubeadm makes"
        if together.issued:
            return frozenset({Role.CA}), f"it holds the CA that issued {Path(together.issued).name} beside it"
        return frozenset({Role.SERVER}), "the default role of a file is server; --role sets another"

    def _revocation(self, context: Context) -> Revocation:
        revocation = self.revocation or context.defaults.revocation
        evidence = context.files.crls or context.files.staple
        return Revocation.GIVEN if revocation is Revocation.OFF and evidence else revocation


class FileObserver(LocalObserver):
    """Reads a file when its turn comes; input that can be read only once has been read before."""

    def __init__(self, supplement: Supplement, password: bytes | None) -> None:
        super().__init__(supplement)
        self._password = password
        self._once: dict[str, bytes] = {}
        self._problems: dict[str, UnusableInput] = {}

    @classmethod
    def of(cls, context: Context) -> "FileObserver":
        """The observer for a context."""
        return cls(context.files.supplement, context.files.password)

    def keep(self, path: str, data: bytes) -> None:
        """Keep the bytes of `path`, which cannot be read again."""
        self._once[path] = data

    def refuse(self, path: str, problem: UnusableInput) -> None:
        """Record why `path` cannot be read."""
        self._problems[path] = problem

    def see(self, target: Target) -> tuple[Observation, ...]:
        """Observe the file."""
        path = target.source.file.path
        if problem := self._problems.get(path):
            return (observed(lambda: _raise(problem)),)
        kept = io.BytesIO(self._once[path]) if path in self._once else None
        return (observe_file(target, stdin=kept, password=self._password),)


@frozen()
class _File(TargetSource):
    target: Target
    by: FileObserver

    def targets(self) -> Iterator[Target]:
        for path in filter(None, (self.target.source.name, self.target.source.key, self.target.source.bundle)):
            note(path)
        yield self.target

    def observer(self) -> Observer:
        return self.by


@frozen()
class _Told(TargetSource):
    """No target: says what was read of a folder once all its files have been declared for the first time."""

    reading: Reading
    context: Context

    def targets(self) -> Iterator[Target]:
        if not (self.reading.is_told or self.reading.is_empty):
            self.reading.is_told = True
            self.context.tell_reading(str(self.reading))
        return iter(())

    def observer(self) -> Observer:
        return self.context.shared(FileObserver.of)


def _raise(problem: UnusableInput) -> Contents:
    raise problem


def _relative(path: str, base: Path | None) -> str:
    """The path as an id, as written in the declaration."""
    if base is None or not Path(path).is_relative_to(base):
        return Path(path).as_posix()
    return Path(path).relative_to(base).as_posix()
