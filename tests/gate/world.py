"""A small PKI, targets of it, and who listens to a run."""

from dataclasses import replace

from certgate.gate import RunSpec, prepare, run
from certgate.lab.pki import CLOCK, issue
from certgate.model.listener import Listener
from certgate.model.observation import Observation, Observed

ROOT = issue("Root", ca=True, days=3650)
LEAF = issue("a.example", issuer=ROOT, sans=["a.example"])
RULES = """\
rules:
  - rule: trust.anchor
  - rule: validity.expired
  - {rule: chain.depth, max_intermediates: 1}
"""


class Heard(Listener):
    name = "the test"

    def __init__(self):
        self.header = self.summary = None
        self.seen = []
        self.results = []

    def begin(self, header):
        self.header = header

    def observed(self, observed):
        self.seen.append(observed)

    def add(self, result):
        self.results.append(result)

    def end(self, summary):
        self.summary = summary


def seen(target, **facts):
    facts = {"presented": (LEAF.der,)} | facts
    return Observed(target, (Observation(observed_at=CLOCK, **facts),))


def see(targets):
    """Observe all that there is, in the order of declaration."""
    for one in targets:
        yield seen(one)


def several(target, count):
    return [replace(target, id=f"{n}.example:443", ordinal=n) for n in range(count)]


def run_gate(targets, observe=see, listeners=(), stop=None, engine=None, **options):
    heard = Heard()
    how = {"stop": stop, **({"engine": engine} if engine else {})}
    return run(prepare(targets, RunSpec(**options)), targets, observe, [*listeners, heard], **how), heard
