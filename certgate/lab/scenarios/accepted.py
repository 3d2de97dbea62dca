"""Servers that accept more than they negotiate with a modern client."""

from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from certgate.lab.offer import Offer, retry
from certgate.lab.scenario import Scenario, fails, unchecked, warns
from certgate.lab.service import PLAIN_HTTP
from certgate.model.finding import Severity

__all__ = ["SCENARIOS", "strict"]

_HYBRID, _NOT_OF_OPENSSL, _DRAFT = 0x11EC, 0x11ED, 0x6399
_HANDSHAKE_FAILURE = b"\x15\3\3\0\2\2\x28"
_PQ: Mapping[str, Mapping[str, Any]] = {"pq.group-offered": {}, "pq.group-preferred": {}, "pq.draft-group": {}}
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


def _not_tls_to_questions(offer: Offer) -> bytes:
    return b"" if offer.has_share else PLAIN_HTTP


def _not_tls_to_any_question(offer: Offer) -> bytes:
    """OpenSSL's own ClientHello does not offer the last of the groups that certgate can send a share for."""
    return b"" if offer.has_share and _NOT_OF_OPENSSL not in offer.groups else PLAIN_HTTP


def _hybrid_by_retry(offer: Offer) -> bytes:
    return retry(_HYBRID) if _NOT_OF_OPENSSL in offer.groups and _HYBRID in offer.groups else b""


def _draft_by_retry(offer: Offer) -> bytes:
    return retry(_DRAFT) if _DRAFT in offer.groups[:1] else b""


def _hybrid_alone(offer: Offer) -> bytes:
    return b"" if _HYBRID in offer.groups else _HANDSHAKE_FAILURE


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
        instead=_not_tls_to_questions,
        policy="internal-pki",
        adds=_ASKED,
        gives=(
            unchecked("tls.accepts-version", "handshake"),
            unchecked("tls.accepts-cipher", "handshake"),
            unchecked("tls.accepts-group", "handshake", Severity.WARNING),
        ),
    ),
    Scenario(
        name="good-post-quantum",
        title="A server takes the post-quantum group at once, and none of a draft",
        policy="internal-pki",
        adds=_PQ,
    ),
    Scenario(
        name="post-quantum-missing",
        title="A server takes no post-quantum group",
        configure=strict(),
        policy="internal-pki",
        adds=_PQ,
        gives=(fails("pq.group-offered", "handshake"),),
    ),
    Scenario(
        name="post-quantum-by-retry",
        title="A server takes a post-quantum group only after a HelloRetryRequest",
        configure=strict(),
        instead=_hybrid_by_retry,
        policy="internal-pki",
        adds=_PQ,
        gives=(fails("pq.group-preferred", "handshake"),),
    ),
    Scenario(
        name="post-quantum-draft",
        title="A server takes a post-quantum group of an abandoned draft",
        instead=_draft_by_retry,
        policy="internal-pki",
        adds=_PQ,
        gives=(fails("pq.draft-group", "handshake"),),
    ),
    Scenario(
        name="post-quantum-unknown",
        title="A server answers questions about post-quantum groups with something that is not TLS",
        configure=strict(),
        instead=_not_tls_to_any_question,
        policy="internal-pki",
        adds=_PQ,
        gives=tuple(unchecked(rule, "handshake") for rule in _PQ),
    ),
    Scenario(
        name="good-post-quantum-alone",
        title="A server refuses clients without post-quantum groups",
        configure=strict(oldest=SSL.TLS1_3_VERSION, curve=None),
        instead=_hybrid_alone,
        policy="internal-pki",
        adds={"pq.classical-fallback": {}},
    ),
    Scenario(
        name="classical-fallback",
        title="A server takes clients without post-quantum groups",
        configure=strict(oldest=SSL.TLS1_3_VERSION, curve=None),
        policy="internal-pki",
        adds={"pq.classical-fallback": {}},
        gives=(fails("pq.classical-fallback", "handshake"),),
    ),
    Scenario(
        name="classical-fallback-unknown",
        title="A server answers clients without post-quantum groups with something that is not TLS",
        instead=_not_tls_to_questions,
        policy="internal-pki",
        adds={"pq.classical-fallback": {}},
        gives=(unchecked("pq.classical-fallback", "handshake"),),
    ),
)
