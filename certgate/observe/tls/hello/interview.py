"""Asks a server at one address all questions: one connection at a time, until two tries agree."""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from certgate.model.bug import bug
from certgate.model.frozen import frozen
from certgate.model.observation import HandshakeFacts, Phase
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.question import About, Question
from certgate.model.tls_names import (
    EPHEMERAL_SUITES,
    GROUPS_OF_TLS_1_2,
    GROUPS_OF_TLS_1_3,
    SUITES_OF_TLS_1_2,
    SUITES_OF_TLS_1_3,
    TLS_1_3,
    VERSIONS,
    cipher_number,
    group_number,
)
from certgate.net.resolver import Address
from certgate.observe.event_loop import Cancelled, TimeLimit
from certgate.observe.tls.connection_budget import Budget
from certgate.observe.tls.deadline import Deadline
from certgate.observe.tls.failures import ObservationFailed
from certgate.observe.tls.hello.answer import answer_to
from certgate.observe.tls.hello.client_hello import client_hello
from certgate.observe.tls.hello.other_keys import about, other_key_questions, with_suites_of, without_others
from certgate.observe.tls.hello.reply import ReplyReader
from certgate.observe.tls.key_types import key_type_of
from certgate.observe.tls.opening import Asked, Opening
from certgate.observe.tls.prelude.interface import Ended
from certgate.observe.tls.stream import Stream
from certgate.x509.certificate import parse_certificate
from certgate.x509.errors import Malformed

__all__ = ["MAX_REPLY_BYTES", "Interview", "Known"]

MAX_REPLY_BYTES = 128 * 1024
_CHUNK = 16 * 1024
_PATIENCE = 5.0
"""Seconds for one connection: a server that does not answer one question may answer the next."""
_MOST_TRIES = 3
_MANY_SUITES = 127
"""More than these are an error to some load balancers and embedded TLS libraries."""
_AGREE = 2
"""How many tries must be refused alike; as many may fail."""
_PLAIN = frozenset({40, 70, 71})
"""handshake_failure, protocol_version and insufficient_security: what was offered is not accepted (RFC 8446 §6.2)."""
_CURVES = {"P-224": "secp224r1", "P-256": "secp256r1", "P-384": "secp384r1", "P-521": "secp521r1"}
"""The names of curves in the TLS registry, where they differ."""


@frozen(slots=True)
class Known:
    """What the full handshake offered and showed."""

    alpn: tuple[str, ...]
    facts: HandshakeFacts
    leaf: bytes
    """The DER of the server's certificate."""


Tries = list[tuple[Question, list[ProbeAnswer]]]
"""The answers to each question, one for each try."""


