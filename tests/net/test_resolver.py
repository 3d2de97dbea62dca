"""Look-ups: the system's answer in its order, overrides before it, and a deadline whatever it does."""

import socket
import threading

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certgate.net.resolver import Address, Resolver, look_up, numeric

A, B = Address(socket.AF_INET, ("192.0.2.1", 443)), Address(socket.AF_INET6, ("2001:db8::1", 443, 0, 0))


def test_an_address_is_written_with_its_port():
    assert [str(A), str(B), A.host, B.host] == ["192.0.2.1:443", "[2001:db8::1]:443", "192.0.2.1", "2001:db8::1"]


def test_the_system_s_answer_is_handed_on_in_its_order():
    resolver = Resolver(system=lambda _host, _port: [B, A])

    assert resolver.resolve("a.example", 443).result(5) == [B, A]
    assert resolver.resolve_within("a.example", 443, 5) == [B, A]
    resolver.close()


def test_overrides_are_known_without_a_look_up_in_their_order():
    resolver = Resolver({("a.example", 443): ("2001:db8::1", "192.0.2.1")})

    assert resolver.known("a.example", 443) == [B, A]
    assert resolver.known("a.example", 444) is None


def test_an_address_needs_no_look_up_and_a_name_does():
    resolver = Resolver()

    assert resolver.known("192.0.2.1", 443) == [A]
    assert resolver.known("2001:db8::1", 443) == [B]
    assert resolver.known("a.example", 443) is None


def found(look_up):
    try:
        return repr(look_up())
    except (OSError, ValueError) as error:
        return type(error)


@given(
    st.ip_addresses().map(str) | st.lists(st.integers(0, 300), max_size=5).map(lambda parts: ".".join(map(str, parts))),
    st.integers(0, 65535),
)
@example("127.1", 443)
@example("010.0.0.1", 443)
@example("0x7f.0.0.1", 443)
@example("192.0.2.1 ", 443)
@example("192.0.2.1\0", 443)
@example("192.0.2.\u0661", 443)
def test_an_address_is_known_as_the_system_finds_it(text, port):
    assert found(lambda: numeric(text, port)) == found(lambda: look_up(text, port, socket.AI_NUMERICHOST))


@pytest.mark.parametrize("error", [socket.gaierror(socket.EAI_NONAME, "unknown"), UnicodeError("label too long")])
def test_what_the_system_says_is_raised(error):
    def system(_host, _port):
        raise error

    resolver = Resolver(system=system)
    with pytest.raises(type(error)):
        resolver.resolve_within("a.example", 443, 5)
    with pytest.raises(type(error)):
        resolver.resolve("a.example", 443).result(5)
    resolver.close()


def test_a_look_up_that_hangs_ends_with_its_deadline_and_holds_up_no_other():
    release = threading.Event()
    resolver = Resolver(system=lambda host, _port: [A] if host == "a.example" else release.wait(5))

    with pytest.raises(TimeoutError):
        resolver.resolve_within("hangs.example", 443, 0.01)
    assert resolver.resolve_within("a.example", 443, 5) == [A]
    release.set()
    resolver.close()
