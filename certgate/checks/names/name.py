"""Rules of the family name on whom a certificate is for: the expected host and the common name."""

from collections.abc import Iterator

from certgate.checks.framework.needs import Setting
from certgate.checks.framework.registry import Answer, NotApplicable, Problem, check
from certgate.checks.framework.subjects import CertificateInRole
from certgate.checks.framework.wording import listed, shortened
from certgate.model.target import Role
from certgate.x509.general_names import GeneralName
from certgate.x509.identity import matches, read_address

__all__: list[str] = []

_SERVER = frozenset({Role.SERVER})


@check("name.san-present", citation="CA/B BR §7.1.2.7.12; Apple 103769", roles=_SERVER)
def san_present(subject: CertificateInRole, *, allow_uri: bool = False) -> Iterator[Answer]:
    """The certificate names a host: its subjectAltName holds a dNSName or an iPAddress.

    `allow_uri` takes a URI for enough, as in an X.509-SVID.

    Why: clients read nothing but the subjectAltName, so such a certificate stands for no host.

    Fix: issue it anew with the host as subjectAltName (`openssl req -addext subjectAltName=DNS:HOST`).
    """
    enough = {"DNS", "IP", "URI"} if allow_uri else {"DNS", "IP"}
    names = subject.certificate.san
    if names is None:
        yield Problem("has no subjectAltName")
    elif not any(name.kind in enough and not name.problem for name in names):
        wanted = "DNS name, IP address or URI" if allow_uri else "DNS name or IP address"
        yield Problem(f"has no {wanted} in its subjectAltName")


@check("name.host-match", citation="RFC 9525 §6", roles=_SERVER, binds={"names": Setting.NAMES})
def host_match(subject: CertificateInRole, *, names: tuple[str, ...] = ()) -> Iterator[Answer]:
    """The certificate is for the host that clients ask for.

    Every one of `names` must be matched by the subjectAltName: a host by a dNSName, whose wildcard stands for exactly
    the left-most label, an IP address by an iPAddress. The common name does not count.

    Why: clients refuse a certificate that is not for the host they asked for.

    Fix: add the name to the certificate's subjectAltName, or correct the name that clients use.
    """
    if not names:
        yield NotApplicable("no name was given")
        return
    certificate = subject.certificate
    presented = certificate.san or ()
    for name in names:
        if not matches(presented, name):
            held = listed((*certificate.dns_names, *certificate.ip_addresses))
            yield Problem(f"no name matches {name}; those it has: {held}", key=name)


@check("name.cn-only", citation="RFC 9525 §2 (no CN-ID); Apple 103769", roles=_SERVER, binds={"names": Setting.NAMES})
def cn_only(subject: CertificateInRole, *, names: tuple[str, ...] = ()) -> Iterator[Answer]:
    """The expected host does not stand in the common name alone.

    Explains one case of name.host-match, which fails as well.

    Why: clients stopped reading the common name years ago, so the host does not match.

    Fix: issue the certificate anew with the host as subjectAltName.
    """
    if not names:
        yield NotApplicable("no name was given")
        return
    certificate = subject.certificate
    presented = certificate.san or ()
    commons = tuple(filter(None, map(_as_general_name, certificate.subject.common_names)))
    for name in names:
        if not matches(presented, name) and matches(commons, name):
            yield Problem(f"{name} stands in the common name alone, not in the subjectAltName", key=name)


def _as_general_name(text: str) -> GeneralName | None:
    address = read_address(text)
    if address is not None:
        return GeneralName("IP", address)
    return GeneralName("DNS", text) if text.isascii() else None


@check("name.cn-in-san", citation="CA/B BR §7.1.4.3", roles=_SERVER)
def cn_in_san(subject: CertificateInRole) -> Iterator[Answer]:
    """The common name, if there is one, repeats a name of the subjectAltName character for character.

    An IPv6 address is to be written as RFC 5952 has it. More than one common name is not allowed.

    Why: clients and people that read different fields would take the certificate for different hosts.

    Fix: issue it anew without a common name, or with an exact copy of a subjectAltName entry.
    """
    certificate = subject.certificate
    commons = certificate.subject.common_names
    if not commons:
        yield NotApplicable("the subject has no common name")
        return
    if len(commons) > 1:
        yield Problem(f"has {len(commons)} common names", key="several")
    alternatives = {*certificate.dns_names, *certificate.ip_addresses}
    for name in dict.fromkeys(commons[:5]):
        if name not in alternatives:
            yield Problem(f"the common name {shortened(name)} is not in the subjectAltName", key="common name")


@check("name.cn-discouraged", citation="CA/B BR §7.1.2.7.2-4", roles=_SERVER)
def cn_discouraged(subject: CertificateInRole) -> Iterator[Answer]:
    """The subject has no common name.

    Why: the field has no use any more; public CAs are about to drop it.

    Fix: leave the common name out of the next request.
    """
    if subject.certificate.subject.common_names:
        yield Problem("has a common name")
