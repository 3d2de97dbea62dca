"""Names of Tor's onion services, version 3 (Tor rendezvous specification, version 3, §6)."""

from base64 import b32decode
from hashlib import sha3_256

__all__ = ["is_onion", "onion_problem"]

_LENGTH = 56
_KEY, _CHECKSUM = slice(0, 32), slice(32, 34)
_VERSION = 3


def is_onion(name: str) -> bool:
    """Whether the name is below the domain `onion`."""
    return f".{name.lower()}".endswith(".onion")


def onion_problem(name: str) -> str | None:
    """Why a name below `onion` is not that of an onion service of version 3, None if it is."""
    labels = name.lower().split(".")
    if len(labels) < 2:
        return "has no address before onion"
    address = labels[-2]
    if len(address) != _LENGTH:
        return f"has an address of {len(address)} characters, {_LENGTH} required"
    try:
        octets = b32decode(address, casefold=True)
    except ValueError:
        return "has an address that is not in base 32"
    if octets[-1] != _VERSION:
        return f"has an address of version {octets[-1]}, {_VERSION} required"
    checksum = sha3_256(b".onion checksum" + octets[_KEY] + octets[-1:]).digest()[:2]
    return None if octets[_CHECKSUM] == checksum else "has an address with a wrong checksum"
