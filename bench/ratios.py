"""What a benchmark has seen: held to its limits, and compared with what earlier releases kept.

As a program: `ratios.py VERSION SEEN KEPT` adds what the file SEEN holds to the file KEPT as a line for VERSION.
Exits 1 if it is worse by more than a tenth than the line before.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Ratio", "held", "keep"]

MOST_WORSE = 1.1


@dataclass(frozen=True)
class Ratio:
    """A figure and the most that it may be."""

    name: str
    seen: float
    limit: float

    @property
    def is_ok(self) -> bool:
        return self.seen <= self.limit


def held(ratios: Sequence[Ratio], words: Sequence[str]) -> int:
    """Print the figures, and add them to the file that the arguments name, if any; 1 if a limit is exceeded."""
    print(f"\n{'limits':44}{'seen':>8}{'limit':>8}")
    for one in ratios:
        print(f"{one.name:44}{one.seen:8.2f}{one.limit:8.2f}  {'ok' if one.is_ok else 'EXCEEDED'}")
    for path in words[:1]:
        with Path(path).open("a") as kept:
            kept.writelines(json.dumps(asdict(one)) + "\n" for one in ratios)
    return int(not all(one.is_ok for one in ratios))


def keep(version: str, seen: Path, kept: Path) -> Sequence[str]:
    """Add a line for the version, and return what is worse than the last line; the same version replaces its line."""
    figures = {one["name"]: round(one["seen"], 3) for one in map(json.loads, seen.read_text().splitlines())}
    lines = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    lines = [line for line in lines if line["version"] != version]
    before = lines[-1] if lines else {"version": "", "figures": {}}
    lines.append({"version": version, "figures": figures})
    kept.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return [
        f"{name}: {figure:.2f}, {before['figures'][name]:.2f} in {before['version']}"
        for name, figure in figures.items()
        if figure > MOST_WORSE * before["figures"].get(name, figure)
    ]


if __name__ == "__main__":
    worse = keep(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    print("\n".join(worse) or "nothing is slower than in the last release")
    sys.exit(bool(worse))
