"""A client certificate with its key, as certgate.yaml names it. Imported only if there is one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from certgate.model.errors import UsageError
from certgate.model.mutual_tls import ClientFiles, ClientSource, WorkloadClient
from certgate.policy.mistakes import nearest
from certgate.policy.workload_socket import WORKLOAD_API, parse_workload_api
from certgate.x509.spiffe_id import split_spiffe_id

__all__ = ["CLIENT_SCHEMAS", "ClientEntry", "client_source_of", "valid_client"]

_WORD = {"type": "string"}
_KEYS = ("cert", "key", "workload_api", "id")
_FORMS = f"{{cert: FILE, key: FILE}}, {{cert: FILE}} if that holds the key, too, or {WORKLOAD_API}"
CLIENT_SCHEMAS: list[Mapping[str, Any]] = [
    {
        "type": "object",
        "properties": {"cert": _WORD, "key": _WORD},
        "required": ["cert"],
        "additionalProperties": False,
    },
    {"type": "string", "pattern": f"^{WORKLOAD_API}(:unix:.+)?$"},
    {
        "type": "object",
        "properties": {"workload_api": _WORD, "id": {"type": "string", "pattern": "^spiffe://"}},
        "required": ["workload_api"],
        "additionalProperties": False,
    },
]
"""The JSON Schemas of the forms that a client certificate has."""


def valid_client(value: Any, more: str = "") -> Any:
    """The value if it is one of the forms; `more` names others. Raises ValueError."""
    try:
        if isinstance(value, str) and parse_workload_api(value):
            return value
    except UsageError as error:
        raise ValueError(str(error)) from None
    if not isinstance(value, dict) or not all(isinstance(word, str) for word in value.values()):
        raise ValueError(f"must be {_FORMS}{more}")
    if unknown := next((key for key in value if key not in _KEYS), None):
        raise ValueError(f'unknown key "{unknown}"{nearest(str(unknown), _KEYS)}')
    if {"cert"} <= value.keys() <= {"cert", "key"}:
        return value
    if not {"workload_api"} <= value.keys() <= {"workload_api", "id"}:
        raise ValueError(f"must be {_FORMS}{more}")
    try:
        parse_workload_api(f"{WORKLOAD_API}:{value['workload_api']}")
    except UsageError as error:
        raise ValueError(str(error)) from None
    if "id" in value and not split_spiffe_id(value["id"]).is_valid:
        raise ValueError(f'id: "{value["id"]}" is not a SPIFFE ID (spiffe://trust-domain/path)')
    return value


def _valid(value: Any) -> Any:
    return None if value is None else valid_client(value)


ClientEntry = Annotated[Any, AfterValidator(_valid), WithJsonSchema({"anyOf": CLIENT_SCHEMAS})]
"""`{cert: FILE, key: FILE}`, the key only if it is in another file, or an agent; None for none."""


def client_source_of(value: Mapping[str, str] | str | None, base: Path) -> ClientSource | None:
    """Where the certificate of a valid entry comes from; paths of files are relative to `base`. Raises UsageError."""
    if value is None:
        return None
    if isinstance(value, str):
        return WorkloadClient(parse_workload_api(value) or "")
    if "workload_api" in value:
        socket = parse_workload_api(f"{WORKLOAD_API}:{value['workload_api']}")
        return WorkloadClient(socket or "", value.get("id", ""))
    return ClientFiles(str(base / value["cert"]), str(base / value["key"]) if "key" in value else "")
