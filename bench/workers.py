"""What two workers gain over one: 10,000 endpoints with one chain, on a machine with two cores.

On loopback the servers share the cores, so the bound is what one worker and the servers use, spread over both cores at
85 %. Runs alternate, the least of three. Exits 1 if a limit is exceeded.
"""

import os
import sys
import tempfile
from itertools import cycle
from pathlib import Path

from farm import Farm, farm
from measure import Cost, least, run
from ratios import Ratio, held

from bench import CERTGATE

ENDPOINTS = 10_000
ADDRESSES = 2_000
ROUNDS = 3
CORES = 2
EFFICIENCY = 0.85
MAX_CPU = 1.2
MAX_MEMORY = 150.0


def scan(endpoints: Farm, lines: list[str], workers: int) -> Cost:
    words = ["--policy", "internal-pki", "--trust", endpoints.root, "--per-host", "64", "--workers", str(workers)]
    with tempfile.TemporaryDirectory() as folder:
        report = ["--report", f"json={folder}/report.json"]
        return run([CERTGATE, "scan", "--targets", "-", *words, *report], "\n".join(lines))


def server_cpu(endpoints: Farm) -> float:
    """The seconds that the servers have used so far."""
    children = Path(f"/proc/{endpoints.pid}/task/{endpoints.pid}/children").read_text().split()
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in (endpoints.pid, *children)]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    with farm(ADDRESSES) as endpoints:
        lines = [
            f"{address}:{endpoints.port} name=n{n}.bench.example"
            for n, address in zip(range(ENDPOINTS), cycle(endpoints.addresses), strict=False)
        ]
        one, two, servers = [], [], []
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            before = server_cpu(endpoints)
            one.append(scan(endpoints, lines, 1))
            servers.append(server_cpu(endpoints) - before)
            two.append(scan(endpoints, lines, 2))
    single, pair = least(one), least(two)
    allowed = (single.cpu + min(servers)) / CORES / EFFICIENCY
    print(f"\n{ENDPOINTS:,} endpoints{'':15}{'CPU s':>8}{'wall s':>8}{'MiB':>8}")
    for name, cost in (("one worker", single), ("two workers", pair)):
        print(f"{name:31}{cost.cpu:8.1f}{cost.wall:8.1f}{cost.memory:8.0f}")
    print(f"{'the servers, for one worker':31}{min(servers):8.1f}")
    ratios = [
        Ratio("wall of two workers, times what is allowed", pair.wall / allowed, 1.0),
        Ratio("CPU of two workers, times one", pair.cpu / single.cpu, MAX_CPU),
        Ratio("memory of the largest process, MiB", pair.memory, MAX_MEMORY),
    ]
    return held(ratios, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
