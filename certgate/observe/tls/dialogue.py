"""A dialogue in the clear before TLS, with limits on the bytes of a line and of the whole."""

from collections.abc import Sequence
from importlib import import_module

from certgate.model.observation import Failure, FailureKind, Phase
from certgate.model.protocol import protocol_named
from certgate.observe.tls.failures import ObservationFailed
from certgate.observe.tls.prelude.interface import Ended, Exactly, Prelude, Send, Step, Talk, UnexpectedAnswer, Until
from certgate.observe.tls.wire import looks_like_tls, printable, what_spoke

__all__ = ["MAX_DIALOGUE_BYTES", "MAX_LINE_BYTES", "Dialogue", "preludes_of"]

MAX_LINE_BYTES = 4 * 1024
MAX_DIALOGUE_BYTES = 64 * 1024
_ADVICE = "it speaks TLS at once: remove STARTTLS from this target"


def preludes_of(protocol: str) -> Sequence[Prelude]:
    """The ways in which TLS begins in a protocol."""
    known = protocol_named(protocol)
    if known is None:
        raise LookupError(protocol)
    word = known.module or known.name
    found: tuple[Prelude, ...] = import_module(f"certgate.observe.tls.prelude.{word}").PRELUDES
    return found


class Dialogue:
    """Bytes in, bytes out, no I/O. `is_over` once the server agreed to TLS."""

    def __init__(self, talk: Talk[None], peer: str, protocol: str) -> None:
        """`peer` and `protocol` are named in failures."""
        self._talk = talk
        self._peer = peer
        self._protocol = protocol
        self._step: Step | None = None
        self._received = bytearray()
        self.is_over = False
        self.has_spoken = False
        self.count = 0
        """Bytes received."""

    def begin(self) -> bytes:
        """The bytes to send at first, often none. Raises ObservationFailed."""
        return self._go_on(None)

    def receive(self, data: bytes) -> bytes:
        """The bytes to send in reply to these. Raises ObservationFailed."""
        self.count += len(data)
        if self.count > MAX_DIALOGUE_BYTES:
            raise self._too_long(f"more than {MAX_DIALOGUE_BYTES // 1024} KiB")
        self._received += data
        taken = self._take()
        return b"" if taken is None else self._go_on(taken)

    @property
    def wanted(self) -> int:
        """How many bytes may be received without taking any that come after the dialogue."""
        return self._step.count - len(self._received) if isinstance(self._step, Exactly) else 1

    @property
    def left(self) -> bytes:
        """Bytes that were received but not expected."""
        return bytes(self._received)

    def closed(self) -> ObservationFailed:
        """The failure if the peer closes the connection now."""
        if self.left and looks_like_tls(self.left):
            return self._failure(UnexpectedAnswer(self.left))
        if self.count or self.has_spoken:
            detail = f"{self._peer} closed the connection during the {self._protocol} dialogue before TLS"
            return ObservationFailed(Failure(FailureKind.RESET, Phase.PRELUDE, detail), transient=True)
        detail = f"{self._peer} closed the connection without a {self._protocol} greeting"
        return ObservationFailed(Failure(FailureKind.GREETING_MISSING, Phase.PRELUDE, detail), transient=True)

    def too_slow(self, waited: str) -> ObservationFailed:
        """The failure if the time is up now."""
        if self.count:
            kind = FailureKind.DEADLINE
            detail = f"did not finish the {self._protocol} dialogue before TLS: it sent {self.count} bytes in {waited}"
        elif self.has_spoken:
            kind = FailureKind.TIMED_OUT
            detail = f"did not answer over {self._protocol} within {waited}; perhaps {_ADVICE}"
        else:
            kind = FailureKind.GREETING_MISSING
            detail = f"sent no {self._protocol} greeting within {waited}; perhaps {_ADVICE}"
        return ObservationFailed(Failure(kind, Phase.PRELUDE, f"{self._peer} {detail}"))

    def _go_on(self, taken: bytes | None) -> bytes:
        """Run the protocol as far as the received bytes allow."""
        said = bytearray()
        try:
            while True:
                self._step = next(self._talk) if taken is None else self._talk.send(taken)
                if isinstance(self._step, Send):
                    said += self._step.data
                    taken = b""
                elif (taken := self._take()) is None:
                    break
        except StopIteration:
            self.is_over = True
        except Ended as ended:
            raise self._failure(ended) from None
        self.has_spoken |= bool(said)
        return bytes(said)

    def _take(self) -> bytes | None:
        """The bytes that the protocol waits for, None until all have arrived."""
        if self._step is None or isinstance(self._step, Send):
            return None
        if isinstance(self._step, Until):
            at = self._received.find(self._step.end)
            count = at + len(self._step.end) if at >= 0 else len(self._received)
            if count > MAX_LINE_BYTES:
                raise self._too_long(f"a line of more than {MAX_LINE_BYTES // 1024} KiB")
            if at < 0:
                return None
        else:
            count = self._step.count
            if count > MAX_DIALOGUE_BYTES:
                raise self._too_long(f"more than {MAX_DIALOGUE_BYTES // 1024} KiB")
            if len(self._received) < count:
                return None
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    def _failure(self, ended: Ended) -> ObservationFailed:
        sentence = f"{self._peer} {ended.sentence.format(protocol=self._protocol)}"
        if isinstance(ended, UnexpectedAnswer):
            spoke = _ADVICE if looks_like_tls(ended.said or b"\0") else f"it speaks {what_spoke(ended.said)}"
            sentence = f"{sentence}: {spoke}"
        detail = f"{sentence}; it said '{printable(ended.said, 200)}'"
        return ObservationFailed(Failure(ended.kind, Phase.PRELUDE, detail))

    def _too_long(self, what: str) -> ObservationFailed:
        detail = f"{self._peer} sent {what} over {self._protocol} before TLS"
        return ObservationFailed(Failure(FailureKind.LIMIT, Phase.PRELUDE, detail))
