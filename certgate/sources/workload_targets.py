"""The X509-SVIDs that an agent gives to certgate's own process: each is judged."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import ClassVar

from certgate.model.frozen import frozen
from certgate.model.observation import Failure, FailureKind, Observation, Phase
from certgate.model.target import Role, Target
from certgate.model.workload_source import WorkloadSource
from certgate.observe.clock import utc_now
from certgate.observe.workload_api.agent import USUAL_TIMEOUT, AgentFailed, WorkloadApi
from certgate.observe.workload_api.messages import X509Svid
from certgate.sources.context import Context
from certgate.sources.declaration import GivenTargets
from certgate.sources.interface import Observer, TargetSource
from certgate.sources.local import LocalObserver, Supplement
from certgate.x509.spiffe_id import split_spiffe_id

__all__ = ["WorkloadDeclaration"]


@frozen(kw_only=True)
class WorkloadDeclaration(GivenTargets):
    """An agent as declared; None and empty for values that are not set."""

    needs_connection: ClassVar[bool] = True

    socket: str

    @property
    def name(self) -> str:
        """The agent, as a target."""
        return WorkloadSource(self.socket).name

    def sources(self, context: Context) -> Iterator[TargetSource]:
        """The agent."""
        yield _Agent(self, context, WorkloadApi(self.socket, context.observing.timeout or USUAL_TIMEOUT))

    def target(self, source: WorkloadSource, context: Context) -> Target:
        """The target of an SVID; without one, that of the agent."""
        id = source.svid.partition("#")[0]
        return self.given(
            context.defaults,
            id=f"{source.name}#{source.svid}" if source.svid else source.name,
            source=source,
            role=Role.SPIFFE,
            role_reason="the Workload API gives X509-SVIDs",
            spiffe_ids=(id,) if split_spiffe_id(id).is_valid else (),
        )


class _Agent(TargetSource):
    """Asks the agent once, when its targets are first read."""

    def __init__(self, declaration: WorkloadDeclaration, context: Context, api: WorkloadApi) -> None:
        self._declaration = declaration
        self._context = context
        self._api = api
        self._seen: dict[WorkloadSource, Observation] = {}

    def targets(self) -> Iterator[Target]:
        if not self._seen:
            self._seen.update(_asked(self._api))
        for source in self._seen:
            yield self._declaration.target(source, self._context)

    def observer(self) -> Observer:
        return _SvidObserver(self._context.files.supplement, self._seen)


class _SvidObserver(LocalObserver):
    """Hands on what the agent gave."""

    def __init__(self, supplement: Supplement, seen: Mapping[WorkloadSource, Observation]) -> None:
        super().__init__(supplement)
        self._given = {source.part: one for source, one in seen.items()}

    def see(self, target: Target) -> tuple[Observation, ...]:
        """What was given."""
        return (self._given[target.source.part],)


def _asked(api: WorkloadApi) -> Mapping[WorkloadSource, Observation]:
    """An observation for each SVID; if there is none, one of the agent that says why."""
    try:
        svids = api.svids()
    except AgentFailed as error:
        failure = Failure(error.kind, Phase.READ, str(error))
        return {WorkloadSource(api.socket): Observation(observed_at=utc_now(), failure=failure)}
    return dict(zip(_sources(api.socket, svids), map(_observation, svids), strict=True))


def _sources(socket: str, svids: tuple[X509Svid, ...]) -> Iterator[WorkloadSource]:
    seen = Counter[str]()
    for svid in svids:
        id = svid.id or "(without SPIFFE ID)"
        seen[id] += 1
        yield WorkloadSource(socket, f"{id}#{seen[id]}" if seen[id] > 1 else id, svid.hint)


def _observation(svid: X509Svid) -> Observation:
    failure = None
    if not svid.chain:
        detail = "the agent gives an X509-SVID without a certificate"
        failure = Failure(FailureKind.NO_CERTIFICATE, Phase.READ, detail)
    return Observation(observed_at=utc_now(), presented=svid.chain, failure=failure)
