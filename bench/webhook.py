"""What an admission costs: answers in time at a steady rate, CPU beside that of `check`, and memory over many.

`python bench/webhook.py [--seconds 20] [--admissions 100000] [RATIOS]`. The client runs in this process, on the same
machine. Latency counts from the moment at which a request was due, whether or not the client was late.
"""

import argparse
import asyncio
import gc
import json
import os
import random
import ssl
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from measure import run
from ratios import Ratio, held

from certgate.lab.pki import issue, pem

DISTINCT, REPEATED = 200, 500
"""Secrets a second."""
CONNECTIONS = 16
POOL = 5_000
"""Different certificates among the objects of the memory test: more than any cache holds."""
ROUNDS = 3
SOME, MANY = 200, 1_200
"""Secrets in the two manifests whose difference is what `check` takes for each."""
LIMITS = {"p99 in seconds": 0.05, "CPU per admission / per Secret of check": 1.5, "memory, end / after a fifth": 1.1}

SINCE = datetime.now(UTC) - timedelta(days=1)
ROOT = issue("Root", ca=True, not_before=SINCE, days=3650)
CA = issue("CA", ca=True, issuer=ROOT, not_before=SINCE, days=1000)
HOST = issue("127.0.0.1", issuer=CA, sans=["127.0.0.1"], policies=(), not_before=SINCE, days=60)


def make_secret(number: int) -> dict[str, object]:
    name = f"h{number}.example"
    leaf = issue(name, issuer=CA, sans=[name], policies=(), not_before=SINCE, days=60)
    data = {"tls.crt": pem(leaf, CA), "tls.key": leaf.key_pem}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": f"s{number}", "namespace": "bench"},
        "data": {key: b64encode(value).decode() for key, value in data.items()},
    }


def request_of(secret: dict[str, object], name: str = "") -> bytes:
    """An admission of the Secret, under another name if one is given."""
    metadata = {"name": name or "s", "namespace": "bench"}
    review = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "0", "operation": "CREATE", "kind": {"group": "", "version": "v1", "kind": "Secret"}, **metadata,
            "object": secret | ({"metadata": metadata} if name else {}),
        },
    }  # fmt: skip
    body = json.dumps(review).encode()
    return f"POST /validate?timeout=10s HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class Webhook:
    """The running program."""

    process: subprocess.Popen[str]
    port: int

    @property
    def pids(self) -> list[int]:
        own = self.process.pid
        return [own, *map(int, Path(f"/proc/{own}/task/{own}/children").read_text().split())]

    def cpu(self) -> float:
        """Seconds so far, of all its processes, user and system."""
        words = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.pids)
        return sum(int(one[11]) + int(one[12]) for one in words) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """MiB of all its processes, what they share counted once."""
        rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.pids)
        return sum(int(text.partition("Pss:")[2].split()[0]) for text in rollups) / 1024


@contextmanager
def running(home: Path) -> Iterator[Webhook]:
    command = [sys.executable, "-m", "certgate.cli.main", "webhook", "--listen", "127.0.0.1:0"]
    command += ["--tls-cert", str(home / "tls.crt"), "--tls-key", str(home / "tls.key")]
    command += ["--policy", "internal-pki", "--trust", str(home / "root.pem")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={"HOME": str(home)}) as process:
        line = next(line for line in iter(process.stderr.readline, "") if "listens on" in line)
        yield Webhook(process, int(line.rpartition("/")[0].rpartition(":")[2]))
        process.terminate()


async def load(webhook: Webhook, home: Path, due: Iterable[tuple[float, bytes]]) -> list[float]:
    """Send each request when it is due, and return how long after that its answer came. Each must be allowed."""
    context = ssl.create_default_context(cafile=home / "root.pem")
    waiting, began, taken = iter(due), time.perf_counter() + 0.1, []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", webhook.port, ssl=context)
        for at, request in waiting:
            await asyncio.sleep(began + at - time.perf_counter())
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
            taken.append(time.perf_counter() - began - at)
            if b'"allowed": true' not in body or b"warnings" in body:
                sys.exit(f"bench: {body[:2000]!r}")
        writer.close()

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return taken


def at_once(requests: Sequence[bytes]) -> list[tuple[float, bytes]]:
    return [(0.0, request) for request in requests]


