"""The rule of the family tls on the certificates that a server has for different types of keys."""

from collections.abc import Iterator

from certgate.checks.framework.needs import Need
from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, check
from certgate.checks.framework.subjects import Vantages
from certgate.model.observation import Observation
from certgate.model.probe import OTHER_KEY_TYPES, ProbeOutcome

__all__: list[str] = []


@check("tls.certificates", citation="RFC 8446 §4.4.2.2; RFC 5246 §7.4.2", needs=[Need.KEY_TYPES])
def certificates(target: Vantages) -> Iterator[Answer]:
    """Every certificate of the server is checked: one for each type of key, such as RSA and ECDSA.

    certgate makes further connections for this rule, which do not accept the types of keys that the server has already
    shown. It stops when two tries agree that the server has no other certificate. All rules on certificates, chains,
    paths, staples and revocation check each chain. Their findings name its type of key, `leaf with RSA key`; this
    rule fails for none of them. It is *not-checked* unless the server answers.

    Why: the server chooses a certificate by what the client accepts. One that is expired or wrong is seen only by
    those clients that get it.

    Fix: see the message. If a probe was not answered, run certgate again, or allow more time with `--timeout` or more
    connections with `--max-connections`. If probes are off for this target, set `probes: true`.
    """
    if not target.target.source.needs_connection:
        yield NotApplicable("it is about endpoints")
        return
    first = [seen for seen in target.looks if not seen.vantage.key_type]
    if not any(seen.presented for seen in first):
        yield NotChecked("no certificate was seen")
        return
    unprobed = target.target.source.endpoint.unprobed
    for seen in first:
        problem = _unanswered(seen, unprobed)
        if problem:
            yield NotChecked(problem)
            return


def _unanswered(seen: Observation, unprobed: str) -> str:
    """Why it is unknown which further certificates there are at a vantage; empty if it is known."""
    answers = [answer for answer in seen.probes if answer.what.startswith(OTHER_KEY_TYPES)]
    last = answers[-1] if answers else None
    if last and last.outcome is ProbeOutcome.REFUSED:
        return ""
    where = f" at {seen.vantage.address}" if seen.vantage.address else ""
    if last is None or last.outcome is ProbeOutcome.ACCEPTED:
        return f"the server{where} was not asked for certificates with other types of keys" + (
            unprobed and f": {unprobed}"
        )
    return f"asked for a {last.what}, the server{where} gave no clear answer: {last.detail}"
