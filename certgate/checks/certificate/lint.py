"""Rules of the family lint: what pkilint finds in the certificates of TLS servers and their CAs (`certgate[lint]`)."""

from collections.abc import Collection, Iterator

from certgate.checks.certificate.lint_pkilint import lint
from certgate.checks.framework.registry import ISSUER, Answer, Extra, Problem, check
from certgate.checks.framework.subjects import IssuedInRole
from certgate.model.target import Role
from certgate.x509.errors import Malformed

__all__: list[str] = []

_EXTRA = Extra("lint", "pkilint")
_SERVERS_AND_CAS = ISSUER | {Role.SERVER}
_OF_ANY_PKI = ("pkix.", "itu.")
"""How the codes of findings begin that are about X.509 itself."""


@check(
    "lint.cabf",
    citation="CA/B BR, CA/B EV Guidelines and Microsoft Trusted Root Program, as pkilint reads them",
    roles=_SERVERS_AND_CAS,
    extra=_EXTRA,
)
def cabf(subject: IssuedInRole, *, accepted: tuple[str, ...] = ()) -> Iterator[Answer]:
    """pkilint finds nothing against what publicly trusted CAs must do.

    A second opinion, by a linter that public CAs run before they issue: all that it finds but what `lint.pkix` tells.
    It is an extra: `pip install 'certgate[lint]'`. Each code of pkilint's is a finding of its own, whose evidence says
    where in the certificate and, where pkilint does, by which section. FATAL and ERROR fail as errors, WARNING as
    warnings, NOTICE as infos; INFO is no problem by pkilint's own account, and let be. So are the codes that are
    `accepted`.

    The role of a certificate decides what it is linted as: a server's by the policy that it asserts (EV, OV, IV, else
    DV), a CA's by what pkilint detects. pkilint describes its codes at
    `https://github.com/digicert/pkilint/blob/main/pkilint/cabf/serverauth/finding_metadata.csv`.

    Why: root programs hold CAs to these rules, and have what breaks them revoked within days.

    Fix: ask the CA to issue it anew; what your PKI does on purpose, name by its code in `accepted`.
    """
    return _found(subject, accepted, of_any_pki=False)


@check(
    "lint.pkix",
    citation="RFC 5280 and its updates, ITU-T X.690, as pkilint reads them",
    roles=_SERVERS_AND_CAS,
    extra=_EXTRA,
)
def pkix(subject: IssuedInRole, *, accepted: tuple[str, ...] = ()) -> Iterator[Answer]:
    """pkilint finds nothing against X.509 itself.

    Its findings with the codes `pkix.*` and `itu.*`, which hold in any PKI; see `lint.cabf` for severities and
    `accepted`. It needs the extra: `pip install 'certgate[lint]'`.

    Why: what breaks the standard is read by some clients in one way, by others in another, or not at all.

    Fix: fix the template or the profile by which the CA issues; then have the certificate issued anew.
    """
    return _found(subject, accepted, of_any_pki=True)


def _found(subject: IssuedInRole, accepted: Collection[str], *, of_any_pki: bool) -> Iterator[Answer]:
    """A problem for each code. Raises Malformed for what was not linted."""
    linted = lint(subject.certificate.der, leaf=Role.SERVER in subject.roles)
    for remark in linted.remarks:
        if remark.code.startswith(_OF_ANY_PKI) is of_any_pki and remark.code not in accepted:
            message = f"{remark.code}: {remark.details}" if remark.details else remark.code
            evidence = {"code": remark.code, "at": remark.places} | ({"source": remark.source} if remark.source else {})
            yield Problem(message, key=remark.code, severity=remark.severity, evidence=evidence)
    if linted.unread:
        raise Malformed(linted.unread)
