"""For which proxy a user name and a password are."""

import pytest

from certgate.model.errors import UsageError
from certgate.model.proxy import Proxy, ProxyCredentials
from certgate.policy.proxy_url import credentials_for

ONE, OTHER = Proxy("http", "one.example", 3128), Proxy("socks5h", "other.example", 1080)


def refusal(*arguments):
    with pytest.raises(UsageError) as refused:
        credentials_for(*arguments)
    return str(refused.value)


def test_they_are_for_the_proxy_of_the_run_or_for_the_only_one_that_targets_name():
    known = ProxyCredentials(b"me", b"a:b")

    assert credentials_for(b"me:a:b", ONE, {OTHER}) == {ONE: known}
    assert credentials_for(b"me:a:b", None, {OTHER}) == {OTHER: known}
    assert credentials_for(None, ONE, ()) == {}


def test_they_are_for_no_proxy_by_guess():
    assert refusal(b"me:hush", None, ()).endswith("but no proxy: name it with --proxy")
    assert "http://one.example:3128 and socks5h://other.example:1080; name it" in refusal(
        b"me:hush", None, {ONE, OTHER}
    )


@pytest.mark.parametrize("line", [b"hush", b":hush", b"me:hu\rsh", b"me:hush" + b"h" * 255, b"m" * 256 + b":hush"])
def test_what_is_no_user_and_password_is_refused_and_not_shown(line):
    told = refusal(line, ONE, ())

    assert told.startswith("the line for the proxy is not user:password")
    assert "hush" not in told


def test_neither_shows_in_a_representation():
    assert "hush" not in repr(credentials_for(b"me:hush", ONE, ()))
