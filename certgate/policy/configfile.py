"""The typed shape of certgate.yaml. Imported only when there is one: pydantic is slow to start."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

__all__ = ["ConfigFile"]

_STRICT = ConfigDict(extra="forbid", strict=True)


def _oid(text: str) -> str:
    arcs = text.split(".")
    if len(arcs) < 2 or not all(arc.isascii() and arc.isdigit() for arc in arcs):
        raise ValueError(f'"{text}" is no dotted OID')
    return text


def _spiffe_id(text: str) -> str:
    if not text.startswith("spiffe://"):
        raise ValueError(f'"{text}" is no SPIFFE ID (spiffe://trust-domain/path)')
    return text


class TargetEntry(BaseModel):
    """One endpoint."""

    model_config = _STRICT

    host: str
    name: str | None = None
    policy: str | None = None
    trust: str | list[str] | None = None
    spiffe_ids: list[Annotated[str, AfterValidator(_spiffe_id)]] = Field(default_factory=list)
    revocation: Literal["off", "soft", "hard"] | None = None
    policy_oids: list[Annotated[str, AfterValidator(_oid)]] = Field(default_factory=list)
    labels: dict[str, str] = Field(default_factory=dict)


class ConfigFile(BaseModel):
    """Targets and the defaults they share."""

    model_config = _STRICT

    policy: str | None = None
    trust: str | list[str] | None = None
    fail_on: Literal["error", "warning", "info"] | None = None
    revocation: Literal["off", "soft", "hard"] | None = None
    timeout: Annotated[float, Field(gt=0, le=3600)] | None = None
    targets: list[TargetEntry] = Field(default_factory=list)

    @property
    def trust_list(self) -> list[str]:
        """The stores as a list."""
        return [self.trust] if isinstance(self.trust, str) else self.trust or []
