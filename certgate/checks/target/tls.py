"""Rules of the family tls: what the handshake negotiated."""

from collections.abc import Iterator
from typing import Annotated

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, Vocabulary, check
from certgate.checks.framework.subjects import Handshake

__all__ = ["DEFAULT_GROUPS", "DEFAULT_SUITES", "VERSION_WORDS"]

VERSION_WORDS = Vocabulary(("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"))
DEFAULT_SUITES = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)
DEFAULT_GROUPS = ("X25519MLKEM768", "x25519", "secp256r1", "secp384r1")


@check("tls.version", citation="RFC 8996 §2; RFC 9325 §3.1.1")
def version(
    handshake: Handshake, *, allowed: Annotated[tuple[str, ...], VERSION_WORDS] = ("TLSv1.2", "TLSv1.3")
) -> Iterator[Answer]:
    """The negotiated TLS version is allowed.

    Why: TLS 1.0 and 1.1 depend on SHA-1 and MD5, and are deprecated.

    Fix: allow TLS 1.2 and 1.3 only (nginx: `ssl_protocols TLSv1.2 TLSv1.3;`).
    """
    if handshake.facts.version not in allowed:
        yield Problem(f"{handshake.facts.version} negotiated, only {', '.join(allowed) or 'none'} allowed")


@check("tls.cipher", citation="RFC 9325 §4.2; Mozilla Server Side TLS 6.0 (intermediate)")
def cipher(handshake: Handshake, *, allowed: tuple[str, ...] = DEFAULT_SUITES) -> Iterator[Answer]:
    """The negotiated cipher suite is allowed.

    Suites have OpenSSL's names. By default the TLS 1.3 suites are allowed, and for TLS 1.2 ephemeral elliptic-curve key
    exchange with authenticated encryption.

    Why: older suites lack forward secrecy or authenticated encryption.

    Fix: configure the server to use only the allowed suites. For ECDHE with AES-GCM or ChaCha20-Poly1305 in nginx:
    `ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;`.
    """
    if handshake.facts.cipher not in allowed:
        text = f"{handshake.facts.cipher} negotiated, only {', '.join(allowed) or 'none'} allowed"
        yield Problem(text, cause="tls.version")


@check("tls.group", citation="Mozilla Server Side TLS 6.0; NIST SP 800-52r2; BSI TR-02102-2; CNSA 2.0")
def group(handshake: Handshake, *, allowed: tuple[str, ...] = DEFAULT_GROUPS) -> Iterator[Answer]:
    """The negotiated key exchange group is allowed.

    Groups have the names of the TLS registry, in upper or lower case. The rule checks the group of this handshake; the
    server may support others as well.

    Why: the group determines how long the traffic stays secret, also against quantum computers.

    Fix: configure the allowed groups in the server. For P-256 and P-384 in nginx:
    `ssl_ecdh_curve prime256v1:secp384r1;`.
    """
    facts = handshake.facts
    if facts.group is None and facts.version == "TLSv1.3":
        yield NotChecked("the group is not known")
    elif facts.group is None:
        yield NotApplicable(f"{facts.cipher} uses no group")
    elif facts.group.lower() not in {name.lower() for name in allowed}:
        yield Problem(f"{facts.group} negotiated, only {', '.join(allowed) or 'none'} allowed")