def steady(distinct: Sequence[bytes], repeated: bytes, seconds: int) -> list[tuple[float, bytes]]:
    due = [(number / DISTINCT, request) for number, request in enumerate(distinct)]
    due += [(number / REPEATED, repeated) for number in range(REPEATED * seconds)]
    return sorted(due, key=lambda one: one[0])


def of_check(home: Path, secrets: Sequence[dict[str, object]]) -> float:
    """CPU seconds that `check` takes for each Secret, without its start."""
    costs = []
    for count in (SOME, MANY):
        manifest = home / f"{count}.json"
        manifest.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": secrets[:count]}))
        command = [sys.executable, "-m", "certgate.cli.main", "check", manifest, "--workers", "1", "--quiet"]
        costs.append(run([*command, "--policy", "internal-pki", "--trust", home / "root.pem"]).cpu)
    return (costs[1] - costs[0]) / (MANY - SOME)


def in_time(webhook: Webhook, home: Path, secrets: Sequence[dict[str, object]], seconds: int) -> float:
    """The time within which 99 of 100 answers come at the steady rate."""
    again = request_of(secrets[-1])
    asyncio.run(load(webhook, home, at_once([again, *map(request_of, secrets[-100:])])))
    due = steady([request_of(one) for one in secrets[: DISTINCT * seconds]], again, seconds)
    gc.collect()
    gc.freeze()  # the client's own pauses are not the webhook's
    before = webhook.cpu()
    taken = sorted(asyncio.run(load(webhook, home, due)))
    print(f"{len(due) / seconds:.0f} a second for {seconds} s took {webhook.cpu() - before:.1f} s of CPU")
    for share in (0.5, 0.9, 0.99, 1.0):
        print(f"  p{share * 100:g}: {taken[int(share * (len(taken) - 1))] * 1000:.1f} ms")
    return taken[int(0.99 * (len(taken) - 1))]


def beside_check(webhook: Webhook, home: Path, secrets: Sequence[dict[str, object]]) -> float:
    """CPU of an admission of a Secret that is not known, in units of what `check` takes for one."""
    count = MANY - SOME
    rounds = []
    for number in range(ROUNDS):
        costs = []
        repeated = [request_of(secrets[0], "again")] * count
        for requests in ([request_of(one, f"r{number}") for one in secrets[:count]], repeated):
            before = webhook.cpu()
            asyncio.run(load(webhook, home, at_once(requests)))
            costs.append((webhook.cpu() - before) / count)
        rounds.append((*costs, of_check(home, secrets)))
    first, again, check = (min(one[column] * 1000 for one in rounds) for column in range(3))
    print(f"CPU: {first:.2f} ms an admission, {again:.2f} ms a repeated one; check {check:.2f} ms a Secret")
    return first / check


def growth(webhook: Webhook, home: Path, secrets: Sequence[dict[str, object]], admissions: int) -> float:
    """Memory after many admissions of different objects, in units of that after a fifth of them."""
    drawn, sizes = random.Random(1), []
    fifth = admissions // 5
    for count in (fifth, admissions - fifth):
        requests = (request_of(drawn.choice(secrets), f"m{len(sizes)}-{number}") for number in range(count))
        asyncio.run(load(webhook, home, ((0.0, request) for request in requests)))
        sizes.append(webhook.memory())
    print(f"memory: {sizes[0]:.0f} MiB after {fifth:,}, {sizes[1]:.0f} MiB after {admissions:,} admissions")
    return sizes[1] / sizes[0]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--admissions", type=int, default=100_000)
    parser.add_argument("ratios", nargs="*")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name, data in (("root.pem", pem(ROOT)), ("tls.crt", pem(HOST, CA)), ("tls.key", HOST.key_pem)):
            (home / name).write_bytes(data)
        secrets = [make_secret(number) for number in range(max(POOL, DISTINCT * wanted.seconds + 100))]
        with running(home) as webhook:
            seen = [in_time(webhook, home, secrets, wanted.seconds), beside_check(webhook, home, secrets)]
        with running(home) as webhook:
            seen.append(growth(webhook, home, secrets[:POOL], wanted.admissions))
    ratios = [Ratio(f"webhook: {name}", one, limit) for one, (name, limit) in zip(seen, LIMITS.items(), strict=True)]
    return held(ratios, wanted.ratios)


if __name__ == "__main__":
    sys.exit(main())
