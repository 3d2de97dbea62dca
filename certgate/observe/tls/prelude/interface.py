r"""The contract of a protocol module: how client and server talk until TLS may begin.

A protocol module defines `PRELUDES`, a tuple with one `Prelude`, or several where a protocol has several ways to begin:
they are tried in their order, each over a connection of its own.

`Prelude.talk` is a generator function over bytes. It does no I/O: it yields what it wants done and gets the answer.

    def talk(name: str) -> Talk:
        greeting = yield Until(b"\n")          # a line, its end included
        if not greeting.startswith(b"200"):
            raise Refused(greeting)
        yield Send(b"STARTTLS\r\n")
        if not (yield Until(b"\n")).startswith(b"382"):
            raise NotOffered(greeting)

It returns when the server has given its go-ahead, and not a byte later: whatever is left over then was said before the
client's first message of TLS and is reported as injected. It follows these rules:

- Speak only when spoken to, but where the client speaks first. Where the server does, the first step is not a `Send`:
  silence is then a missing greeting.
- Take an answer in whatever pieces and legal forms it may come: many lines, literals, long-form lengths.
- Ask for what is needed to begin TLS and nothing else. Never log in.
- End with `NotOffered`, `Refused` or `UnexpectedAnswer`, and give it the server's own words. They are escaped and cut
  by the caller, who also bounds time, the length of each `Until` and the bytes of the whole dialogue.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from typing import ClassVar, TypeVar

from certgate.model.frozen import frozen
from certgate.model.observation import FailureKind

__all__ = [
    "Ended",
    "Exactly",
    "Framing",
    "NotOffered",
    "Prelude",
    "Refused",
    "Send",
    "Step",
    "Talk",
    "UnexpectedAnswer",
    "Until",
]


@frozen(slots=True)
class Send:
    """Send these bytes; the step returns none."""

    data: bytes


@frozen(slots=True)
class Until:
    """Receive up to `end`, which is included."""

    end: bytes


@frozen(slots=True)
class Exactly:
    """Receive this many bytes."""

    count: int


Step = Send | Until | Exactly

_T = TypeVar("_T")

Talk = Generator[Step, bytes, _T]
"""A dialogue, or a part of one that another takes in with `yield from`."""


class Framing(ABC):
    """How TLS travels in packets of the protocol until the handshake is over. One object serves one connection."""

    @abstractmethod
    def wrap(self, data: bytes) -> bytes:
        """Bytes of TLS as they are sent."""

    @abstractmethod
    def unwrap(self, data: bytes) -> bytes:
        """The bytes of TLS in what was received; what is incomplete is kept. Raises UnexpectedAnswer."""


@frozen(slots=True)
class Prelude:
    """One way to begin TLS."""

    talk: Callable[[str], Talk[None]]
    """Called with the name that the server is expected to have, for protocols that ask for a domain."""
    way: str = ""
    """Which way it is, for protocols that have several."""
    alpn: tuple[str, ...] = ()
    """What is offered in the handshake unless the target says so."""
    framing: Callable[[], Framing] | None = None


class Ended(Exception):
    """The server did not agree to TLS. `said` is its answer."""

    kind: ClassVar[FailureKind]
    sentence: ClassVar[str]
    """After the peer and before its words, with `{protocol}`."""

    def __init__(self, said: bytes) -> None:
        super().__init__(said)
        self.said = said


class NotOffered(Ended):
    """The server does not know how to begin TLS, or is set up not to."""

    kind = FailureKind.STARTTLS_NOT_OFFERED
    sentence = "does not offer TLS over {protocol}"


class Refused(Ended):
    """The server refused for any other reason."""

    kind = FailureKind.STARTTLS_REFUSED
    sentence = "refuses to start TLS over {protocol}"


class UnexpectedAnswer(Ended):
    """What the server said is none of the protocol's answers."""

    kind = FailureKind.UNEXPECTED_ANSWER
    sentence = "does not speak {protocol}"
