"""What 10,000 endpoints cost: behind one chain, and with a leaf each under one intermediate.

As bench.py, but one policy with both verification engines, and the least of three. Exits 1 if a limit is exceeded.
"""

import sys
import tempfile
from itertools import cycle

from farm import Farm, farm
from measure import Cost, least, run

from bench import CERTGATE, row, yardstick

ENDPOINTS = 10_000
ADDRESSES = 2_000
ROUNDS = 3
MAX_SHARED = 2.0
MAX_DISTINCT = 3.0


def scan(endpoints: Farm, lines: list[str]) -> Cost:
    words = ["--policy", "internal-pki", "--trust", endpoints.root, "--per-host", "64"]
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
        bare, one_chain, own_leaves = [], [], []
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            bare.append(yardstick(endpoints))
            one_chain.append(scan(endpoints, shared))
            own_leaves.append(scan(endpoints, distinct))
        few = scan(endpoints, shared[: ENDPOINTS // 10])
    unit = least(bare).cpu / ADDRESSES
    print(f"\n{'client CPU per endpoint':28}{'ms':>8}{'ratio':>8}{'MiB':>8}{'seconds':>9}")
    row("yardstick", least(bare), ADDRESSES, unit)
    row("1,000 endpoints, one chain", few, ENDPOINTS // 10, unit)
    row("10,000 endpoints, one chain", least(one_chain), ENDPOINTS, unit)
    row("10,000 distinct leaves", least(own_leaves), ENDPOINTS, unit)
    ratios = [
        (least(cost).cpu / ENDPOINTS / unit, limit)
        for cost, limit in ((one_chain, MAX_SHARED), (own_leaves, MAX_DISTINCT))
    ]
    for ratio, limit in ratios:
        print(f"{ratio:.2f} times the yardstick, limit {limit:.2f}: {'ok' if ratio <= limit else 'EXCEEDED'}")
    return int(any(ratio > limit for ratio, limit in ratios))


if __name__ == "__main__":
    sys.exit(main())
