"""How a proxy says no."""

from certgate.model.observation import FailureKind
from certgate.observe.tls.prelude.interface import Ended

__all__ = ["CouldNotConnect", "CredentialsRefused", "Forbidden", "NeedsCredentials", "NotThisProtocol", "OtherScheme"]


class NeedsCredentials(Ended):
    """It was given none."""

    kind = FailureKind.PROXY_AUTH
    sentence = "asks for a user name and a password"


class OtherScheme(Ended):
    """It wants to know who asks, in a way that certgate does not have."""

    kind = FailureKind.PROXY_AUTH
    sentence = "does not take a user name and a password"


class CredentialsRefused(Ended):
    """They are wrong."""

    kind = FailureKind.PROXY_AUTH
    sentence = "refuses the user name or the password"


class Forbidden(Ended):
    """It does not want to."""

    kind = FailureKind.PROXY_REFUSED
    sentence = "refuses to connect to the target"


class CouldNotConnect(Ended):
    """It tried."""

    kind = FailureKind.PROXY_FAILED
    sentence = "could not connect to the target"


class NotThisProtocol(Ended):
    """What it said is no answer."""

    kind = FailureKind.PROXY_FAILED
    sentence = "does not speak {protocol}"
