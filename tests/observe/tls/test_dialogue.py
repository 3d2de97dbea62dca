"""Bounds on what is said before TLS, and what is said of silence."""

import importlib
import pkgutil
from contextlib import suppress

import pytest

from certgate.model.observation import FailureKind, Phase
from certgate.model.protocol import IMPLICIT_TLS, PROTOCOLS, protocol_named
from certgate.observe.tls import prelude
from certgate.observe.tls.dialogue import MAX_DIALOGUE_BYTES, MAX_LINE_BYTES, Dialogue, preludes_of
from certgate.observe.tls.failures import ObservationFailed
from certgate.observe.tls.prelude.interface import Exactly, Prelude, Send, UnexpectedAnswer, Until

EVERY_WAY = [
    pytest.param(protocol.name, way, id=f"{protocol.name}-{at}")
    for protocol in PROTOCOLS
    for at, way in enumerate(preludes_of(protocol.name))
]


def dialogue(talk, name="mx.corp.example"):
    return Dialogue(talk(name) if callable(talk) else talk, "192.0.2.1:25", "smtp")


def test_every_protocol_has_a_module_and_every_name_one_meaning():
    for protocol in PROTOCOLS:
        assert all(isinstance(way, Prelude) for way in preludes_of(protocol.name))
        for name in (protocol.name, *protocol.aliases):
            assert protocol_named(name.upper()) is protocol
            assert name not in IMPLICIT_TLS
    names = [name for protocol in PROTOCOLS for name in (protocol.name, *protocol.aliases)]
    assert len(names) == len(set(names))


def test_every_module_with_preludes_belongs_to_a_protocol():
    modules = {info.name for info in pkgutil.iter_modules(prelude.__path__)}
    speaking = {name for name in modules if hasattr(importlib.import_module(f"{prelude.__name__}.{name}"), "PRELUDES")}

    assert speaking == {protocol.module or protocol.name for protocol in PROTOCOLS}


@pytest.mark.parametrize(("protocol", "way"), EVERY_WAY)
@pytest.mark.parametrize(
    "noise", [b"\0", b"\xff", b"A", b"\n", b"220-\r\n", b"* \r\n", b"\x30\x84\x00\x00", b"<a>", b"{9}"]
)
def test_a_server_that_never_ends_is_ended(protocol, way, noise):
    heard = 0
    talking = dialogue(way.talk)
    with suppress(ObservationFailed):
        talking.begin()
        while not talking.is_over:
            talking.receive(noise * 100)
            heard += len(noise) * 100

    assert heard <= MAX_DIALOGUE_BYTES + 100 * len(noise)


def test_a_line_has_a_limit():
    def talk(_):
        yield Until(b"\n")

    talking = dialogue(talk)
    talking.begin()
    talking.receive(b"x" * MAX_LINE_BYTES)
    with pytest.raises(ObservationFailed) as caught:
        talking.receive(b"x")

    failure = caught.value.failure
    assert (failure.kind, failure.phase) == (FailureKind.LIMIT, Phase.PRELUDE)
    assert failure.detail == "192.0.2.1:25 sent a line of more than 4 KiB over smtp before TLS"


def test_what_a_server_announces_has_a_limit_before_it_is_sent():
    def talk(_):
        yield Exactly(MAX_DIALOGUE_BYTES + 1)

    with pytest.raises(ObservationFailed, match="more than 64 KiB"):
        dialogue(talk).begin()


def test_parts_are_taken_as_they_are_asked_for_however_they_come():
    taken = []

    def talk(_):
        taken.append((yield Exactly(2)))
        yield Send(b"x")
        taken.append((yield Until(b">")))
        taken.append((yield Until(b"\r\n")))

    talking = dialogue(talk)
    assert talking.begin() == b""
    assert talking.receive(b"ab<c") == b"x"
    assert talking.receive(b">\r") == b""
    assert not talking.is_over
    assert talking.receive(b"\nrest") == b""

    assert taken == [b"ab", b"<c>", b"\r\n"]
    assert talking.is_over
    assert talking.left == b"rest"


def waits(*steps):
    def talk(_):
        for step in steps:
            assert (yield step) is not None

    return talk


@pytest.mark.parametrize(
    ("steps", "heard", "kind", "detail"),
    [
        (
            [Until(b"\n")],
            b"",
            FailureKind.GREETING_MISSING,
            "sent no smtp greeting within 2.0 s; perhaps it speaks TLS at once",
        ),
        (
            [Send(b"x"), Until(b"\n")],
            b"",
            FailureKind.TIMED_OUT,
            "did not answer over smtp within 2.0 s; perhaps it speaks TLS",
        ),
        (
            [Until(b"\n")],
            b"22",
            FailureKind.DEADLINE,
            "did not finish the smtp dialogue before TLS: it sent 2 bytes in 2.0 s",
        ),
    ],
)
def test_silence_is_told_by_who_should_have_spoken(steps, heard, kind, detail):
    talking = dialogue(waits(*steps))
    talking.begin()
    if heard:
        talking.receive(heard)

    failure = talking.too_slow("2.0 s").failure
    assert (failure.kind, failure.phase) == (kind, Phase.PRELUDE)
    assert failure.detail.startswith(f"192.0.2.1:25 {detail}")


@pytest.mark.parametrize(
    ("steps", "kind"),
    [([Until(b"\n")], FailureKind.GREETING_MISSING), ([Send(b"x"), Until(b"\n")], FailureKind.RESET)],
)
def test_an_end_is_told_by_what_came_before_it(steps, kind):
    talking = dialogue(waits(*steps))
    talking.begin()

    assert talking.closed().failure.kind is kind
    assert talking.closed().transient


def test_an_alert_in_the_place_of_words_is_told_as_tls():
    def talk(_):
        yield Send(b"x")
        raise UnexpectedAnswer((yield Exactly(3)))

    talking = dialogue(talk)
    talking.begin()
    with pytest.raises(ObservationFailed, match="does not speak smtp: it speaks TLS at once: remove STARTTLS"):
        talking.receive(b"\x15\x03\x01\x00\x02\x02\x0a")


def test_an_alert_before_the_end_is_told_as_tls():
    talking = dialogue(waits(Send(b"x"), Until(b"\n")))
    talking.begin()
    talking.receive(b"\x15\x03\x01\x00\x02\x02\x50")

    failure = talking.closed().failure
    assert failure.kind is FailureKind.UNEXPECTED_ANSWER
    assert "it speaks TLS at once: remove STARTTLS" in failure.detail