class Interview:
    """Asks one server; `connections` counts."""

    def __init__(self, address: Address, asked: Asked, known: Known, deadline: Deadline, budget: Budget) -> None:
        """`address` is the proxy's where there is one."""
        self._address = address
        self._asked = asked
        self._known = known
        self._deadline = deadline
        self._budget = budget
        self.connections = 0

    async def answers(self, questions: Sequence[Question], *, of_other_keys: bool = False) -> tuple[ProbeAnswer, ...]:
        """The answer to each question, from the full handshake where that shows it.

        `of_other_keys`: then whether the server has certificates with other types of keys, unless only further
        handshakes can tell.
        """
        facts = self._known.facts
        shown = _shown(tuple(questions), facts)
        tries: Tries = [(one, [answer] if answer else []) for one, answer in zip(questions, shown, strict=True)]
        key_type = key_type_of(self._known.leaf)
        others = await self._others(other_key_questions(key_type, facts), tries) if of_other_keys else []
        for _ in range(_MOST_TRIES):
            for question, made in tries:
                if not self._is_settled(question, made):
                    made.append(await self._ask(question, again=bool(made)))
        found = [(question, _agreed(made)) for question, made in tries]
        answers = await self._controlled([*found, *others])
        other = without_others(key_type, answers[len(found) :])
        return (*answers[: len(found)], *([other] if other else []))

    async def _controlled(self, found: Sequence[tuple[Question, ProbeAnswer]]) -> list[ProbeAnswer]:
        """The answers, without the refusals by a server that answers no ClientHello of this form any more."""
        answers = [answer for _, answer in found]
        for is_long in (True, False):
            refused = [at for at, one in enumerate(found) if _needs_control(*one, is_long=is_long)]
            if refused:
                control = await self._ask(_control(self._known.facts, is_long=is_long))
                if control.outcome is ProbeOutcome.ACCEPTED:
                    break  # a server that reads many suites reads few
                for at in refused:
                    answers[at] = _doubted(answers[at], control)
        return answers

    async def _others(self, others: Sequence[Question], tries: Tries) -> list[tuple[Question, ProbeAnswer]]:
        """The answers to these questions if all are plain refusals; silence if that is one; else none."""
        found = []
        for question in others:
            asked, answer = await self._ask_jointly(question, tries)
            if answer.outcome is ProbeOutcome.SILENT:
                return [(asked, answer)]
            if not _is_plain(answer):
                return []
            found.append((asked, answer))
        return found

    async def _ask_jointly(self, question: Question, tries: Tries) -> tuple[Question, ProbeAnswer]:
        """The answer to a question, asked with another one if they differ by their suites alone, and what was asked.

        A server that refuses the suites of both refuses each, unless there are too many for it. What holds for the
        other one is added to `tries`.
        """
        for other, made in tries:
            both = None if made else with_suites_of(question, other)
            if both and _is_long(both) is _is_long(other):
                answer = await self._ask(both)
                is_of_question = answer.outcome is ProbeOutcome.REFUSED and answer.chosen
                if not is_of_question:
                    made.append(about(answer, other.what))
                if answer.outcome is not ProbeOutcome.ACCEPTED:
                    return both, answer
        return question, await self._ask(question)

    async def _ask(self, question: Question, *, again: bool = False) -> ProbeAnswer:
        if self._deadline.left <= 0:
            return _failed(question, "there was no time left to ask; raise --timeout")
        opening = Opening(self._address, self._asked)
        try:
            await self._budget.take(self._deadline)
            until = min(self._deadline.at, time.monotonic() + _PATIENCE)
            self.connections += 1
            with TimeLimit(until), opening.new_stream() as stream:
                await opening.reach(stream)
                if self._asked.prelude:
                    await opening.speak(stream)
                opening.begin(Phase.HANDSHAKE)
                return await self._exchange(stream, question, again=again)
        except TimeoutError:
            if opening.phase is not Phase.HANDSHAKE:
                return _failed(question, opening.too_slow().failure.detail)
            opening.end()
            detail = f"it did not answer within {opening.timings[Phase.HANDSHAKE]:.1f} s"
            return ProbeAnswer(what=question.what, outcome=ProbeOutcome.SILENT, detail=detail)
        except ObservationFailed as error:
            return _failed(question, error.failure.detail)
        except Cancelled:
            raise
        except BaseException as error:
            return _failed(question, bug(error, "asking"))

    async def _exchange(self, stream: Stream, question: Question, *, again: bool) -> ProbeAnswer:
        """Send the ClientHello and read the reply. A second try may offer the leaf's own curve too.

        Before TLS 1.3, many servers cannot use an ECDSA key on a curve that the client does not offer.
        """
        further = self._leaf_group(question) if again else None
        hello = client_hello(
            question,
            server_name=self._asked.server_name,
            alpn=self._known.alpn,
            random=os.urandom(64),
            further_group=further,
        )
        prelude = self._asked.prelude
        framing = prelude.framing() if prelude and prelude.framing else None
        reader = ReplyReader(wants_group=question.about is About.GROUP)
        left = MAX_REPLY_BYTES
        try:
            await stream.send_all(framing.wrap(hello) if framing else hello)
            while chunk := await stream.receive(min(left, _CHUNK)):
                left -= len(chunk)
                if reply := reader.feed(framing.unwrap(chunk) if framing else chunk):
                    return answer_to(question, reply, further)
                if not left:
                    return _failed(question, f"it sent {MAX_REPLY_BYTES // 1024} KiB without an answer")
            how = "closed"
        except Ended:
            return _failed(question, f"it left the {self._asked.protocol} protocol")
        except OSError:
            how = "reset"
        detail = f"it {how} the connection"
        return ProbeAnswer(what=question.what, outcome=ProbeOutcome.REFUSED, alert=reader.warning, detail=detail)

    def _is_settled(self, question: Question, made: Sequence[ProbeAnswer]) -> bool:
        """Whether one more try would change nothing."""
        if not made:
            return False
        last = made[-1]
        if last.chosen or last.outcome in {ProbeOutcome.ACCEPTED, ProbeOutcome.SILENT}:
            return True
        if _is_plain(last) and not self._leaf_group(question):
            return True
        outcomes = [answer.outcome for answer in made]
        return max(outcomes.count(ProbeOutcome.REFUSED), outcomes.count(ProbeOutcome.FAILED)) >= _AGREE

    def _leaf_group(self, question: Question) -> int | None:
        """The group of the leaf's curve, if a question about groups of TLS 1.2 leaves it out."""
        if question.about is not About.GROUP or question.version == TLS_1_3:
            return None
        try:
            curve = parse_certificate(self._known.leaf).key.curve
        except Malformed:
            return None
        number = group_number(_CURVES.get(curve or "", curve or ""))
        return None if number in question.groups else number


