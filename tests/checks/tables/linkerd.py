"""Identities of a Linkerd mesh."""

from datetime import timedelta

from certgate.lab.pki import CLOCK
from tests.checks.tables.row import Table, cert, problem, row

NAME = "web.shop.serviceaccount.identity.linkerd.cluster.local"
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def lasting(span, **options):
    return cert("", sans=[NAME], not_before=CLOCK - span + SECOND, not_after=CLOCK, **options)


def no_identity(name):
    return problem(f"no DNS name is a Linkerd identity; found {name}", key="name")


TABLE: Table = {
    "linkerd.identity": (
        row("a day", lasting(DAY)),
        row("a second more", lasting(DAY + SECOND), problem("valid for 2 days, at most 1 allowed", key="lifetime")),
        row("another key", lasting(DAY, key="P-384"), problem("key type EC P-384, EC P-256 required", key="key")),
        *(row(f"{name!r}", cert("", sans=[name], days=1), no_identity(name)) for name in ("web.shop.example", f"x.{NAME}", f"{NAME}\n", "web.shop.serviceaccount.identity.linkerd.", f"*.{NAME}")),
    ),
}  # fmt: skip
