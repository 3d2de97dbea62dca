"""Rules of the family chain: whether each issuer of a path may issue, how many there are, how long they last.

An anchor is a name and a key (RFC 5280 §6.1.1(d)), so its own dates and extensions are not checked here.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, Vocabulary, check
from certgate.checks.framework.subjects import CertificatePath
from certgate.checks.framework.wording import answers
from certgate.trust.clients import CLIENTS
from certgate.trust.dates import span
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
    """The path has at most `max_intermediates` intermediates.

    Self-issued certificates do not count. No standard sets a number.

    Why: every CA on the path can issue for the name, and every certificate costs bytes in each handshake.

    Fix: have the leaf issued by a CA closer to the root, or send a shorter path; otherwise raise `max_intermediates`.
    """
    count = intermediates_below(path, len(path.certificates))
    if count > max_intermediates:
        plural = "" if count == 1 else "s"
        yield Problem(f"{count} intermediate{plural}, at most {max_intermediates} allowed")


@check("chain.pathlen", citation="RFC 5280 §4.2.1.9, §6.1.4(l), (m)")
def pathlen(
    path: CertificatePath,
    *,
    leaf_issues: bool = False,
    clients: Annotated[tuple[str, ...], Vocabulary(tuple(CLIENTS))] = (),
) -> Iterator[Answer]:
    """No CA has more levels of CAs below it than its path length allows.

    Self-issued certificates do not count. A path length without cA and keyCertSign has no meaning. With `leaf_issues`
    the checked certificate counts too: it is a CA, and the leaf will be issued by it. Go counts self-issued
    certificates; with `go` in `clients` so does the rule.

    Why: clients refuse such a path, because the CA above did not permit that CA.

    Fix: have the leaf issued by the CA that carries the constraint, or reissue that CA with a larger pathLenConstraint.
    """
    yield from answers(path_lengths(path, leaf_issues=leaf_issues, clients=clients))


@check("chain.issuer-ca", citation="RFC 5280 §6.1.4(k); CA/B BR §7.1.2.10.4")
def issuer_ca(path: CertificatePath) -> Iterator[Answer]:
    """Every issuer on the path is a CA: its basicConstraints says CA:TRUE.

    Why: otherwise anybody with any certificate could issue for every name.

    Fix: have the leaf issued by a certificate that has `basicConstraints = critical, CA:TRUE`.
    """
    yield from answers(issuers_that_are_no_ca(path))


@check("chain.issuer-keycertsign", citation="RFC 5280 §6.1.4(n)")
def issuer_keycertsign(path: CertificatePath) -> Iterator[Answer]:
    """Every issuer on the path may sign certificates: keyUsage, if present, has keyCertSign.

    Why: a key that is not meant to sign certificates is not protected like one that is, and clients refuse it.

    Fix: reissue the CA certificate with `keyUsage = critical, keyCertSign, cRLSign`.
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
    """Every intermediate remains valid for at least `min_days`, or `min_fraction` of its lifetime if that is less.

    With `leaf_issues` the checked certificate counts as an intermediate, unless it is self-issued.

    Why: when an intermediate expires, every certificate under it fails at once, even a renewed one.

    Fix: install the CA's new intermediate, and have the leaf issued by it.
    """
    judged = [(0, path.leaf)] if leaf_issues and not path.leaf.is_self_issued else []
    for index, issuer in (*judged, *_issuers(path)):
        left = issuer.not_after - now
        wanted = min(timedelta(days=min_days), issuer.lifetime * min_fraction)
        if left < wanted:
            where = path.label_of(index)
            state = f"has {span(left)} left" if left >= timedelta(0) else f"expired {span(-left)} ago"
            message = f"{where} ({issuer.subject.short}) {state}, at least {span(wanted)} required"
            cause = "validity.expired" if left < timedelta(0) else ""
            yield Problem(message, key=where, evidence={"not_after": issuer.not_after.isoformat()}, cause=cause)


@check("chain.leaf-outlives-issuer", citation="RFC 5280 §6.1.3(a)(2)")
def leaf_outlives_issuer(path: CertificatePath, *, include_root: bool = False) -> Iterator[Answer]:
    """No intermediate on the path expires before the leaf.

    With `include_root` the trusted root is compared, too.

    Why: the path fails when the intermediate expires, earlier than the leaf's own date suggests.

    Fix: have the leaf issued by a CA certificate that is valid for longer, or renew by the earlier date.
    """
    for index, issuer in _issuers(path):
        if issuer.not_after < path.leaf.not_after:
            where = path.label_of(index)
            early = span(path.leaf.not_after - issuer.not_after)
            yield Problem(f"{where} ({issuer.subject.short}) expires {early} before the leaf", key=where)
    root = path.anchor if include_root else None
    if root and root.not_after < path.leaf.not_after:
        early = span(path.leaf.not_after - root.not_after)
        yield Problem(f"the root ({root.subject.short}) expires {early} before the leaf", key="root")


@check(
    "chain.eku-nesting",
    citation="RFC 5280 §4.2.1.12; CA/B BR §7.1.2.10.6; MRSP 3.1 §5.3",
    binds={"purposes": Setting.PURPOSES},
    presumes=[Premise.TLS],
)
def eku_nesting(
    path: CertificatePath,
    *,
    purposes: Annotated[tuple[str, ...], Vocabulary(tuple(WORDS_OF_PURPOSES), or_oid=True)] = ("server",),
    include_leaf: bool = False,
    clients: Annotated[tuple[str, ...], Vocabulary(tuple(CLIENTS))] = (),
) -> Iterator[Answer]:
    """Every intermediate with extendedKeyUsage allows the leaf's purpose.

    The purposes follow from the leaf's role: `server`, `client`, or both; a policy may name others by OID.
    anyExtendedKeyUsage allows every purpose (RFC 5280); with `openssl` in `clients` it allows none, because OpenSSL
    looks for the purpose itself. With `include_leaf` the leaf is checked too.

    Why: clients treat an intermediate's extendedKeyUsage as a limit on everything that it issues.

    Fix: have the leaf issued by a CA for this purpose.
    """
    if purposes:
        yield from answers(purposes_of(path, purposes, include_leaf=include_leaf, clients=clients))
    else:
        yield NotApplicable("the policy gives no purpose")


@check("chain.unknown-critical", citation="RFC 5280 §4.2, §6.1.4(o), §6.1.5(f)")
def unknown_critical(
    path: CertificatePath,
    *,
    known_oids: Annotated[tuple[str, ...], Vocabulary(or_oid=True)] = (),
    clients: Annotated[tuple[str, ...], Vocabulary(tuple(CLIENTS))] = (),
) -> Iterator[Answer]:
    """No certificate on the path has a critical extension that certgate does not process.

    The clients in `clients` must process it too: neither OpenSSL nor Go processes a critical TLS feature, issuer
    alternative name, key identifier or access information, and Go does not process name constraints on directory names.
    `known_oids` lists further extensions that all clients process.

    Why: a client must refuse a certificate with a critical extension that it does not know.

    Fix: reissue without the extension or make it non-critical; if all clients know it, add it to `known_oids`.
    """
    yield from answers(critical_extensions(path, known_oids, clients=clients))


def _issuers(path: CertificatePath) -> Iterator[tuple[int, Certificate]]:
    return enumerate(path.issuers, 1)
