"""Runs of `certgate scan` with a journal, in a world without a network: what each target shows is fixed."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from certgate.cli import main as cli
from certgate.lab.pki import issue, pem
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.observation import Failure, FailureKind, Observation, Observed, Phase, Vantage

ROOT = issue("Root", ca=True, days=3650)
LEAF = issue("a.example", issuer=ROOT, sans=["*.example"])
STRANGER = issue("b.example", sans=["*.example"])
STARTED = datetime.now(UTC) - timedelta(hours=1)
"""When everything is observed, so that it is fresh."""
CRL = Evidence(kind=EvidenceKind.CRL, source="http://crl.example/", content=b"\x30" * 70_000)
HOSTS = [f"h{n}.example" for n in range(8)]
FILE = Path("j/journal.jsonl")
REPORTS = ("r.json", "r.xml", "r.csv", "r.sarif")


class World:
    """What targets show, and which of them were asked. Something can happen before each is observed."""

    def __init__(self, started=STARTED, leaf=LEAF.der, stranger=STRANGER.der, root=ROOT.der):
        self._started = started
        self._chains = {"h2.example": (stranger, root)}
        self._usual = (leaf, root)
        self.asked = []
        self.silent = set()
        self.before = lambda target, stop: None

    def observe(self, targets, options, *, completion, stop):
        del options, completion
        for target in targets:
            self.before(target, stop)
            if stop.wanted:
                return
            self.asked.append(target.id)
            yield self.seen(target)

    def seen(self, target):
        host = target.source.endpoint.host
        here = Observation(observed_at=self._started, vantage=Vantage("192.0.2.1:443", host), connections=1)
        if host in self.silent:
            failure = Failure(FailureKind.REFUSED, Phase.CONNECT, "the connection was refused")
            return Observed(target, (replace(here, failure=failure),))
        chain = self._chains.get(host, self._usual)
        evidence = (CRL,) if host in {"h3.example", "h5.example"} else ()
        return Observed(target, (replace(here, presented=chain, evidence=evidence),))


def prepare(monkeypatch, folder, started=STARTED):
    """The world, in which the working directory is `folder`."""
    world = World(started)
    monkeypatch.chdir(folder)
    monkeypatch.setattr("certgate.sources.endpoints.observe_endpoints", world.observe)
    monkeypatch.setattr("certgate.gate.planning.utc_now", lambda: started)
    Path("root.pem").write_bytes(pem(ROOT))
    Path("p.yaml").write_text("rules: [{rule: trust.anchor}, {rule: chain.root-sent, severity: warning}]\n")
    declare(HOSTS)
    return world


def declare(hosts):
    Path("hosts.txt").write_text("".join(f"{host}\n" for host in hosts))


def scan(*arguments, journal="j"):
    """Scan the list; returns the exit code, and the bytes of all reports."""
    options = ["--policy=p.yaml", "--trust=root.pem", "--retries=0"]
    options += [f"--journal={journal}"] if journal else []
    return reported("scan", "--targets=hosts.txt", *options, *arguments)


def merge(*arguments):
    """Merge journals; returns the exit code, and the bytes of all reports."""
    return reported("merge", *arguments)


def reported(*arguments):
    reports = [f"--report={kind}={name}" for kind, name in zip(("json", "junit", "csv", "sarif"), REPORTS, strict=True)]
    code = cli.run([*arguments, "--quiet", *reports])
    return code, [Path(name).read_bytes() if Path(name).exists() else None for name in REPORTS]


def ids(hosts):
    return [f"{host}:443" for host in hosts]


def cuts():
    """Offsets of every kind in a journal: at and beside the ends of lines of each kind, and inside of lines."""
    ends = [*accumulate(map(len, FILE.read_bytes().splitlines(keepends=True)))]
    header, target, content, last, end = ends[0], ends[1], ends[4], ends[-2], ends[-1]
    beside = {at + by for at in (header, target, content, last) for by in (-1, 0, 1)}
    return sorted(beside | {0, 1, end - 1, end} | {*random.Random(1).sample(range(end), 8)})


def lines(path=FILE):
    return [json.loads(line) for line in path.read_bytes().splitlines()]
