"""How a policy says that its server is reached: names of files and of a variable, never a secret itself."""

from certgate.model.frozen import frozen

__all__ = ["PUBLIC_ACCESS", "ServerAccess"]


@frozen(slots=True, kw_only=True)
class ServerAccess:
    """The keys of the policy language for access to a server; each is empty if it is not set."""

    ca: str = ""
    """A PEM file of trusted CAs for the server's certificate; empty for Mozilla's."""
    client_certificate: str = ""
    """A PEM file with the client's chain, and its key unless `client_key` names another file."""
    client_key: str = ""
    token_env: str = ""
    """The environment variable that contains a bearer token."""
    token_file: str = ""
    """The file that contains a bearer token."""


PUBLIC_ACCESS = ServerAccess()
"""Mozilla's CAs, no client certificate, no token."""
