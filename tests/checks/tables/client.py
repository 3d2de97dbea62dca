"""Client certificates from public CAs."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.lab.pki import issue
from tests.checks.tables.row import Table, cert, key, na, row, warning

DAY = timedelta(days=1)
LAST = {
    "Google Trust Services": "2026-04-12",
    "Let's Encrypt": "2026-07-07",
    "Sectigo Limited": "2027-02-09",
    "DigiCert Inc": "2027-02-28",
    "Another CA": "2027-03-14",
    "": "2027-03-14",
}
"""The last day for which each CA issues for clients."""


def client(organization, end, policies=("2.23.140.1.2.1",)):
    names = [x509.NameAttribute(NameOID.COMMON_NAME, "R1")]
    names += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    issuer = issue(x509.Name(names), ca=True, key=key())
    return cert("robot", issuer=issuer, policies=policies, not_before=end - 90 * DAY, not_after=end)


def rows():
    for organization, day in LAST.items():
        first = datetime.fromisoformat(day).replace(tzinfo=UTC) + DAY
        name = organization or "R1"
        before = f"{name} issues certificates for clients only until {first:%Y-%m-%d}"
        after = f"{name} issues no certificates for clients from {first:%Y-%m-%d} on: this one cannot be renewed"
        yield row(f"{name}, a second before", client(organization, first - timedelta(seconds=1)), warning(before))
        yield row(f"{name}, from the day on", client(organization, first), after)


TABLE: Table = {
    "client.public-ca": (
        *rows(),
        row("no public CA", client("Corp", datetime(2027, 6, 1, tzinfo=UTC), policies=()), na("no policy that is reserved for public CAs")),
    ),
}  # fmt: skip
