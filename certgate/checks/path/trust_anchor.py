"""Rules of the family trust: whether a path ends at a trusted root, and whether clients accept that root."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, Vocabulary, check
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.framework.wording import answers
from certgate.model.finding import Severity
from certgate.trust.anchor import anchor_constraints, anchor_dates
from certgate.trust.clients import CLIENTS
from certgate.trust.dates import span
from certgate.trust.rfc5280 import WORDS_OF_PURPOSES, anchoring

__all__: list[str] = []


@check(
    "trust.anchor",
    citation="RFC 5280 §6.1.1(d); PCI DSS 4.0.1 4.2.1",
    is_essential=True,
    needs_order="chain.order",
    judges_trust=True,
    presumes=[Premise.ISSUED],
)
def anchor(path: CertificatePath) -> Iterator[Answer]:
    """The chain leads to a trusted root.

    A root counts if its name and key are in the trust store; nothing else in its certificate matters. Every signature
    up to it must verify. If chain.complete or chain.signature reports the cause, this rule is not checked. It does not
    apply to a bundle of CA certificates in a Kubernetes object, such as `caBundle`, which its clients trust as it is.

    Why: a chain that does not end at a trusted root proves nothing about the identity of the server.

    Fix: have the certificate issued under a trusted root, or trust its root with `--trust`.
    """
    yield from answers(anchoring(path))


@check(
    "trust.anchor-expiry",
    citation="RFC 5280 §6.2; openssl-verification-options(1); Go crypto/x509",
    judges_trust=True,
)
def anchor_expiry(
    path: CertificatePath,
    now: datetime,
    *,
    min_days: float = 0.0,
    warn_days: float = 90.0,
    warn_fraction: float = 0.1,
    skew_s: int = 300,
) -> Iterator[Answer]:
    """The root certificate is within its dates.

    The rule fails before notBefore, after notAfter, and with less than `min_days` left. It warns if less than
    `warn_days` is left, or less than `warn_fraction` of the lifetime if that is shorter. `skew_s` allows for clocks
    that differ. RFC 5280 ignores a root's dates, but OpenSSL and Go check them, and with them most programs other than
    browsers.

    Why: clients that check a root's dates refuse every chain under an expired root.

    Fix: ask the CA for a path to its newer root, and install that root on the clients in time.
    """
    if path.anchor is None or not path.has_own_anchor:
        yield _without_own_anchor(path)
        return
    outside = list(anchor_dates(path, now, skew_s=skew_s))
    yield from answers(outside)
    left = path.anchor.not_after - now
    margin = min(timedelta(days=warn_days), path.anchor.lifetime * warn_fraction)
    wanted = timedelta(days=min_days)
    if not outside and left < max(wanted, margin):
        yield Problem(
            f"{span(left)} left of the root {path.anchor.subject.short}, at least {span(max(wanted, margin))} required",
            severity=None if left < wanted else Severity.WARNING,
            evidence={"not_after": path.anchor.not_after.isoformat()},
        )


@check(
    "trust.anchor-constraints",
    citation="RFC 5937; RFC 5280 §6.2",
    binds={"purposes": Setting.PURPOSES},
    judges_trust=True,
)
def constraints(
    path: CertificatePath,
    *,
    purposes: Annotated[tuple[str, ...], Vocabulary(tuple(WORDS_OF_PURPOSES), or_oid=True)] = ("server",),
    leaf_issues: bool = False,
    clients: Annotated[tuple[str, ...], Vocabulary(tuple(CLIENTS))] = (),
) -> Iterator[Answer]:
    """The root's own extensions allow the path.

    RFC 5280 uses only the name and key of a root. OpenSSL and Go treat it as one more issuer: it must be a CA by its
    basicConstraints, with keyCertSign in keyUsage if it has that extension; its path length, name constraints and
    extendedKeyUsage apply; it may have no unknown critical extension, and none twice. A root of version 1 has no
    extensions, and counts as a CA if it is self-issued. With `leaf_issues` the path length counts the checked
    certificate too: it is a CA, and the leaf will be issued by it.

    `clients` names clients whose further requirements apply. OpenSSL does not accept anyExtendedKeyUsage for a purpose.
    Go refuses negative serial numbers and keys that it does not support (Ed448, curves other than NIST's), and counts
    self-issued certificates towards the path length. Each refuses critical extensions that it does not support.

    Why: clients refuse every chain that the root's own extensions do not allow.

    Fix: have the root reissued with `basicConstraints = critical, CA:TRUE`, `keyUsage = critical, keyCertSign, cRLSign`
    and constraints that fit, or have the leaf issued within the constraints.
    """
    if path.has_own_anchor:
        yield from answers(anchor_constraints(path, purposes, leaf_issues=leaf_issues, clients=clients))
    else:
        yield _without_own_anchor(path)


def _without_own_anchor(path: CertificatePath) -> NotApplicable:
    return NotApplicable("the leaf itself is trusted" if path.anchor else "the path has no trusted root")
