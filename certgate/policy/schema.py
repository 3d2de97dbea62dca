"""The JSON Schema of a policy file, for editors; generated from its typed shape."""

from datetime import date
from typing import TYPE_CHECKING, Any

from certgate import REPOSITORY
from certgate.checks.framework.catalogue import all_checks, all_rules
from certgate.checks.framework.registry import OID, Check, Parameter
from certgate.model.reserved import RESERVED

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["SCHEMAS", "filled", "policy_schema", "schema_of"]

SCHEMAS = f"{REPOSITORY}/raw/main/docs"
"""Where the schemas of the files that people write are published."""

_DRAFT = "http://json-schema.org/draft-07/schema#"  # the newest version that all editors support
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}
_DATE = {"type": "string", "format": "date"}


def policy_schema() -> dict[str, Any]:
    """The schema of a policy file: the keys of every entry, and the parameters of each rule."""
    from certgate.policy.policyfile import OwnEntry, PolicyFile, RuleEntry
    from certgate.policy.values import OWN_ID

    schema = {"$id": f"{SCHEMAS}/policy.schema.json"} | schema_of(PolicyFile, "certgate policy")
    entry = _plain(RuleEntry.model_json_schema())
    definitions = entry.pop("$defs")
    checks = [check for id, check in sorted(all_checks().items()) if id not in RESERVED]
    families = "|".join(sorted({doc.family for doc in all_rules().values()}))
    elsewhere = {"pattern": f"^(?!({families})[.]){OWN_ID.removeprefix('^')}"}
    # editors show the description of each alternative beside the word that they complete
    entry["properties"]["rule"]["anyOf"] = [*({"const": c.id, "description": _about(c)} for c in checks), elsewhere]
    entry["additionalProperties"] = True  # the parameters of each rule follow below
    entry["allOf"] = [_parameters_of(check, list(entry["properties"])) for check in checks]
    own = _plain(OwnEntry.model_json_schema())
    definitions |= own.pop("$defs")
    own["oneOf"] = [{"required": ["cel"]}, {"required": ["opa"]}]
    schema["properties"]["rules"]["items"] = {
        "if": {"required": ["id"]},
        "then": {"$ref": "#/$defs/OwnEntry"},
        "else": {"$ref": "#/$defs/RuleEntry"},
    }
    del schema["$defs"]["_AnyEntry"]
    schema["$defs"] |= {"OwnEntry": own, "RuleEntry": entry} | definitions
    whole: dict[str, Any] = filled(schema)
    return whole


def schema_of(model: "type[BaseModel]", title: str) -> dict[str, Any]:
    """The plain schema of a model."""
    schema: dict[str, Any] = _plain(model.model_json_schema())
    definitions = schema.pop("$defs", {})
    return {"$schema": _DRAFT, "title": title} | schema | {"$defs": definitions}


def _parameters_of(check: Check, words: list[str]) -> dict[str, Any]:
    return {
        "if": {"required": ["rule"], "properties": {"rule": {"const": check.id}}},
        "then": {
            "properties": {
                "rule": {"description": _about(check)},
                **{
                    name: {"description": f"{check.id}: {check.doc.title}."} | _parameter(parameter)
                    for name, parameter in check.parameters.items()
                },
            },
            "propertyNames": {"enum": [*words, *check.parameters]},
        },
    }


def _about(check: Check) -> str:
    return f"{check.doc.title} ({check.doc.citation}). Why: {check.doc.why}"


def _parameter(parameter: Parameter) -> dict[str, Any]:
    """The schema of a parameter: a plain value or a dated table."""
    value = _value(parameter)
    if parameter.type in {int, float}:
        value |= {"minimum": 0, "maximum": parameter.most}
    row = {
        "type": "object",
        "properties": {"issued_before": _DATE, "value": value},
        "required": ["value"],
        "additionalProperties": False,
    }
    default = parameter.default.isoformat() if isinstance(parameter.default, date) else parameter.default
    return {"anyOf": [value, {"type": "array", "items": row}], "default": default}


def _value(parameter: Parameter) -> dict[str, Any]:
    if parameter.type is date:
        return _DATE
    if parameter.type in _TYPES:
        return {"type": _TYPES[parameter.type]} | (_words(parameter) if parameter.type is str else {})
    return {"type": "array", "items": {"type": "string"} | _words(parameter)}


def _words(parameter: Parameter) -> dict[str, Any]:
    words = parameter.words
    if words is None:
        return {}
    forms = ([{"enum": list(words.known)}] if words.known else []) + (
        [{"pattern": f"^{OID.pattern}$"}] if words.or_oid else []
    )
    return forms[0] if len(forms) == 1 else {"anyOf": forms}


def filled(schema: Any) -> Any:
    """The schema without null or empty values, which the reader of the files refuses everywhere."""
    if isinstance(schema, list):
        return [filled(item) for item in schema if item != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    least: dict[str, dict[str, Any]] = {
        "string": {"pattern": r"\S"},
        "array": {"minItems": 1},
        "object": {"minProperties": 1},
    }
    kind = schema.get("type")
    is_open = not schema.keys() & {"enum", "const", "format", "pattern"}
    found: dict[str, Any] = {key: filled(value) for key, value in schema.items()}
    if isinstance(kind, str) and is_open:
        found |= least.get(kind, {})
    if len(alternatives := found.get("anyOf", ())) == 1:
        found = {key: value for key, value in found.items() if key != "anyOf"} | alternatives[0]
    return found


def _plain(schema: Any, *, named: bool = False) -> Any:
    """The schema without the library's titles and null defaults; `named` means that its keys are certgate's names."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if named or (key, value) != ("default", None)}
    return {
        key: _plain(value, named=key in {"properties", "$defs"} and not named)
        for key, value in kept.items()
        if named or key != "title"
    }
