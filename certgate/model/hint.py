"""Hints: what to run where a target was probably judged as something that it is not."""

from enum import StrEnum

from certgate.model.frozen import frozen

__all__ = ["Hint", "HintCause", "RunHint"]


class HintCause(StrEnum):
    """Why a hint is given."""

    OWN_CA = "own-ca"
    """The chain reaches no public root."""
    SPIFFE = "spiffe"
    """The leaf has a SPIFFE ID."""
    CA_CERTIFICATE = "ca-certificate"
    """A CA certificate is judged as a server's."""
    CLIENT_CERTIFICATE = "client-certificate"
    """A client certificate is judged as a server's."""
    EMAIL_CERTIFICATE = "email-certificate"
    CODE_SIGNING_CERTIFICATE = "code-signing-certificate"


@frozen(slots=True)
class Hint:
    """A hint about one target. It changes no verdict."""

    cause: HintCause
    command: tuple[str, ...] = ()
    """The words of the command that judges it as what it is; empty if there is none. May contain untrusted text."""


@frozen(slots=True, kw_only=True)
class RunHint:
    """A hint about all targets of a run with the same cause."""

    cause: HintCause
    message: str
    """What they are and what to do, without the target and a full stop."""
    target: str
    """The id of the first of them. Untrusted text."""
    targets: int
    command: str = ""
    """The command for the first of them, quoted for a shell; empty if there is none."""
