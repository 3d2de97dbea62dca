"""One endpoint: its addresses and names, and a look from each vantage that its target asks for."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from certgate.model.evidence import Evidence, EvidenceKind, FetchFailure
from certgate.model.frozen import making, replacing
from certgate.model.mutual_tls import WorkloadClient
from certgate.model.observation import Failure, FailureKind, Observation, Phase, Vantage
from certgate.model.probe import OTHER_KEY_TYPES
from certgate.model.proxy import Proxy
from certgate.model.target import ClientSource, Endpoint, Origin, Probe, Target, Visit
from certgate.net.resolver import Address, Resolver
from certgate.observe.clock import Clock
from certgate.observe.event_loop import TimeLimit, result_of, sleep, together
from certgate.observe.tls.connection_budget import Budget
from certgate.observe.tls.deadline import Deadline
from certgate.observe.tls.failures import ObservationFailed, from_resolver
from certgate.observe.tls.look import FIRST_PAUSE, Look, Terms
from certgate.observe.tls.options import ObserveOptions
from certgate.observe.tls.pace import Pace
from certgate.observe.tls.profile import Profile
from certgate.observe.tls.routes import by_route

if TYPE_CHECKING:
    from concurrent.futures import Future

    from certgate.observe.tls.further_certificates import FurtherCertificates
    from certgate.observe.tls.proxy.tunnel import Tunnel
    from certgate.observe.workload_api.messages import X509Svid

__all__ = ["EndpointObserver"]

T = TypeVar("T")
_new_terms = making(Terms)
_SENT = {Probe.NO_SNI: None, Probe.UNKNOWN_SNI: "unknown.certgate.invalid"}
"""The server name that each probe sends."""


class EndpointObserver:
    """Observes one endpoint once, and can say at any moment how far it has come."""

    def __init__(self, target: Target, options: ObserveOptions, resolver: Resolver, now: Clock, pace: Pace) -> None:
        self.target = target
        self._endpoint = endpoint = target.source.endpoint
        self._options = options
        self._resolver = resolver
        visit = endpoint.visit
        self._terms = _new_terms(
            endpoint=endpoint,
            deadline=Deadline.after(options.timeout_of(visit)),
            retries=options.retries,
            budget=Budget(options.max_connections, options.used.get(target.id, 0), pace),
            now=now,
            tunnel=_tunnel(visit.proxy, endpoint, options) if visit.proxy else None,
            connect_timeout=options.connect_timeout_of(target),
            in_range=bool(target.range),
        )
        self._certificates = options.client_certificates
        """Those to show: from files and, once the observation has begun, from agents."""
        self._names = (endpoint.server_name, *visit.also)
        self._asks_more = bool(visit.also or visit.probes or visit.questions)
        """Whether there is more to see at an address than what is shown under the first name."""
        self._found: list[Address] = []
        self._under_way: dict[Look | FurtherCertificates, None] = {}
        self._seen: list[Observation] = []
        self._edge: Look | None = None
        """The first look that saw a certificate, if there is an origin to be seen through it."""

    def observe(self) -> Coroutine[None, None, tuple[Observation, ...]]:
        """Everything that can be seen within the deadline. Raises nothing but Cancelled."""
        visit = self._endpoint.visit
        if visit.all_addresses or visit.client or visit.origin or visit.mtls or self.target.expect:
            return self._with_all_around()
        if self._asks_more:
            return self._under_all_names([])
        return self._done(self._look(self._names[0], []))

    async def _with_all_around(self) -> tuple[Observation, ...]:
        """What is seen with what agents give, at all addresses, and behind the endpoint, as far as that is asked."""
        visit = self._endpoint.visit
        try:
            await self._know_clients()
        except ObservationFailed as failed:
            return (self._unlooked(failed.failure),)
        seen = await (self._at_all_addresses() if visit.all_addresses else self._under_all_names([]))
        return (*await self._with_svids(seen), *await self._behind())

    def interrupted(self) -> tuple[Observation, ...]:
        """What is known if the observation has to end now."""
        under_way = list(self._under_way) or [Look(self._terms, self._names[0], self._resolve)]
        return (*self._seen, *(one for look in under_way for one in look.interrupted()))

    async def _know_clients(self) -> None:
        """Ask agents for the client certificates of this endpoint. Raises ObservationFailed."""
        visit = self._endpoint.visit
        for client in _clients(visit):
            if isinstance(client, WorkloadClient):
                given = await self._given(self._options.identities.client(client))
                self._certificates = {**self._certificates, client: given}
        if visit.client:
            self._terms = replace(self._terms, client_certificate=self._certificates[visit.client])

    async def _given(self, answer: "Future[T]") -> T:
        """What an agent gives, within the deadline. Raises ObservationFailed."""
        from certgate.observe.workload_api.agent import AgentFailed

        try:
            with TimeLimit(self._terms.deadline.at):
                return await result_of(answer)
        except TimeoutError:
            detail = "the agent did not answer within the time for this target"
        except AgentFailed as error:
            detail = str(error)
        raise ObservationFailed(Failure(FailureKind.NO_CLIENT_CERTIFICATE, Phase.READ, detail))

    async def _with_svids(self, seen: tuple[Observation, ...]) -> tuple[Observation, ...]:
        """What was seen, with the SVIDs that the agent gives after that, if the target must serve one of them."""
        agent = self.target.expected_agent
        if not (agent and any(one.presented for one in seen)):
            return seen
        try:
            given = await self._given(self._options.identities.svids(agent))
            evidence = tuple(map(partial(_svid, agent), given))
        except ObservationFailed as failed:
            detail = failed.failure.detail
            evidence = (
                Evidence(kind=EvidenceKind.SVID, source=agent, failure=FetchFailure.UNREACHABLE, detail=detail),
            )
        return tuple(replace(one, evidence=(*one.evidence, *evidence)) if one.presented else one for one in seen)

    async def _under_all_names(self, addresses: Sequence[Address]) -> tuple[Observation, ...]:
        """Look at these addresses or else at those of the host: at the first that answers, under each name."""
        first = self._look(self._names[0], addresses)
        seen = await self._done(first)
        return await self._with_more(first, seen, addresses) if self._asks_more else seen

    async def _with_more(
        self, first: Look, seen: tuple[Observation, ...], addresses: Sequence[Address]
    ) -> tuple[Observation, ...]:
        """What the first look saw at these addresses, with what is asked beyond it: names, probes, questions."""
        looks = {first: seen}
        start = seen[0]
        reached = addresses or [address for address in self._found if str(address) == start.vantage.address]
        for name in self._names[1:]:
            look = self._look(name, reached)
            looks[look] = await self._done(look)
        probed: list[Observation] = []
        visit = self._endpoint.visit
        if start.presented:
            if visit.origin:
                self._edge = self._edge or first
            for probe in visit.probes:
                if probe in _SENT:
                    probed += await self._done(self._look(_SENT[probe], reached, probe, first))
        for look, shown in looks.items():
            looks[look] = await self._with_further(look, await self._with_answers(look, shown), reached)
        start, *others = (one for shown in looks.values() for one in shown)
        return (await self._with_clients(first, start), *others, *probed)

    async def _with_further(
        self, look: Look, seen: tuple[Observation, ...], addresses: Sequence[Address]
    ) -> tuple[Observation, ...]:
        """What a look saw, with the chains that the server has there for other types of keys, if a rule asks for them.

        A look that saw several chains has failed.
        """
        first = seen[0]
        is_known = any(answer.what.startswith(OTHER_KEY_TYPES) for answer in first.probes)
        if Probe.KEY_TYPES not in self._endpoint.visit.probes or is_known or seen[1:] or not first.presented:
            return seen
        from certgate.observe.tls.further_certificates import FurtherCertificates

        self._seen.remove(first)
        new_look = partial(self._look, first.vantage.server_name, addresses, "", look)
        return await self._done(FurtherCertificates(first, look, new_look))

    def _look(
        self,
        name: str | None,
        addresses: Sequence[Address],
        probe: str = "",
        like: Look | None = None,
        offer: Profile | None = None,
    ) -> Look:
        terms = replace(self._terms, client_certificate=None) if probe else self._terms
        return Look(terms, name, partial(_known, addresses) if addresses else self._resolve, probe, like, offer)

    async def _done(self, look: "Look | FurtherCertificates") -> tuple[Observation, ...]:
        self._under_way[look] = None
        observations = await look.observe()
        self._seen += observations
        del self._under_way[look]
        return observations

    async def _with_answers(self, look: Look, seen: tuple[Observation, ...]) -> tuple[Observation, ...]:
        """What a look saw, with the answers to the target's questions if it saw a chain."""
        first, visit = seen[0], self._endpoint.visit
        of_other_keys = Probe.KEY_TYPES in visit.probes and not seen[1:]
        if not ((visit.questions or of_other_keys) and first.presented and first.handshake and look.reached):
            return seen
        from certgate.observe.tls.hello.interview import Interview, Known

        known = Known(look.last_profile.alpn, first.handshake, first.presented[0])
        interview = Interview(look.reached, look.asked, known, self._terms.deadline, self._terms.budget)
        answers = await interview.answers(visit.questions, of_other_keys=of_other_keys)
        first = replacing(Observation, "connections")(first, first.connections + interview.connections)
        with_probes = replacing(Observation, "probes")
        answered = tuple(with_probes(one, (*one.probes, *answers)) for one in (first, *seen[1:]))
        told = dict(zip(map(id, seen), answered, strict=True))
        self._seen = [told.get(id(one), one) for one in self._seen]
        return answered

    async def _with_clients(self, look: Look, seen: Observation) -> Observation:
        """What a look saw, with the answers to clients of every kind if it saw a chain and the target asks for that."""
        if not (Probe.MTLS in self._endpoint.visit.probes and seen.presented and look.reached):
            return seen
        from certgate.observe.tls.client_probes.probing import ClientProbes

        probes = ClientProbes(self._terms, look, look.reached, self._certificates)
        answers = [answer async for answer in probes.answers()]
        return replace(seen, probes=(*seen.probes, *answers), connections=seen.connections + probes.connections)

    async def _at_all_addresses(self) -> tuple[Observation, ...]:
        """At the same time, so that one that is silent takes no time from the others; its names one by one."""
        try:
            found = await self._resolve_stubbornly()
        except ObservationFailed as failed:
            return (self._unlooked(failed.failure),)
        routed, unrouted = by_route(found)
        most = self._options.max_addresses
        at_each = await together([self._under_all_names([address]) for address in routed[:most]])
        unvisited = tuple(map(str, unrouted))
        seen = tuple(replace(one, unvisited=unvisited) for seen in at_each for one in seen)
        if not routed[most:]:
            return seen
        host = self._endpoint.host
        detail = f"{host} has {len(routed)} addresses, and --max-addresses limits the check to {most}"
        beyond = self._unlooked(Failure(FailureKind.LIMIT, Phase.RESOLVE, detail))
        return (*seen, replace(beyond, unvisited=tuple(map(str, routed[most:]))))

    async def _behind(self) -> tuple[Observation, ...]:
        """What the origin shows, if a rule asks for it and the endpoint itself was seen."""
        visit = self._endpoint.visit
        if not (visit.origin and self._edge and {Probe.ORIGIN, Probe.STRANGER}.intersection(visit.probes)):
            return ()
        from certgate.observe.tls.origin import OriginProbes

        probes = OriginProbes(
            visit.origin, self._edge, self._terms, self._certificates, self._addresses_of(visit.origin)
        )
        seen = await self._done(probes.look()) if Probe.ORIGIN in visit.probes else ()
        return (*seen, await probes.as_stranger()) if Probe.STRANGER in visit.probes else seen

    def _addresses_of(self, origin: Origin) -> Callable[[], Awaitable[list[Address]]]:
        """The origin's address, or those of the proxy through which it is reached."""

        async def given() -> list[Address]:
            return await self._resolved(origin.host, origin.port)

        return self._resolve if self._terms.tunnel else given

    def _unlooked(self, failure: Failure) -> Observation:
        vantage = Vantage("", self._endpoint.server_name)
        return Observation(observed_at=self._terms.now(), vantage=vantage, failure=failure)

    async def _resolve_stubbornly(self) -> list[Address]:
        """As often as a retry may help."""
        retries, pause = self._options.retries, FIRST_PAUSE
        while True:
            try:
                return await self._resolve()
            except ObservationFailed as failed:
                if not (failed.transient and retries and self._terms.deadline.left > pause):
                    raise
            retries -= 1
            await sleep(pause)
            pause *= 2

    def _resolve(self) -> Coroutine[None, None, list[Address]]:
        """The addresses of the endpoint, or of its proxy. Raises ObservationFailed."""
        endpoint, at, proxy = self._endpoint, self._endpoint.visit.at, self._endpoint.visit.proxy
        if proxy:
            return self._resolved_proxy(proxy)
        return self._resolved_all(at) if at else self._resolved(endpoint.host, endpoint.port)

    async def _resolved_proxy(self, proxy: Proxy) -> list[Address]:
        try:
            return await self._resolved(proxy.host, proxy.port)
        except ObservationFailed as failed:
            from certgate.observe.tls.proxy.tunnel import failed_at_proxy

            raise failed_at_proxy(failed.with_detail(f"the proxy {proxy}: {failed.failure.detail}")) from failed

    async def _resolved_all(self, hosts: Sequence[str]) -> list[Address]:
        found = [address for host in hosts for address in await self._resolved(host, self._endpoint.port)]
        self._found = list(dict.fromkeys(found))
        return self._found

    async def _resolved(self, host: str, port: int) -> list[Address]:
        try:
            known = self._resolver.known(host, port)
            if known is None:
                with TimeLimit(self._terms.deadline.at):
                    known = await result_of(self._resolver.resolve(host, port))
        except TimeoutError:
            timeout = self._options.timeout_of(self._endpoint.visit)
            detail = f"{host} was not resolved within {timeout:g} s"
            raise ObservationFailed(Failure(FailureKind.TIMED_OUT, Phase.RESOLVE, detail)) from None
        except (OSError, ValueError) as error:
            raise from_resolver(host, error) from error
        self._found = known
        return known


async def _known(addresses: Sequence[Address]) -> list[Address]:
    """Addresses that are known, for a look that would find them."""
    return list(addresses)


def _clients(visit: Visit) -> frozenset[ClientSource]:
    """Where the client certificates come from that are shown to the endpoint, by its probes, and to its origin."""
    of_origin = visit.origin.client if visit.origin else None
    mtls = visit.mtls if Probe.MTLS in visit.probes else None
    probed = mtls.certificates(visit.client).values() if mtls else ()
    return frozenset(client for client in (visit.client, of_origin, *probed) if client)


def _svid(agent: str, svid: "X509Svid") -> Evidence:
    """The leaf of an SVID."""
    return Evidence(kind=EvidenceKind.SVID, source=agent, content=next(iter(svid.chain), b""))


def _tunnel(proxy: Proxy, endpoint: Endpoint, options: ObserveOptions) -> "Tunnel":
    from certgate.observe.tls.proxy.tunnel import Tunnel

    return Tunnel(proxy, endpoint.host, endpoint.port, options.proxy_credentials.get(proxy))
