"""The typed shape of policy tests (NAME.test.yaml). Imported only if there are some."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

__all__ = ["CaseEntry", "CaseFile", "ExpectEntry"]

_STRICT = ConfigDict(extra="forbid", strict=True)
_Outcome = Literal["pass", "fail", "not-applicable", "not-effective", "not-checked", "crashed"]
_List = Annotated[
    list[str],
    BeforeValidator(lambda value: [value] if isinstance(value, str) else value, json_schema_input_type=str | list[str]),
]


class ExpectEntry(BaseModel):
    """An expected finding; a key that is left out matches any value."""

    model_config = _STRICT

    rule: str
    outcome: _Outcome = "fail"
    severity: Literal["error", "warning", "info"] | None = None
    subject: str | None = None


class CaseEntry(BaseModel):
    """A chain with the settings of its target, and the expected findings."""

    model_config = _STRICT

    name: str
    lab: str | None = None
    pem: str | None = None
    at: date | None = None
    trust: _List = Field(default=[])
    target: str | None = None
    host: str | None = None
    role: Literal["server", "client", "spiffe", "ca"] = "server"
    labels: dict[str, str] = Field(default={})
    rules: _List = Field(default=["*"])
    expect: list[ExpectEntry]

    @model_validator(mode="before")
    @classmethod
    def _has_a_source(cls, value: Any) -> Any:
        if isinstance(value, dict):
            if ("lab" in value) == ("pem" in value):
                raise ValueError("needs lab (a scenario of the lab) or pem (a file), one of them")
            if "pem" in value and not {"at", "trust"} <= set(value):
                raise ValueError("a case with pem needs at (the date of evaluation) and trust")
            if "lab" in value and (extra := {"trust", "host", "role", "at"} & set(value)):
                raise ValueError(f"a scenario of the lab has its own {', '.join(sorted(extra))}")
        return value


class CaseFile(BaseModel):
    """The tests of one policy."""

    model_config = _STRICT

    policy: str | None = None
    cases: list[CaseEntry]
