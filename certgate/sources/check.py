"""The targets of `certgate check`: files, standard input, saved observations, and the files of a certgate.yaml."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from certgate.model.counted import listed
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.target import Target
from certgate.model.verdict import NotObserved
from certgate.policy.hosts import parse_name
from certgate.sources.config import Config, load_config
from certgate.sources.context import Context, FileOptions, Tell, defaults
from certgate.sources.declaration import Declaration
from certgate.sources.files import FileDeclaration
from certgate.sources.folders import require_named
from certgate.sources.interface import Declared, Observer, TargetSource
from certgate.sources.only import Only
from certgate.sources.saved import Saved
from certgate.sources.several import Several

__all__ = ["declare_check"]

_NAMED = 10
"""Most unobserved targets that a message names."""


def declare_check(
    files: Sequence[str],
    options: FileOptions,
    *,
    config: Path | None = None,
    fail_on: Severity | None = None,
    only: Sequence[str] = (),
    outputs: Container[str] = (),
    tell: Tell,
    tell_reading: Tell = lambda _: None,
) -> Declared:
    """The declared targets; files in a folder that are `outputs` are left out. Raises UsageError, InvalidFile.

    `tell_reading` is told what was read of each folder among the `files`, and what was left out.
    """
    options = replace(options, names=tuple(parse_name(name) for name in options.names))
    for file in files:
        if file != "-":
            require_named(file)
    configured = load_config(config) if config else Config()
    not_observed = _not_observed(configured.targets, config)
    common = defaults(options.policy, options.trust, options.revocation, configured.defaults)
    context = Context(defaults=common, files=options, outputs=outputs, tell=tell, tell_reading=tell_reading)
    declared = [one for one in configured.targets if not one.needs_connection]
    sources = chain(_named(files, context), (source for one in declared for source in one.sources(context)))
    return Declared(
        source=_Checked(Several(sources, Only(only)), options, nothing=_nothing(files, config, not_observed)),
        fail_on=fail_on or configured.fail_on or Severity.ERROR,
        accepted_until=configured.accepted_until,
        not_observed=not_observed,
        only=tuple(only),
        named=("check", *([f"--config {config}"] if config else []), *sorted(files)),
        is_part=bool(files or not_observed or only),
    )


def _named(files: Sequence[str], context: Context) -> Iterator[TargetSource]:
    for file in files:
        if file.endswith((".jsonl", ".jsonl.gz")):
            yield Saved(file, context.files)
        else:
            yield from FileDeclaration(path=file).sources(context)


def _not_observed(declared: Sequence[Declaration], config: Path | None) -> NotObserved | None:
    left_out = [one.name for one in declared if one.needs_connection]
    return NotObserved(len(left_out), tuple(left_out[:_NAMED]), str(config)) if left_out else None


def _nothing(files: Sequence[str], config: Path | None, not_observed: NotObserved | None) -> str:
    if files:
        return f"{', '.join(files)}: holds no certificate and no request for one"
    advice = f"; certgate scan observes {listed(not_observed.names)}" if not_observed else ""
    return f"{config}: declares no file and no manifest, so there is nothing to check{advice}"


class _Checked(TargetSource):
    """Sources with options that need exactly one chain."""

    def __init__(self, sources: Several, options: FileOptions, *, nothing: str) -> None:
        self._all = sources
        self._options = options
        self._nothing = nothing

    def targets(self) -> Iterator[Target]:
        """The targets. Raises UsageError at the end, if there are none or too many for an option."""
        count, keys = 0, 0
        for target in self._all.targets():
            count += 1
            keys += bool(target.source.key)
            yield target
        if not count:
            raise UsageError(self._nothing)
        if self._options.key:
            if (count, keys) != (1, 1):
                raise UsageError("--key needs exactly one file with one chain; check the files one by one")
            require_named(self._options.key, "--key")
        if self._options.bundle:
            if count != 1:
                raise UsageError(f"--bundle needs exactly one chain, not {count}; check the chains one by one")
            require_named(self._options.bundle, "--bundle")
        if self._options.staple and count != 1:
            raise UsageError(f"--staple needs exactly one chain, not {count}; check the chains one by one")

    @property
    def left_out(self) -> int:
        """Declared targets that --only leaves out."""
        return self._all.left_out

    def observer(self) -> Observer:
        """The observer. Raises UsageError for a staple or a CRL that cannot be read."""
        supplement = self._options.supplement
        _ = supplement.staple, supplement.crls
        return self._all.observer()
