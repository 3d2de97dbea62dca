"""The origin behind an endpoint: it is reached as the endpoint is, but at its own address and as its own client."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from certgate.model.mutual_tls import ClientSource, MutualTls
from certgate.model.observation import Observation, Vantage
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.stranger import EDGE_STRANGER, ORIGIN_STRANGER
from certgate.model.target import Origin, Probe
from certgate.net.resolver import Address
from certgate.observe.tls.client_probes.client_visit import Asking
from certgate.observe.tls.client_probes.stranger_visits import Stranger
from certgate.observe.tls.failures import ObservationFailed
from certgate.observe.tls.look import Look, Terms

if TYPE_CHECKING:
    from certgate.observe.tls.client_certificate import ClientCertificate

__all__ = ["OriginProbes"]

_AT_EDGE_TOO = frozenset({ProbeOutcome.REFUSED_BY_APPLICATION, ProbeOutcome.CLOSED})
"""What may be how the application treats everyone, so that the edge is asked the same."""


class OriginProbes:
    """Asks the origin of an endpoint that was seen; deadline and budget are those of the endpoint."""

    def __init__(
        self,
        origin: Origin,
        edge: Look,
        terms: Terms,
        certificates: "Mapping[ClientSource, ClientCertificate]",
        addresses: Callable[[], Awaitable[list[Address]]],
    ) -> None:
        """`edge` is a look that saw the endpoint, `terms` are those of the endpoint.

        `addresses` finds the origin's address, or those of the proxy. Raises ObservationFailed.
        """
        self._origin = origin
        self._edge = edge
        self._edge_terms = terms
        self._addresses = addresses
        self._terms = replace(
            terms,
            endpoint=replace(terms.endpoint, host=origin.host, port=origin.port),
            address=str(origin),
            client_certificate=certificates[origin.client] if origin.client else None,
            tunnel=replace(terms.tunnel, host=origin.host, port=origin.port) if terms.tunnel else None,
        )

    def look(self) -> Look:
        """A look at the origin as its own client."""
        return Look(self._terms, self._terms.endpoint.server_name, self._addresses, Probe.ORIGIN)

    async def as_stranger(self) -> Observation:
        """What the origin answers to a stranger.

        Where that may be how it treats everyone, or the network's fault, the edge is asked the same afterwards.
        """
        try:
            address = (await self._addresses())[0]
        except ObservationFailed as failed:
            return self._observation(0, _unasked(failed))
        stranger = self._stranger(self._terms, address)
        at_origin = await stranger.answer(ORIGIN_STRANGER)
        is_clear = at_origin.outcome not in _AT_EDGE_TOO and not stranger.got_no_answer
        if is_clear or self._edge.reached is None:
            return self._observation(stranger.connections, at_origin)
        another = self._stranger(self._edge_terms, self._edge.reached)
        at_edge = await another.answer(EDGE_STRANGER)
        return self._observation(stranger.connections + another.connections, at_origin, at_edge)

    def _stranger(self, terms: Terms, address: Address) -> Stranger:
        endpoint = self._edge_terms.endpoint
        name = endpoint.server_name or endpoint.host
        mtls = endpoint.visit.mtls or MutualTls()
        asking = Asking(mtls.app, endpoint.port, begins_at_once=not endpoint.protocol, host=name)
        return Stranger(
            address=address,
            asked=replace(self._edge.asked, client_certificate=None, tunnel=terms.tunnel),
            asking=asking,
            profile=asking.profile(self._edge.last_profile),
            deadline=terms.deadline,
            budget=terms.budget,
        )

    def _observation(self, connections: int, *answers: ProbeAnswer) -> Observation:
        endpoint = self._edge_terms.endpoint
        proxy = str(endpoint.visit.proxy or "")
        return Observation(
            observed_at=self._terms.now(),
            vantage=Vantage(str(self._origin), endpoint.server_name, Probe.STRANGER, proxy),
            probes=answers,
            connections=connections,
        )


def _unasked(failed: ObservationFailed) -> ProbeAnswer:
    return ProbeAnswer(what=ORIGIN_STRANGER, outcome=ProbeOutcome.FAILED, detail=failed.failure.detail)
