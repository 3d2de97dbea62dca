"""A client certificate and its key, as certgate.yaml names them. Imported only if there is one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from certgate.model.target import ClientFiles

__all__ = ["ClientFilesEntry", "client_files"]


def _valid(value: Any) -> Any:
    if value is None or (
        isinstance(value, dict)
        and {"cert"} <= value.keys() <= {"cert", "key"}
        and all(isinstance(path, str) for path in value.values())
    ):
        return value
    raise ValueError("must be {cert: FILE, key: FILE}, or {cert: FILE} if that holds the key, too")


ClientFilesEntry = Annotated[
    Any,
    AfterValidator(_valid),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {"cert": {"type": "string"}, "key": {"type": "string"}},
            "required": ["cert"],
            "additionalProperties": False,
        }
    ),
]
"""`{cert: FILE, key: FILE}`, the key only if it is in another file; None for none."""


def client_files(files: Mapping[str, str] | None, base: Path) -> ClientFiles | None:
    """The files of the entry; paths are relative to `base`."""
    if files is None:
        return None
    return ClientFiles(str(base / files["cert"]), str(base / files["key"]) if "key" in files else "")
