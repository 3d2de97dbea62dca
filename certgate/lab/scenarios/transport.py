"""Servers that show no certificate, or speak TLS badly."""

from cryptography import x509
from OpenSSL import SSL

from certgate.lab.pki import issue
from certgate.lab.scenario import Behaviour, Expected, Scenario, fails, notes, unchecked

__all__ = ["SCENARIOS"]

_UNOBSERVED: tuple[Expected, ...] = (unchecked("target.observed", "target"),)


def _cbc_only(context: SSL.Context) -> None:
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(b"ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0")


def _old_version(context: SSL.Context) -> None:
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_max_proto_version(SSL.TLS1_1_VERSION)


def _psk_only(context: SSL.Context) -> None:
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(b"PSK:@SECLEVEL=0")


def _known_names_only(context: SSL.Context) -> None:
    """Fail the handshake of other clients, without a certificate to send."""
    _for_others(context, SSL.Context(SSL.TLS_SERVER_METHOD))


def _fallback(context: SSL.Context) -> None:
    """Send other clients an unrelated certificate."""
    own = issue("fallback.lab.example", sans=["fallback.lab.example"])
    other = SSL.Context(SSL.TLS_SERVER_METHOD)
    other.use_certificate(x509.load_der_x509_certificate(own.der))
    other.use_privatekey(own.key)
    _for_others(context, other)


def _for_others(context: SSL.Context, other: SSL.Context) -> None:
    """Use the `other` context for clients that send no server name of the lab."""

    def choose(connection: SSL.Connection) -> None:
        if not (connection.get_servername() or b"").endswith(b".lab.example"):
            connection.set_context(other)

    context.set_tlsext_servername_callback(choose)


SCENARIOS = (
    Scenario(
        name="plain-http",
        title="Plain HTTP on the port",
        behaviour=Behaviour.PLAIN_HTTP,
        gives=_UNOBSERVED,
    ),
    Scenario(
        name="ssh",
        title="An SSH server on the port",
        behaviour=Behaviour.SSH,
        gives=_UNOBSERVED,
    ),
    Scenario(
        name="silence",
        title="Accepts the connection and says nothing",
        behaviour=Behaviour.SILENCE,
        gives=_UNOBSERVED,
    ),
    Scenario(
        name="reset",
        title="Resets the connection in the handshake",
        behaviour=Behaviour.RESET,
        gives=_UNOBSERVED,
    ),
    Scenario(
        name="one-byte-per-second",
        title="Sends its part of the handshake at one byte per second",
        behaviour=Behaviour.TLS_DRIP,
        gives=_UNOBSERVED,
    ),
    Scenario(
        name="handshake-refused",
        title="Refuses the handshake with an alert: it wants a pre-shared key",
        configure=_psk_only,
        gives=_UNOBSERVED,
    ),
    Scenario(
        name="refused",
        title="Nothing listens on the port",
        behaviour=Behaviour.REFUSE,
        gives=_UNOBSERVED,
    ),
    Scenario(
        name="good-known-names-only",
        title="Refuses clients that send no server name, or one that nobody has",
        configure=_known_names_only,
        adds={"tls.no-sni": {"severity": "info"}, "tls.unknown-sni": {"severity": "info"}},
    ),
    Scenario(
        name="fallback-certificate",
        title="Shows a fallback certificate to clients that send no server name, or one that nobody has",
        configure=_fallback,
        adds={"tls.no-sni": {"severity": "info"}, "tls.unknown-sni": {"severity": "info"}},
        gives=(notes("tls.no-sni", "target"), notes("tls.unknown-sni", "target")),
    ),
    Scenario(
        name="old-cipher",
        title="Agrees on a cipher suite without authenticated encryption",
        configure=_cbc_only,
        gives=(fails("tls.cipher", "handshake"),),
    ),
    Scenario(
        name="tls-1.1",
        title="Speaks TLS 1.1 and nothing newer",
        configure=_old_version,
        gives=(fails("tls.version", "handshake"), unchecked("tls.cipher", "handshake")),
    ),
)
