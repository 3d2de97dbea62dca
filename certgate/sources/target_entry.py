"""What every target in certgate.yaml may say. Imported only if there is one: pydantic is slow to start."""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from certgate.model.target import Place, Revocation
from certgate.policy.references import policy_word, trust_words
from certgate.sources.declaration import Declaration
from certgate.sources.trust_entry import TrustStores, mode_and_words

__all__ = ["TargetEntry"]


class TargetEntry(BaseModel):
    """What every target may say."""

    model_config = ConfigDict(extra="forbid", strict=True)

    policy: str | None = Field(default=None, description="A shipped policy's name, or a file.")
    trust: TrustStores = Field(
        default=None,
        description="mozilla, system, files or bundle endpoints; a list is their union; all_of and any_of check each "
        "store.",
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

    def _common(self, base: Path) -> dict[str, Any]:
        mode, words = mode_and_words(self.trust)
        return {
            "policy": policy_word(self.policy, base) if self.policy else None,
            "trust": trust_words(words, base),
            "trust_mode": mode,
            "labels": self.labels,
            "revocation": Revocation(self.revocation) if self.revocation else None,
        }
