"""Fuzz for a while: python -m tests.fuzz.run SECONDS [SEED], or one input again: … --target NAME --input FILE."""

import argparse
import contextlib
import io
import sys
import time
from math import inf
from pathlib import Path
from random import Random

from certgate.model.errors import CertgateError
from tests.fuzz.targets import TARGETS, input_for

__all__ = ["problem_with", "slice_of"]

MOST_SECONDS = 1.0
"""Of one input."""


def problem_with(target: str, data: bytes, most_seconds: float = inf) -> str | None:
    """What is wrong with how the target takes the input; None if it takes or refuses it as it should."""
    begun = time.process_time()
    try:
        TARGETS[target](data)
    except CertgateError:
        pass
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"{type(error).__name__}: {error}"
    taken = time.process_time() - begun
    return f"took {taken:.1f} s" if taken > most_seconds else None


def slice_of(seed: int, count: int, most_seconds: float = inf) -> list[tuple[str, bytes, str]]:
    """The problems that the first `count` inputs of a seed meet for each target."""
    found = []
    for target in TARGETS:
        random = Random(f"{seed} {target}")
        for _ in range(count if target != "check" else count // 10):
            data = input_for(target, random)
            if problem := problem_with(target, data, most_seconds):
                found.append((target, data, problem))
    return found


def _fuzz(seconds: float, seed: int, folder: Path) -> int:
    """Rounds of ten inputs for each target until the time is over; each round is a seed of its own."""
    end, round_number, seen, count = time.monotonic() + seconds, seed, set[str](), 0
    for target in TARGETS:  # what is read once is read before the clock runs
        with contextlib.redirect_stderr(io.StringIO()):
            problem_with(target, b"")
    while time.monotonic() < end:
        for target, data, problem in slice_of(round_number, 10, MOST_SECONDS):
            brief = f"{target}: {problem.splitlines()[0][:200]}"
            if brief in seen:
                continue
            seen.add(brief)
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{target}-{round_number}-{len(seen)}"
            path.write_bytes(data)
            _say(f"{target}: {problem}\n  again: python -m tests.fuzz.run --target {target} --input {path}")
        round_number += 1
        count += 1
    _say(f"{count} rounds from seed {seed}, {len(seen)} problems")
    return 1 if seen else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=60)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--target", choices=TARGETS)
    parser.add_argument("--input", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("fuzz-found"))
    words = parser.parse_args()
    if words.target:
        problem = problem_with(words.target, words.input.read_bytes(), MOST_SECONDS)
        _say(problem or "no problem")
        return 1 if problem else 0
    return _fuzz(words.seconds, words.seed, words.folder)


if __name__ == "__main__":
    sys.exit(main())
