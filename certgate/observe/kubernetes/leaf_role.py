"""The role of a leaf in a manifest, by its content, if no other object determines it."""

from collections.abc import Sequence

from certgate.model.frozen import frozen
from certgate.model.target import Role
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed

__all__ = ["ReasonedRole", "is_of_cas", "role_of_leaf"]

_SERVER_AUTH, _CLIENT_AUTH, _ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"


@frozen(slots=True)
class ReasonedRole:
    """A role, and the reason for it."""

    role: Role
    reason: str


def role_of_leaf(der: bytes) -> ReasonedRole | None:
    """The role of a certificate that cannot be a server's: a CA, or a client without any host name.

    A CA certificate with host names may be a server certificate that is wrongly a CA, unless its key usage is to sign
    certificates and its purposes do not include servers. None if it may be a server's.
    """
    try:
        certificate = parse_certificate(der)
        if _is_only_ca(certificate):
            return ReasonedRole(Role.CA, "the certificate is a CA's, and no object uses it for a server")
        ekus = certificate.ekus or frozenset()
        if _CLIENT_AUTH in ekus and not ekus & {_SERVER_AUTH, _ANY} and not _names_hosts(certificate):
            return ReasonedRole(Role.CLIENT, "the certificate is for clients alone and names no host")
    except Malformed:
        return None
    return None


def is_of_cas(ders: Sequence[bytes]) -> bool:
    """Whether all of them are certificates that can only be a CA's."""
    try:
        return bool(ders) and all(_is_only_ca(parse_certificate(der)) for der in ders)
    except Malformed:
        return False


def _is_only_ca(certificate: Certificate) -> bool:
    if not certificate.is_ca or (certificate.ekus or frozenset()) & {_SERVER_AUTH, _ANY}:
        return False
    return "keyCertSign" in (certificate.key_usage or ()) or not _names_hosts(certificate)


def _names_hosts(certificate: Certificate) -> bool:
    return bool(certificate.dns_names or certificate.ip_addresses)
