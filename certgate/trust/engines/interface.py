"""The interface of engines: the question, the answer, and what an engine cannot check."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from certgate.trust.problem import Kind
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed

__all__ = ["Engine", "EngineResult", "EngineState", "Limit", "PathQuestion", "Reason"]


class EngineState(StrEnum):
    """What an engine's answer comes to."""

    PASS = "pass"  # noqa: S105 (a state, no password)
    FAIL = "fail"
    UNSUPPORTED = "unsupported"


class Reason(StrEnum):
    """Classes of reasons for which engines refuse a path."""

    NO_PATH = "no path"
    SIGNATURE = "signature"
    DATES = "dates"
    ISSUER = "issuer"
    PATH_LENGTH = "path length"
    NAMES = "name constraints"
    POLICIES = "policies"
    PURPOSE = "purpose"
    EXTENSION = "extension"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PathQuestion:
    """Whether a path from `leaf`, through any of `others`, to an anchor of `store` holds at `now`."""

    leaf: Certificate
    others: tuple[Certificate, ...]
    store: TrustStore
    now: datetime
    """Aware, UTC."""
    purposes: tuple[str, ...] = ("server",)
    """What leaf and issuers must be good for: `server`, `client`, both, or nothing in particular."""

    @property
    def presented(self) -> tuple[Certificate, ...]:
        """The leaf and the others."""
        return (self.leaf, *self.others)

    @property
    def anchors(self) -> tuple[Certificate, ...]:
        """The anchors that any presented certificate names as its issuer."""
        return tuple(anchor for c in self.presented for anchor in self.store.named(c.issuer))


@dataclass(frozen=True, slots=True)
class EngineResult:
    """An engine's normalised result. `words` are the engine's own, or the title of the limit that it met."""

    state: EngineState
    words: str = ""
    reason: Reason = Reason.OTHER
    """For a refusal."""
    depth: int | None = None
    """For a refusal: 0 for the leaf, 1 for its issuer …; None where the engine does not say."""

    def __str__(self) -> str:
        if self.state is not EngineState.FAIL:
            return f"{self.state}: {self.words}" if self.words else self.state.value
        where = "" if self.depth is None else f" at depth {self.depth}"
        return f"fails ({self.reason}{where}): {self.words}"


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that an engine cannot judge, or judges by a policy of its own. `title` is its row in docs/trust.md."""

    title: str
    applies: Callable[[PathQuestion, EngineResult], bool]
    """For a question and the engine's answer to it."""


class Engine(ABC):
    """A verifier of paths."""

    name: ClassVar[str]
    refuses: ClassVar[tuple[Limit, ...]]
    """Why its refusal may have nothing to do with the question."""
    overlooks: ClassVar[Mapping[Kind, Limit]]
    """By kind of problem: why its consent may say nothing of that kind."""

    def judge(self, question: PathQuestion) -> EngineResult:
        """The engine's answer; a refusal by a policy of its own is unsupported. Never raises."""
        try:
            result = self._verify(question)
        except Malformed as error:
            return EngineResult(EngineState.UNSUPPORTED, str(error))
        except Exception:
            return EngineResult(EngineState.UNSUPPORTED, "it does not read the certificates")
        if result.state is EngineState.FAIL:
            for limit in self.refuses:
                if _applies(limit, question, result):
                    return EngineResult(EngineState.UNSUPPORTED, limit.title)
        return result

    def overlooked(self, kind: Kind, question: PathQuestion) -> bool:
        """Whether the engine does not look at problems of this kind here."""
        limit = self.overlooks.get(kind)
        return limit is not None and _applies(limit, question, EngineResult(EngineState.PASS))

    @abstractmethod
    def _verify(self, question: PathQuestion) -> EngineResult:
        """What the engine says. May raise."""


def _applies(limit: Limit, question: PathQuestion, result: EngineResult) -> bool:
    """What cannot be read cannot be excluded."""
    try:
        return limit.applies(question, result)
    except Malformed:
        return True
