"""The TLS client: what it offers, and the facts after a handshake. It verifies nothing."""

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL, crypto

from certgate.model.frozen import making
from certgate.model.observation import HandshakeFacts
from certgate.observe.tls.key_types import Narrow
from certgate.observe.tls.profile import BRAINPOOL_CURVES, Profile

if TYPE_CHECKING:
    from certgate.observe.tls.client_certificate import ClientCertificate

__all__ = ["Told", "facts", "new_connection", "presented", "probing_connection", "resuming_connection"]

_CERTIFICATE_REQUEST = b"SSLv3/TLS read server certificate request"
_CERTIFICATE = b"SSLv3/TLS read server certificate"
_COMPRESSED_CERTIFICATE = b"TLSv1.3 read server compressed certificate"
_TICKET = b"SSLv3/TLS read server session ticket"
_SHOWN = b"SSLv3/TLS write certificate verify"
_der = partial(crypto.dump_certificate, crypto.FILETYPE_ASN1)
_new_facts = making(HandshakeFacts)
_FATAL = 2
_HARMLESS = frozenset({0, 90, 100, 112})
"""Alerts that end nothing if they are warnings: close_notify, user_canceled, no_renegotiation, unrecognized_name."""
_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp256r1": ec.SECP256R1,
    "brainpoolP256r1": ec.BrainpoolP256R1,
    "brainpoolP384r1": ec.BrainpoolP384R1,
    "brainpoolP512r1": ec.BrainpoolP512R1,
}


class Told:
    """What OpenSSL tells of one connection."""

    staple: bytes | None = None
    wants_certificate = False
    """Whether the server asked for a client certificate; heard only if there is one to show, or in a probe."""
    shown = False
    """Whether a client certificate was sent. This and what follows is only heard in a probe."""
    alert: int | None = None
    """The last alert of the server, except for those that refuse nothing."""
    tickets = 0
    """The session tickets of the server."""
    is_full = False
    """Whether the server sent its certificate, as it does unless it resumes a session."""


def new_connection(
    profile: Profile, server_name: str | None, certificate: "ClientCertificate | None" = None
) -> tuple[SSL.Connection, Told]:
    """A connection over memory buffers, about to send its ClientHello; shows `certificate` if the server asks."""
    connection, told = _connection(_kept_context(profile.curve, profile.alpn, profile.narrow, certificate), server_name)
    if profile.ask_for_staple:
        connection.request_ocsp()
    return connection, told


def probing_connection(
    profile: Profile, server_name: str | None, certificate: "ClientCertificate | None"
) -> tuple[SSL.Connection, Told]:
    """A connection with a context of its own, which no other shares, so that nothing is resumed and all is told."""
    context = _context(profile.curve, profile.alpn, profile.narrow, None)
    context.set_info_callback(_note)
    if certificate:
        certificate.add_issuers_to(context)
    connection, told = _connection(context, server_name)
    if certificate:
        certificate.use_on(connection)
    return connection, told


def resuming_connection(before: SSL.Connection, server_name: str) -> tuple[SSL.Connection, Told]:
    """A probing connection that resumes the session of one before, and shows no certificate of its own."""
    connection, told = _connection(before.get_context(), server_name)
    if session := before.get_session():
        connection.set_session(session)
    return connection, told


def _connection(context: SSL.Context, server_name: str | None) -> tuple[SSL.Connection, Told]:
    connection = SSL.Connection(context)
    told = Told()
    connection.set_app_data(told)
    if server_name is not None:
        connection.set_tlsext_host_name(server_name.encode("ascii"))
    connection.set_connect_state()
    return connection, told


def facts(connection: SSL.Connection) -> HandshakeFacts:
    """What a completed handshake negotiated."""
    return _new_facts(
        version=connection.get_protocol_version_name(),
        cipher=connection.get_cipher_name() or "",
        group=connection.get_group_name(),
        alpn=connection.get_alpn_proto_negotiated().decode("ascii", "backslashreplace") or None,
    )


def presented(connection: SSL.Connection) -> tuple[bytes, ...]:
    """DER of the certificates that were sent so far, in wire order."""
    chain = connection.get_peer_cert_chain() or ()
    return tuple(map(_der, chain))


def _context(
    curve: str, alpn: tuple[str, ...], narrow: Narrow | None, certificate: "ClientCertificate | None"
) -> SSL.Context:
    """The context of a profile. It cannot be changed after its first connection."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")  # facts come back from old servers too; rules judge them
    context.set_options(SSL.OP_LEGACY_SERVER_CONNECT)
    if alpn:
        context.set_alpn_protos([word.encode("ascii") for word in alpn])
    context.set_verify(SSL.VERIFY_NONE)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_ocsp_client_callback(_keep_staple)
    if curve:
        context.set_tmp_ecdh(_CURVES[curve]())
    if curve in BRAINPOOL_CURVES:
        context.set_max_proto_version(SSL.TLS1_2_VERSION)
    if narrow:
        narrow.use_in(context)
    if certificate:
        certificate.use_in(context)
        context.set_info_callback(_note_request)
    return context


_kept_context = lru_cache(_context)


def _note(connection: SSL.Connection, where: int, returned: int) -> None:
    """Note what OpenSSL has no other word for."""
    told: Told = connection.get_app_data()
    if where & SSL.SSL_CB_READ_ALERT == SSL.SSL_CB_READ_ALERT:
        level, alert = divmod(returned, 0x100)
        if level == _FATAL or alert not in _HARMLESS:
            told.alert = alert
    elif where & SSL.SSL_CB_LOOP:
        state = connection.get_state_string()
        told.wants_certificate |= state == _CERTIFICATE_REQUEST
        told.shown |= state == _SHOWN
        told.tickets += state == _TICKET
        told.is_full |= state in {_CERTIFICATE, _COMPRESSED_CERTIFICATE}


def _note_request(connection: SSL.Connection, _where: int, _return: int) -> None:
    """OpenSSL has no other word for a request that names no CAs."""
    if connection.get_state_string() == _CERTIFICATE_REQUEST:
        connection.get_app_data().wants_certificate = True


def _keep_staple(connection: SSL.Connection, response: bytes, _: object) -> bool:
    connection.get_app_data().staple = response or None
    return True
