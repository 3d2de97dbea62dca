"""The interface of engines: the question, the answer, and what an engine cannot check."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from certgate.model.cached import cached_property
from certgate.model.frozen import frozen
from certgate.trust.engines.question_shape import question_shape
from certgate.trust.problem import Kind
from certgate.trust.store import TrustStore
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed

__all__ = ["Engine", "EngineResult", "EngineState", "Limit", "PathQuestion", "Reason"]


class EngineState(StrEnum):
    """An engine's result: pass, fail or unsupported."""

    PASS = "pass"  # noqa: S105 (a state, no password)
    FAIL = "fail"
    UNSUPPORTED = "unsupported"


class Reason(StrEnum):
    """The classes of reasons for which engines refuse a path."""

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


@frozen()
class PathQuestion:
    """Whether a path from `leaf`, through any of `others`, to an anchor of `store` is valid at `now`."""

    leaf: Certificate
    others: tuple[Certificate, ...]
    store: TrustStore
    now: datetime
    """Aware, UTC."""
    purposes: tuple[str, ...] = ("server",)
    """The purposes that leaf and issuers must allow: `server`, `client`, both, or none."""

    @property
    def presented(self) -> tuple[Certificate, ...]:
        """The leaf and the others."""
        return (self.leaf, *self.others)

    @cached_property
    def shape(self) -> Hashable | None:
        """What it has in common with all questions of the same answer; None if it has to be asked on its own."""
        try:
            return question_shape(self.leaf, self.others, self.store, self.now, self.purposes)
        except Malformed:
            return None

    @property
    def anchors(self) -> tuple[Certificate, ...]:
        """The anchors that a presented certificate names as its issuer."""
        return tuple(anchor for c in self.presented for anchor in self.store.named(c.issuer))


@frozen(slots=True)
class EngineResult:
    """An engine's normalised result. `words` is the engine's message, or the title of the limit that applies."""

    state: EngineState
    words: str = ""
    reason: Reason = Reason.OTHER
    """The class of reason for a refusal."""
    depth: int | None = None
    """The position of a refused certificate: 0 for the leaf, 1 for its issuer …; None if the engine does not say."""

    def __str__(self) -> str:
        if self.state is not EngineState.FAIL:
            return f"{self.state}: {self.words}" if self.words else self.state.value
        where = "" if self.depth is None else f" at depth {self.depth}"
        return f"fails ({self.reason}{where}): {self.words}"


@frozen(slots=True)
class Limit:
    """Something that an engine cannot check, or checks by a policy of its own.

    `title` is its row in docs/concepts/trust.md.
    """

    title: str
    applies: Callable[[PathQuestion, EngineResult], bool]
    """Whether the limit applies to a question and the engine's result."""


class Engine(ABC):
    """A verifier of paths."""

    name: ClassVar[str]
    refuses: ClassVar[tuple[Limit, ...]]
    """Limits that may cause a refusal for reasons unrelated to the question."""
    overlooks: ClassVar[Mapping[Kind, Limit]]
    """By kind of problem: the limit because of which a pass may not cover that kind."""

    def judge(self, question: PathQuestion) -> EngineResult:
        """The engine's result; a refusal by a policy of its own is unsupported. Never raises."""
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
        """Whether the engine does not check for this kind of problem here."""
        limit = self.overlooks.get(kind)
        return limit is not None and _applies(limit, question, EngineResult(EngineState.PASS))

    @abstractmethod
    def _verify(self, question: PathQuestion) -> EngineResult:
        """The engine's own result. May raise."""


def _applies(limit: Limit, question: PathQuestion, result: EngineResult) -> bool:
    """Whether the limit applies; true if the certificates cannot be read."""
    try:
        return limit.applies(question, result)
    except Malformed:
        return True
