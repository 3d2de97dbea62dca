"""Servers that accept more than they negotiate with a modern client."""

from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from certgate.lab.scenario import Behaviour, Scenario, fails, unchecked, warns
from certgate.model.finding import Severity

__all__ = ["SCENARIOS", "strict"]

_GOOD_SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"
_ASKED: Mapping[str, Mapping[str, Any]] = {
    "tls.accepts-version": {},
    "tls.accepts-cipher": {},
    "tls.accepts-group": {"severity": "warning"},
}


def strict(
    *,
    oldest: int = SSL.TLS1_2_VERSION,
    suites: str = _GOOD_SUITES,
    new_suites: str = "",
    curve: ec.EllipticCurve | None = ec.SECP256R1(),  # noqa: B008 (has no state)
) -> Callable[[SSL.Context], None]:
    """A server with one group and suites that every policy allows; without `curve`, with OpenSSL's own groups."""

    def configure(context: SSL.Context) -> None:
        context.set_min_proto_version(oldest)
        context.set_cipher_list(f"{suites}:@SECLEVEL=0".encode())
        if new_suites:
            context.set_tls13_ciphersuites(new_suites.encode())
        if curve:
            context.set_tmp_ecdh(curve)

    return configure


SCENARIOS = (
    Scenario(
        name="good-accepts",
        title="A server that accepts nothing but what is allowed",
        configure=strict(),
        policy="internal-pki",
        adds=_ASKED,
    ),
    Scenario(
        name="accepts-tls-1.1",
        title="A server negotiates TLS 1.3 with modern clients and still accepts TLS 1.1",
        configure=strict(oldest=SSL.TLS1_VERSION, suites=f"{_GOOD_SUITES}:ECDHE-ECDSA-AES128-SHA"),
        policy="internal-pki",
        adds={"tls.accepts-version": {}},
        gives=(fails("tls.accepts-version", "handshake"),),
    ),
    Scenario(
        name="accepts-cbc",
        title="A server accepts a suite without authenticated encryption",
        configure=strict(suites=f"{_GOOD_SUITES}:ECDHE-ECDSA-AES128-SHA256"),
        policy="internal-pki",
        adds=_ASKED,
        gives=(fails("tls.accepts-cipher", "handshake"),),
    ),
    Scenario(
        name="accepts-p521",
        title="A server accepts groups that are not allowed",
        configure=strict(oldest=SSL.TLS1_3_VERSION, curve=None),
        policy="internal-pki",
        adds=_ASKED,
        gives=(warns("tls.accepts-group", "handshake"),),
    ),
    Scenario(
        name="accepts-unknown",
        title="A server answers further connections with something that is not TLS",
        configure=strict(),
        behaviour=Behaviour.TLS_WITH_SHARE,
        policy="internal-pki",
        adds=_ASKED,
        gives=(
            unchecked("tls.accepts-version", "handshake"),
            unchecked("tls.accepts-cipher", "handshake"),
            unchecked("tls.accepts-group", "handshake", Severity.WARNING),
        ),
    ),
)
