"""How proxies are written."""

import pytest

from certgate.model.errors import UsageError
from certgate.model.proxy import Proxy
from certgate.policy.proxy_url import parse_proxy, parse_proxy_or_none


def refusal(text):
    with pytest.raises(UsageError) as refused:
        parse_proxy(text)
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://proxy.example:3128", Proxy("http", "proxy.example", 3128)),
        ("HTTP://Proxy.Example.:3128/", Proxy("http", "proxy.example", 3128)),
        ("socks5h://192.0.2.1:1080", Proxy("socks5h", "192.0.2.1", 1080)),
        ("socks5h://[2001:db8:0::1]:1080", Proxy("socks5h", "2001:db8::1", 1080)),
    ],
)
def test_a_proxy_is_a_scheme_a_host_and_a_port(text, proxy):
    assert parse_proxy(text) == proxy
    assert parse_proxy(str(proxy)) == proxy


def test_a_target_may_want_none():
    assert parse_proxy_or_none("none") is None
    assert parse_proxy_or_none("http://p.example:1") == Proxy("http", "p.example", 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://p.example:3128", "write http://HOST:PORT if the proxy has a plain port, too"),
        ("socks5://p.example:1080", "the proxy resolves the names: write socks5h://HOST:PORT"),
        ("socks4a://p.example:1080", "certgate speaks SOCKS5"),
        ("ftp://p.example:21", "write http://HOST:PORT or socks5h://HOST:PORT"),
        ("p.example:3128", "is not a URL"),
        ("none", "is not a URL"),
        ("", "is not a URL"),
        ("http://p.example", "has no port"),
        ("http://p.example:3128/pac", "has more than a host and a port"),
        ("http://p.example:99999", "no such host or port"),
        ("http://:3128", "no such host or port"),
    ],
)
def test_everything_else_is_refused_with_what_to_write(text, told):
    assert told in refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://me:hush@p.example:1",
        "socks5h://hush@p.example:1",
        "https://me:hush@p.example",
        "me:hush@p:1",
        "http://me:hush",
    ],
)
def test_credentials_in_the_url_are_refused_and_never_shown(text):
    told = refusal(text)

    assert "hush" not in told
    assert "write http://HOST:PORT or socks5h://HOST:PORT" in told