@lru_cache(maxsize=256)
def _shown(questions: tuple[Question, ...], facts: HandshakeFacts) -> tuple[ProbeAnswer | None, ...]:
    """The answers that the full handshake gives; None where the server must be asked."""
    chosen = {About.VERSION: facts.version, About.CIPHER: facts.cipher, About.GROUP: facts.group or ""}
    return tuple(
        ProbeAnswer(what=question.what, outcome=ProbeOutcome.ACCEPTED, chosen=chosen[question.about])
        if question.is_shown_by(version=facts.version, cipher=facts.cipher, group=facts.group)
        else None
        for question in questions
    )


def _failed(question: Question, detail: str) -> ProbeAnswer:
    return ProbeAnswer(what=question.what, outcome=ProbeOutcome.FAILED, detail=detail)


def _is_long(question: Question) -> bool:
    return len(question.suites) > _MANY_SUITES


def _is_plain(answer: ProbeAnswer) -> bool:
    """Whether the server said by an alert why it refuses: a second try would cost a connection and tell nothing."""
    return answer.outcome is ProbeOutcome.REFUSED and answer.alert in _PLAIN and not answer.detail


def _agreed(made: Sequence[ProbeAnswer]) -> ProbeAnswer:
    """The answer of all tries: a refusal must be repeated, so any other answer counts more."""
    return next((answer for answer in reversed(made) if answer.outcome is not ProbeOutcome.REFUSED), made[0])


def _needs_control(question: Question, answer: ProbeAnswer, *, is_long: bool) -> bool:
    """Whether it is a refusal that a server gives to any client, or to any ClientHello of this form, too."""
    return answer.outcome is ProbeOutcome.REFUSED and not answer.chosen and _is_long(question) is is_long


def _doubted(answer: ProbeAnswer, control: ProbeAnswer) -> ProbeAnswer:
    how = control.detail or f"it sent the alert {control.alert}"
    detail = f"it refuses this, but no longer answers what it answered before either: {how}"
    return replace(answer, outcome=ProbeOutcome.FAILED, detail=detail)


@lru_cache(maxsize=256)
def _control(facts: HandshakeFacts, *, is_long: bool) -> Question:
    """A ClientHello of the same form that offers everything of the version that the server chose at first.

    It has many suites, or only those that a modern server may choose from: some servers cannot read more than 127.
    """
    is_new = facts.version == VERSIONS[TLS_1_3]
    chosen = cipher_number(facts.cipher) or EPHEMERAL_SUITES[0]
    old = SUITES_OF_TLS_1_2 if is_long else tuple({chosen, *EPHEMERAL_SUITES} - {*SUITES_OF_TLS_1_3})
    version = next(number for number, name in VERSIONS.items() if name == facts.version)
    return Question(
        what="control",
        about=About.VERSION,
        wanted=frozenset({version}),
        version=version,
        suites=(*SUITES_OF_TLS_1_3, *old) if is_new else old,
        groups=GROUPS_OF_TLS_1_3 if is_new else GROUPS_OF_TLS_1_2,
    )
