"""How fast certgate is, as a ratio to a yardstick that runs on the same machine at the same time.

2,000 endpoints on loopback (nginx, ECDSA chain, staple), whole processes, the gate with its JSON report. Runs are
interleaved, the least of five counts. What it costs to ask the servers what they accept is a ratio to the same run that
asks nothing. Exits 1 if a limit is exceeded; an argument names a file to which the figures are added.
"""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from farm import HOST, Farm, farm
from measure import Cost, least, run
from others import openssl_loop, sslyze
from ratios import Ratio, held

ENDPOINTS = 2000
ROUNDS = 5
FEW = 100
MAX_RATIO = 1.5
MAX_ASKING = 2.5
MAX_MEMORY = 90.0
MAX_COLD_START = 0.45
MAX_VERSION = 0.15

ASKING = "mozilla-intermediate"
"""A policy that asks servers what they accept; the farm's satisfies it."""

SILENT = ("--ignore", "tls.accepts-*", "--ignore", "tls.certificates")
"""Leaves out the rules that need further connections."""

HERE = Path(__file__).parent
CERTGATE = Path(sys.executable).parent / "certgate"


def yardstick(endpoints: Iterable[str]) -> Cost:
    """The bare loop; an endpoint is `ADDRESS PORT NAME`."""
    return run([sys.executable, HERE / "yardstick.py"], "\n".join(endpoints))


def scan(endpoints: Farm, count: int, policy: str = "internal-pki", *more: str) -> Cost:
    words = ["--workers", "1", "--policy", policy, "--trust", endpoints.root, *more]
    with tempfile.TemporaryDirectory() as folder:
        report = ["--report", f"json={folder}/report.json"]
        lines = [f"{address}:{endpoints.port} name={HOST}" for address in endpoints.addresses[:count]]
        return run([CERTGATE, "scan", "--targets", "-", *words, *report], "\n".join(lines))


def main() -> int:
    with farm(ENDPOINTS) as endpoints:
        bare, gate, silent, asking = [], [], [], []
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            bare.append(yardstick(f"{address} {endpoints.port} {HOST}" for address in endpoints.addresses))
            gate.append(scan(endpoints, ENDPOINTS))
            silent.append(scan(endpoints, ENDPOINTS, ASKING, *SILENT))
            asking.append(scan(endpoints, ENDPOINTS, ASKING))
        one = least([scan(endpoints, 1) for _ in range(ROUNDS)])
        version = least([run([CERTGATE, "--version"]) for _ in range(ROUNDS)])
        others = {"openssl s_client": openssl_loop(endpoints, FEW), "sslyze --certinfo": sslyze(endpoints, FEW)}
    unit = least(bare).cpu / ENDPOINTS
    print(f"\n{'client CPU per endpoint':40}{'ms':>8}{'ratio':>8}{'MiB':>8}{'seconds':>9}")
    row("yardstick", least(bare), ENDPOINTS, unit)
    row("certgate scan, JSON report", least(gate), ENDPOINTS, unit)
    row(f"{ASKING}, nothing asked", least(silent), ENDPOINTS, unit)
    row(f"{ASKING}, 9 connections", least(asking), ENDPOINTS, unit)
    for name, cost in others.items():
        row(name, cost, FEW, unit)
    ratios = [
        Ratio("2,000 endpoints, CPU, times the yardstick", least(gate).cpu / ENDPOINTS / unit, MAX_RATIO),
        Ratio("asking, CPU, times not asking", least(asking).cpu / least(silent).cpu, MAX_ASKING),
        Ratio("2,000 endpoints, peak memory, MiB", least(gate).memory, MAX_MEMORY),
        Ratio("one endpoint, cold start to exit, s", one.wall, MAX_COLD_START),
        Ratio("certgate --version, s", version.wall, MAX_VERSION),
    ]
    return held(ratios, sys.argv[1:])


def row(name: str, cost: Cost | None, endpoints: int, unit: float) -> None:
    if cost is None:
        print(f"{name:40}{'not installed here':>33}")
        return
    each = cost.cpu / endpoints
    print(f"{name:40}{each * 1000:8.2f}{each / unit:8.2f}{cost.memory:8.0f}{cost.wall:9.1f}")


if __name__ == "__main__":
    sys.exit(main())
