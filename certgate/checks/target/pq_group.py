"""Rules of the family pq on the key exchange groups that a server takes."""

from collections.abc import Iterator
from functools import cache
from typing import Annotated

from certgate.checks.framework.registry import Answer, NotApplicable, Problem, Vocabulary, check
from certgate.checks.framework.subjects import Handshake
from certgate.checks.target.questions import accepted, answer_to, unknown, version_questions
from certgate.model.probe import ProbeOutcome
from certgate.model.question import About, Question
from certgate.model.tls_names import (
    DRAFT_GROUPS,
    GROUPS,
    GROUPS_OF_TLS_1_3,
    POST_QUANTUM_GROUPS,
    SHARED_GROUPS,
    SUITES_OF_TLS_1_3,
    TLS_1_3,
    group_number,
)

__all__: list[str] = []

_USUAL = ("X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024")
_CLASSICAL = tuple(number for number in GROUPS_OF_TLS_1_3 if number not in POST_QUANTUM_GROUPS)
_BESIDE = tuple(number for number in SHARED_GROUPS if number not in POST_QUANTUM_GROUPS)
_WORDS = Vocabulary(tuple(GROUPS[number] for number in POST_QUANTUM_GROUPS if number not in DRAFT_GROUPS))
_SHARED_WORDS = Vocabulary(tuple(GROUPS[number] for number in SHARED_GROUPS if number in POST_QUANTUM_GROUPS))


def _question(what: str, wanted: tuple[int, ...], *, at_once: bool = False) -> Question:
    """About groups of TLS 1.3; a group that is to be taken at once competes with classical ones."""
    groups = (*wanted, *_BESIDE) if at_once else wanted
    return Question(
        what=f"TLS 1.3, {what}",
        about=About.GROUP,
        wanted=frozenset(wanted),
        version=TLS_1_3,
        suites=SUITES_OF_TLS_1_3,
        groups=groups,
        shares=groups if at_once else (),
        at_once=at_once,
    )


@cache
def _offered(*, groups: tuple[str, ...]) -> tuple[Question, ...]:
    numbers = tuple(number for name in groups if (number := group_number(name)) is not None)
    return (_question(f"groups {', '.join(GROUPS[number] for number in numbers)}", numbers),)


@cache
def _preferred(*, groups: tuple[str, ...]) -> tuple[Question, ...]:
    (offered,) = _offered(groups=groups)
    names, others = (", ".join(GROUPS[n] for n in numbers) for numbers in (offered.groups, _BESIDE))
    return offered, _question(f"groups {names} at once, before {others}", offered.groups, at_once=True)


@cache
def _draft() -> tuple[Question, ...]:
    return (_question(f"groups {', '.join(GROUPS[number] for number in DRAFT_GROUPS)}", DRAFT_GROUPS),)


@cache
def _classical() -> tuple[Question, ...]:
    return (_question("classical groups", _CLASSICAL), *version_questions(("TLSv1.3",)))


@check(
    "pq.group-offered", citation="draft-ietf-tls-ecdhe-mlkem; FIPS 203; CNSA 2.0; BSI TR-02102-1 §2.1", asks=_offered
)
def group_offered(handshake: Handshake, *, groups: Annotated[tuple[str, ...], _WORDS] = _USUAL) -> Iterator[Answer]:
    """The server takes one of the post-quantum groups.

    If the first handshake did not use one of them, certgate makes one more connection, which offers them alone in TLS
    1.3. Older versions have no such groups. docs/concepts/accepted.md says how the answers are read.

    Why: traffic that is recorded today is decrypted once there are quantum computers, unless its keys were agreed with
    such a group.

    Fix: update the TLS library and allow a hybrid group (OpenSSL 3.5 or newer in nginx:
    `ssl_ecdh_curve X25519MLKEM768:x25519:prime256v1;`).
    """
    (question,) = _offered(groups=groups)
    answer = answer_to(handshake, question)
    if answer.outcome is ProbeOutcome.REFUSED:
        yield Problem(f"the server takes none of the post-quantum groups {', '.join(groups)}")
    yield from unknown([question], [answer])


@check(
    "pq.group-preferred",
    unshipped="it costs one more connection, and no source of a shipped policy asks for it",
    citation="draft-ietf-tls-ecdhe-mlkem; RFC 8446 §4.2.8; CNSA 2.0",
    asks=_preferred,
)
def group_preferred(
    handshake: Handshake, *, groups: Annotated[tuple[str, ...], _SHARED_WORDS] = _USUAL
) -> Iterator[Answer]:
    """A client that offers a post-quantum group and classical ones gets the former at once.

    If the first handshake did not use X25519MLKEM768, certgate makes one more connection with a key share for each of
    the groups and for x25519, secp256r1 and secp384r1. A server that answers with a HelloRetryRequest costs its clients
    one more round trip. Does not apply to a server that takes none of the groups, which pq.group-offered checks.

    Why: a server that prefers classical groups gives them to clients that could have had more.

    Fix: put the hybrid group first, and let the server's order count (OpenSSL 3.5 or newer in nginx:
    `ssl_ecdh_curve X25519MLKEM768:x25519:prime256v1; ssl_prefer_server_ciphers on;`).
    """
    questions = _preferred(groups=groups)
    offered, at_once = (answer_to(handshake, question) for question in questions)
    if at_once.outcome is ProbeOutcome.ACCEPTED:
        return
    if offered.outcome is ProbeOutcome.REFUSED:
        yield NotApplicable(f"the server takes none of the post-quantum groups {', '.join(groups)}")
        return
    if (offered.outcome, at_once.outcome) == (ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED):
        how = at_once.detail or "it refuses"
        yield Problem(f"the server does not take a post-quantum group at once: {how}")
    yield from unknown(questions, (offered, at_once))


@check(
    "pq.draft-group",
    unshipped="it costs one more connection, and no source of a shipped policy asks for it",
    citation="draft-ietf-tls-ecdhe-mlkem; draft-tls-westerbaan-xyber768d00-03",
    asks=_draft,
)
def draft_group(handshake: Handshake) -> Iterator[Answer]:
    """The server takes no post-quantum group of an abandoned draft.

    certgate makes one more connection, which offers X25519Kyber768Draft00 and SecP256r1Kyber768Draft00 alone.

    Why: the drafts use Kyber as it was before the standard (FIPS 203), and clients no longer offer it.

    Fix: update the TLS library or the load balancer, and allow X25519MLKEM768 instead.
    """
    yield from accepted(handshake, _draft(), "the server accepts {chosen}, a group of an abandoned draft")


@check("pq.classical-fallback", citation="CNSA 2.0; draft-becker-cnsa2-tls-profile", asks=_classical)
def classical_fallback(handshake: Handshake) -> Iterator[Answer]:
    """The server refuses clients that offer no post-quantum group.

    If the first handshake did not show it already, certgate makes further connections: one that offers classical groups
    alone in TLS 1.3, and one that offers older versions, which have no others.

    Why: an attacker who can change the ClientHello, or an old client, gets keys that a quantum computer will find.

    Fix: allow only post-quantum groups, and TLS 1.3 alone, once all clients have them.
    """
    yield from accepted(
        handshake, _classical(), "the server accepts {chosen} from a client without post-quantum groups"
    )
