"""Servers with which TLS begins after words in the clear, or fails to."""

from functools import partial

from certgate.lab.prelude.smtp_server import smtp
from certgate.lab.scenario import Behaviour, Scenario, fails, unchecked

__all__ = ["SCENARIOS"]

_NO_TLS = (unchecked("target.observed", "target"), unchecked("starttls.injection", "target"))

SCENARIOS = (
    Scenario(
        name="good-starttls-smtp",
        title="A mail server that begins TLS when it is asked",
        protocol="smtp",
        opening=smtp,
    ),
    Scenario(
        name="starttls-injection",
        title="Says something in the clear after its go-ahead for TLS",
        protocol="smtp",
        opening=partial(smtp, answer=b"220 go ahead\r\n250 \x1b[31mowned\r\n"),
        gives=(fails("starttls.injection", "target"),),
    ),
    Scenario(
        name="starttls-refused",
        title="Refuses to begin TLS, in words written against whoever reads them",
        protocol="smtp",
        opening=partial(smtp, answer=b"454 \x1b[31m::error::owned\xff\r\n"),
        gives=_NO_TLS,
    ),
    Scenario(
        name="starttls-silent",
        title="Speaks TLS at once where a greeting in the clear is expected",
        protocol="smtp",
        behaviour=Behaviour.SILENCE,
        gives=_NO_TLS,
    ),
)
