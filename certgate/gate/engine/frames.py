"""What the first process and a worker say to each other: frames on a pipe, each a length and as many bytes."""

from typing import BinaryIO

__all__ = ["FAULT", "OVER", "RESULTS", "WANTS", "read_frame", "write_frame"]

WANTS = b"w"
"""A worker can take more targets."""
RESULTS = b"r"
"""Followed by pickled pairs of observations and result."""
OVER = b"o"
"""A worker has handed back whatever it could of all that it was sent."""
FAULT = b"f"
"""Followed by a sentence: why a worker ends."""

_LENGTH = 4


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame; None if the other process ended, or closed its end, before the frame was whole."""
    length = stream.read(_LENGTH)
    if len(length) < _LENGTH:
        return None
    size = int.from_bytes(length)
    frame = stream.read(size)
    return frame if len(frame) == size else None


def write_frame(stream: BinaryIO, frame: bytes) -> None:
    """Write a frame. Raises OSError if the other process closed its end."""
    stream.write(len(frame).to_bytes(_LENGTH))
    stream.write(frame)
    stream.flush()
