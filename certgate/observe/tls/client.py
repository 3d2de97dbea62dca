"""The TLS client: what it offers, and the facts after a handshake. It verifies nothing."""

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL, crypto

from certgate.model.observation import HandshakeFacts
from certgate.observe.tls.profile import BRAINPOOL_CURVES, Profile

__all__ = ["Stapled", "facts", "new_connection", "presented"]


_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp256r1": ec.SECP256R1,
    "brainpoolP256r1": ec.BrainpoolP256R1,
    "brainpoolP384r1": ec.BrainpoolP384R1,
    "brainpoolP512r1": ec.BrainpoolP512R1,
}


class Stapled:
    """Receives the staple of one connection."""

    __slots__ = ("response",)

    def __init__(self) -> None:
        self.response: bytes | None = None


def new_connection(profile: Profile, server_name: str | None) -> tuple[SSL.Connection, Stapled]:
    """A connection over memory buffers, about to send its ClientHello."""
    connection = SSL.Connection(_context(profile.curve, profile.alpn))
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
def _context(curve: str, alpn: tuple[str, ...]) -> SSL.Context:
    """The context of a profile. It cannot be changed after its first connection, so there is one for each."""
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
    return context


def _keep_staple(connection: SSL.Connection, response: bytes, _: object) -> bool:
    connection.get_app_data().response = response or None
    return True
