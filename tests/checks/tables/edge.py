"""An edge and the origin behind it."""

from datetime import timedelta

from certgate.lab.pki import CLOCK, issue
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.stranger import EDGE_STRANGER, ORIGIN_STRANGER
from certgate.model.target import Origin, Probe, Sameness, Visit
from certgate.x509.certificate import parse_certificate
from tests.checks.tables.looks import NAME, seen, vantages
from tests.checks.tables.row import Table, key, na, nc, problem, row

ORIGIN, SECOND, DAY = "198.51.100.7:8443", timedelta(seconds=1), timedelta(days=1)
ROOT, OTHER_ROOT = issue("Root", ca=True), issue("Other root", ca=True)
CA = issue("CA", ca=True, issuer=ROOT)
NO_ORIGIN, NOT_ASKED = na("the target declares no origin"), nc(f"the origin {ORIGIN} was not asked")


def leaf(*names, **changes):
    return issue(**({"sans": names or (NAME,), "issuer": CA, "key": key()} | changes))


LEAF, OTHER_KEY = leaf(), leaf(key=key("P-384"))
END = CLOCK + 60 * DAY


def told(credential):
    return f"sha256 {parse_certificate(credential.der).key.sha256[:16]}"


def until(moment):
    return leaf(not_after=moment)


def edge(here, there, *, names=(NAME,), store=None, **origin):
    """An edge that shows one chain, and its origin with another."""
    looks = [seen(*here)] + ([seen(*there, address=ORIGIN, probe=Probe.ORIGIN)] if there else [])
    visit = Visit(origin=Origin(**({"host": "198.51.100.7", "port": 8443} | origin)))
    return vantages(*looks, visit=visit, names=names, store=store)


def versions(here, there):
    looks = seen(LEAF, version=here), seen(LEAF, version=there, address=ORIGIN, probe=Probe.ORIGIN)
    return vantages(*looks, visit=Visit(origin=Origin(host="198.51.100.7", port=8443)))


def stranger(outcome, at_edge=None, *, closed=True, **facts):
    answers = (
        ProbeAnswer(what=ORIGIN_STRANGER, outcome=outcome, **facts),
        *([ProbeAnswer(what=EDGE_STRANGER, outcome=at_edge)] if at_edge else []),
    )
    probed = seen(address=ORIGIN, probe=Probe.STRANGER, probes=answers)
    return vantages(seen(LEAF), probed, visit=Visit(origin=Origin(host="198.51.100.7", port=8443, closed=closed)))


def usual():
    """Rows of every rule that compares the two."""
    return (
        row("no origin", vantages(seen(LEAF)), NO_ORIGIN),
        row(
            "an origin that was not asked",
            edge([LEAF], [], same=tuple(Sameness), trust=("root.pem",), store=ROOT),
            NOT_ASKED,
        ),
    )


def expired(text, key):
    return problem(f"the origin's certificate {text}", key=key)


TRUST = {"trust": ("root.pem",), "store": ROOT}
IN, BY_NETWORK, BY_APPLICATION = ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED, ProbeOutcome.REFUSED_BY_APPLICATION

TABLE: Table = {
    "edge.names": (
        row("its name", edge([LEAF], [LEAF])),
        row("another name", edge([LEAF], [leaf("b.example")]), problem(f"the origin's certificate is not for {NAME}; it has: DNS:b.example", key=NAME)),
        row("an address alone expected", edge([LEAF], [LEAF], names=("192.0.2.1",)), na("the target expects no host name")),
        *usual(),
    ),
    "edge.same": (
        row("everything", edge([LEAF, CA], [LEAF, CA], same=tuple(Sameness))),
        row("names in another case", edge([LEAF], [leaf("A.example")], same=(Sameness.NAMES,))),
        row("one name more", edge([LEAF], [leaf(NAME, "b.example")], same=(Sameness.NAMES,)), problem("the names differ: DNS:a.example at the edge, DNS:a.example, DNS:b.example at the origin", key="names")),
        row("another key", edge([LEAF], [OTHER_KEY], same=(Sameness.KEY,)), f"the keys differ: {told(LEAF)} at the edge, {told(OTHER_KEY)} at the origin"),
        row("another key, where names count", edge([LEAF], [OTHER_KEY], same=(Sameness.NAMES,))),
        row("nothing listed", edge([LEAF], [LEAF]), na("the target lists nothing that must be the same")),
        *usual(),
    ),
    "edge.expiry": (
        row("the same second", edge([until(END)], [until(END)])),
        row("a second before the edge", edge([until(END)], [until(END - SECOND)]), expired("ends first: on 2026-08-14, the edge's on 2026-08-14", "first")),
        row("a second before the edge, which the policy allows", edge([until(END)], [until(END - SECOND)]), may_end_first=True),
        row("its last second", edge([until(CLOCK)], [until(CLOCK)])),
        row("a second later", edge([until(END)], [until(CLOCK - SECOND)]), expired("expired just now (2026-06-15 11:59:59 UTC)", "invalid"), may_end_first=True),
        *usual(),
    ),
    "edge.version": (
        row("the same", versions("TLSv1.3", "TLSv1.3")),
        row("a newer one", versions("TLSv1.2", "TLSv1.3")),
        row("an older one", versions("TLSv1.3", "TLSv1.2"), "TLSv1.2 negotiated with the origin, TLSv1.3 with the edge"),
        *usual(),
    ),
    "edge.origin-trusted": (
        row("its store", edge([LEAF], [LEAF, CA], **TRUST)),
        row("another store", edge([LEAF], [LEAF, CA], trust=("o.pem",), store=OTHER_ROOT), problem("the origin's chain: no path to a trusted root: the chain stops at CN=CA, issued by CN=Root, which was neither sent nor is trusted", key="trust.anchor")),
        row("no store", edge([LEAF], [LEAF]), na("the target names no trust store for its origin")),
        *usual(),
    ),
    "edge.origin-closed": (
        row("refused by the network, while the edge answers", stranger(BY_NETWORK, IN)),
        row("let in", stranger(IN, chosen="TLSv1.3", status=404), problem("the origin 198.51.100.7:8443 lets a stranger in: accepted, TLSv1.3, HTTP status 404", key="open")),
        row("refused by the application, which lets the same in at the edge", stranger(BY_APPLICATION, IN)),
        row("refused by the application", stranger(BY_APPLICATION), nc("the origin refuses (refused by application), but the edge does not let the same in: it was not asked")),
        row("silence", stranger(ProbeOutcome.SILENT, detail="no route"), nc("whether the origin 198.51.100.7:8443 refuses strangers is not known: silent, no route")),
        row("an origin that is open", stranger(IN, closed=False), na("the target does not say that its origin is closed")),
    ),
}  # fmt: skip
