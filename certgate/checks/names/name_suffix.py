"""Rules of the family name that use the Public Suffix List (`certgate[names]`)."""

from collections.abc import Iterator

from certgate.checks.framework.registry import LEAF, Answer, Extra, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import capped, shortened
from certgate.checks.names.suffix_list import edition, ends_registered, is_public_suffix
from certgate.x509.identity import read_address

__all__: list[str] = []

_EXTRA = Extra("names", "publicsuffixlist")


@check("name.wildcard-public-suffix", citation="CA/B BR §3.2.2.6", roles=LEAF, extra=_EXTRA)
def wildcard_public_suffix(subject: CertificateInRole) -> Iterator[Answer]:
    """No wildcard stands directly below a public suffix, such as `*.co.uk`.

    The suffixes are those of the ICANN section of the Public Suffix List, as the source has it: what stands below one
    of the private section (`*.github.io`) is its owner's. A label alone, as in `*.local`, is a suffix too. It needs the
    extra: `pip install 'certgate[names]'`.

    Why: such a certificate is for the domains of everybody who registers one there.

    Fix: issue the certificate anew for names below the domain that is yours.
    """
    wildcards = [name for name in subject.certificate.dns_names if name.startswith("*.")]
    if not wildcards:
        yield NotApplicable("it has no wildcard name")
        return
    yield from capped(
        Problem(f"{shortened(name)} is for all names below a public suffix", shortened(name), evidence=_evidence())
        for name in wildcards
        if is_public_suffix(name.removeprefix("*."))
    )


@check("name.internal-name", citation="CA/B BR §1.6.1, §7.1.2.7.12", roles=LEAF, extra=_EXTRA)
def internal_name(subject: CertificateInRole) -> Iterator[Answer]:
    """Every DNS name ends with a top-level domain that is registered.

    Those are the ones of the ICANN section of the Public Suffix List, which has all of the root zone and `onion`. It
    needs the extra: `pip install 'certgate[names]'`.

    Why: a name such as `mail.corp` means another host in everybody's network, so nobody can prove a right to it.

    Fix: use a name below a domain that is yours, or a certificate of the internal CA.
    """
    names = [name for name in subject.certificate.dns_names if not read_address(name)]
    if not names:
        yield NotApplicable("it has no DNS name")
        return
    yield from capped(
        Problem(f"{shortened(name)} is an internal name", shortened(name), evidence=_evidence())
        for name in names
        if not ends_registered(name)
    )


def _evidence() -> dict[str, str]:
    return {"public suffix list": edition()}
