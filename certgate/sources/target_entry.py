"""What every target in certgate.yaml may say. Imported only if there is one: pydantic is slow to start."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from certgate.model.target import Place, Revocation, TrustMode
from certgate.policy.references import policy_word, trust_words
from certgate.sources.declaration import Declaration

__all__ = ["TargetEntry"]

_WORD = {"type": "string"}
_WORDS = {"type": "array", "items": _WORD}
_TRUST = [
    _WORD,
    _WORDS,
    *(
        {
            "type": "object",
            "properties": {mode: _WORDS},
            "required": [mode],
            "additionalProperties": False,
        }
        for mode in ("all_of", "any_of")
    ),
]
"""The JSON Schema of what `_trust` accepts: pydantic's messages for a union would not be one sentence."""


def _trust(value: Any) -> Any:
    words = value
    if isinstance(value, dict) and len(value) == 1 and value.keys() <= {"all_of", "any_of"}:
        (words,) = value.values()
    types = list if words is not value else (list, str, type(None))
    if not isinstance(words, types) or not all(isinstance(word, str) for word in words or ()):
        raise ValueError("must be a store, a list of stores (their union), {all_of: [...]} or {any_of: [...]}")
    return value


class TargetEntry(BaseModel):
    """What every target may say."""

    model_config = ConfigDict(extra="forbid", strict=True)

    policy: str | None = Field(default=None, description="A shipped policy's name, or a file.")
    trust: Annotated[Any, AfterValidator(_trust), WithJsonSchema({"anyOf": _TRUST})] = Field(
        default=None, description="mozilla, system or files; a list is their union; all_of and any_of check each store."
    )
    revocation: Literal["off", "soft", "hard"] | None = Field(
        default=None, description="Whether evidence is fetched, and whether a missing answer is a failure (hard)."
    )
    labels: dict[str, str] = Field(default_factory=dict, description="Your own labels, for reports and conditions.")

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """The mistakes beyond the entry's shape: key and message."""
        yield from ()

    @abstractmethod
    def declaration(self, base: Path, place: Place) -> Declaration:
        """The declaration of the entry; paths are relative to `base`."""

    def _common(self, base: Path, place: Place) -> dict[str, Any]:
        mode, words = mode_and_words(self.trust)
        return {
            "policy": policy_word(self.policy, base) if self.policy else None,
            "trust": trust_words(words, base),
            "trust_mode": mode,
            "labels": self.labels,
            "revocation": Revocation(self.revocation) if self.revocation else None,
            "place": place,
        }


def mode_and_words(value: str | list[str] | dict[str, list[str]] | None) -> tuple[TrustMode, list[str]]:
    """The trust mode, and the words for the stores."""
    match value:
        case str():
            return TrustMode.UNION, [value]
        case {"all_of": [*words]}:
            return TrustMode.ALL_OF, words
        case {"any_of": [*words]}:
            return TrustMode.ANY_OF, words
        case _:
            return TrustMode.UNION, list(value or ())
