"""The JSON Schema of certgate.yaml, for editors; generated from its typed shape."""

from typing import Any

from certgate.policy.schema import SCHEMAS, filled, schema_of

__all__ = ["config_schema"]


def config_schema() -> dict[str, Any]:
    """The schema of certgate.yaml; the key that names a target's kind selects its schema."""
    from certgate.sources.config_entries import ENTRIES, ConfigFile

    schema = {"$id": f"{SCHEMAS}/certgate.schema.json"} | schema_of(ConfigFile, "certgate.yaml")
    for entry in ENTRIES.values():
        definition = schema_of(entry, "")
        shared = definition.pop("$defs")
        schema.setdefault("$defs", {}).update(shared)
        schema["$defs"][entry.__name__] = {
            key: value for key, value in definition.items() if key not in {"$schema", "title"}
        }
    schema["properties"]["targets"]["items"] = {
        "oneOf": [{"$ref": f"#/$defs/{entry.__name__}"} for entry in ENTRIES.values()]
    }
    found: dict[str, Any] = filled(schema)
    return found
