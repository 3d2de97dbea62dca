"""Rules of the family name: whom a certificate is for, by expected host and common name."""

from collections.abc import Iterator
from functools import lru_cache

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import listed, shortened
from certgate.model.target import Role
from certgate.x509.general_names import GeneralName
from certgate.x509.identity import matches, read_address

__all__: list[str] = []

_SERVER = frozenset({Role.SERVER})


@check(
    "name.san-present",
    citation="CA/B BR §7.1.2.7.12; Apple 103769",
    roles=_SERVER,
    presumes=[Premise.TLS, Premise.LEAF, Premise.EXTENSIONS],
)
def san_present(subject: CertificateInRole, *, allow_uri: bool = False) -> Iterator[Answer]:
    """The certificate names a host: its subjectAltName has a DNS name or an IP address.

    With `allow_uri` a URI is enough, as in an X.509-SVID.

    Why: clients look for the host only in the subjectAltName.

    Fix: reissue it with the host in the subjectAltName (`openssl req -addext subjectAltName=DNS:HOST`).
    """
    enough = {"DNS", "IP", "URI"} if allow_uri else {"DNS", "IP"}
    names = subject.certificate.san
    if names is None:
        yield Problem("no subjectAltName")
    elif not any(name.kind in enough and not name.problem for name in names):
        wanted = "DNS name, IP address or URI" if allow_uri else "DNS name or IP address"
        cause = "ext.form" if any(name.problem and name.kind in enough for name in names) else ""
        yield Problem(f"no {wanted} in the subjectAltName", cause=cause)


@check(
    "name.host-match",
    citation="RFC 9525 §6",
    roles=_SERVER,
    binds={"names": Setting.NAMES},
    skips_listed=True,
    needs_order="chain.order",
    presumes=[Premise.TLS],
)
def host_match(subject: CertificateInRole, *, names: tuple[str, ...] = ()) -> Iterator[Answer]:
    """The certificate lists the host name in its subjectAltName.

    Every name in `names` must match: a host a DNS name, where a wildcard stands for exactly the leftmost label, and an
    IP address an iPAddress. The common name does not count.

    Why: clients refuse a certificate that does not list the host they connect to.

    Fix: add the name to the certificate's subjectAltName, or correct the name that clients use.
    """
    if not names:
        yield NotApplicable("no expected name (--name)")
        return
    certificate = subject.certificate
    presented = certificate.san or ()
    for name in names:
        if not matches(presented, name):
            found = listed((*certificate.dns_names, *certificate.ip_addresses))
            has_names = any(not one.problem for one in presented)
            cause = "k8s.ingress-names-covered" if has_names else "name.san-present"
            yield Problem(f"no name matches {name}; found {found}", key=name, cause=cause)


@check(
    "name.cn-only",
    citation="RFC 9525 §2 (no CN-ID); Apple 103769",
    roles=_SERVER,
    binds={"names": Setting.NAMES},
    skips_listed=True,
    presumes=[Premise.TLS],
)
def cn_only(subject: CertificateInRole, *, names: tuple[str, ...] = ()) -> Iterator[Answer]:
    """The host name is not only in the common name.

    The rule explains one case of name.host-match.

    Why: clients stopped reading the common name years ago, so the host does not match.

    Fix: reissue the certificate with the host in the subjectAltName.
    """
    if not names:
        yield NotApplicable("no expected name (--name)")
        return
    certificate = subject.certificate
    presented = certificate.san or ()
    commons = _as_general_names(certificate.subject.common_names)
    for name in names:
        if not matches(presented, name) and matches(commons, name):
            text = f"{name} is in the common name but not in the subjectAltName"
            yield Problem(text, key=name, cause="name.host-match")


@lru_cache(maxsize=1024)
def _as_general_names(common_names: tuple[str, ...]) -> tuple[GeneralName, ...]:
    return tuple(filter(None, map(_as_general_name, common_names)))


def _as_general_name(text: str) -> GeneralName | None:
    address = read_address(text)
    if address is not None:
        return GeneralName("IP", address)
    return GeneralName("DNS", text) if text.isascii() else None


@check("name.cn-in-san", citation="CA/B BR §7.1.4.3", roles=_SERVER, presumes=[Premise.TLS])
def cn_in_san(subject: CertificateInRole) -> Iterator[Answer]:
    """The common name, if present, is an exact copy of a name in the subjectAltName.

    IPv6 addresses have the format of RFC 5952. More than one common name is not allowed.

    Why: people and clients that read different fields would see different hosts.

    Fix: reissue it without a common name, or with an exact copy of a subjectAltName entry.
    """
    certificate = subject.certificate
    commons = certificate.subject.common_names
    if not commons:
        yield NotApplicable("no common name")
        return
    if len(commons) > 1:
        yield Problem(f"{len(commons)} common names, 1 allowed", key="several")
    alternatives = {*certificate.dns_names, *certificate.ip_addresses}
    cause = "" if alternatives else "name.san-present"
    for name in dict.fromkeys(commons[:5]):
        if name not in alternatives:
            text = f"the common name {shortened(name)} is not in the subjectAltName"
            yield Problem(text, key="common name", cause=cause)


@check(
    "name.cn-discouraged",
    unshipped="its source advises against a common name and allows one, and many CAs write it",
    citation="CA/B BR §7.1.2.7.2-4",
    roles=_SERVER,
)
def cn_discouraged(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject has no common name.

    Why: clients no longer use the field, and public CAs are about to drop it.

    Fix: leave the common name out of the next request.
    """
    if subject.certificate.subject.common_names:
        yield Problem("common name present")
