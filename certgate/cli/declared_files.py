"""What the arguments of `certgate check` declare: chains in files, and observations saved earlier."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from certgate.cli import signals
from certgate.cli.inputs import Input, chains_in, expand, require_named
from certgate.cli.session import ObserveAndComplete
from certgate.model.errors import UsageError
from certgate.model.finding import Severity
from certgate.model.observation import Observation, Observed, Phase
from certgate.model.target import File, Place, Purpose, Revocation, Role, Target, TrustMode
from certgate.observe.clock import utc_now
from certgate.observe.evidence.given import read_crls, read_staple
from certgate.observe.evidence.rounds import Completion
from certgate.observe.fence import incomplete_by
from certgate.observe.files.chain_file import observe_file
from certgate.observe.files.together import Judged
from certgate.observe.saved import read_saved
from certgate.policy.hosts import parse_name
from certgate.policy.packs import DEFAULT_POLICY
from certgate.policy.targets import policy_word, refuse_twice, trust_words
from certgate.system.reads import note
from certgate.system.stop import Interrupted

__all__ = ["Overrides", "declare_files"]

_FRESH = timedelta(days=1)


@dataclass(frozen=True)
class Overrides:
    """What the command line says of all files."""

    names: tuple[str, ...]
    role: Role | None
    policy: str | None
    trust: tuple[str, ...]
    at_given: bool
    staple: str | None = None
    crls: tuple[str, ...] = ()
    revocation: Revocation | None = None
    key: str | None = None
    password: bytes | None = field(default=None, repr=False)
    purpose: Purpose | None = None


def declare_files(
    files: Sequence[str], overrides: Overrides, fail_on: Severity | None, outputs: Container[str] = ()
) -> tuple[Sequence[Target], Severity, ObserveAndComplete]:
    """The targets of the arguments, and how they are observed; what a folder holds of `outputs` is left out.

    Raises UsageError.
    """
    targets, saved = _declare(files, overrides, outputs)
    if overrides.staple and len(targets) != 1:
        raise UsageError(f"--staple is about one chain, and there are {len(targets)}; check them one by one")
    staple = read_staple(overrides.staple) if overrides.staple else None
    crls = tuple(crl for path in overrides.crls for crl in read_crls(path))

    def seen(target: Target) -> Observed:
        try:
            found = saved.get(target.id) or (observe_file(target, password=overrides.password),)
        except BaseException as error:
            nothing = Observation(observed_at=utc_now(), from_file=True)
            return Observed(target, (incomplete_by(error, nothing, Phase.READ),))
        return Observed(target, found).each(with_files)

    def with_files(found: Observation) -> Observation:
        return replace(found, staple=found.staple if staple is None else staple, evidence=(*found.evidence, *crls))

    def observe(source: Iterable[Target], completion: Completion | None) -> Iterator[Observed]:
        for target in source:
            if signals.STOP.wanted:
                return
            try:
                with signals.STOP.breakable:
                    found = seen(target)
                    if completion:
                        found = _completed(completion, found)
            except Interrupted:
                return
            yield found

    return targets, fail_on or Severity.ERROR, observe


def _declare(
    files: Sequence[str], overrides: Overrides, outputs: Container[str]
) -> tuple[list[Target], dict[str, tuple[Observation, ...]]]:
    """The targets, and what is known of them already. Raises UsageError."""
    names = tuple(parse_name(name) for name in overrides.names)
    saved: dict[str, tuple[Observation, ...]] = {}
    targets: list[Target] = []
    for file in expand(files, overrides.password, outputs):
        for target, observations in _declared(file, names, overrides):
            targets.append(replace(target, ordinal=len(targets)))
            if observations:
                saved[target.id] = observations
            else:
                _note(target)
    refuse_twice(targets)
    if not targets:
        raise UsageError(f"{', '.join(files)}: holds no certificate and no request for one")
    if overrides.key:
        if len(targets) != 1 or saved:
            raise UsageError("--key is about one file with one chain; check others one by one")
        require_named(overrides.key, "--key")
    return targets, saved


def _note(target: Target) -> None:
    """Say what will be read when the target's turn comes."""
    if isinstance(target.source, File):
        for path in filter(None, (target.source.path, target.source.key)):
            note(path)


def _declared(
    file: Input, names: tuple[str, ...], overrides: Overrides
) -> Iterable[tuple[Target, tuple[Observation, ...]]]:
    """Targets with what is known of them already; nothing where that is still to be read."""
    if not file.path.endswith(".jsonl"):
        return chains_in(file, _file_target(file, names, overrides), overrides.password)
    return [(_overridden(seen.target, overrides), seen.observations) for seen in _saved(file.path, overrides)]


def _file_target(file: Input, names: tuple[str, ...], overrides: Overrides) -> Target:
    path = Path(file.path).as_posix()
    together = file.together or Judged(file.path)
    role, reason = Role.SERVER, "a file is judged as a server's unless --role says otherwise"
    if overrides.role:
        role, reason = overrides.role, f"--role {overrides.role}"
    elif together.issued:
        role, reason = Role.CA, f"it holds the CA that issued {Path(together.issued).name} beside it"
    return Target(
        id="standard input" if file.path == "-" else path,
        ordinal=0,
        source=File(file.path, overrides.key or together.key, tuple(together.parts)),
        place=None if file.path == "-" else Place(path, 1),
        policy=policy_word(overrides.policy, Path()) if overrides.policy else DEFAULT_POLICY,
        trust=trust_words(overrides.trust, Path()) or ("mozilla",),
        roles=frozenset({role}),
        role_reason=reason,
        names=names,
        revocation=_revocation(overrides, Revocation.OFF),
        purpose=overrides.purpose,
    )


def _saved(file: str, overrides: Overrides) -> Iterable[Observed]:
    """Saved observations. Raises UsageError for old ones without --at: today's verdict needs today's facts."""
    found = read_saved(file)
    if not found:
        raise UsageError(f"{file}: holds no observation")
    oldest = min(seen.observed_at for observed in found for seen in observed.observations)
    if not overrides.at_given and datetime.now(UTC) - oldest > _FRESH:
        raise UsageError(
            f"{file}: was observed on {oldest:%Y-%m-%d}; say by which clock to judge it: --at now, or a time"
        )
    return found


def _completed(completion: Completion, observed: Observed) -> Observed:
    try:
        return completion.complete(observed)
    except BaseException as error:
        return observed.each(partial(incomplete_by, error, phase=Phase.PLAN))


def _revocation(overrides: Overrides, own: Revocation) -> Revocation:
    if overrides.revocation is not None:
        own = overrides.revocation
    given = overrides.crls or overrides.staple
    return Revocation.GIVEN if own is Revocation.OFF and given else own


def _overridden(target: Target, overrides: Overrides) -> Target:
    """A saved target keeps its own words where the command line says nothing."""
    return replace(
        target,
        policy=policy_word(overrides.policy, Path()) if overrides.policy else target.policy,
        trust=trust_words(overrides.trust, Path()) or target.trust,
        trust_mode=TrustMode.UNION if overrides.trust else target.trust_mode,
        revocation=_revocation(overrides, target.revocation),
        purpose=overrides.purpose or target.purpose,
    )
