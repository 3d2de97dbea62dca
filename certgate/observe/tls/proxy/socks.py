"""SOCKS5 (RFC 1928), with a user name and a password (RFC 1929)."""

from ipaddress import IPv4Address

from certgate.model.proxy import ProxyCredentials
from certgate.observe.tls.prelude.interface import Exactly, Send, Talk
from certgate.observe.tls.proxy.answers import (
    CouldNotConnect,
    CredentialsRefused,
    Forbidden,
    NeedsCredentials,
    NotThisProtocol,
    OtherScheme,
)
from certgate.x509.identity import read_address

__all__ = ["socks"]

_VERSION = b"\x05"
_NOBODY, _PASSWORD, _NONE_OF_THEM = 0x00, 0x02, 0xFF
_CONNECT = 0x01
_IPV4, _NAME, _IPV6 = 0x01, 0x03, 0x04
_LENGTHS = {_IPV4: 4, _IPV6: 16}
_WORDS = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "TTL expired",
    7: "command not supported",
    8: "address type not supported",
}
_TRIED = frozenset({1, 3, 4, 5, 6})


def socks(host: str, port: int, credentials: ProxyCredentials | None) -> Talk[None]:
    """Ask for a connection. A name is sent as it is: the proxy resolves it."""
    methods = bytes([_NOBODY, _PASSWORD] if credentials else [_NOBODY])
    yield Send(_VERSION + bytes([len(methods)]) + methods)
    answer = yield from _answer(2)
    if answer[1] == _PASSWORD and credentials:
        yield from _log_in(credentials)
    elif answer[1] == _NONE_OF_THEM:
        raise (OtherScheme if credentials else NeedsCredentials)(answer)
    elif answer[1] != _NOBODY:
        raise NotThisProtocol(answer)
    yield Send(_VERSION + bytes([_CONNECT, 0]) + _address(host) + port.to_bytes(2))
    answer = yield from _answer(4)
    if code := answer[1]:
        said = f"{_WORDS.get(code, 'unassigned')} (reply {code})".encode()
        raise (CouldNotConnect if code in _TRIED else Forbidden)(said)
    kind = answer[3]
    length = (yield Exactly(1))[0] if kind == _NAME else _LENGTHS.get(kind)
    if length is None:
        raise NotThisProtocol(answer)
    yield Exactly(length + 2)  # the proxy's own address and port


def _answer(count: int) -> Talk[bytes]:
    version = yield Exactly(1)
    if version != _VERSION:
        raise NotThisProtocol(version)
    return version + (yield Exactly(count - 1))


def _log_in(credentials: ProxyCredentials) -> Talk[None]:
    user, password = credentials.user, credentials.password
    yield Send(b"\x01" + bytes([len(user)]) + user + bytes([len(password)]) + password)
    answer = yield Exactly(2)
    if answer[1]:
        raise CredentialsRefused(answer)


def _address(host: str) -> bytes:
    address = read_address(host)
    if address is None:
        return bytes([_NAME, len(host)]) + host.encode("ascii")
    return bytes([_IPV4 if isinstance(address, IPv4Address) else _IPV6]) + address.packed
