"""Rules on anchors: whether a path ends at one, and whether clients accept its certificate."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, Vocabulary, check
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.framework.wording import answers
from certgate.model.finding import Severity
from certgate.trust.anchor import anchor_constraints, anchor_dates, has_own_anchor
from certgate.trust.clients import CLIENTS
from certgate.trust.dates import span
from certgate.trust.rfc5280 import WORDS_OF_PURPOSES, anchoring

__all__: list[str] = []


@check("trust.anchor", citation="RFC 5280 §6.1.1(d); PCI DSS 4.0.1 4.2.1", is_essential=True)
def anchor(path: CertificatePath) -> Iterator[Answer]:
    """The path ends at an anchor of the trust store, and every signature up to it verifies.

    An anchor is a name and a key: nothing else of its certificate counts.

    Why: a chain that does not end at a trusted anchor proves nothing about who the server is.

    Fix: have the certificate issued under a CA of the store, or name the right store with `--trust`.
    """
    yield from answers(anchoring(path))


@check("trust.anchor-expiry", citation="RFC 5280 §6.2; openssl-verification-options(1); Go crypto/x509")
def anchor_expiry(
    path: CertificatePath,
    now: datetime,
    *,
    min_days: float = 0.0,
    warn_days: float = 90.0,
    warn_fraction: float = 0.1,
    skew_s: int = 300,
) -> Iterator[Answer]:
    """The anchor's certificate is within its dates.

    It fails before notBefore and after notAfter, and with less than `min_days` left. It is a warning if less is left
    than `warn_days`, or than `warn_fraction` of its lifetime if that is less. `skew_s` seconds are granted for clocks
    that differ. RFC 5280 does not ask for an anchor's dates, but OpenSSL and Go do, and with them most programs that
    are no browser.

    Why: clients that look at an anchor's dates refuse every chain under it.

    Fix: ask the CA for a path to its newer root, and bring that root to the clients in time.
    """
    if path.anchor is None or not has_own_anchor(path):
        yield _without_own_anchor(path)
        return
    outside = list(anchor_dates(path, now, skew_s=skew_s))
    yield from answers(outside)
    left = path.anchor.not_after - now
    margin = min(timedelta(days=warn_days), path.anchor.lifetime * warn_fraction)
    wanted = timedelta(days=min_days)
    if not outside and left < max(wanted, margin):
        yield Problem(
            f"the anchor {path.anchor.subject.short} has {span(left)} left; {span(max(wanted, margin))} are wanted",
            severity=None if left < wanted else Severity.WARNING,
            evidence={"not_after": path.anchor.not_after.isoformat()},
        )


@check("trust.anchor-constraints", citation="RFC 5937; RFC 5280 §6.2", binds={"purposes": Setting.PURPOSES})
def constraints(
    path: CertificatePath,
    *,
    purposes: Annotated[tuple[str, ...], Vocabulary(tuple(WORDS_OF_PURPOSES), or_oid=True)] = ("server",),
    leaf_issues: bool = False,
    clients: Annotated[tuple[str, ...], Vocabulary(tuple(CLIENTS))] = (),
) -> Iterator[Answer]:
    """The anchor's own extensions allow the path.

    RFC 5280 takes only name and key from an anchor. OpenSSL and Go take it for one more issuer: it must be a CA by its
    basic constraints, with keyCertSign in its key usage if it has one; its path length, name constraints and extended
    key usage count; it has no unknown critical extension, and none twice. An anchor of version 1 has no extensions,
    and counts as a CA if it is self-issued. With `leaf_issues` the path length counts the certificate that is checked
    too: it is a CA, and what it will issue is the leaf.

    `clients` are those whose further demands count. To OpenSSL anyExtendedKeyUsage stands for no purpose. Go refuses
    negative serial numbers and keys that it has no code for (Ed448, curves other than NIST's), and counts self-issued
    certificates towards the path length. Each refuses critical extensions that it has no code for.

    Why: clients refuse every chain that the anchor's own extensions do not allow.

    Fix: have the root issued again with `basicConstraints = critical, CA:TRUE`, `keyUsage = critical, keyCertSign,
    cRLSign` and constraints that fit, or issue the leaf where the constraints allow it.
    """
    if has_own_anchor(path):
        yield from answers(anchor_constraints(path, purposes, leaf_issues=leaf_issues, clients=clients))
    else:
        yield _without_own_anchor(path)


def _without_own_anchor(path: CertificatePath) -> NotApplicable:
    return NotApplicable("the leaf is its own anchor" if path.anchor else "the path has no anchor")
