"""The facts of a target as plain data, for expressions and policy servers; unreadable facts are listed."""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.x509.oid import NameOID, ObjectIdentifier

from certgate.checks.framework.subjects import TargetFacts
from certgate.custom.facts_schema import MAX_ITEMS, MAX_TEXT, STRUCTS
from certgate.model.frozen import frozen
from certgate.model.target import Target
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed
from certgate.x509.name import Name

__all__ = ["Facts", "facts_of"]

_MAX_INT = 2**63 - 1


@frozen(slots=True)
class Facts:
    """The view as JSON values; times are RFC 3339 text."""

    data: Mapping[str, Any]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Why a fact is missing, by its path, for example `leaf.dns_names`."""


def facts_of(view: TargetFacts, now: datetime) -> Facts:
    """All known facts of the view at `now` (aware, UTC)."""
    path = view.path
    data: dict[str, Any] = {
        "now": _time(now),
        "target": _target(view.target),
        "anchored": path.anchor is not None,
        "chain": [],
    }
    unreadable: dict[str, str] = {}
    if len(path.certificates) > MAX_ITEMS:
        unreadable["chain"] = f"chain holds more than {MAX_ITEMS} items"
    for index, certificate in enumerate(path.certificates[:MAX_ITEMS]):
        facts = _certificate(certificate)
        data["chain"].append(facts.data)
        unreadable |= {f"chain[{index}].{name}": reason for name, reason in facts.unreadable.items()}
    data["leaf"] = data["chain"][0]
    if path.anchor is not None:
        facts = _certificate(path.anchor)
        data["anchor"] = facts.data
        unreadable |= {f"anchor.{name}": reason for name, reason in facts.unreadable.items()}
    if view.handshake is not None:
        tls = view.handshake
        handshake = {"version": tls.version, "cipher": tls.cipher, "group": tls.group, "alpn": tls.alpn}
        data["handshake"] = _present(handshake) | {"stapled": view.stapled}
    return Facts(data, unreadable)


def _target(target: Target) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": _text(target.id),
        "names": list(target.names),
        "roles": sorted(target.roles),
        "policy": _text(target.policy),
        "labels": {_text(name): _text(value) for name, value in sorted(target.labels.items())},
    }
    where = target.source.describe()
    return found | {name: where[name] for name in ("host", "port") if name in where}


@lru_cache(maxsize=1024)
def _certificate(certificate: Certificate) -> Facts:
    unreadable: dict[str, str] = {}
    data: dict[str, Any] = {}
    for name in STRUCTS["Certificate"]:
        try:
            value = _bounded(_READERS[name](certificate), name)
        except Malformed as error:
            unreadable[name] = str(error)
        else:
            if value is not None:
                data[name] = value
    return Facts(data, unreadable)


def _bounded(value: Any, name: str) -> Any:
    """The value with valid Unicode text. Raises Malformed if it exceeds a limit of the view."""
    match value:
        case str() if len(value) > MAX_TEXT:
            raise Malformed(f"{name} holds more than {MAX_TEXT} characters")
        case str():
            return _text(value)
        case list() if len(value) > MAX_ITEMS:
            raise Malformed(f"{name} holds more than {MAX_ITEMS} items")
        case list():
            return [_bounded(item, name) for item in value]
        case dict():
            return {key: _bounded(item, name) for key, item in value.items()}
        case _:
            return value


def _name(name: Name) -> dict[str, Any]:
    def values(oid: ObjectIdentifier) -> list[str]:
        return list(name.values(oid.dotted_string))

    return {
        "text": name.text,
        "common_names": values(NameOID.COMMON_NAME),
        "organizations": values(NameOID.ORGANIZATION_NAME),
        "organizational_units": values(NameOID.ORGANIZATIONAL_UNIT_NAME),
        "countries": values(NameOID.COUNTRY_NAME),
    }


def _key(certificate: Certificate) -> dict[str, Any]:
    key = certificate.key
    if key.problem:
        raise Malformed(f"the key cannot be read: {key.problem}")
    exponent = key.exponent if key.exponent and key.exponent <= _MAX_INT else None
    return _present(
        {"type": key.algorithm, "bits": key.bits, "curve": key.curve, "exponent": exponent, "sha256": key.sha256}
    )


def _path_length(certificate: Certificate) -> int | None:
    constraints = certificate.basic_constraints
    length = constraints.path_length if constraints else None
    if length is not None and length > _MAX_INT:
        raise Malformed("the path length constraint has more than 63 bits")
    return length


def _sorted(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


_READERS: Mapping[str, Callable[[Certificate], Any]] = {
    "subject": lambda c: _name(c.subject),
    "issuer": lambda c: _name(c.issuer),
    "serial": lambda c: f"{c.serial:x}",
    "sha256": lambda c: c.sha256,
    "version": lambda c: c.version,
    "not_before": lambda c: _time(c.not_before),
    "not_after": lambda c: _time(c.not_after),
    "dns_names": lambda c: list(c.dns_names),
    "ip_addresses": lambda c: list(c.ip_addresses),
    "uris": lambda c: list(c.uris),
    "key": _key,
    "signature": lambda c: _present({"algorithm": c.signature_algorithm, "hash": c.signature_hash}),
    "is_ca": lambda c: c.is_ca,
    "is_self_issued": lambda c: c.is_self_issued,
    "path_length": _path_length,
    "key_usage": lambda c: _sorted(c.key_usage),
    "extended_key_usage": lambda c: _sorted(c.ekus),
    "policies": lambda c: list(c.policies or ()),
    "extensions": lambda c: [{"oid": e.oid, "critical": e.critical} for e in c.extensions],
    "ocsp_urls": lambda c: list(c.ocsp_urls),
    "crl_urls": lambda c: list(c.crl_urls),
    "must_staple": lambda c: c.must_staple,
}


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _text(text: str) -> str:
    """The text as valid Unicode: file names may contain lone surrogates."""
    return text.encode("utf-8", "replace").decode()


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
