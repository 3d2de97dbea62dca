"""A proxy as people write it, `http://HOST:PORT` or `socks5h://HOST:PORT`, or `none`; its `user:password`."""

import re
from collections.abc import Collection

from certgate.model.errors import UsageError
from certgate.model.proxy import PROXY_SCHEMES, Proxy, ProxyCredentials
from certgate.policy.hosts import split_endpoint
from certgate.policy.mistakes import without_passwords

__all__ = ["NO_PROXY", "credentials_for", "parse_proxy", "parse_proxy_or_none"]

NO_PROXY = "none"
"""The value of a target's `proxy` that connects without the run's proxy."""
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)", re.DOTALL)
_FORMS = "http://HOST:PORT or socks5h://HOST:PORT"
_MOST = 255
"""Longest user name or password in SOCKS5, in bytes (RFC 1929 §2)."""
_ADVICE = {
    "https": "certgate does not speak TLS to a proxy: write http://HOST:PORT if the proxy has a plain port, too",
    "socks5": "the proxy resolves the names: write socks5h://HOST:PORT",
    "socks": "write socks5h://HOST:PORT if it speaks SOCKS5",
    "socks4": "certgate speaks SOCKS5: write socks5h://HOST:PORT if the proxy does, too",
    "socks4a": "certgate speaks SOCKS5: write socks5h://HOST:PORT if the proxy does, too",
}


def parse_proxy(text: str) -> Proxy:
    """Parse the URL of a proxy. Raises UsageError, which never shows a user name or a password."""
    found = _URL.fullmatch(text)
    if "@" in text:
        raise UsageError(
            f"a proxy's URL must not hold a user name or a password: write {_FORMS}, and put user:password into a file "
            "or a variable (--proxy-auth-file, --proxy-auth-env)"
        )
    if without_passwords(f"proxy={text}") != f"proxy={text}":
        raise UsageError(f"a proxy's URL has no such host or port: write {_FORMS}")
    if found is None:
        raise UsageError(f'the proxy "{text}" is not a URL: write {_FORMS}')
    scheme = found[1].lower()
    if scheme not in PROXY_SCHEMES:
        raise UsageError(f'the proxy "{text}": {_ADVICE.get(scheme, f"write {_FORMS}")}')
    if found[3] not in {"", "/"}:
        raise UsageError(f'the proxy "{text}" has more than a host and a port: write {_FORMS}')
    try:
        host, port = split_endpoint(found[2])
    except UsageError:  # its message may show a password
        raise UsageError(f"a proxy's URL has no such host or port: write {_FORMS}") from None
    if port is None:
        raise UsageError(f'the proxy "{text}" has no port: write {_FORMS}')
    return Proxy(scheme, host, port)


def parse_proxy_or_none(text: str) -> Proxy | None:
    """Parse the proxy of a target; None for the word `none`. Raises UsageError."""
    return None if text == NO_PROXY else parse_proxy(text)


def credentials_for(
    pair: bytes | None, usual: Proxy | None, others: Collection[Proxy]
) -> dict[Proxy, ProxyCredentials]:
    """Assign `user:password` to the run's proxy, or to the only proxy that targets name. Raises UsageError."""
    if pair is None:
        return {}
    proxies = {usual} if usual else set(others)
    if not proxies:
        raise UsageError("a user name and a password for a proxy, but no proxy: name it with --proxy")
    if len(proxies) > 1:
        names = " and ".join(sorted(map(str, proxies)))
        raise UsageError(f"which proxy the password is for cannot be told: {names}; name it with --proxy")
    user, colon, password = pair.partition(b":")
    if not (user and colon) or max(len(user), len(password)) > _MOST or any(byte < 0x20 for byte in pair):
        raise UsageError(f"the line for the proxy is not user:password, each at most {_MOST} bytes without controls")
    return {proxies.pop(): ProxyCredentials(user, password)}
