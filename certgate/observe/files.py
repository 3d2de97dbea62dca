"""One chain in a file: PEM with anything around the blocks, DER, or standard input."""

from typing import BinaryIO

from certgate.model.observation import Observation
from certgate.model.target import Target

__all__ = ["MAX_FILE_BYTES", "observe_file"]

MAX_FILE_BYTES = 10 * 1024 * 1024


def observe_file(target: Target, *, max_bytes: int = MAX_FILE_BYTES, stdin: BinaryIO | None = None) -> Observation:
    """The certificates in the target's file, in file order; what is wrong with it is the observation's failure."""
    raise NotImplementedError
