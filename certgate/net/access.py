"""Credentials for a server that the user named: headers, a client certificate, and trusted authorities."""

import os
import re
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType

from certgate.model.frozen import frozen
from certgate.model.server_access import PUBLIC_ACCESS, ServerAccess
from certgate.net.bounded import BoundedTlsSocket
from certgate.net.errors import FetchError, FetchFailure
from certgate.system import leftovers
from certgate.system.named_files import Unreadable, read_file

__all__ = ["PUBLIC", "Access", "access_to", "token_of"]

_MAX_TOKEN = 16 * 1024
_TOKEN = re.compile(r"[!-~]+")
"""A valid token for a header, without leading or trailing blanks."""


@frozen(slots=True, kw_only=True)
class Access:
    """Headers and TLS options for one origin. They may contain secrets: never show them, never send them elsewhere."""

    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    certificate: str = ""
    """A PEM file with the client's chain, and its key unless `key` names another file."""
    key: str = ""
    authorities: str = ""
    """A PEM file with the CAs that the server's certificate must chain to; empty for Mozilla's."""
    authority_text: str = ""
    """These CAs as PEM text, instead of a file."""
    identity: tuple[str, str] | None = field(default=None, repr=False)
    """The client's chain and its key as PEM text, instead of files."""
    server_name: str = ""
    """The name that the server's certificate must have; empty for the host of the URL."""
    server_id: str = ""
    """The SPIFFE ID that the server's X509-SVID must have, instead of a name; empty for none."""

    def tls_context(self) -> ssl.SSLContext:
        """The context that verifies the server and has the client certificate. Raises FetchError for unusable files.

        Does not use the library's factory, which obeys environment variables.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.sslsocket_class = BoundedTlsSocket
        if self.server_id:
            context.check_hostname = False
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            if self.authority_text:
                context.load_verify_locations(cadata=self.authority_text)
            else:
                context.load_verify_locations(self.authorities or _mozilla())
        except (OSError, ValueError) as error:
            where = self.authorities or "the certificate authorities"
            raise FetchError(FetchFailure.TLS_FAILED, f"{where}: no CA certificates in PEM") from error
        if self.certificate:
            try:
                context.load_cert_chain(self.certificate, self.key or None, password=_no_password)
            except (OSError, ValueError) as error:
                message = f"{self.certificate}: no client certificate in PEM with its own key, not encrypted"
                raise FetchError(FetchFailure.TLS_FAILED, message) from error
        if self.identity:
            _load_identity(context, *self.identity)
        return context


def _load_identity(context: ssl.SSLContext, chain: str, key: str) -> None:
    """Load the client's chain and key: the library reads files only, so that there is one, for a moment.

    Raises FetchError.
    """
    with tempfile.TemporaryDirectory(prefix="certgate-") as folder:
        leftovers.expect(folder)
        file = Path(folder) / "client.pem"
        try:
            with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:  # noqa: PTH123
                stream.write(f"{chain}\n{key}\n")
            context.load_cert_chain(file, password=_no_password)
        except (OSError, ValueError) as error:
            message = "the client certificate: no chain in PEM with its own key, not encrypted"
            raise FetchError(FetchFailure.TLS_FAILED, message) from error
        finally:
            leftovers.forget(folder)


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
