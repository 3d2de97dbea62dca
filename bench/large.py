"""What 10,000 endpoints cost: behind one chain, and with a leaf each under one intermediate.

As bench.py, but one policy with both verification engines, and the least of three. Exits 1 if a limit is exceeded.
"""

import sys
import tempfile
from itertools import cycle

from farm import Farm, farm
from measure import Cost, least, run
from ratios import Ratio, held

from bench import CERTGATE, row, yardstick

ENDPOINTS = 10_000
ADDRESSES = 2_000
ROUNDS = 3
SHARED, DISTINCT = "with one chain", "distinct leaves"
MAX_SHARED = 1.4
MAX_DISTINCT = 3.0
MAX_MEMORY = 90.0


def scan(endpoints: Farm, lines: list[str]) -> Cost:
    words = ["--workers", "1", "--policy", "internal-pki", "--trust", endpoints.root, "--per-host", "64"]
    with tempfile.TemporaryDirectory() as folder:
        report = ["--report", f"json={folder}/report.json"]
        return run([CERTGATE, "scan", "--targets", "-", *words, *report], "\n".join(lines))


def main() -> int:
    with farm(ADDRESSES, leaves=ENDPOINTS) as endpoints:
        shared = [
            f"{address}:{endpoints.port} name={name}"
            for address, name in zip(cycle(endpoints.addresses), endpoints.names, strict=False)
        ]
        distinct = [f"127.0.0.1:{endpoints.distinct} name={name}" for name in endpoints.names]
        bare: dict[str, list[Cost]] = {SHARED: [], DISTINCT: []}
        gate: dict[str, list[Cost]] = {SHARED: [], DISTINCT: []}
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            for kind, lines in ((SHARED, shared), (DISTINCT, distinct)):
                bare[kind].append(yardstick(line.replace(":", " ").replace("name=", "") for line in lines))
                gate[kind].append(scan(endpoints, lines))
        few = scan(endpoints, shared[: ENDPOINTS // 10])
    print(f"\n{'client CPU per endpoint':36}{'ms':>8}{'ratio':>8}{'MiB':>8}{'seconds':>9}")
    units = {kind: least(costs).cpu / ENDPOINTS for kind, costs in bare.items()}
    row("1,000 endpoints, one chain", few, ENDPOINTS // 10, units[SHARED])
    for kind in (SHARED, DISTINCT):
        row(f"10,000 {kind}, yardstick", least(bare[kind]), ENDPOINTS, units[kind])
        row(f"10,000 {kind}", least(gate[kind]), ENDPOINTS, units[kind])
    ratios = [
        Ratio(f"10,000 {kind}, CPU", least(gate[kind]).cpu / ENDPOINTS / units[kind], limit)
        for kind, limit in ((SHARED, MAX_SHARED), (DISTINCT, MAX_DISTINCT))
    ]
    ratios.append(Ratio(f"10,000 {SHARED}, peak memory, MiB", least(gate[SHARED]).memory, MAX_MEMORY))
    return held(ratios, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
