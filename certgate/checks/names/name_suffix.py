"""Rules of the family name that use the Public Suffix List."""

from collections.abc import Iterator

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import LEAF, Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import capped, shortened
from certgate.checks.names.suffix_list import edition, ends_registered, is_public_suffix
from certgate.x509.identity import read_address

__all__: list[str] = []


@check("name.wildcard-public-suffix", citation="CA/B BR §3.2.2.6", roles=LEAF, presumes=[Premise.TLS])
def wildcard_public_suffix(subject: CertificateInRole) -> Iterator[Answer]:
    """No wildcard is directly below a public suffix, such as `*.co.uk`.

    The suffixes are those in the ICANN section of the Public Suffix List: names below a suffix of the private section
    (`*.github.io`) belong to its owner. A single label, as in `*.local`, is a suffix too. certgate comes with the list;
    the evidence has its date.

    Why: such a certificate covers the domains of everybody who registers one there.

    Fix: reissue the certificate with names below your own domain.
    """
    wildcards = [name for name in subject.certificate.dns_names if name.startswith("*.")]
    if not wildcards:
        yield NotApplicable("no wildcard name")
        return
    yield from capped(
        Problem(f"{shortened(name)} covers all names below a public suffix", shortened(name), evidence=_evidence())
        for name in wildcards
        if is_public_suffix(name.removeprefix("*."))
    )


@check("name.internal-name", citation="CA/B BR §1.6.1, §7.1.2.7.12", roles=LEAF, presumes=[Premise.TLS])
def internal_name(subject: CertificateInRole, *, also: tuple[str, ...] = ()) -> Iterator[Answer]:
    """Every DNS name ends with a registered top-level domain.

    These are the domains in the ICANN section of the Public Suffix List, which has the whole root zone and `onion`.
    certgate comes with the list; the evidence has its date. `also` lists further top-level domains that pass.
    name.single-label reports names without a dot.

    Why: a name such as `mail.corp` is a different host in every network, so nobody can prove that they own it.

    Fix: use a name below your own domain, or a certificate from the internal CA.
    """
    names = [name for name in subject.certificate.dns_names if not read_address(name)]
    if not names:
        yield NotApplicable("no DNS name")
        return
    yield from capped(
        Problem(
            f"{shortened(name)} is an internal name: its top-level domain is not registered",
            shortened(name),
            evidence=_evidence(),
            cause="" if "." in name.removeprefix("*.") else "name.single-label",
        )
        for name in names
        if not ends_registered(name) and name.rpartition(".")[2].lower() not in also
    )


def _evidence() -> dict[str, str]:
    return {"public suffix list": edition()}
