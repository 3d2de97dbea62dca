"""A long list with a journal, killed once in the middle and resumed: memory of each process, counts, time.

`python bench/million.py 1000000` scans that many endpoints: names behind 2,000 addresses on loopback. `--workers` and
further options go to certgate. Exits 1 if a target is not reported exactly once, or if a process exceeds the limit.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from farm import HOST, Farm, farm

ENDPOINTS = 100_000
ADDRESSES = 2_000
MAX_MIB = 300
SECONDS = 0.5
LINE = 3_000
"""Least bytes of a journal for one of these endpoints; it is killed when half of the lines may be there."""


@dataclass
class Run:
    """What one process with its workers cost."""

    seconds: float = 0.0
    peaks: dict[int, float] = field(default_factory=dict)
    """MiB by process."""
    code: int | None = None


def watched(command: list[str | Path], *, until: tuple[Path, int] | None = None) -> Run:
    """Run the command; `until` is a file, and the size at which it is killed."""
    cost, begun = Run(), time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while (code := process.poll()) is None:
            for pid in descendants(process.pid):
                with suppress(OSError, StopIteration):
                    cost.peaks[pid] = max(cost.peaks.get(pid, 0.0), peak(pid))
            if until and until[0].exists() and until[0].stat().st_size > until[1]:
                process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(SECONDS)
        cost.code = code
    cost.seconds = time.monotonic() - begun
    return cost


def descendants(pid: int) -> Iterator[int]:
    """The process and all that it started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                yield from descendants(int(child))


def peak(pid: int) -> float:
    """The most memory that the process used, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def reported(report: Path) -> int:
    """The number of distinct targets in a report of JSON lines."""
    with report.open() as lines:
        found = [hash(line.partition('"id": ')[2].partition(",")[0]) for line in lines if '"id": ' in line]
    return len(set(found)) if len(set(found)) == len(found) else -1


def scan(endpoints: Farm, count: int, folder: Path, more: list[str]) -> bool:
    lines = zip(cycle(endpoints.addresses), (f"n{n}.{HOST}" for n in range(count)), strict=False)
    with (folder / "hosts.txt").open("w") as hosts:
        hosts.writelines(f"{address}:{endpoints.port} name={name}\n" for address, name in islice(lines, count))
    journal, report = folder / "journal", folder / "report.jsonl"
    certgate = Path(sys.executable).with_name("certgate")
    words: list[str | Path] = [
        certgate,
        "scan",
        "--targets",
        folder / "hosts.txt",
        "--policy",
        "internal-pki",
        "--quiet",
    ]
    words += ["--trust", endpoints.root, "--per-host", "64", "--journal", journal, "--resume"]
    words += ["--report", f"jsonl={report}", *more]
    first = watched(words, until=(journal / "journal.jsonl", count * LINE // 2))
    kept = (journal / "journal.jsonl").read_bytes().count(b'{"ordinal"') if count <= ENDPOINTS else -1
    second = watched(words)
    for name, cost in (("killed", first), ("resumed", second)):
        memory = ", ".join(f"{one:.0f}" for one in cost.peaks.values())
        print(f"{name:10}{cost.seconds:9.1f} s  code {cost.code}  MiB by process: {memory}")
    found = reported(report)
    size = (journal / "journal.jsonl").stat().st_size / 2**20
    print(f"{count:,} targets, {kept:,} in the journal when killed, {found:,} reported once, journal {size:,.0f} MiB")
    worst = max(*first.peaks.values(), *second.peaks.values())
    print(f"peak {worst:.0f} MiB, limit {MAX_MIB}: {'ok' if worst <= MAX_MIB else 'EXCEEDED'}")
    return first.code == -9 and found == count and worst <= MAX_MIB


def main() -> int:
    count = int(sys.argv[1]) if sys.argv[1:] else ENDPOINTS
    with farm(ADDRESSES) as endpoints, tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        return int(not scan(endpoints, count, Path(folder), sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())
