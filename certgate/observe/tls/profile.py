"""What a ClientHello offers, and which other one may help after a refusal."""

from dataclasses import replace
from enum import Enum, auto
from typing import Self

from certgate.model.frozen import frozen
from certgate.model.observation import Note
from certgate.observe.tls.key_types import Narrow

__all__ = ["BRAINPOOL_CURVES", "DEFAULT_ALPN", "NO_ALPN", "Profile", "Remedy"]

DEFAULT_ALPN = ("h2", "http/1.1")
NO_ALPN = ("none",)
"""What a target says that wants none to be offered."""
BRAINPOOL_CURVES = ("brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1")
"""Offered one after the other: a client context takes a single curve (RFC 7027)."""


class Remedy(Enum):
    """A change of the ClientHello that may help."""

    CLASSICAL = auto()
    """A small one, without post-quantum groups."""
    NO_STAPLE = auto()
    """One that does not ask for a staple."""
    NO_ALPN = auto()
    """One that offers no application protocols."""
    BRAINPOOL = auto()
    """One of TLS 1.2 with a Brainpool curve, which no default ClientHello offers."""


@frozen(slots=True)
class Profile:
    """What one ClientHello offers."""

    ask_for_staple: bool = True
    alpn: tuple[str, ...] = DEFAULT_ALPN
    alpn_refused: bool = False
    curve: str = ""
    """The only group offered; empty for those that a modern client offers. One makes a ClientHello of one packet."""
    narrow: Narrow | None = None
    """Which types of keys the server's certificate may have; None for any."""

    @property
    def is_default(self) -> bool:
        """Whether it offers the groups that a modern client offers."""
        return not self.curve

    @property
    def is_brainpool(self) -> bool:
        """Whether it offers a Brainpool curve alone."""
        return self.curve in BRAINPOOL_CURVES

    def with_remedy(self, remedy: Remedy | None) -> Self | None:
        """The profile with this remedy; None if there is none or it was tried already.

        Narrow profiles have the other remedies already, if the server needs them.
        """
        if self.narrow and remedy is not Remedy.NO_STAPLE:
            return None
        if remedy is Remedy.CLASSICAL and self.is_default:
            return replace(self, curve="secp256r1")
        if remedy is Remedy.NO_STAPLE and self.ask_for_staple:
            return replace(self, ask_for_staple=False)
        if remedy is Remedy.NO_ALPN and self.alpn == DEFAULT_ALPN:  # one that the target names is part of the question
            return replace(self, alpn=(), alpn_refused=True)
        if remedy is Remedy.BRAINPOOL and self.curve != BRAINPOOL_CURVES[-1]:
            tried = BRAINPOOL_CURVES.index(self.curve) + 1 if self.is_brainpool else 0
            return replace(self, curve=BRAINPOOL_CURVES[tried])
        return None

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes on facts that were obtained with this profile."""
        if self.ask_for_staple and not self.curve and not self.alpn_refused:
            return ()
        changes = {
            Note.STAPLE_UNUSABLE: not self.ask_for_staple,
            Note.CLASSICAL_RETRY: self.curve == "secp256r1",
            Note.ALPN_REFUSED: self.alpn_refused,
            Note.BRAINPOOL_RETRY: self.is_brainpool,
        }
        return tuple(note for note, is_so in changes.items() if is_so)
