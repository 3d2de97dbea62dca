"""SPIFFE bundles: the X.509 authorities of one trust domain, as a JWK set (SPIFFE Trust Domain and Bundle §4)."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from typing import Any

from certgate.model.errors import UsageError
from certgate.model.strict_json import NotJson, read_json
from certgate.x509.certificate import Certificate, parse_certificate
from certgate.x509.errors import Malformed

__all__ = ["read_bundle"]


def read_bundle(content: bytes, where: str) -> list[Certificate]:
    """The certificates of the keys for X.509-SVIDs; skips keys for another use, as the standard requires.

    Raises UsageError, beginning with `where`, for a bundle that violates the standard or has nothing to trust.
    """
    try:
        bundle = read_json(content)
    except NotJson as error:
        raise UsageError(f"{where}: {error}") from error
    keys = bundle.get("keys") if isinstance(bundle, dict) else None
    if not isinstance(keys, list):
        raise UsageError(f'{where}: a SPIFFE bundle is a JSON object with a list of "keys"')
    anchors = [anchor for number, key in enumerate(keys, 1) for anchor in _authority(key, f"{where}: key {number}")]
    if not anchors:
        raise UsageError(f'{where}: holds no key with "use": "x509-svid", so no SVID of its trust domain is trusted')
    return anchors


def _authority(key: Any, where: str) -> Iterator[Certificate]:
    if not isinstance(key, dict) or not all(isinstance(key.get(name), str) for name in ("kty", "use")):
        raise UsageError(f'{where}: "kty" and "use" must be set')
    if key["use"] != "x509-svid":
        return
    chain = key.get("x5c")
    if not isinstance(chain, list) or len(chain) != 1 or not isinstance(chain[0], str):
        raise UsageError(f'{where}: "x5c" must hold exactly one certificate')
    if "kid" in key:
        raise UsageError(f'{where}: a key for X.509-SVIDs has no "kid"')
    try:
        certificate = parse_certificate(b64decode(chain[0], validate=True))
        _ = certificate.subject.rdns
    except (NotBase64, ValueError, Malformed) as error:
        raise UsageError(f'{where}: the certificate in "x5c" cannot be read: {error}') from error
    yield certificate
