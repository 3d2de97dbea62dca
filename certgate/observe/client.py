"""The TLS client: what it offers, and the facts that OpenSSL has after a handshake. It verifies nothing."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL, crypto

from certgate.model.observation import HandshakeFacts, Note
from certgate.observe.failures import Remedy

__all__ = ["Profile", "Stapled", "facts", "new_connection", "presented"]


@dataclass(frozen=True, slots=True)
class Profile:
    """What one ClientHello offers."""

    ask_for_staple: bool = True
    classical: bool = False
    """P-256 only, which makes a ClientHello of one packet."""
    offer_alpn: bool = True

    def with_remedy(self, remedy: Remedy | None) -> Self | None:
        """The profile with this remedy; None if there is none or it was tried already."""
        if remedy is Remedy.CLASSICAL and not self.classical:
            return replace(self, classical=True)
        if remedy is Remedy.NO_STAPLE and self.ask_for_staple:
            return replace(self, ask_for_staple=False)
        if remedy is Remedy.NO_ALPN and self.offer_alpn:
            return replace(self, offer_alpn=False)
        return None

    @property
    def notes(self) -> tuple[Note, ...]:
        """What to say about facts that were had with this profile."""
        changes = {
            Note.STAPLE_UNUSABLE: not self.ask_for_staple,
            Note.CLASSICAL_RETRY: self.classical,
            Note.ALPN_REFUSED: not self.offer_alpn,
        }
        return tuple(note for note, is_so in changes.items() if is_so)


class Stapled:
    """Receives the staple of one connection."""

    __slots__ = ("response",)

    def __init__(self) -> None:
        self.response: bytes | None = None


def new_connection(profile: Profile, server_name: str | None) -> tuple[SSL.Connection, Stapled]:
    """A connection over memory buffers, about to send its ClientHello."""
    connection = SSL.Connection(_context(profile.classical, profile.offer_alpn))
    stapled = Stapled()
    if server_name is not None:
        connection.set_tlsext_host_name(server_name.encode("ascii"))
    if profile.ask_for_staple:
        connection.set_app_data(stapled)
        connection.request_ocsp()
    connection.set_connect_state()
    return connection, stapled


def facts(connection: SSL.Connection) -> HandshakeFacts:
    """What a completed handshake negotiated."""
    return HandshakeFacts(
        version=connection.get_protocol_version_name(),
        cipher=connection.get_cipher_name() or "",
        group=connection.get_group_name(),
        alpn=connection.get_alpn_proto_negotiated().decode("ascii", "backslashreplace") or None,
    )


def presented(connection: SSL.Connection) -> tuple[bytes, ...]:
    """DER of the certificates that were sent so far, in wire order."""
    chain = connection.get_peer_cert_chain() or ()
    return tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate) for certificate in chain)


@lru_cache
def _context(classical: bool, offer_alpn: bool) -> SSL.Context:
    """The context of a profile. It cannot be changed after its first connection, so there is one for each."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")  # facts come back from old servers too; rules judge them
    context.set_options(SSL.OP_LEGACY_SERVER_CONNECT)
    if offer_alpn:
        context.set_alpn_protos([b"h2", b"http/1.1"])
    context.set_verify(SSL.VERIFY_NONE)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_ocsp_client_callback(_keep_staple)
    if classical:
        context.set_tmp_ecdh(ec.SECP256R1())
    return context


def _keep_staple(connection: SSL.Connection, response: bytes, _: object) -> bool:
    connection.get_app_data().response = response or None
    return True
