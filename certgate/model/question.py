"""A question to a server: what a ClientHello offers, and which of the server's choices means that it accepts it."""

from dataclasses import field
from enum import StrEnum

from certgate.model.frozen import frozen
from certgate.model.tls_names import TLS_1_3, VERSIONS, cipher_number, group_number

__all__ = ["About", "Question"]

_VERSION_NUMBERS = {name: number for number, name in VERSIONS.items()}
_SHARED_AT_FIRST = frozenset({0x001D, 0x11EC})
"""The groups for which OpenSSL's own ClientHello sends a key share."""


class About(StrEnum):
    """Which of the server's choices a question is about."""

    VERSION = "version"
    CIPHER = "cipher"
    GROUP = "group"
    CERTIFICATE = "certificate"
    """Whether there is one at all: any choice means that."""


@frozen(slots=True, kw_only=True)
class Question:
    """One ClientHello and what to read from the answer. All values are the numbers that TLS uses."""

    what: str
    """What is offered, for people. It identifies the question: two questions never share it."""
    about: About = field(hash=False)
    wanted: frozenset[int] = field(hash=False)
    """The choices that mean that the server accepts what is asked about. A server may have others to choose from."""
    version: int
    """The highest version that is offered. TLS 1.3 is offered alone; any other version stands for older ones too."""
    suites: tuple[int, ...] = field(hash=False)
    groups: tuple[int, ...] = field(hash=False)
    """In the order of preference."""
    brief: str = field(default="", hash=False)
    """What is offered, without the list of what is not; empty if that is `what`."""
    shares: tuple[int, ...] = field(default=(), hash=False)
    """The groups for which a key share is sent, so that the server can take them at once."""
    signatures: tuple[int, ...] = field(default=(), hash=False)
    """The signature algorithms of the server's key and of its issuers; empty for all."""
    at_once: bool = False
    """Whether a group that the server takes after a HelloRetryRequest counts as not accepted."""

    def is_shown_by(self, *, version: str, cipher: str, group: str | None) -> bool:
        """Whether a full handshake that chose this has shown already that the server accepts what is asked about."""
        is_new = version == VERSIONS[TLS_1_3]
        match self.about:
            case About.VERSION:
                return _VERSION_NUMBERS.get(version) in self.wanted
            case About.CIPHER:
                return cipher_number(cipher) in self.wanted
            case About.GROUP:
                number = group_number(group or "") if is_new == (self.version == TLS_1_3) else None
                return number in self.wanted and (number in _SHARED_AT_FIRST or not self.at_once)
            case About.CERTIFICATE:
                return False
