"""Rules of the family lint: the findings of pkilint on TLS servers' and CAs' certificates (`certgate[lint]`)."""

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
"""Prefixes of the codes for findings about X.509 in general."""


@check(
    "lint.cabf",
    citation="CA/B BR, CA/B EV Guidelines and Microsoft Trusted Root Program, as pkilint reads them",
    roles=_SERVERS_AND_CAS,
    extra=_EXTRA,
)
def cabf(subject: IssuedInRole, *, accepted: tuple[str, ...] = ()) -> Iterator[Answer]:
    """pkilint finds no violation of the requirements for public CAs.

    The rule needs an extra: `pip install 'certgate[lint]'`. pkilint is a linter that public CAs run before they issue a
    certificate. The rule reports its findings except those of lint.pkix. Each code of pkilint is one finding, with the
    place in the certificate and, if pkilint gives it, the section as evidence. FATAL and ERROR are errors, WARNING is a
    warning, NOTICE an info; INFO is not reported, nor are the codes in `accepted`.

    A server's certificate is linted by the policy that it asserts (EV, OV, IV, otherwise DV), a CA's certificate by
    what pkilint detects. pkilint describes its codes at
    `https://github.com/digicert/pkilint/blob/main/pkilint/cabf/serverauth/finding_metadata.csv`.

    Why: root programs require these rules, and CAs must revoke a certificate that violates them within days.

    Fix: ask the CA to reissue the certificate; add the codes that your PKI violates on purpose to `accepted`.
    """
    return _found(subject, accepted, of_any_pki=False)


@check(
    "lint.pkix",
    citation="RFC 5280 and its updates, ITU-T X.690, as pkilint reads them",
    roles=_SERVERS_AND_CAS,
    extra=_EXTRA,
)
def pkix(subject: IssuedInRole, *, accepted: tuple[str, ...] = ()) -> Iterator[Answer]:
    """pkilint finds no violation of X.509 itself.

    The rule reports the findings with the codes `pkix.*` and `itu.*`, which apply in every PKI; see lint.cabf for the
    severities and `accepted`. It needs an extra: `pip install 'certgate[lint]'`.

    Why: clients read a certificate that violates the standard in different ways, or not at all.

    Fix: correct the CA's template or profile, then have the certificate reissued.
    """
    return _found(subject, accepted, of_any_pki=True)


def _found(subject: IssuedInRole, accepted: Collection[str], *, of_any_pki: bool) -> Iterator[Answer]:
    """One problem per code. Raises Malformed if pkilint did not check everything."""
    linted = lint(subject.certificate.der, leaf=Role.SERVER in subject.roles)
    for remark in linted.remarks:
        if remark.code.startswith(_OF_ANY_PKI) is of_any_pki and remark.code not in accepted:
            message = f"{remark.code}: {remark.details}" if remark.details else remark.code
            evidence = {"code": remark.code, "at": remark.places} | ({"source": remark.source} if remark.source else {})
            yield Problem(message, key=remark.code, severity=remark.severity, evidence=evidence)
    if linted.unread:
        raise Malformed(linted.unread)
