"""Reads saved observations, and reports incomplete files."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from certgate.model.counted import plural
from certgate.model.errors import UsageError
from certgate.model.frozen import frozen
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase
from certgate.model.strict_json import NotJson, read_json
from certgate.model.target import FileSource, Place, Target
from certgate.observe.clock import utc_now
from certgate.observe.saved.form import FORMAT, MAX_LINE, VERSION
from certgate.observe.saved.mapping import Contents, observation_of, target_of
from certgate.observe.saved.members import Members, Wrong
from certgate.system.named_files import Unreadable
from certgate.system.named_lines import named_lines

__all__ = ["load_saved", "observed_of", "saved_part", "stream_saved"]

_AGAIN = "save it again with this version: certgate scan --save FILE"
_NOT_OURS = f"this is not a file of saved observations: the header is missing; {_AGAIN}"


def stream_saved(path: str) -> Iterator[Observed]:
    """Read a file on demand, as `load_saved` does. Raises UsageError."""
    try:
        with named_lines(path, MAX_LINE + 1) as lines:
            yield from load_saved(path, lines)
    except Unreadable as error:
        raise UsageError(f"{path}: {error}") from error


def saved_part(line: bytes) -> tuple[str, ...]:
    """The arguments of --only of the run, from the first line of its file. Raises UsageError."""
    try:
        return _begin(_members(line, begun=False))
    except (_Refused, Wrong) as error:
        raise UsageError(str(error)) from None


def load_saved(path: str, lines: Iterable[bytes]) -> Iterator[Observed]:
    """The targets with their observations, in the order of the file.

    An incomplete file (its end is missing, its count differs, or the run that wrote it was interrupted) adds a target:
    the file itself, as unreadable, so that a run over it cannot be compliant. Raises UsageError, with file and line,
    for files of another version or format, and for joined files.
    """
    state = _State()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            observed = _read(state, line, number)
        except _CutOff:
            break
        except (_Refused, Wrong) as error:
            message = f"this line is not a saved observation: {error}" if isinstance(error, Wrong) else error
            raise UsageError(f"{path}:{number}: {message}") from None
        if observed:
            yield observed
    if not state.begun:
        raise UsageError(f"{path}: is empty")
    if shortfall := state.shortfall():
        yield _not_whole(path, shortfall, state)


class _CutOff(Exception):
    """The last line is truncated, so the end is missing too."""


class _Refused(Exception):
    """Why the whole file is refused at this line."""


@frozen(slots=True)
class _End:
    targets: int
    interrupted: bool


class _State:
    """The state of reading one file."""

    def __init__(self) -> None:
        self.begun = False
        self.end: _End | None = None
        self.contents: Contents = {}
        self.lines: dict[str, int] = {}
        """The line of each target, by its id."""
        self.seen = 0
        """Targets that were reached before the run was interrupted."""
        self.last: tuple[Target, datetime] | None = None

    def shortfall(self) -> str:
        """What the file lacks; empty if it is complete."""
        read = len(self.lines)
        if self.end is None:
            return f"the end is missing after {plural(read, 'target')}; the run was killed, or the file was cut off"
        if self.end.interrupted:
            return f"{self.seen:,} of {plural(self.end.targets, 'target')}; the run was interrupted"
        if self.end.targets != read:
            return f"{read:,} of {plural(self.end.targets, 'target')}; lines are missing, or the run lost targets"
        return ""


def _read(state: _State, line: bytes, number: int) -> Observed | None:
    """The target on the line, None for other lines. Raises Wrong, _Refused and _CutOff."""
    members = _members(line, begun=state.begun)
    if not state.begun:
        _begin(members)
        state.begun = True
    elif "format" in members:
        raise _Refused("a second file begins here; do not join saved files: name each of them")
    elif state.end:
        raise _Refused("there are lines after the end; do not add to a saved file")
    elif "end" in members:
        end = members.members("end")
        state.end = _End(end.count("targets"), end.flag("interrupted"))
        end.done()
    elif "content" in members:
        digest, content = members.text("content"), members.data("base64")
        if sha256(content).hexdigest() != digest:
            raise Wrong("content is not the sha256 of base64")
        state.contents[digest] = content
    else:
        return _observed(state, members, number)
    members.done()
    return None


def _members(line: bytes, *, begun: bool) -> Members:
    if len(line) > MAX_LINE:
        raise _Refused(f"the line is longer than {MAX_LINE} bytes")
    try:
        return Members(read_json(line))
    except NotJson as error:
        if not begun:
            raise _Refused(_NOT_OURS) from error
        if not line.endswith(b"\n"):
            raise _CutOff from error
        raise Wrong(f"it {error}") from error


def _begin(members: Members) -> tuple[str, ...]:
    """The arguments of --only. Raises _Refused for a header of another format or version."""
    if "certgate-observation" in members or "certgate-content" in members:
        raise _Refused(f"this was saved by an older version of certgate; {_AGAIN}")
    if "format" not in members or members.text("format") != FORMAT:
        raise _Refused(_NOT_OURS)
    version = members.count("version")
    if version != VERSION:
        raise _Refused(f"this is format version {version}, but version {VERSION} is needed; {_AGAIN}")
    members.text("certgate")
    return members.texts("only")


def observed_of(members: Members, contents: Mapping[str, bytes], *, ordinal: int) -> Observed:
    """Read the line of a target; `contents` has the large evidence of earlier lines. Raises Wrong."""
    target = target_of(members.members("target"), ordinal=ordinal)
    observations = tuple(observation_of(seen, contents) for seen in members.all_members("observations"))
    members.done()
    _require_looks(target, observations)
    return Observed(target, observations)


def _observed(state: _State, members: Members, number: int) -> Observed:
    observed = observed_of(members, state.contents, ordinal=len(state.lines))
    target, observations = observed.target, observed.observations
    if other := state.lines.get(target.id):
        raise _Refused(f'the target "{target.id}" is already on line {other}')
    state.lines[target.id] = number
    state.seen += not any(o.failure and o.failure.kind is FailureKind.INTERRUPTED for o in observations)
    state.last = target, max(observation.observed_at for observation in observations)
    return observed


def _require_looks(target: Target, observations: Sequence[Observation]) -> None:
    """Raise Wrong if there is nothing to judge, or nothing for a server name that was to be looked at."""
    names = {seen.vantage.server_name for seen in observations if not (seen.vantage.probe or seen.vantage.key_type)}
    if not names:
        raise Wrong("observations holds none" + (" but answers to probes" if observations else ""))
    also = target.source.endpoint.visit.also if target.source.needs_connection else ()
    failures = {seen.failure.kind for seen in observations if seen.failure}
    missing = [name for name in also if name not in names]
    if missing and failures <= {FailureKind.CLIENT_CERTIFICATE_REQUIRED}:
        raise Wrong(f"observations holds none under the name {missing[0]}")


def _not_whole(path: str, shortfall: str, state: _State) -> Observed:
    """The file as a target of which nothing is known, with the policy and trust stores of its last target."""
    known: dict[str, Any] = {}
    when = utc_now()
    if state.last:
        target, when = state.last
        known = {"policy": target.policy, "trust": target.trust, "trust_mode": target.trust_mode}
    failure = Failure(FailureKind.INTERRUPTED, Phase.READ, f"{path} is incomplete: {shortfall}")
    whole = Target(id=path, ordinal=len(state.lines), source=FileSource(path), place=Place(path, 1), **known)
    return Observed(whole, (Observation(observed_at=when, failure=failure),))
