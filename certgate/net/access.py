"""What a server that a person named is shown beside the request, and by whose word it is believed."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from certgate.net.bounded import BoundedTlsSocket
from certgate.net.errors import FetchError, FetchFailure

__all__ = ["PUBLIC", "Access"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Secrets among it: never shown. Nothing of it is sent to another origin than the one that was named."""

    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    certificate: str = ""
    """A PEM file with the client's chain, and its key unless `key` names another file."""
    key: str = ""
    authorities: str = ""
    """A PEM file with the CAs that the server's certificate must chain to; empty for Mozilla's."""

    def tls_context(self) -> ssl.SSLContext:
        """What verifies the server and shows the client certificate. Raises FetchError for files that do not serve.

        Made here and not by the library's factory, which obeys variables of the environment.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.sslsocket_class = BoundedTlsSocket
        try:
            context.load_verify_locations(self.authorities or _mozilla())
        except (OSError, ValueError) as error:
            raise FetchError(FetchFailure.TLS_FAILED, f"{self.authorities}: no CA certificates in PEM") from error
        if self.certificate:
            try:
                context.load_cert_chain(self.certificate, self.key or None, password=_no_password)
            except (OSError, ValueError) as error:
                message = f"{self.certificate}: no client certificate in PEM with its own key, not encrypted"
                raise FetchError(FetchFailure.TLS_FAILED, message) from error
        return context


def _mozilla() -> str:
    import certifi

    return certifi.where()


def _no_password() -> str:
    """Nobody is asked at a terminal in the middle of a run."""
    return ""


PUBLIC = Access()
"""For servers that nobody has a word of: no headers, no client certificate, Mozilla's CAs."""
