"""Shards: equal parts of the targets, which several machines observe."""

import re
from hashlib import sha256

from certgate.model.errors import UsageError
from certgate.model.frozen import frozen

__all__ = ["WHOLE", "Shard", "parse_shard"]


@frozen(slots=True)
class Shard:
    """One of `count` equal parts of the targets, by the SHA-256 of their ids. Numbers count from 1."""

    number: int
    count: int

    def __str__(self) -> str:
        """The shard as --shard writes it: 3/8."""
        return f"{self.number}/{self.count}"

    @property
    def named(self) -> tuple[str, ...]:
        """What distinguishes its targets from others of the same list; nothing for all targets."""
        return () if self.count == 1 else (f"--shard {self}",)

    def holds(self, id: str) -> bool:
        """Whether the target with this id is in the shard. Adding targets moves no other."""
        if self.count == 1:
            return True
        digest = sha256(id.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest, "big") % self.count == self.number - 1


WHOLE = Shard(1, 1)
"""All targets."""
_SHARD = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})")


def parse_shard(text: str) -> Shard:
    """Parse `K/N`. Raises UsageError."""
    found = _SHARD.fullmatch(text)
    if not found:
        raise UsageError(f'--shard "{text}" is not a number and a count such as 3/8')
    shard = Shard(*map(int, found.groups()))
    if shard.number > shard.count:
        raise UsageError(f"--shard {text}: numbers count from 1, so the last shard is {shard.count}/{shard.count}")
    return shard
