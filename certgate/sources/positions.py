"""A set of positions below a limit, one bit for each."""

__all__ = ["Positions"]


class Positions:
    """Some of the positions from 0 on, below a limit."""

    def __init__(self, limit: int) -> None:
        self._bits = bytearray((limit + 7) // 8)

    def add(self, position: int) -> None:
        """Take one in."""
        self._bits[position >> 3] |= 1 << (position & 7)

    def has(self, position: int) -> bool:
        """Whether it was taken in."""
        return bool(self._bits[position >> 3] >> (position & 7) & 1)
