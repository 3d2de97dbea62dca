"""The summary of a run in a history: one line of JSON."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from certgate.model.errors import CertgateError
from certgate.model.frozen import frozen
from certgate.model.strict_json import NotJson, read_json
from certgate.model.verdict import RunRecord, RunSummary, Verdict

__all__ = ["FORMAT", "Files", "Unusable", "read_record", "record_text"]

FORMAT = "certgate-run"
_VERSION = 1
"""Rises when a reader of the version before would misread the summary."""
_COUNTS = frozenset(field.name for field in fields(RunSummary) if field.type is int)
"""The numbers of a summary."""
Count = Annotated[int, Field(ge=0)]
Files = Mapping[str, str]
"""The SHA-256 of each file of the run, in hexadecimal."""


class Unusable(CertgateError):
    """Why something in the folder is not used. The message follows its name: "is cut off"."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Record(_Strict):
    format: Literal["certgate-run"]
    version: Literal[1]
    certgate: str
    started_at: Annotated[AwareDatetime, Field(strict=False)]
    declared: Annotated[tuple[str, ...], Field(strict=False)]
    only: Annotated[tuple[str, ...], Field(strict=False)]
    whole: bool
    interrupted: bool
    verdict: Annotated[Verdict, Field(strict=False)]
    targets: dict[Annotated[Verdict, Field(strict=False)], Count]
    counts: dict[str, Count]
    sha256: dict[str, Annotated[str, Field(pattern="^[0-9a-f]{64}$")]]


@frozen(slots=True)
class KeptRecord:
    """A record, and the digests of the files beside it."""

    record: RunRecord
    sha256: Files


def record_text(record: RunRecord, version: str, sha256: Files) -> str:
    """The line for a run; `version` is that of certgate."""
    summary = record.summary
    value: dict[str, Any] = {
        "format": FORMAT,
        "version": _VERSION,
        "certgate": version,
        "started_at": record.started_at.astimezone(UTC).isoformat(),
        "declared": list(record.declared),
        "only": list(record.only),
        "whole": record.is_whole,
        "interrupted": summary.interrupted,
        "verdict": summary.verdict,
        "targets": dict(summary.targets),
        "counts": {name: getattr(summary, name) for name in sorted(_COUNTS)},
        "sha256": dict(sha256),
    }
    return json.dumps(value, allow_nan=False) + "\n"


def read_record(name: str, data: bytes) -> KeptRecord:
    """The record of the run in the folder `name`. Raises Unusable."""
    try:
        value = read_json(data)
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise Unusable("is not a run that certgate kept")
        if isinstance(version := value.get("version"), int) and version > _VERSION:
            raise Unusable("was kept by a newer version of certgate")
        found = _Record.model_validate(value)
    except NotJson as error:
        raise Unusable(f"is damaged: its summary {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise Unusable(f"is damaged: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if not found.counts.keys() <= _COUNTS:
        raise Unusable("was kept by a newer version of certgate")
    totals: dict[str, Any] = dict(found.counts)
    record = RunRecord(
        name=name,
        started_at=found.started_at.astimezone(UTC),
        declared=found.declared,
        only=found.only,
        is_whole=found.whole,
        summary=RunSummary(verdict=found.verdict, targets=found.targets, interrupted=found.interrupted, **totals),
    )
    return KeptRecord(record, found.sha256)
