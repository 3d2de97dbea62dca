"""Rules of the family starttls: what is said in the clear before TLS begins."""

from collections.abc import Iterator

from certgate.checks.framework.needs import Demand, Setting
from certgate.checks.framework.registry import Answer, NotChecked, Problem, check
from certgate.checks.framework.subjects import Observations

__all__: list[str] = []


@check("starttls.injection", citation="RFC 3207 §4.2; CVE-2021-23222", demanded_by=[Demand(Setting.STARTTLS)])
def injection(target: Observations) -> Iterator[Answer]:
    """Nothing is said between the server's go-ahead and the client's first message of TLS.

    Every policy holds this rule for targets that use STARTTLS. certgate drops such bytes and goes on with the
    handshake.

    Why: a client that keeps such bytes takes them for the server's words under TLS, so that an attacker who cannot
    break TLS can still put answers into the session.

    Fix: let the server discard what it has buffered when TLS begins (an update, usually); if it says nothing of the
    kind itself, look for a proxy in between.
    """
    for observation in target.observations:
        said = observation.prelude
        if said is None:
            yield NotChecked("the server gave no go-ahead for TLS")
        elif said.injected:
            yield Problem(
                f"these bytes came over {said.protocol} after the go-ahead and before TLS: '{said.injected}'",
                key="injected",
            )
