"""Rules of the family tls: what the handshake negotiated."""

from collections.abc import Iterator
from typing import Annotated

from certgate.checks.framework.registry import Answer, NotApplicable, NotChecked, Problem, Vocabulary, check
from certgate.checks.framework.subjects import Handshake

__all__: list[str] = []

_VERSIONS = Vocabulary(("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"))
_SUITES = (
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
_GROUPS = ("X25519MLKEM768", "x25519", "secp256r1", "secp384r1")


@check("tls.version", citation="RFC 8996 §2; RFC 9325 §3.1.1")
def version(
    handshake: Handshake, *, allowed: Annotated[tuple[str, ...], _VERSIONS] = ("TLSv1.2", "TLSv1.3")
) -> Iterator[Answer]:
    """The negotiated TLS version is allowed.

    Why: TLS 1.0 and 1.1 depend on SHA-1 and MD5, and are deprecated.

    Fix: allow TLS 1.2 and 1.3 only (nginx: `ssl_protocols TLSv1.2 TLSv1.3;`).
    """
    if handshake.facts.version not in allowed:
        yield Problem(f"{handshake.facts.version} negotiated, only {', '.join(allowed) or 'none'} allowed")


@check(
    "tls.accepts-version",
    citation="Mozilla Server Side TLS 6.0; NIST SP 800-52r2 §3.1; BSI TR-02102-2 §3.2; PCI DSS 4.0.1; RFC 9151 §5",
)
def accepts_version(
    handshake: Handshake, *, allowed: Annotated[tuple[str, ...], _VERSIONS] = ("TLSv1.2", "TLSv1.3")
) -> Iterator[Answer]:
    """The server accepts only the allowed TLS versions.

    A handshake shows the negotiated version, which tls.version checks. Other versions would need further handshakes,
    which certgate does not make yet, so the result for every endpoint is *not-checked*: the negotiated version alone
    never satisfies a policy that requires this rule.

    Why: an attacker on the network can downgrade a client to an old version that the server still accepts.

    Fix: disable the other versions (nginx: `ssl_protocols TLSv1.2 TLSv1.3;`) and test it with a scanner such as sslyze
    or testssl.sh. Then switch the rule off in your own policy, with the reason: `disabled: tested weekly with
    testssl.sh`.
    """
    yield NotChecked(
        f"only the negotiated version is known ({handshake.facts.version}), not whether the server accepts "
        f"versions other than {' and '.join(allowed) or 'none'}"
    )


@check("tls.cipher", citation="RFC 9325 §4.2; Mozilla Server Side TLS 6.0 (intermediate)")
def cipher(handshake: Handshake, *, allowed: tuple[str, ...] = _SUITES) -> Iterator[Answer]:
    """The negotiated cipher suite is allowed.

    Suites have OpenSSL's names. By default the TLS 1.3 suites are allowed, and for TLS 1.2 ephemeral elliptic-curve key
    exchange with authenticated encryption.

    Why: older suites lack forward secrecy or authenticated encryption.

    Fix: configure the server to use only the allowed suites. For ECDHE with AES-GCM or ChaCha20-Poly1305 in nginx:
    `ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;`.
    """
    if handshake.facts.cipher not in allowed:
        yield Problem(f"{handshake.facts.cipher} negotiated, only {', '.join(allowed) or 'none'} allowed")


@check("tls.group", citation="Mozilla Server Side TLS 6.0; NIST SP 800-52r2; BSI TR-02102-2; CNSA 2.0")
def group(handshake: Handshake, *, allowed: tuple[str, ...] = _GROUPS) -> Iterator[Answer]:
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
