"""Rules of the shipped policies that no server of the lab can break, each with the reason."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["OUT_OF_REACH"]

_ANCHOR = "the lab's servers share their roots, and these are young"
_FILE = "an endpoint shows no private key, and makes no request"
_ROOT = "an endpoint's chain is judged without its anchor: it is for files that are checked with `--role ca`"

OUT_OF_REACH: Mapping[str, str] = MappingProxyType(
    {
        "chain.root-age": _ANCHOR,
        "eku.root": _ROOT,
        "key.ec-named": "the library makes no key with a curve in numbers, and servers refuse one",
        "key.matches": _FILE,
        "key.rsa-quality": "a server cannot use a key whose modulus is no product of two primes",
        "request.renewal": _FILE,
        "request.self-signed": _FILE,
        "request.signature": _FILE,
        "validity.root-lifetime": _ROOT,
        "validity.upcoming-cap": "no limit changes within 120 days of the lab's clock",
    }
)
