"""The CONNECT method of HTTP (RFC 9110 §9.3.6), with Basic authentication (RFC 7617)."""

import re
from base64 import b64encode

from certgate.model.proxy import ProxyCredentials
from certgate.observe.tls.prelude.interface import Exactly, Send, Talk, Until
from certgate.observe.tls.proxy.answers import (
    CouldNotConnect,
    CredentialsRefused,
    Forbidden,
    NeedsCredentials,
    NotThisProtocol,
    OtherScheme,
)

__all__ = ["connect"]

_START = b"HTTP/"
_STATUS = re.compile(rb"1\.[01] ([1-5][0-9][0-9])(?: [^\r\n]*)?\r?\n")


def connect(authority: str, credentials: ProxyCredentials | None) -> Talk[None]:
    """Ask for a connection to `host:port`. The proxy resolves the host."""
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    if credentials:
        pair = b64encode(credentials.user + b":" + credentials.password).decode("ascii")
        lines.append(f"Proxy-Authorization: Basic {pair}")
    yield Send("\r\n".join([*lines, "", ""]).encode("ascii"))
    status, said, schemes = yield from _reply()
    while status < 200:  # an interim one (RFC 9110 §15.2)
        status, said, schemes = yield from _reply()
    if status == 407:
        if schemes and not any(scheme[:5].lower() == b"basic" for scheme in schemes):
            raise OtherScheme(b"%s; %s" % (said, b", ".join(schemes)))
        raise (CredentialsRefused if credentials else NeedsCredentials)(said)
    if status >= 500:
        raise CouldNotConnect(said)
    if status >= 300:
        raise Forbidden(said)


def _reply() -> Talk[tuple[int, bytes, list[bytes]]]:
    """Status, status line, and how it wants to know who asks."""
    start = yield Exactly(len(_START))
    if start != _START:
        raise NotThisProtocol(start)
    line = yield Until(b"\n")
    found = _STATUS.fullmatch(line)
    if found is None:
        raise NotThisProtocol(start + line)
    schemes = []
    while (header := (yield Until(b"\n"))).strip():
        name, _, value = header.partition(b":")
        if name.strip().lower() == b"proxy-authenticate":
            schemes.append(value.strip())
    return int(found[1]), (start + line).strip(), schemes
