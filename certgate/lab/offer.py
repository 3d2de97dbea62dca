"""What a ClientHello offers, as far as servers of the lab look at it."""

from certgate.model.frozen import frozen

__all__ = ["Offer", "offer", "retry"]

_GROUPS, _SHARES = 10, 51
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


@frozen(slots=True)
class Offer:
    """The numbers of the groups in their order, and whether a key share was sent for one of them."""

    groups: tuple[int, ...]
    has_share: bool


def offer(record: bytes) -> Offer:
    """What the record with a whole ClientHello offers; the client is certgate, so it is well-formed."""
    at = 5 + 4 + 2 + 32
    at += 1 + record[at]
    at += 2 + int.from_bytes(record[at : at + 2])
    at += 1 + record[at] + 2
    found: dict[int, bytes] = {}
    while at < len(record):
        kind, length = int.from_bytes(record[at : at + 2]), int.from_bytes(record[at + 2 : at + 4])
        found[kind] = record[at + 6 : at + 4 + length]
        at += 4 + length
    listed = found.get(_GROUPS, b"")
    groups = tuple(int.from_bytes(listed[at : at + 2]) for at in range(0, len(listed), 2))
    return Offer(groups, bool(found.get(_SHARES)))


def retry(group: int) -> bytes:
    """The record with a HelloRetryRequest that asks for a key share of the group (RFC 8446 §4.1.4)."""
    extensions = b"\0\x2b\0\2\3\4" + b"\0\x33\0\2" + group.to_bytes(2)
    body = b"\3\3" + _RETRY + b"\0" + b"\x13\1" + b"\0" + len(extensions).to_bytes(2) + extensions
    message = b"\2" + len(body).to_bytes(3) + body
    return b"\x16\3\3" + len(message).to_bytes(2) + message
