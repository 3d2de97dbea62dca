"""Whether a certificate was replaced as its owner expects."""

from dataclasses import replace
from datetime import timedelta

from cryptography import x509

from certgate.checks.framework.subjects import Succession
from certgate.judge.chain import sent
from certgate.judge.seen import seen_certificate
from certgate.lab.pki import CLOCK, issue
from certgate.model.observation import Observation
from certgate.x509.certificate import parse_certificate
from tests.checks.tables.row import Table, key, na, nc, problem, row

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
CA = issue("CA 1", ca=True, key=key())
BEFORE = issue("a.example", issuer=CA, sans=["a.example"], key=key(), days=90)
NOW = issue("a.example", issuer=CA, sans=["a.example"], key=key("P-384"), days=90)
REUSED = issue("a.example", issuer=CA, sans=["a.example"], key=key(), days=91)
R10 = issue(
    "a.example", issuer=issue(x509.Name.from_rfc4514_string("CN=R10,O=Let's Encrypt,C=US"), ca=True), sans=["a.example"]
)
(_SUMMARY,) = sent(Observation(observed_at=CLOCK, presented=(BEFORE.der,)))
EARLIER = seen_certificate(_SUMMARY)
LIFETIME, END = EARLIER.not_after - EARLIER.not_before, EARLIER.not_after
SHA = {"earlier_sha256": EARLIER.sha256}
NO_DATES = nc("the last run does not tell the dates of the certificate before")
SAME = na("it is still the certificate of the last run")


def pair(now, *, at=CLOCK - DAY, **changes):
    """A leaf, and the one that the last run saw in its place at this moment."""
    return Succession(parse_certificate(now.der), replace(EARLIER, **changes), at)


def issued(now, before):
    by = parse_certificate(now.der).issuer.text
    evidence = {"issuer": by, "earlier_issuer": before, "last_run": (CLOCK - DAY).isoformat()}
    return problem(f"issued by {by}, the certificate before by {before}", evidence=evidence)


def early(left):
    return problem(
        f"replaced with {left} of 89 days left, expected with at most 44 days",
        evidence=SHA | {"last_run": (CLOCK - DAY).isoformat()},
    )


def late(at, said, least="7 days"):
    message = f"the certificate before was still in use on {at:%Y-%m-%d} {said}; at least {least} expected"
    return problem(message, evidence=SHA | {"last_run": at.isoformat()})


def organizations():
    for before, is_same in {
        "CN=R3,O=Let's Encrypt,C=US": True,
        "CN=R3,O=let's encrypt": True,
        "CN=R3,O=Other": False,
        "CN=R3": False,
        r"CN=x\,O=Let's Encrypt": False,
    }.items():
        yield row(before, pair(R10, issuer=before), *([] if is_same else [issued(R10, before)]))
        yield row(f"{before}, by name", pair(R10, issuer=before), issued(R10, before), by_organization=False)


HALF, TWENTIETH = LIFETIME * 0.5, LIFETIME * 0.05
TABLE: Table = {
    "history.issuer-changed": (
        row("the same certificate", pair(BEFORE)),
        row("the same issuer", pair(NOW, issuer="CN=CA 1")),
        row("another one", pair(NOW, issuer="CN=CA 2"), issued(NOW, "CN=CA 2")),
        *organizations(),
        row("an issuer that was not read", pair(NOW, issuer=""), nc("the last run could not read the certificate before")),
    ),
    "history.unexpected-change": (
        row("the same certificate", pair(BEFORE)),
        row("at half of the lifetime", pair(NOW), now=END - HALF),
        row("a second earlier", pair(NOW), early("45 days"), now=END - HALF - SECOND),
        row("after the end", pair(NOW), now=END + DAY),
        row("at any time, which the policy allows", pair(NOW), now=END - LIFETIME, window_fraction=1.0),
        row("no dates", pair(NOW, not_before=None), NO_DATES),
    ),
    "history.renewal-late": (
        row("7 days before the end", pair(NOW, at=END - 7 * DAY)),
        row("a second less", pair(NOW, at=END - 7 * DAY + SECOND), late(END - 7 * DAY + SECOND, "with 6 days of 89 days left")),
        row("after the end", pair(NOW, at=END + DAY), late(END + DAY, "although it had expired")),
        row("a twentieth, which the policy asks for", pair(NOW, at=END - TWENTIETH), min_fraction=0.05),
        row("a second less than a twentieth", pair(NOW, at=END - TWENTIETH + SECOND), late(END - TWENTIETH + SECOND, "with 4 days of 89 days left", "4 days"), min_fraction=0.05),
        row("the same certificate", pair(BEFORE), SAME),
        row("no dates", pair(NOW, not_after=None), NO_DATES),
    ),
    "history.key-reused": (
        row("a new key", pair(NOW)),
        row("the same key", pair(REUSED), problem("the key is that of the certificate before", evidence=SHA)),
        row("the same certificate", pair(BEFORE), SAME),
        row("a key that was not read", pair(REUSED, spki_sha256=""), nc("the last run does not tell the key of the certificate before")),
    ),
}  # fmt: skip
