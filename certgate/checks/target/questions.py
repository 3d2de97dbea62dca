"""What rules ask a server: a ClientHello that offers only what is not allowed, and what the answers mean."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from certgate.checks.framework.registry import Answer, NotChecked, Problem
from certgate.checks.framework.subjects import Handshake
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.question import About, Question
from certgate.model.tls_names import (
    CIPHERS,
    EPHEMERAL_SUITES,
    GROUPS,
    GROUPS_OF_TLS_1_2,
    GROUPS_OF_TLS_1_3,
    SUITES_OF_TLS_1_1,
    SUITES_OF_TLS_1_2,
    SUITES_OF_TLS_1_3,
    TLS_1_2,
    TLS_1_3,
    VERSIONS,
)

__all__ = [
    "accepted",
    "answer_to",
    "cipher_questions",
    "group_questions",
    "unknown",
    "version_questions",
]

_NEGOTIATED: Mapping[About, str] = MappingProxyType(
    {About.VERSION: "tls.version", About.CIPHER: "tls.cipher", About.GROUP: "tls.group"}
)
"""The rules that judge what the first handshake has shown already."""
_KNOWN = frozenset({ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED})
_ERAS = (
    (TLS_1_2, "TLS 1.2 and older", SUITES_OF_TLS_1_2, GROUPS_OF_TLS_1_2),
    (TLS_1_3, "TLS 1.3", SUITES_OF_TLS_1_3, GROUPS_OF_TLS_1_3),
)
"""Two kinds of ClientHello: one cannot offer TLS 1.3 and make a server choose something older."""


@cache
def version_questions(allowed: tuple[str, ...]) -> tuple[Question, ...]:
    """One for each run of versions that are not allowed: a server takes the highest version that it has."""
    runs: list[list[int]] = []
    for number, name in VERSIONS.items():
        if name in allowed:
            continue
        if runs and runs[-1][-1] == number - 1 and number != TLS_1_3:
            runs[-1].append(number)
        else:
            runs.append([number])
    return tuple(_version_question(run) for run in runs)


@cache
def cipher_questions(allowed: tuple[str, ...]) -> tuple[Question, ...]:
    """For TLS 1.3 and for older versions: every suite that is not allowed."""
    return tuple(
        Question(
            brief=f"cipher suites of {era} that are not allowed",
            what=f"{era}, cipher suites other than {_listed(CIPHERS[n] for n in suites if CIPHERS[n] in allowed)}",
            about=About.CIPHER,
            wanted=frozenset(others),
            version=version,
            suites=others,
            groups=groups,
        )
        for version, era, suites, groups in _ERAS
        if (others := tuple(n for n in suites if CIPHERS[n] not in allowed))
    )


@cache
def group_questions(allowed: tuple[str, ...]) -> tuple[Question, ...]:
    """For TLS 1.3 and for older versions: every group that is not allowed."""
    known = {name.lower() for name in allowed}
    return tuple(
        Question(
            brief=f"groups of {era} that are not allowed",
            what=f"{era}, groups other than {_listed(GROUPS[n] for n in groups if GROUPS[n].lower() in known)}",
            about=About.GROUP,
            wanted=frozenset(others),
            version=version,
            suites=SUITES_OF_TLS_1_3 if version == TLS_1_3 else EPHEMERAL_SUITES,
            groups=others,
        )
        for version, era, _, groups in _ERAS
        if (others := tuple(n for n in groups if GROUPS[n].lower() not in known))
    )


def accepted(
    handshake: Handshake,
    questions: Sequence[Question],
    wrong: str = "the server accepts {chosen}, which is not allowed",
) -> Iterator[Answer]:
    """A problem for each question that the server accepts; not-checked if it accepts none and one has no answer."""
    answers = [answer_to(handshake, question) for question in questions]
    has_problem = False
    for question, answer in zip(questions, answers, strict=True):
        if answer.outcome is ProbeOutcome.ACCEPTED:
            has_problem = True
            cause = _NEGOTIATED[question.about] if _is_negotiated(question, handshake) else ""
            yield Problem(wrong.format(chosen=answer.chosen), key=VERSIONS[question.version], cause=cause)
    if not has_problem:
        yield from unknown(questions, answers)


def unknown(questions: Sequence[Question], answers: Sequence[ProbeAnswer]) -> Iterator[NotChecked]:
    """Not-checked with the first answer that says nothing; nothing if there is none."""
    for question, answer in zip(questions, answers, strict=True):
        if answer.outcome not in _KNOWN:
            what = question.brief or question.what
            yield NotChecked(f"it is not known whether the server accepts {what}: {answer.detail}")
            return


def answer_to(handshake: Handshake, question: Question) -> ProbeAnswer:
    """The answer to a question, from the first handshake where that shows it; one that failed if there is none."""
    facts = handshake.facts
    if _is_negotiated(question, handshake):
        values = {About.VERSION: facts.version, About.CIPHER: facts.cipher, About.GROUP: facts.group or ""}
        return ProbeAnswer(what=question.what, outcome=ProbeOutcome.ACCEPTED, chosen=values[question.about])
    reason = f"it was not asked: {handshake.unprobed or 'no answer was recorded'}"
    missing = ProbeAnswer(what=question.what, outcome=ProbeOutcome.FAILED, detail=reason)
    return next((answer for answer in handshake.answers if answer.what == question.what), missing)


def _is_negotiated(question: Question, handshake: Handshake) -> bool:
    facts = handshake.facts
    return question.is_shown_by(version=facts.version, cipher=facts.cipher, group=facts.group)


def _version_question(run: Sequence[int]) -> Question:
    version = run[-1]
    is_new = version == TLS_1_3
    old = SUITES_OF_TLS_1_2 if version == TLS_1_2 else SUITES_OF_TLS_1_1
    return Question(
        what=_listed(VERSIONS[number] for number in run),
        about=About.VERSION,
        wanted=frozenset(run),
        version=version,
        suites=SUITES_OF_TLS_1_3 if is_new else old,
        groups=GROUPS_OF_TLS_1_3 if is_new else GROUPS_OF_TLS_1_2,
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
