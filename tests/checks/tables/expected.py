"""Whether an endpoint serves the chain that was deployed to it."""

from datetime import timedelta

from certgate.checks.framework.subjects import ExpectedChain
from certgate.lab.pki import CLOCK, issue
from certgate.x509.certificate import parse_certificate
from tests.checks.tables.row import Table, na, problem, row

ROOT = issue("Root", ca=True)
MIDDLE, OTHER = (issue(name, issuer=ROOT, ca=True) for name in ("Middle", "Other"))
START, SECOND = CLOCK - timedelta(days=2), timedelta(seconds=1)


def leaf(start, *names):
    return issue("a.example", issuer=MIDDLE, sans=names or ["a.example"], not_before=start)


LEAF, SAME_SECOND, EARLIER, ELSEWHERE = (
    leaf(START),
    leaf(START),
    leaf(START - SECOND),
    leaf(START - SECOND, "b.example"),
)
SERVED = "the served leaf is not an older one with the same names"


def chain(*served):
    sent = [parse_certificate(one.der) for one in served]
    deployed = tuple(parse_certificate(one.der) for one in (LEAF, MIDDLE, ROOT))
    return ExpectedChain(sent[0], tuple(one.sha256 for one in sent), deployed)


def wrong(served):
    evidence = {"served": parse_certificate(served.der).sha256, "expected": parse_certificate(LEAF.der).sha256}
    return problem("wrong leaf: a.example served, a.example expected", key="leaf", evidence=evidence)


TABLE: Table = {
    "expected.served": (
        row("without the root", chain(LEAF, MIDDLE)),
        row("in another order", chain(LEAF, ROOT, MIDDLE)),
        row("without an issuer", chain(LEAF), problem("Middle is not served, but was deployed with the leaf", key="missing Middle")),
        row("one more", chain(LEAF, MIDDLE, OTHER), problem("1 served certificate was not deployed with the leaf", key="more")),
        row("two more", chain(LEAF, MIDDLE, OTHER, SAME_SECOND), problem("2 served certificates were not deployed with the leaf", key="more")),
        row("another leaf of that second", chain(SAME_SECOND, MIDDLE), wrong(SAME_SECOND)),
        row("an older leaf for other names", chain(ELSEWHERE, MIDDLE), wrong(ELSEWHERE)),
        row("an older leaf", chain(EARLIER, MIDDLE), na("the served leaf is an older one (see expected.reloaded)")),
    ),
    "expected.reloaded": (
        row("the leaf", chain(LEAF, MIDDLE)),
        row("a leaf that is a second older", chain(EARLIER, MIDDLE), "old certificate served: 2026-06-13 to 2026-09-11, the renewed one is 2026-06-13 to 2026-09-11"),
        row("another leaf of that second", chain(SAME_SECOND, MIDDLE), na(SERVED)),
        row("an older leaf for other names", chain(ELSEWHERE, MIDDLE), na(SERVED)),
    ),
}  # fmt: skip
