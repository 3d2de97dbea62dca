"""Rules on the issuers of a path: whether each may issue, how many there are, and how long they last.

The anchor is a name and a key (RFC 5280 §6.1.1(d)), so its own dates and extensions are not judged here.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, Vocabulary, check
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.framework.wording import answers
from certgate.trust.clients import CLIENTS
from certgate.trust.rfc5280 import (
    WORDS_OF_PURPOSES,
    critical_extensions,
    intermediates_below,
    issuers_that_are_no_ca,
    issuers_without_key_cert_sign,
    path_lengths,
    purposes_of,
)
from certgate.x509.certificate import Certificate

__all__: list[str] = []


@check("chain.depth", citation="RFC 5280 §6.1.4(l)")
def depth(path: CertificatePath, *, max_intermediates: int = 3) -> Iterator[Answer]:
    """At most `max_intermediates` CA certificates stand between the leaf and the anchor.

    Self-issued certificates do not count. No standard fixes a number.

    Why: every CA on the path can issue for the name, and every certificate costs bytes.

    Fix: issue from a CA nearer to the anchor, or send a shorter path; else raise `max_intermediates`.
    """
    count = intermediates_below(path, len(path.certificates))
    if count > max_intermediates:
        yield Problem(f"{count} intermediates are more than {max_intermediates}")


@check("chain.pathlen", citation="RFC 5280 §4.2.1.9, §6.1.4(l), (m)")
def pathlen(
    path: CertificatePath,
    *,
    leaf_issues: bool = False,
    clients: Annotated[tuple[str, ...], Vocabulary(tuple(CLIENTS))] = (),
) -> Iterator[Answer]:
    """No CA issues more levels of CAs below it than its path length constraint allows.

    Self-issued certificates do not count. A constraint without cA and keyCertSign means nothing. With `leaf_issues`
    the checked certificate counts as well: it is a CA, and what it will issue is the leaf. Go counts self-issued
    certificates; with `go` among `clients` so does the rule.

    Why: clients refuse such a path: the CA above did not allow that CA to exist.

    Fix: issue from the CA that carries the constraint, or have that one issued anew with a larger pathLenConstraint.
    """
    yield from answers(path_lengths(path, leaf_issues=leaf_issues, clients=clients))


@check("chain.issuer-ca", citation="RFC 5280 §6.1.4(k); CA/B BR §7.1.2.10.4")
def issuer_ca(path: CertificatePath) -> Iterator[Answer]:
    """Every issuer on the path is a CA by its basic constraints.

    Why: without this, whoever owns any certificate could issue for every name.

    Fix: issue from a certificate that has `basicConstraints = critical, CA:TRUE`.
    """
    yield from answers(issuers_that_are_no_ca(path))


@check("chain.issuer-keycertsign", citation="RFC 5280 §6.1.4(n)")
def issuer_keycertsign(path: CertificatePath) -> Iterator[Answer]:
    """Every issuer on the path that has a key usage has keyCertSign.

    Why: a key that was not made for signing certificates is not guarded like one, and clients refuse it.

    Fix: have the CA certificate issued anew with `keyUsage = critical, keyCertSign, cRLSign`.
    """
    yield from answers(issuers_without_key_cert_sign(path))


@check("chain.intermediate-expiry", citation="certgate; RFC 5280 §6.1.3(a)(2)")
def intermediate_expiry(
    path: CertificatePath,
    now: datetime,
    *,
    min_days: float = 30.0,
    min_fraction: float = 0.1,
    leaf_issues: bool = False,
) -> Iterator[Answer]:
    """Every intermediate has `min_days` left, or `min_fraction` of its lifetime if that is less.

    With `leaf_issues` the certificate that is checked is one of them, unless it is self-issued.

    Why: when an intermediate expires, every certificate under it fails at once, renewed ones too.

    Fix: install the CA's new intermediate, and have the leaf issued by it.
    """
    judged = [(0, path.leaf)] if leaf_issues and not path.leaf.is_self_issued else []
    for index, issuer in (*judged, *_issuers(path)):
        left = issuer.not_after - now
        wanted = min(timedelta(days=min_days), issuer.lifetime * min_fraction)
        if left < wanted:
            where = path.label_of(index)
            state = f"has {_days(left)} left" if left >= timedelta(0) else f"expired {_days(-left)} ago"
            message = f"{where} ({issuer.subject.short}) {state}; {_days(wanted)} are wanted"
            yield Problem(message, key=where, evidence={"not_after": issuer.not_after.isoformat()})


@check("chain.leaf-outlives-issuer", citation="RFC 5280 §6.1.3(a)(2)")
def leaf_outlives_issuer(path: CertificatePath) -> Iterator[Answer]:
    """No intermediate of the path expires before the leaf.

    Why: the path dies with the intermediate, earlier than the leaf's own date lets one expect.

    Fix: have the leaf issued by a CA certificate that lasts longer, or renew by the earlier date.
    """
    for index, issuer in _issuers(path):
        if issuer.not_after < path.leaf.not_after:
            where = path.label_of(index)
            early = _days(path.leaf.not_after - issuer.not_after)
            yield Problem(f"{where} ({issuer.subject.short}) expires {early} before the leaf", key=where)


@check(
    "chain.eku-nesting",
    citation="RFC 5280 §4.2.1.12; CA/B BR §7.1.2.10.6; MRSP 3.1 §5.3",
    binds={"purposes": Setting.PURPOSES},
)
def eku_nesting(
    path: CertificatePath,
    *,
    purposes: Annotated[tuple[str, ...], Vocabulary(tuple(WORDS_OF_PURPOSES), or_oid=True)] = ("server",),
    include_leaf: bool = False,
    clients: Annotated[tuple[str, ...], Vocabulary(tuple(CLIENTS))] = (),
) -> Iterator[Answer]:
    """Every intermediate that has an extended key usage allows the leaf's purpose.

    The purposes are those of the leaf's role: `server`, `client`, or both; a policy may name others by their OIDs.
    anyExtendedKeyUsage allows all, as RFC 5280 has it; with `openssl` among `clients` it allows nothing, for OpenSSL
    asks for the purpose by name. With `include_leaf` the same is asked of the leaf.

    Why: clients treat an intermediate's extended key usage as a limit on all that it issues.

    Fix: have the leaf issued by a CA that was made for this purpose.
    """
    if purposes:
        yield from answers(purposes_of(path, purposes, include_leaf=include_leaf, clients=clients))
    else:
        yield NotApplicable("no purpose was given")


@check("chain.unknown-critical", citation="RFC 5280 §4.2, §6.1.4(o), §6.1.5(f)")
def unknown_critical(
    path: CertificatePath,
    *,
    known_oids: Annotated[tuple[str, ...], Vocabulary(or_oid=True)] = (),
    clients: Annotated[tuple[str, ...], Vocabulary(tuple(CLIENTS))] = (),
) -> Iterator[Answer]:
    """No certificate of the path has a critical extension that certgate does not process.

    `clients` are those that have to process it too: neither OpenSSL nor Go has code for a critical TLS feature, issuer
    alternative name, key identifier or access information, and Go has none for name constraints on directory names.
    `known_oids` adds extensions that the clients are known to process.

    Why: a client must refuse a certificate with a critical extension that it does not know.

    Fix: issue without the extension or make it non-critical; if all clients know it, add it to `known_oids`.
    """
    yield from answers(critical_extensions(path, known_oids, clients=clients))


def _issuers(path: CertificatePath) -> Iterator[tuple[int, Certificate]]:
    return enumerate(path.issuers, 1)


def _days(span: timedelta) -> str:
    """In days, rounded down: what is too little never looks like enough."""
    return f"{span // timedelta(hours=2.4) / 10} days"
