"""Rules of the family tls on what a server accepts besides what it negotiated."""

from collections.abc import Iterator
from typing import Annotated

from certgate.checks.framework.registry import Answer, Vocabulary, check
from certgate.checks.framework.subjects import Handshake
from certgate.checks.target.questions import accepted, cipher_questions, group_questions, version_questions
from certgate.checks.target.tls import DEFAULT_GROUPS, DEFAULT_SUITES, VERSION_WORDS
from certgate.model.question import Question
from certgate.model.tls_names import CIPHERS, GROUPS

__all__: list[str] = []


def _versions(*, allowed: tuple[str, ...]) -> tuple[Question, ...]:
    return version_questions(allowed)


@check(
    "tls.accepts-version",
    citation="Mozilla Server Side TLS 6.0; NIST SP 800-52r2 §3.1; BSI TR-02102-2 §3.2; PCI DSS 4.0.1; RFC 9151 §5",
    asks=_versions,
)
def accepts_version(
    handshake: Handshake, *, allowed: Annotated[tuple[str, ...], VERSION_WORDS] = ("TLSv1.2", "TLSv1.3")
) -> Iterator[Answer]:
    """The server accepts only the allowed TLS versions.

    certgate makes further connections that offer only the other versions, from SSL 3.0 on, with every cipher suite. The
    server must refuse them. docs/concepts/accepted.md says how the answers are read.

    Why: an attacker on the network can downgrade a client to an old version that the server still accepts.

    Fix: disable the other versions (nginx: `ssl_protocols TLSv1.2 TLSv1.3;`).
    """
    yield from accepted(handshake, version_questions(allowed))


def _ciphers(*, allowed: tuple[str, ...]) -> tuple[Question, ...]:
    return cipher_questions(allowed)


@check(
    "tls.accepts-cipher",
    citation="RFC 9325 §4.2; Mozilla Server Side TLS 6.0; NIST SP 800-52r2 §3.3.1; BSI TR-02102-2 §3.3.1.1",
    asks=_ciphers,
)
def accepts_cipher(
    handshake: Handshake,
    *,
    allowed: Annotated[tuple[str, ...], Vocabulary(tuple(CIPHERS.values()))] = DEFAULT_SUITES,
) -> Iterator[Answer]:
    """The server accepts only the allowed cipher suites.

    Suites have OpenSSL's names, or IANA's where OpenSSL has none. certgate makes further connections that offer every
    other suite of the IANA registry: one for TLS 1.3 and one for older versions. The message names the suite that the
    server chose; there may be more. docs/concepts/accepted.md says how the answers are read.

    Why: a client that offers only an old suite gets it, and its traffic lacks forward secrecy or authentication.

    Fix: configure the server to use only the allowed suites. For ECDHE with AES-GCM or ChaCha20-Poly1305 in nginx:
    `ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;`.
    """
    yield from accepted(handshake, cipher_questions(allowed))


def _groups(*, allowed: tuple[str, ...]) -> tuple[Question, ...]:
    return group_questions(allowed)


@check(
    "tls.accepts-group",
    citation="Mozilla Server Side TLS 6.0; BSI TR-02102-2 §3.3.2, §3.4.2; RFC 9151 §7; CNSA 2.0",
    asks=_groups,
)
def accepts_group(
    handshake: Handshake,
    *,
    allowed: Annotated[tuple[str, ...], Vocabulary(tuple(GROUPS.values()))] = DEFAULT_GROUPS,
) -> Iterator[Answer]:
    """The server accepts only the allowed key exchange groups.

    Groups have the names of the TLS registry. certgate makes further connections that offer every other group: one for
    TLS 1.3, where the server says which one it takes, and one for the curves of older versions. Finite-field
    groups of TLS 1.2 are part of the cipher suite. docs/concepts/accepted.md says how the answers are read.

    Why: a client that offers only a weak group gets it, and its traffic is not secret for as long as the policy wants.

    Fix: configure the allowed groups in the server. For P-256 and P-384 in nginx:
    `ssl_ecdh_curve prime256v1:secp384r1;`.
    """
    yield from accepted(handshake, group_questions(allowed))
