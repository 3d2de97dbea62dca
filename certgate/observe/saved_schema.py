"""The form of one saved observation. Apart, because the validating library is slow to import and seldom needed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from certgate.model.evidence import Evidence
from certgate.model.observation import Observation
from certgate.model.target import Target

__all__ = ["Saved", "SavedContent", "first_error"]


class SavedContent(BaseModel):
    """A large piece of evidence."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    version: Literal[1] = Field(alias="certgate-content")
    content: bytes


class Saved(BaseModel):
    """A target and what was seen of it. Bytes are base64url (RFC 4648 §5); unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    version: Literal[1] = Field(alias="certgate-observation")
    target: Target
    observation: Observation
    contents: dict[int, str] = Field(default_factory=dict)
    """The sha256 of evidence that stands on a line before, by its position."""

    def with_contents(self, known: Mapping[str, bytes]) -> tuple[Evidence, ...]:
        """The observation's evidence, complete. Raises LookupError for one that is not in `known`."""
        evidence = list(self.observation.evidence)
        for index, digest in self.contents.items():
            evidence[index] = replace(evidence[index], content=known[digest])
        return tuple(evidence)

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.observation.target != self.target.id:
            raise ValueError("the observation is of another target")
        if self.observation.observed_at.tzinfo is None:
            raise ValueError("observed_at has no time zone")
        return self


def first_error(error: ValidationError) -> str:
    """Where the first error is, and what it is; never the value, which is foreign."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
