"""Rules of the family starttls: what the server sends in the clear before TLS begins."""

from collections.abc import Iterator

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, check
from certgate.checks.framework.subjects import Observations

__all__: list[str] = []


@check("starttls.injection", citation="RFC 3207 §4.2; CVE-2021-23222")
def injection(target: Observations) -> Iterator[Answer]:
    """The server sends nothing between its go-ahead for TLS and the handshake.

    Every policy has this rule for targets that use STARTTLS. certgate drops such bytes and continues with the
    handshake.

    Why: a client that keeps such bytes treats them as sent under TLS, so an attacker who cannot break TLS can still
    inject responses into the session.

    Fix: update the server to one that discards its buffer when TLS begins; if the server does not send these bytes,
    look for a proxy in between.
    """
    for observation in target.observations:
        prelude = observation.prelude
        if prelude is None:
            reason = "the server gave no go-ahead for TLS"
            yield NotChecked(reason) if observation.presented else NotApplicable(reason)
        elif prelude.injected:
            yield Problem(
                f"bytes in the clear over {prelude.protocol}, between the go-ahead and TLS: '{prelude.injected}'",
                key="injected",
            )
