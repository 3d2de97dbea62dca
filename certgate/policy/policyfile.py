"""The typed shape of a policy file. Imported only when a file of a team's own is read: pydantic is slow to start."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from certgate.checks.registry import Check

__all__ = ["PolicyFile", "entry_model"]

_STRICT = ConfigDict(extra="forbid", strict=True)


class _Entry(BaseModel):
    """The part of a rule that is the same for all; parameters are held against the rule's own model."""

    model_config = ConfigDict(extra="allow", strict=True)

    rule: str


class PolicyFile(BaseModel):
    """A policy: a name, what it extends, and its rules."""

    model_config = _STRICT

    name: str | None = None
    extends: str | list[str] | None = None
    rules: list[_Entry] = Field(default_factory=list)


def entry_model(check: Check, tables: set[str]) -> type[BaseModel]:
    """The shape of one rule's entry; the parameters in `tables` are written as dated tables."""
    fields: dict[str, Any] = {
        "rule": (str, ...),
        "severity": (Literal["error", "warning", "info"], "error"),
        "required": (bool, True),
    }
    for name, parameter in check.parameters.items():
        kind = list[str] if parameter.type == tuple[str, ...] else parameter.type
        fields[name] = (list[_row(kind)] if name in tables else kind, parameter.default)  # type: ignore[misc]
    return create_model(check.id, __config__=_STRICT, **fields)


def _row(kind: Any) -> type[BaseModel]:
    return create_model("row", __config__=_STRICT, issued_before=(date, None), value=(kind, ...))
