"""What certgate.yaml says about trust: words, and bundle endpoints as mappings. Imported only if there is one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from certgate.model.errors import UsageError
from certgate.model.target import TrustMode
from certgate.policy.bundle_endpoint import BundleEndpoint, endpoint_in
from certgate.policy.mistakes import nearest

__all__ = ["Stores", "TrustStores", "mode_and_words", "words_of"]

_MODES = ("all_of", "any_of")
_WEB, _SPIFFE = "https_web", "https_spiffe"
_KEYS = ("spiffe", "endpoint", "profile", "endpoint_id", "bootstrap")
_WORD = {"type": "string"}
_ENDPOINT: Mapping[str, Any] = {
    "type": "object",
    "description": "The bundle endpoint of a SPIFFE trust domain.",
    "properties": {
        "spiffe": {"type": "string", "description": "The trust domain of the bundle."},
        "endpoint": {"type": "string", "description": "The https URL of the bundle endpoint."},
        "profile": {"enum": [_WEB, _SPIFFE], "description": "How the endpoint is authenticated."},
        "endpoint_id": {"type": "string", "description": "The SPIFFE ID of the endpoint, for https_spiffe."},
        "bootstrap": {"type": "string", "description": "The bundle of its trust domain, for https_spiffe: a file."},
    },
    "required": ["spiffe", "endpoint", "profile"],
    "additionalProperties": False,
}
_ONE = {"anyOf": [_WORD, _ENDPOINT]}
_LIST = {"type": "array", "items": _ONE}
_UNION = [_WORD, _ENDPOINT, _LIST]
_ALTERNATIVES = [
    {"type": "object", "properties": {mode: _LIST}, "required": [mode], "additionalProperties": False}
    for mode in _MODES
]
"""The JSON Schema of what the validators accept: pydantic's messages for a union would not be one sentence."""


def _words(value: Any) -> list[str]:
    """The words for one store or a list of them. Raises ValueError, TypeError."""
    stores = value if isinstance(value, list) else [value]
    return [store if isinstance(store, str) else _endpoint(store) for store in stores]


def _endpoint(entry: Any) -> str:
    """The word for a bundle endpoint. Raises ValueError; TypeError for what is not meant as one."""
    if not isinstance(entry, dict) or not entry.keys() & set(_KEYS):
        raise TypeError
    for problem in (*_in_shape(entry), *_in_profile(entry)):
        raise ValueError(problem)
    found = BundleEndpoint(entry["spiffe"], entry["endpoint"], entry.get("endpoint_id", ""), entry.get("bootstrap", ""))
    try:
        if endpoint_in(str(found)) != found:
            raise ValueError("spiffe, endpoint and endpoint_id must not have a blank")
    except UsageError as error:
        raise ValueError(str(error)) from error
    return str(found)


def _in_shape(entry: Mapping[Any, Any]) -> Iterator[str]:
    """What is wrong with the keys and the types of their values."""
    for key, value in entry.items():
        if key not in _KEYS:
            yield f'unknown key "{key}" in a bundle endpoint{nearest(str(key), _KEYS)}'
        elif not isinstance(value, str):
            yield f'"{key}" must be text'
    for key in _KEYS[:3]:
        if key not in entry:
            yield f'a bundle endpoint needs the key "{key}"'


def _in_profile(entry: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the profile and the keys that depend on it."""
    profile, extra = entry.get("profile"), [key for key in _KEYS[3:] if key in entry]
    if profile not in (_WEB, _SPIFFE):
        yield f'profile "{profile}" is neither {_WEB} nor {_SPIFFE}'
    elif profile == _WEB and extra:
        yield f"{extra[0]} is for the profile {_SPIFFE}"
    elif profile == _SPIFFE and not all(entry.get(key) for key in _KEYS[3:]):
        yield f"the profile {_SPIFFE} needs endpoint_id and bootstrap"
    if not str(entry.get("endpoint")).startswith("https://"):
        yield "endpoint must be an https URL"


def _is_union(value: Any) -> bool:
    """Whether it is a store or a list of stores. Raises ValueError for a bundle endpoint that is not valid."""
    try:
        return bool(_words(value)) or value == []
    except TypeError:
        return False


def _stores(value: Any) -> Any:
    """Accept a store or a list of stores. Raises ValueError."""
    if not _is_union(value):
        raise ValueError("must be a store or a list of stores (their union)")
    return value


def _trust(value: Any) -> Any:
    """Accept what a target says. Raises ValueError."""
    if value is None:
        return value
    stores = value
    if isinstance(value, dict) and len(value) == 1 and value.keys() <= {*_MODES}:
        (stores,) = value.values()
    if not _is_union(stores) or (stores is not value and not isinstance(stores, list)):
        raise ValueError("must be a store, a list of stores (their union), {all_of: [...]} or {any_of: [...]}")
    return value


Stores = Annotated[Any, AfterValidator(_stores), WithJsonSchema({"anyOf": _UNION})]
"""A store, or a list of stores, which is their union."""
TrustStores = Annotated[Any, AfterValidator(_trust), WithJsonSchema({"anyOf": [*_UNION, *_ALTERNATIVES]})]
"""The same, or stores that are asked one by one."""


def words_of(value: Any) -> list[str]:
    """The words for valid `Stores`; empty for None."""
    return [] if value is None else _words(value)


def mode_and_words(value: Any) -> tuple[TrustMode, Sequence[str]]:
    """The trust mode, and the words for valid `TrustStores`."""
    match value:
        case {"all_of": stores}:
            return TrustMode.ALL_OF, words_of(stores)
        case {"any_of": stores}:
            return TrustMode.ANY_OF, words_of(stores)
        case _:
            return TrustMode.UNION, words_of(value)
