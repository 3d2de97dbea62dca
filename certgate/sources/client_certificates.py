"""The client certificates that the targets of a run show, each read once."""

from dataclasses import field
from typing import TYPE_CHECKING

from certgate.model.errors import UsageError
from certgate.model.frozen import changeable
from certgate.model.mutual_tls import ClientSource, WorkloadClient
from certgate.model.target import Place
from certgate.policy.mistakes import InvalidFile, Mistake

if TYPE_CHECKING:
    from certgate.observe.tls.client_certificate import ClientCertificate

__all__ = ["ClientCertificates"]


@changeable()
class ClientCertificates:
    """The client certificates of a run; `password` decrypts their keys."""

    password: bytes | None = field(default=None, repr=False)
    loaded: dict[ClientSource, "ClientCertificate"] = field(default_factory=dict, repr=False)

    def load(self, client: ClientSource, place: Place | None = None) -> None:
        """Read the files of a client unless already read. Raises UsageError, or InvalidFile if `place` is set.

        Agents are asked later, by the process that observes: their certificates are short-lived.
        """
        if client in self.loaded or isinstance(client, WorkloadClient):
            return
        from certgate.observe.tls.client_certificate import load_client_certificate

        try:
            self.loaded[client] = load_client_certificate(client.certificate, client.key, self.password)
        except UsageError as error:
            if place is None:
                raise
            raise InvalidFile([Mistake(place, str(error))]) from None
