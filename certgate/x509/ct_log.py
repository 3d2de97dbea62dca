"""Certificate transparency logs from a log list in the common JSON format (version 3)."""

import base64
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from certgate.model.frozen import frozen
from certgate.model.strict_json import NotJson, read_json
from certgate.x509.errors import Malformed

__all__ = ["CtLog", "read_log_list"]

_ACCEPTED = frozenset({"qualified", "usable", "readonly", "retired"})


@frozen(slots=True, kw_only=True)
class CtLog:
    """A log that is accepted, or was accepted until `retired_at`. Times are aware, UTC."""

    key: bytes
    """DER SubjectPublicKeyInfo; its SHA-256 is the log's id."""
    operator: str
    name: str
    retired_at: datetime | None = None
    expiry_from: datetime | None = None
    """The log accepts certificates that expire at this time or later …"""
    expiry_before: datetime | None = None
    """… and before this one."""

    def accepts(self, not_after: datetime) -> bool:
        """Whether this log accepts a certificate with this notAfter."""
        early = self.expiry_from is not None and not_after < self.expiry_from
        return not early and not (self.expiry_before is not None and not_after >= self.expiry_before)


@lru_cache(maxsize=8)
def read_log_list(text: str) -> Mapping[bytes, CtLog]:
    """The accepted logs by their id. Raises Malformed."""
    try:
        logs = list(_logs(read_json(text)))
    except NotJson as error:
        raise Malformed(f"the log list cannot be read: it {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed("the log list cannot be read: it is not a CT log list, version 3") from error
    if not logs:
        raise Malformed("the log list has no accepted log")
    return MappingProxyType({sha256(log.key).digest(): log for log in logs})


def _logs(document: Any) -> Iterator[CtLog]:
    for operator in document["operators"]:
        for log in (*operator.get("logs", ()), *operator.get("tiled_logs", ())):
            state = log.get("state", {"usable": {}})
            if not _ACCEPTED & state.keys():
                continue
            interval = log.get("temporal_interval", {})
            yield CtLog(
                key=base64.b64decode(log["key"], validate=True),
                operator=str(operator["name"]),
                name=str(log.get("description", "")),
                retired_at=_time(state["retired"]["timestamp"]) if "retired" in state else None,
                expiry_from=_time(interval.get("start_inclusive")),
                expiry_before=_time(interval.get("end_exclusive")),
            )


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment.astimezone(UTC)
