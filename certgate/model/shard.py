"""Shards: equal parts of the targets, which several machines observe."""

from dataclasses import dataclass
from hashlib import sha256

__all__ = ["WHOLE", "Shard"]


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `count` equal parts of the targets, by the SHA-256 of their ids. Numbers count from 1."""

    number: int
    count: int

    def __str__(self) -> str:
        """The shard as --shard writes it: 3/8."""
        return f"{self.number}/{self.count}"

    def holds(self, id: str) -> bool:
        """Whether the target with this id is in the shard. Adding targets moves no other."""
        digest = sha256(id.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest, "big") % self.count == self.number - 1


WHOLE = Shard(1, 1)
"""All targets."""
