"""SPIFFE bundles: the X.509 authorities of one trust domain, as a JWK set (SPIFFE Trust Domain and Bundle §4)."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping
from typing import Any

from certgate.model.bundle_facts import BundleFailure
from certgate.model.frozen import frozen
from certgate.model.strict_json import NotJson, read_json
from certgate.observe.stores.anchor_file import parse_anchor
from certgate.x509.certificate import Certificate
from certgate.x509.errors import Malformed

__all__ = ["BadBundle", "Bundle", "read_bundle"]

_MOST_KEYS = 1000
_LARGEST = 2**64 - 1
"""The precision that implementations of a sequence must have (§4.1.1)."""
_KEY_TYPES = frozenset({"EC", "OKP", "RSA"})
"""The values of `kty` that are known; consumers ignore others (§4.2.1)."""


class BadBundle(ValueError):
    """The content is not a bundle, or has nothing to trust. The message completes a sentence about its place."""

    def __init__(self, message: str, kind: BundleFailure = BundleFailure.INVALID) -> None:
        super().__init__(message)
        self.kind = kind


@frozen(slots=True, kw_only=True)
class Bundle:
    """A bundle as it was read."""

    anchors: tuple[Certificate, ...]
    sequence: int | None = None
    """Its `spiffe_sequence`."""
    refresh_hint: int | None = None
    """Its `spiffe_refresh_hint`, in seconds."""


def read_bundle(content: bytes) -> Bundle:
    """The authorities for X.509-SVIDs; ignores keys of an unknown type or use, as the standard requires.

    Raises BadBundle for a bundle that violates the standard or has nothing to trust.
    """
    try:
        bundle = read_json(content)
    except NotJson as error:
        raise BadBundle(str(error)) from error
    keys = bundle.get("keys") if isinstance(bundle, dict) else None
    if not isinstance(keys, list):
        raise BadBundle('a SPIFFE bundle is a JSON object with a list of "keys"')
    if len(keys) > _MOST_KEYS:
        raise BadBundle(f"has {len(keys):,} keys, more than the limit of {_MOST_KEYS:,}")
    anchors = tuple(anchor for number, key in enumerate(keys, 1) for anchor in _authority(key, f"key {number}"))
    if not anchors:
        message = 'holds no key with "use": "x509-svid", so no SVID of its trust domain is trusted'
        raise BadBundle(message, BundleFailure.EMPTY)
    return Bundle(
        anchors=anchors,
        sequence=_number(bundle, "spiffe_sequence"),
        refresh_hint=_number(bundle, "spiffe_refresh_hint"),
    )


def _number(bundle: Mapping[str, Any], name: str) -> int | None:
    value = bundle.get(name)
    if value is not None and (type(value) is not int or not 0 <= value <= _LARGEST):
        raise BadBundle(f'"{name}" must be a whole number from 0 to 2^64 - 1')
    return value


def _authority(key: Any, where: str) -> Iterator[Certificate]:
    if not isinstance(key, dict):
        raise BadBundle(f"{where} is not an object")
    if key.get("use") != "x509-svid":
        return
    if not isinstance(key.get("kty"), str):
        raise BadBundle(f'{where}: "kty" must be set')
    if key["kty"] not in _KEY_TYPES:
        return
    chain = key.get("x5c")
    if not isinstance(chain, list) or len(chain) != 1 or not isinstance(chain[0], str):
        raise BadBundle(f'{where}: "x5c" must hold exactly one certificate')
    if "kid" in key:
        raise BadBundle(f'{where}: a key for X.509-SVIDs has no "kid"')
    try:
        anchor = parse_anchor(b64decode(chain[0], validate=True))
    except (NotBase64, ValueError, Malformed) as error:
        raise BadBundle(f'{where}: the certificate in "x5c" cannot be read: {error}') from error
    yield anchor
