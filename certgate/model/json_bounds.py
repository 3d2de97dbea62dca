"""How deep and how large a value is that was read from JSON, found without recursion."""

from typing import Any

__all__ = ["beyond"]


def beyond(value: Any, *, levels: int, parts: int | None = None) -> str:
    """What bound the value exceeds, as the end of a sentence about it; empty for none."""
    level, count = [value], 1
    for _ in range(levels + 1):
        inner = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [part for several in inner for part in several]
        count += len(level)
        if parts is not None and count > parts:
            return f"has more than {parts:,} parts"
        if not level:
            return ""
    return f"has more than {levels} levels"
