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


def subject(**values):
    return x509.Name([x509.NameAttribute(getattr(NameOID, name), value) for name, value in values.items()])


def identities():
    """Each kind of identity, accepted and not accepted."""
    for kind, name, sans in (
        ("CN", subject(COMMON_NAME="alice"), ()),
        ("UID", subject(USER_ID="alice"), ()),
        ("email", "", (x509.RFC822Name("alice@corp.example"),)),
        ("UPN", "", (x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x07a@b.com"),)),
        ("DNS", "", ("billing.corp.example",)),
        ("IP", "", ("192.0.2.1",)),
        ("URI", "", ("spiffe://corp.example/billing",)),
    ):
        others = tuple(word for word in KINDS if word != kind)
        told = f"nobody is named: none of {', '.join(others)} is present; it has {kind}"
        yield row(f"{kind}, of any kind", cert(name, sans=sans))
        yield row(f"{kind} alone", cert(name, sans=sans), accepted=(kind,))
        yield row(f"{kind}, which does not count", cert(name, sans=sans), told, accepted=others)


KINDS = ("CN", "UID", "email", "UPN", "DNS", "IP", "URI")
NOBODY = f"nobody is named: none of {', '.join(KINDS)} is present"

TABLE: Table = {
    "client.identity": (
        *identities(),
        row("nothing", cert(""), NOBODY),
        row("a blank name", cert(subject(COMMON_NAME=" ")), NOBODY),
        row("an organisation", cert(subject(ORGANIZATION_NAME="Corp")), NOBODY),
        row("another kind of name", cert("", sans=(x509.OtherName(x509.ObjectIdentifier("1.2.3.4"), b"\x0c\x01a"),)), NOBODY),
        row("a directory name", cert("", sans=(x509.DirectoryName(subject(COMMON_NAME="alice")),)), NOBODY),
    ),
    "client.public-ca": (
        *rows(),
        row("no public CA", client("Corp", datetime(2027, 6, 1, tzinfo=UTC), policies=()), na("no policy that is reserved for public CAs")),
    ),
}  # fmt: skip
