"""The probes with client certificates at one address: a connection for each kind of client, one after the other."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from OpenSSL import SSL

from certgate.model.mutual_tls import ClientKind, ClientSource, MutualTls, probe_of, resumption_under
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.net.resolver import Address
from certgate.observe.event_loop import sleep
from certgate.observe.tls.client_certificate import ClientCertificate
from certgate.observe.tls.client_probes.client_visit import Asking, ClientVisit
from certgate.observe.tls.client_probes.made_certificates import lookalike, self_signed
from certgate.observe.tls.look import FIRST_PAUSE, Look, Terms
from certgate.x509.name import Name

__all__ = ["ClientProbes"]


class ClientProbes:
    """Probes an endpoint that was looked at. A probe that fails tells nothing, and does not end the others."""

    def __init__(
        self, terms: Terms, look: Look, address: Address, certificates: Mapping[ClientSource, ClientCertificate]
    ) -> None:
        """`look` is the one whose way to begin TLS is used, `address` the one that it reached."""
        endpoint = terms.endpoint
        self._terms = terms
        self._address = address
        self._asked = look.asked
        self._mtls = endpoint.visit.mtls or MutualTls()
        usual = endpoint.visit.client
        self._kinds = self._mtls.kinds(usual)
        self._supplied = {kind: certificates[client] for kind, client in self._mtls.certificates(usual).items()}
        self._asking = Asking(self._mtls.app, endpoint.port, begins_at_once=not endpoint.protocol)
        self._profile = self._asking.profile(look.last_profile)
        self._accepted: tuple[Name, ...] = ()
        self._let_in: SSL.Connection | None = None
        """That of the client that must be let in, if it was."""
        self.connections = 0

    async def answers(self) -> AsyncIterator[ProbeAnswer]:
        """The answer to each probe that can be made."""
        for kind in self._kinds:
            certificate = self._certificate(kind)
            if certificate is None and kind is not ClientKind.NONE:
                continue
            visit = await self._visited(self._terms.endpoint.server_name, certificate)
            self._accepted = self._accepted or visit.ca_names
            answer = visit.answer(probe_of(kind))
            if kind is ClientKind.CONTROL and answer.outcome is ProbeOutcome.ACCEPTED:
                self._let_in = visit.connection
            yield answer
        for name in self._terms.endpoint.visit.also if self._let_in else ():
            visit = await self._visited(name, None, self._let_in)
            yield visit.resumption_answer(resumption_under(name))

    def _certificate(self, kind: ClientKind) -> ClientCertificate | None:
        if kind is ClientKind.SELF_SIGNED:
            return self_signed(self._terms.now())
        if kind is ClientKind.LOOKALIKE:
            return lookalike(self._accepted, self._supplied.get(ClientKind.CONTROL), self._terms.now())
        return self._supplied.get(kind)

    async def _visited(
        self, name: str | None, certificate: ClientCertificate | None, before: SSL.Connection | None = None
    ) -> ClientVisit:
        """One connection, or another where the first did not come about."""
        asked = replace(self._asked, server_name=name, client_certificate=certificate)
        asking = replace(self._asking, host=name or self._terms.endpoint.host)
        retries, pause = self._terms.retries, FIRST_PAUSE
        while True:
            visit = ClientVisit(self._address, asked, asking, self._profile)
            if not await visit.may_begin(self._terms.budget, self._terms.deadline):
                return visit
            self.connections += 1
            await visit.run(self._terms.deadline, before)
            if not (visit.may_come_about and retries and self._terms.deadline.left > pause):
                return visit
            retries -= 1
            await sleep(pause)
            pause *= 2
