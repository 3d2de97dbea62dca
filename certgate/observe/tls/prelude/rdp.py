"""RDP: a connection request that asks for TLS and for CredSSP over TLS (MS-RDPBCGR §2.2.1.1)."""

from certgate.observe.tls.prelude.interface import Exactly, NotOffered, Prelude, Refused, Send, Talk, UnexpectedAnswer

__all__ = ["PRELUDES"]

_TLS, _CREDSSP, _CREDSSP_EX = 1, 2, 8
_BY_TLS = frozenset({_TLS, _CREDSSP, _CREDSSP_EX})
_ASKED = sum(_BY_TLS)
_REQUEST = bytes.fromhex("030000130ee0000000000001000800") + _ASKED.to_bytes(4, "little")
_CONFIRM, _DISCONNECT = 0xD0, 0x80
_RESPONSE, _FAILURE = 2, 3
_REASONS = {
    1: b"SSL_REQUIRED_BY_SERVER",
    2: b"SSL_NOT_ALLOWED_BY_SERVER",
    3: b"SSL_CERT_NOT_ON_SERVER",
    4: b"INCONSISTENT_FLAGS",
    5: b"HYBRID_REQUIRED_BY_SERVER",
    6: b"SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
}


def _talk(_: str) -> Talk[None]:
    yield Send(_REQUEST)
    head = yield Exactly(4)
    length = int.from_bytes(head[2:])
    if head[0] != 3 or not 11 <= length <= 1024:
        raise UnexpectedAnswer(head)
    packet = yield Exactly(length - 4)
    if packet[1] & 0xF0 == _DISCONNECT:
        raise Refused(head + packet)
    if packet[1] & 0xF0 != _CONFIRM:
        raise UnexpectedAnswer(head + packet)
    block = packet[7:15]
    if len(block) < 8:
        raise NotOffered(head + packet)
    value = int.from_bytes(block[4:], "little")
    if block[0] == _FAILURE:
        raise Refused(b"%d %s" % (value, _REASONS.get(value, b"")))
    if block[0] == _RESPONSE and value == 0:
        raise NotOffered(head + packet)
    if block[0] != _RESPONSE or value not in _BY_TLS:
        raise UnexpectedAnswer(head + packet)


PRELUDES = (Prelude(_talk),)
