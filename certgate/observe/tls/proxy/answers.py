"""The ways in which a proxy refuses or fails to open a tunnel."""

from certgate.model.observation import FailureKind
from certgate.observe.tls.prelude.interface import Ended

__all__ = ["CouldNotConnect", "CredentialsRefused", "Forbidden", "NeedsCredentials", "NotThisProtocol", "OtherScheme"]


class NeedsCredentials(Ended):
    """The proxy wants a user name and a password, and none was sent."""

    kind = FailureKind.PROXY_AUTH
    sentence = "asks for a user name and a password"


class OtherScheme(Ended):
    """The proxy wants a kind of authentication that certgate does not support."""

    kind = FailureKind.PROXY_AUTH
    sentence = "does not take a user name and a password"


class CredentialsRefused(Ended):
    """The proxy does not accept the user name or the password."""

    kind = FailureKind.PROXY_AUTH
    sentence = "refuses the user name or the password"


class Forbidden(Ended):
    """The proxy does not allow connections to the target."""

    kind = FailureKind.PROXY_REFUSED
    sentence = "refuses to connect to the target"


class CouldNotConnect(Ended):
    """The proxy could not reach the target."""

    kind = FailureKind.PROXY_FAILED
    sentence = "could not connect to the target"


class NotThisProtocol(Ended):
    """The answer does not belong to the protocol of the proxy."""

    kind = FailureKind.PROXY_FAILED
    sentence = "does not speak {protocol}"
