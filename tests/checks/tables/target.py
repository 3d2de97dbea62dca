"""Whether a target can be observed, and whether all addresses of a host serve the same."""

from datetime import timedelta
from hashlib import sha256

from certgate.checks.framework.subjects import Observations
from certgate.lab.ocsp import make_staple
from certgate.lab.pki import CLOCK, issue
from certgate.model.observation import FailureKind
from certgate.model.target import FileSource, Visit
from tests.checks.tables.looks import HERE, LEAF, NAME, THERE, seen, silent, vantages
from tests.checks.tables.row import Table, na, nc, problem, row, warning

SECOND = timedelta(seconds=1)
ROOT = issue("Root", ca=True)
RENEWED = issue(NAME, sans=[NAME], days=80)
EVERYWHERE = Visit(all_addresses=True)
FRESH, OLD = (
    make_staple(LEAF, ROOT, this_update=CLOCK - timedelta(days=1), next_update=end) for end in (CLOCK, CLOCK - SECOND)
)


def both(here, there, **facts):
    return vantages(here, there, visit=EVERYWHERE, **facts)


def told(credential):
    return f"sha256 {sha256(credential.der).hexdigest()[:16]}"


def differs(what, key, *told, make=warning):
    return make(f"the {what} differs between addresses: {'; '.join(told)}", key=key)


NOT_ALL = na("not all addresses of the host are visited")

TABLE: Table = {
    "target.observed": (
        row("seen", Observations((seen(LEAF),))),
        row("a client certificate wanted after the chain", Observations((silent(FailureKind.CLIENT_CERTIFICATE_REQUIRED), seen(LEAF))), nc("client-certificate-required: it said no")),
        row("silence", Observations((silent(FailureKind.TIMED_OUT),)), nc("timed-out: it said no")),
    ),
    "target.addresses-agree": (
        row("the same", both(seen(LEAF, ROOT), seen(LEAF, ROOT, address=THERE))),
        row("another leaf", both(seen(LEAF, ROOT), seen(RENEWED, ROOT, address=THERE)), differs("leaf", "leaf", f"{told(LEAF)} of 2026-05-16 to 2026-08-14 at {HERE}", f"{told(RENEWED)} of 2026-05-16 to 2026-08-04 at {THERE}", make=problem)),
        row("another chain", both(seen(LEAF, ROOT), seen(LEAF, address=THERE)), differs("chain", "chain", f"{sha256(ROOT.der).hexdigest()[:16]} at {HERE}", f"the leaf alone at {THERE}")),
        row("another version", both(seen(LEAF), seen(LEAF, address=THERE, version="TLSv1.2")), differs("version", "version", f"TLSv1.3 at {HERE}", f"TLSv1.2 at {THERE}")),
        row("a staple in its last second at both", both(seen(LEAF, staple=FRESH), seen(LEAF, address=THERE, staple=FRESH))),
        row("a second later at one", both(seen(LEAF, staple=FRESH), seen(LEAF, address=THERE, staple=OLD)), differs("staple", "staple", f"a fresh staple at {HERE}", f"an expired staple at {THERE}")),
        row("one that showed nothing", both(seen(LEAF), silent(address=THERE)), nc(f"no certificate was seen at {THERE}")),
        row("one address", vantages(seen(LEAF)), NOT_ALL),
        row("a file", vantages(seen(LEAF), source=FileSource("a.pem")), NOT_ALL),
    ),
}  # fmt: skip
