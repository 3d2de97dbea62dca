"""Credentials for a server that the user named: headers, a client certificate, and trusted authorities."""

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from certgate.model.server_access import PUBLIC_ACCESS, ServerAccess
from certgate.net.bounded import BoundedTlsSocket
from certgate.net.errors import FetchError, FetchFailure
from certgate.system.named_files import Unreadable, read_file

__all__ = ["PUBLIC", "Access", "access_to", "token_of"]

_MAX_TOKEN = 16 * 1024
_TOKEN = re.compile(r"[!-~]+")
"""A valid token for a header, without leading or trailing blanks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Headers and TLS options for one origin. They may contain secrets: never show them, never send them elsewhere."""

    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    certificate: str = ""
    """A PEM file with the client's chain, and its key unless `key` names another file."""
    key: str = ""
    authorities: str = ""
    """A PEM file with the CAs that the server's certificate must chain to; empty for Mozilla's."""

    def tls_context(self) -> ssl.SSLContext:
        """The context that verifies the server and has the client certificate. Raises FetchError for unusable files.

        Does not use the library's factory, which obeys environment variables.
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
    """An empty password, so that OpenSSL does not prompt at the terminal during a run."""
    return ""


PUBLIC = Access()
"""For servers that no policy describes: no headers, no client certificate, Mozilla's CAs."""


def access_to(server: ServerAccess) -> Access:
    """The access that a policy describes. Raises FetchError for a token that cannot be read."""
    if server == PUBLIC_ACCESS:
        return PUBLIC
    token = token_of(server)
    return Access(
        headers={"Authorization": f"Bearer {token}"} if token else {},
        certificate=server.client_certificate,
        key=server.client_key,
        authorities=server.ca,
    )


def token_of(server: ServerAccess) -> str:
    """The bearer token; empty for none. Raises FetchError, whose message does not show it."""
    if not server.token_env and not server.token_file:
        return ""
    if server.token_file:
        where = server.token_file
        try:
            text = read_file(server.token_file, _MAX_TOKEN).decode("ascii", "replace")
        except Unreadable as error:
            raise FetchError(FetchFailure.UNREACHABLE, f"{where}: {error}") from error
    else:
        where = f"the environment variable {server.token_env}"
        if server.token_env not in os.environ:
            raise FetchError(FetchFailure.UNREACHABLE, f"{where} is not set")
        text = os.environ[server.token_env]
    token = text.strip()
    if not _TOKEN.fullmatch(token):
        raise FetchError(FetchFailure.UNREACHABLE, f"{where} holds no token: one word of printable ASCII")
    return token
