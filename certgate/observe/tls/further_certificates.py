"""Asks a server, at one vantage, for the chains that it has for other types of keys than the first one's."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import NamedTuple

from certgate.model.observation import Failure, FailureKind, Observation, Phase
from certgate.model.probe import OTHER_KEY_TYPES, ProbeAnswer, ProbeOutcome
from certgate.observe.tls.failures import ObservationFailed
from certgate.observe.tls.key_types import UNREADABLE, Narrow, key_type_of, offers_for
from certgate.observe.tls.look import Look
from certgate.observe.tls.profile import BRAINPOOL_CURVES, Profile

__all__ = ["FurtherCertificates"]

_TRIES = 2
"""How many tries must agree that there is no other certificate."""
_PROTOCOL_VERSION = 70
"""The alert of servers without TLS 1.2, which says nothing about certificates (RFC 8446 §6.2)."""
_CLEAR_ALERTS = frozenset({40, 43, 47, _PROTOCOL_VERSION, 71})
"""Handshake failure, unsupported certificate, illegal parameter, insufficient security: nothing in common."""
_OTHER_REASONS = frozenset({10, 50, 109, 110, 120})
"""Unexpected message, decode error, missing or unsupported extension, no application protocol."""


class _Reply(Enum):
    NEW = auto()
    """A chain with a type of key that was not shown before."""
    AGAIN = auto()
    """A leaf that is known."""
    REFUSED = auto()
    """An alert that says that there is nothing in common."""
    DOUBTFUL = auto()
    """Another alert, or the end of the connection without one: perhaps it answers no client any more."""
    SILENT = auto()
    UNCLEAR = auto()


class _Tried(NamedTuple):
    reply: _Reply
    detail: str = ""
    alert: int | None = None


class FurtherCertificates:
    """Repeats one question until the server shows no other certificate; can say at any moment how far it has come.

    The question: what does a client get that accepts no type of key that was already shown? The end is a refusal, or
    the same leaf again, if a second try agrees. Silence is no answer, nor is a connection that cannot be made.
    """

    def __init__(self, first: Observation, like: Look, look: Callable[[Profile | None], Look]) -> None:
        """`first` is what `like` saw; `look` makes another look there, with a profile or else as `like` at last."""
        self._first = first
        self._usual = replace(like.last_profile, ask_for_staple=True)
        self._new_look = look
        self._chains = {first.presented}
        self._types = [key_type_of(first.presented[0])]
        self._further: list[Observation] = []
        self._answers: list[ProbeAnswer] = []
        self._connections = first.connections
        self._under_way: Look | None = None

    async def observe(self) -> tuple[Observation, ...]:
        """The first observation with the answers, and one for each further chain.

        Raises nothing but Cancelled.
        """
        while UNREADABLE not in self._types:
            answer = await self._ask()
            self._answers.append(answer)
            if answer.outcome is not ProbeOutcome.ACCEPTED:
                break
        return self._observations()

    def interrupted(self) -> tuple[Observation, ...]:
        """What is known if the observation has to end now."""
        if self._under_way:
            self._take(self._under_way.interrupted())
        first, *further = self._observations()
        failure = Failure(FailureKind.INTERRUPTED, Phase.HANDSHAKE, "the run was interrupted")
        return (replace(first, failure=first.failure or failure), *further)

    def _observations(self) -> tuple[Observation, ...]:
        probes = (*self._first.probes, *self._answers)
        return (replace(self._first, probes=probes, connections=self._connections), *self._further)

    async def _ask(self) -> ProbeAnswer:
        """Ask for any type of key that was not shown, in as many tries as the answer needs."""
        what = f"{OTHER_KEY_TYPES}{', '.join(self._types)}"
        by_suites, by_signatures = offers_for(self._types)
        no_other: list[_Tried] = []
        for profile in self._profiles(by_suites, by_signatures):
            tried = await self._try(profile)
            if tried.reply is _Reply.NEW:
                return ProbeAnswer(what=what, outcome=ProbeOutcome.ACCEPTED, chosen=self._types[-1])
            if tried.reply in {_Reply.SILENT, _Reply.UNCLEAR}:
                outcome = ProbeOutcome.SILENT if tried.reply is _Reply.SILENT else ProbeOutcome.FAILED
                return ProbeAnswer(what=what, outcome=outcome, detail=tried.detail)
            in_all_versions = profile.narrow == by_signatures
            if in_all_versions or (tried.reply is not _Reply.AGAIN and tried.alert != _PROTOCOL_VERSION):
                no_other.append(tried)
            if in_all_versions and len(no_other) >= _TRIES:
                break
        return replace(await self._none(no_other, asked_for_all=by_signatures is not None), what=what)

    async def _none(self, tries: Sequence[_Tried], *, asked_for_all: bool) -> ProbeAnswer:
        """The answer if no try showed another certificate."""
        if not asked_for_all:
            detail = "the TLS library cannot choose the signature algorithms that a client offers"
            return ProbeAnswer(what="", outcome=ProbeOutcome.FAILED, detail=detail)
        if any(tried.reply is _Reply.DOUBTFUL for tried in tries) and not await self._still_answers():
            detail = f"{tries[-1].detail}, and then did not answer the first ClientHello again"
            return ProbeAnswer(what="", outcome=ProbeOutcome.FAILED, detail=detail)
        return ProbeAnswer(what="", outcome=ProbeOutcome.REFUSED, alert=tries[-1].alert)

    def _profiles(self, by_suites: Narrow | None, by_signatures: Narrow | None) -> list[Profile]:
        """The ClientHellos of one question, in the order in which they are tried.

        In TLS 1.2 the curve of a key must be offered too (RFC 8422 §5.1), and a small ClientHello needs no other group.
        """
        curves = BRAINPOOL_CURVES if self._usual.is_brainpool else ("",)
        first = [replace(self._usual, narrow=by_suites, curve=curve) for curve in curves] if by_suites else []
        return first + [replace(self._usual, narrow=by_signatures)] * (_TRIES if by_signatures else 0)

    async def _try(self, profile: Profile) -> _Tried:
        """One look with one ClientHello."""
        look, seen = await self._look(profile)
        if reply := self._take(seen):
            return _Tried(reply, "the server showed another certificate with a type of key that it was not asked for")
        failed = look.last_failed
        return _Tried(_reply_in(failed), failed.failure.detail, failed.alert) if failed else _Tried(_Reply.UNCLEAR)

    async def _still_answers(self) -> bool:
        """Whether the first ClientHello still gets a chain, which is taken too if it is new."""
        _, seen = await self._look(None)
        return self._take(seen) is _Reply.AGAIN

    async def _look(self, profile: Profile | None) -> tuple[Look, Sequence[Observation]]:
        self._under_way = look = self._new_look(profile)
        seen = await look.observe()
        self._under_way = None
        return look, seen

    def _take(self, seen: Sequence[Observation]) -> _Reply | None:
        """Keep the chains that are new, and count the connections; returns what was shown, None for nothing."""
        leaves = {chain[0] for chain in self._chains}
        new = [one for one in seen if one.presented and one.presented not in self._chains]
        kept = [replace(one, vantage=replace(one.vantage, key_type=key_type_of(one.presented[0]))) for one in new]
        self._further += kept
        self._connections += 0 if seen[0] in new else seen[0].connections
        self._chains |= {one.presented for one in kept}
        types = [one.vantage.key_type for one in kept if one.vantage.key_type not in self._types]
        self._types += dict.fromkeys(types)
        if types:
            return _Reply.NEW
        shown = {one.presented[0] for one in seen if one.presented}
        if not shown:
            return None
        return _Reply.AGAIN if shown <= leaves else _Reply.UNCLEAR


def _reply_in(failed: ObservationFailed) -> _Reply:
    """What the server did that showed no certificate."""
    match failed.failure:
        case Failure(FailureKind.ALERT):
            if failed.alert in _OTHER_REASONS:
                return _Reply.UNCLEAR
            return _Reply.REFUSED if failed.alert in _CLEAR_ALERTS else _Reply.DOUBTFUL
        case Failure(FailureKind.RESET, Phase.HANDSHAKE):
            return _Reply.DOUBTFUL
        case Failure(FailureKind.NOT_TLS, Phase.HANDSHAKE) if failed.transient:  # no bytes at all
            return _Reply.DOUBTFUL
        case Failure(FailureKind.TIMED_OUT | FailureKind.DEADLINE, Phase.HANDSHAKE):
            return _Reply.SILENT
        case _:
            return _Reply.UNCLEAR
