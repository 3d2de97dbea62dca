"""What clients check in an anchor's certificate, beyond the name and key of RFC 5280 §6.1.1(d).

RFC 5280 §6.2 allows it, RFC 5937 describes it, and OpenSSL and Go do it; docs/concepts/trust.md has what was measured.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from certgate.trust import rfc5280
from certgate.trust.clients import GO, go_reads_key
from certgate.trust.dates import expired, not_yet_valid
from certgate.trust.path import CertificatePath
from certgate.trust.problem import Kind, PathProblem
from certgate.x509.certificate import Certificate
from certgate.x509.oids import extension_name

__all__ = ["anchor_constraints", "anchor_dates"]

_KEYS = {
    Kind.NO_CA: "basicConstraints",
    Kind.NO_CERT_SIGN: "keyUsage",
    Kind.PATH_LENGTH: "pathLenConstraint",
    Kind.PURPOSE: "extKeyUsage",
    Kind.CRITICAL: "critical",
    Kind.NAMES: "nameConstraints",
}
"""The prefix of the key of each problem with the anchor."""
_NAME_CONSTRAINTS = "2.5.29.30"


def anchor_dates(path: CertificatePath, now: datetime, *, skew_s: int = 0) -> Iterator[PathProblem]:
    """Check that the anchor is within its dates, as OpenSSL and Go do. Raises Malformed."""
    if path.anchor is None or not path.has_own_anchor:
        return
    if text := expired(path.anchor, now):
        evidence = {"not_after": path.anchor.not_after.isoformat()}
    elif text := not_yet_valid(path.anchor, now, skew_s=skew_s):
        evidence = {"not_before": path.anchor.not_before.isoformat()}
    else:
        return
    text = f"the root {path.anchor.subject.short} {text}"
    yield PathProblem(kind=Kind.ANCHOR_DATES, index=len(path.certificates), text=text, evidence=evidence)


def anchor_constraints(
    path: CertificatePath, purposes: Sequence[str], *, leaf_issues: bool = False, clients: Collection[str] = ()
) -> Iterator[PathProblem]:
    """Check that the anchor's extensions allow the path (RFC 5937). Raises Malformed and LimitExceeded.

    A self-issued anchor of version 1 has no extensions, and clients accept it as a CA. They reject an anchor with a
    duplicate extension (RFC 5280 §4.2). With `leaf_issues` the leaf counts as one of the CAs below. `clients` names
    the clients whose additional requirements apply.
    """
    if path.anchor is None or not path.has_own_anchor:
        return
    before_extensions = path.anchor.version < 3 and path.anchor.is_self_issued
    found = chain(
        () if before_extensions else rfc5280.issuers_that_are_no_ca(path, of_anchor=True),
        rfc5280.issuers_without_key_cert_sign(path, of_anchor=True),
        rfc5280.path_lengths(path, leaf_issues=leaf_issues, of_anchor=True, clients=clients),
        rfc5280.purposes_of(path, purposes, of_anchor=True, clients=clients),
        rfc5280.critical_extensions(path, of_anchor=True, clients=clients),
        rfc5280.names(path, of_anchor=True) if path.anchor.extension(_NAME_CONSTRAINTS) else (),
    )
    for problem in found:
        key = f"{_KEYS[problem.kind]} {problem.key.removeprefix('the anchor').strip()}".rstrip()
        yield replace(problem, kind=Kind.ANCHOR_CONSTRAINTS, key=key)
    oids = [extension.oid for extension in path.anchor.extensions]
    for oid, count in Counter(oids).items() if len(set(oids)) < len(oids) else ():
        if count > 1:
            text = f"the root {path.anchor.subject.short} has the extension {extension_name(oid)} {count} times"
            yield PathProblem(kind=Kind.ANCHOR_CONSTRAINTS, index=len(path.certificates), text=text, key=f"twice {oid}")
    if GO in clients:
        yield from _unread_by_go(path, path.anchor)


def _unread_by_go(path: CertificatePath, anchor: Certificate) -> Iterator[PathProblem]:
    """Problems that make Go leave the anchor out of its store or unable to verify its signatures. Raises Malformed."""
    end = len(path.certificates)
    if anchor.serial < 0:
        text = f"the root {anchor.subject.short} has a negative serial number, which Go refuses"
        yield PathProblem(kind=Kind.ANCHOR_CONSTRAINTS, index=end, text=text, key="serial")
    if not go_reads_key(anchor):
        text = f"the root {anchor.subject.short} has a key that Go does not support: {anchor.key}"
        yield PathProblem(kind=Kind.ANCHOR_CONSTRAINTS, index=end, text=text, key="key")
