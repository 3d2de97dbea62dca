"""The client certificates that the targets of a run show, each read once."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from certgate.model.errors import UsageError
from certgate.model.target import ClientFiles, Place
from certgate.policy.mistakes import InvalidFile, Mistake

if TYPE_CHECKING:
    from certgate.observe.tls.client_certificate import ClientCertificate

__all__ = ["ClientCertificates"]


@dataclass
class ClientCertificates:
    """The client certificates of a run; `password` decrypts their keys."""

    password: bytes | None = field(default=None, repr=False)
    loaded: dict[ClientFiles, "ClientCertificate"] = field(default_factory=dict, repr=False)

    def load(self, files: ClientFiles, place: Place | None = None) -> None:
        """Read the files unless already read. Raises UsageError, or InvalidFile if `place` is set."""
        if files in self.loaded:
            return
        from certgate.observe.tls.client_certificate import load_client_certificate

        try:
            self.loaded[files] = load_client_certificate(files.certificate, files.key, self.password)
        except UsageError as error:
            if place is None:
                raise
            raise InvalidFile([Mistake(place, str(error))]) from None
