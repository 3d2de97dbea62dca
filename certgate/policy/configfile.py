"""The typed shape of certgate.yaml. Imported only when there is one: pydantic is slow to start."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

__all__ = ["ConfigFile"]

_STRICT = ConfigDict(extra="forbid", strict=True)
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
"""What `_trust` accepts, as a JSON Schema: a union cannot say in one sentence what it wants."""


def _oid(text: str) -> str:
    arcs = text.split(".")
    if len(arcs) < 2 or not all(arc.isascii() and arc.isdigit() for arc in arcs):
        raise ValueError(f'"{text}" is no dotted OID')
    return text


def _spiffe_id(text: str) -> str:
    if not text.startswith("spiffe://"):
        raise ValueError(f'"{text}" is no SPIFFE ID (spiffe://trust-domain/path)')
    return text


def _trust(value: Any) -> Any:
    words = value
    if isinstance(value, dict) and len(value) == 1 and value.keys() <= {"all_of", "any_of"}:
        (words,) = value.values()
    wanted = list if words is not value else (list, str, type(None))
    if not isinstance(words, wanted) or not all(isinstance(word, str) for word in words or ()):
        raise ValueError("must be a store, a list of stores (their union), {all_of: [...]} or {any_of: [...]}")
    return value


class TargetEntry(BaseModel):
    """One endpoint."""

    model_config = _STRICT

    host: str = Field(description="host[:port] or [IPv6 address][:port], then #name for another server name.")
    name: str | None = Field(default=None, description="The server name sent, and expected of the certificate.")
    policy: str | None = Field(default=None, description="A shipped policy's name, or a file.")
    trust: Annotated[Any, AfterValidator(_trust), WithJsonSchema({"anyOf": _TRUST})] = Field(
        default=None, description="mozilla, system or files; a list is their union, all_of and any_of ask one by one."
    )
    spiffe_ids: list[Annotated[str, AfterValidator(_spiffe_id)]] = Field(
        default_factory=list, description="SPIFFE IDs, one of which the leaf must have."
    )
    revocation: Literal["off", "soft", "hard"] | None = Field(
        default=None, description="Whether evidence is fetched, and whether a missing answer is a failure (hard)."
    )
    policy_oids: list[Annotated[str, AfterValidator(_oid)]] = Field(
        default_factory=list, description="Certificate policies, all of which the leaf must assert."
    )
    expect: str | None = Field(default=None, description="A file: what was deployed, and is to be served.")
    labels: dict[str, str] = Field(default_factory=dict, description="Words of yours, for reports and conditions.")


class ConfigFile(BaseModel):
    """Targets and the defaults they share."""

    model_config = _STRICT

    policy: str | None = Field(default=None, description="For targets that name none: a shipped policy, or a file.")
    trust: str | list[str] | None = Field(default=None, description="For targets that name none: their union.")
    fail_on: Literal["error", "warning", "info"] | None = Field(
        default=None, description="The lowest severity that stops the pipeline; error unless given."
    )
    revocation: Literal["off", "soft", "hard"] | None = Field(default=None, description="For targets that say nothing.")
    timeout: Annotated[float, Field(gt=0, le=3600)] | None = Field(
        default=None, description="Seconds for one target, all of it."
    )
    targets: list[TargetEntry] = Field(default_factory=list, description="What is gated.")

    @property
    def trust_list(self) -> list[str]:
        """The stores as a list."""
        return [self.trust] if isinstance(self.trust, str) else self.trust or []
