"""Writes a ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2) that asks one question and is never completed."""

from collections.abc import Iterable
from functools import lru_cache

from certgate.model.question import Question
from certgate.model.tls_names import SUITES_OF_TLS_1_2, TLS_1_2, TLS_1_3

__all__ = ["client_hello"]

_HANDSHAKE_RECORD, _CLIENT_HELLO = 22, 1
_SECURE_RENEGOTIATION = 0x00FF
"""Asks for no suite: some servers refuse clients that do not send it (RFC 5746 §3.3)."""
_SIGNATURES = (
    *(0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0807, 0x0808, 0x0401, 0x0501, 0x0601),
    *(0x0904, 0x0905, 0x0906, 0x081A, 0x081B, 0x081C, 0x0708, 0x0709, 0x070A, 0x070B, 0x070C, 0x070D, 0x070E, 0x070F),
    *(0x0303, 0x0301, 0x0302, 0x0402, 0x0502, 0x0602, 0x0203, 0x0201, 0x0202),
)
"""All signature algorithms, so that none of them is a reason to refuse."""
_P256_GENERATOR = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
_P384_GENERATOR = bytes.fromhex(
    "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7"
    "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"
)
_X25519_BASE = bytes([9]) + bytes(31)
_ML_KEM_768, _ML_KEM_1024 = bytes(1184), bytes(1568)
"""Encapsulation keys whose coefficients are all 0, which are valid (FIPS 203 §7.2)."""
_SHARES = {
    0x0017: _P256_GENERATOR,
    0x0018: _P384_GENERATOR,
    0x001D: _X25519_BASE,
    0x0201: _ML_KEM_768,
    0x0202: _ML_KEM_1024,
    0x11EB: _P256_GENERATOR + _ML_KEM_768,
    0x11EC: _ML_KEM_768 + _X25519_BASE,
    0x11ED: _P384_GENERATOR + _ML_KEM_1024,
}
"""Valid public values that need no secret: the handshake is never completed (RFC 8446 §4.2.8)."""
_PADDED = range(256, 512)
"""The sizes of a ClientHello at which some load balancers hang (RFC 7685)."""
_BEFORE_RANDOM = 5 + 4 + 2
"""Bytes of the heads of record and message, and of the version."""
_BEFORE_NAME = 4 + 2 + 1 + 2
"""Bytes of an extension before the name: its head, the length of the list, type and length of the name."""


def client_hello(
    question: Question,
    *,
    server_name: str | None,
    alpn: tuple[str, ...],
    random: bytes,
    further_group: int | None = None,
) -> bytes:
    """The record with the question's ClientHello. `random` has 64 bytes; `further_group` is offered last."""
    name = server_name.encode("ascii") if server_name else b""
    start, session, middle, end = _parts(question, alpn, further_group, len(name))
    return b"".join((start, random[:32], session, random[32 : 32 + session[0]], middle, name, end))


@lru_cache(maxsize=1024)
def _parts(
    question: Question, alpn: tuple[str, ...], further_group: int | None, name_size: int
) -> tuple[bytes, bytes, bytes, bytes]:
    """What many servers get: up to the random, the length of the session id, on to the name, and the rest."""
    is_new = question.version == TLS_1_3
    groups = [*question.groups, *([further_group] if further_group else [])]
    suites = [*question.suites, *([] if is_new and _OLD.isdisjoint(question.suites) else [_SECURE_RENEGOTIATION])]
    extensions = [
        *([(0, _list(b"\0" + _list(bytes(name_size))))] if name_size else []),
        (23, b""),  # extended master secret
        (10, _list(_numbers(groups))),
        (11, b"\1\0"),  # uncompressed points
        (13, _list(_numbers(question.signatures or _SIGNATURES))),
        *([(16, _list(b"".join(_block(word.encode("ascii"), 1) for word in alpn)))] if alpn else []),
    ]
    if is_new:
        shares = b"".join(_numbers([group]) + _list(_SHARES[group]) for group in question.shares)
        extensions += [(43, _block(_numbers([TLS_1_3]), 1)), (45, b"\1\1"), (51, _list(shares))]
    version = min(question.version, TLS_1_2).to_bytes(2)
    session = 32 if is_new else 0  # as middleboxes expect it (RFC 8446 §D.4)
    start = version + bytes(32) + _block(bytes(session), 1) + _list(_numbers(suites)) + b"\1\0"
    end = _padded(b"".join(_extension(*one) for one in extensions), len(start))
    message = bytes([_CLIENT_HELLO]) + _block(start + _list(end), 3)
    record = bytes([_HANDSHAKE_RECORD]) + min(version, b"\3\1") + _list(message)
    name_at = len(record) - len(end) + (_BEFORE_NAME if name_size else 0)
    middle = record[_BEFORE_RANDOM + 33 + session : name_at]
    return record[:_BEFORE_RANDOM], bytes([session]), middle, record[name_at + name_size :]


_OLD = frozenset(SUITES_OF_TLS_1_2)


def _padded(extensions: bytes, before: int) -> bytes:
    size = 4 + before + 2 + len(extensions)
    return extensions + _extension(21, bytes(max(_PADDED.stop - size - 4, 1))) if size in _PADDED else extensions


def _extension(kind: int, value: bytes) -> bytes:
    return kind.to_bytes(2) + _list(value)


def _list(value: bytes) -> bytes:
    return _block(value, 2)


def _block(value: bytes, size: int) -> bytes:
    return len(value).to_bytes(size) + value


def _numbers(numbers: Iterable[int]) -> bytes:
    return b"".join(number.to_bytes(2) for number in numbers)
