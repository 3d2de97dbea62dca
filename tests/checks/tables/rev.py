"""Where a certificate's revocation status is to be had, and what it is."""

from cryptography import x509

from certgate.lab.crl import make_crl
from certgate.lab.ocsp import make_staple
from certgate.model.finding import Severity
from certgate.model.target import Revocation, Role
from certgate.x509.der import encoded
from tests.checks.tables.published import CA, LEAF, ROOT, evidence
from tests.checks.tables.row import Table, cert, na, nc, problem, row, sequence, warning

OCSP, CA_ISSUERS = x509.AuthorityInformationAccessOID.OCSP, x509.AuthorityInformationAccessOID.CA_ISSUERS
URI, DIRECTORY = x509.UniformResourceIdentifier, [x509.DirectoryName(x509.Name([]))]
NONE = {x509.CRLDistributionPoints: None}
NEITHER = "neither a CRL nor an OCSP responder named"
NO_CRL = "the CA certificate names no CRL"
NO_POINTS = na("no cRLDistributionPoints")
DAY = 86400
NO_REV_AVAIL = [("2.5.29.56", False, b"\x05\x00")]
NAME = encoded(b"\xa0", encoded(b"\xa0", encoded(b"\x86", b"http://a.example/1.crl")))
REASONS, ISSUER = b"\x81\x02\x05\x60", encoded(b"\xa2", encoded(b"\xa4", b"\x30\x00"))
LEADS_NOWHERE = "a CRL distribution point has neither a name nor a CRL issuer"


def leaf(**options):
    return cert("leaf", issuer=CA, **options)


def sub(**options):
    return cert("Sub CA", issuer=CA, ca=True, **options)


def accesses(*pairs):
    descriptions = [x509.AccessDescription(method, URI(place)) for method, place in pairs]
    return {x509.AuthorityInformationAccess: (x509.AuthorityInformationAccess(descriptions), False)}


def points(*names, reasons=None, issuer=None, repeat=1):
    full = [URI(name) if isinstance(name, str) else name for name in names] or None
    point = x509.DistributionPoint(full, None, reasons, issuer)
    return {x509.CRLDistributionPoints: (x509.CRLDistributionPoints([point] * repeat), False)}


def short(seconds):
    return leaf(extensions=NONE, days=seconds / DAY)


def needs_none(days=7):
    return na(f"valid for at most {days} days, so no revocation pointer needed")


def no_http(place):
    return problem(f"a CRL distribution point is not an http URL: {place}", key=place)


def pointed(*parts):
    value = sequence(*(sequence(part) for part in parts))
    return cert("a", raw_extensions=[("2.5.29.31", False, value)])


def at(url):
    return cert("a", extensions=accesses((OCSP, url)))


def available(**options):
    return leaf(raw_extensions=NO_REV_AVAIL, **options)


def beside(name, key):
    return problem(f"noRevAvail together with {name}", key=key)


A = "http://a.example/"
TABLE: Table = {
    "rev.pointer": (
        row("a CRL", leaf()),
        row("a responder", leaf(extensions=NONE | accesses((OCSP, A)))),
        row("neither", leaf(extensions=NONE), NEITHER),
        row("the issuer's certificate alone", leaf(extensions=NONE | accesses((CA_ISSUERS, A))), NEITHER),
        row("neither for 7 days", short(7 * DAY), needs_none()),
        row("neither for a second more", short(7 * DAY + 1), NEITHER),
        row("neither for 10 days, which the policy calls short", short(10 * DAY), needs_none(10), short_lived_days=10),
        row("a CRL for 7 days", leaf(days=7)),
    ),
    "rev.ca-crldp": (
        row("a CRL", sub()),
        row("none", sub(extensions=NONE), NO_CRL),
        row("a root without", cert("Root", ca=True)),
        row("a root with one", cert("Root", ca=True, extensions=points(A)), warning("a root names a CRL, which can only be its own")),
        row("a new key of a CA", cert("CA", issuer=CA, ca=True, extensions=NONE), NO_CRL),
    ),
    "rev.crldp-form": (
        row("an http URL", leaf(extensions=points(A))),
        row("two of them", leaf(extensions=points("HTTP://a.example/1", "http://b.example/1"))),
        row("an https URL", leaf(extensions=points("https://a.example/1")), no_http("https://a.example/1")),
        row("a name beside it", leaf(extensions=points(A, x509.DNSName("a.example"))), no_http("a.example")),
        row("some reasons", leaf(extensions=points(A, reasons=frozenset({x509.ReasonFlags.key_compromise}))), problem("a CRL distribution point covers only some reasons", key="reasons")),
        row("another issuer", leaf(extensions=points(A, issuer=DIRECTORY)), problem("a CRL distribution point names another CRL issuer", key="issuer")),
        row("another issuer alone", leaf(extensions=points(issuer=DIRECTORY)), problem("a CRL distribution point has no full name", key="name"), problem("a CRL distribution point names another CRL issuer", key="issuer")),
        row("two points", leaf(extensions=points(A, repeat=2)), problem("2 CRL distribution points, 1 recommended", key="count", severity=Severity.INFO)),
        row("none", leaf(extensions=NONE), NO_POINTS),
    ),
    "rev.aia-form": (
        row("the issuer's certificate", leaf(extensions=accesses((CA_ISSUERS, A)))),
        row("with a responder at the same URL", leaf(extensions=accesses((OCSP, A), (CA_ISSUERS, A)))),
        row("a responder alone", leaf(extensions=accesses((OCSP, A))), warning("no URL of the issuer's certificate (caIssuers)", key="caIssuers")),
        row("an ldap URL", leaf(extensions=accesses((CA_ISSUERS, "ldap://a.example/"))), problem("an access location is not an http URL: ldap://a.example/", key="ldap://a.example/")),
        row("twice", leaf(extensions=accesses((CA_ISSUERS, A), (CA_ISSUERS, A))), problem(f"duplicate access location: {A}", key=A)),
        row("another method", leaf(extensions=accesses((CA_ISSUERS, A), (x509.ObjectIdentifier("1.2.3"), A))), problem("access method 1.2.3, only OCSP and caIssuers allowed", key="1.2.3")),
        row("none", leaf(), "no authorityInfoAccess"),
        row("none in a CA", sub(), na("no authorityInfoAccess"), role=Role.ISSUER),
        row("an https URL in a CA", sub(extensions=accesses((OCSP, "https://a.example/"))), problem("an access location is not an http URL: https://a.example/", key="https://a.example/"), role=Role.ISSUER),
    ),
    "rev.no-rev-avail": (
        row("alone", available(extensions=NONE)),
        row("with the issuer's certificate", available(extensions=NONE | accesses((CA_ISSUERS, A)))),
        row("with a CRL", available(), beside("cRLDistributionPoints", "cRLDistributionPoints")),
        row("with a responder", available(extensions=NONE | accesses((OCSP, A))), beside("an OCSP responder", "ocsp")),
        row("with a delta CRL", leaf(extensions=NONE, raw_extensions=[*NO_REV_AVAIL, ("2.5.29.46", False, b"\x30\x00")]), beside("freshestCRL", "freshestCRL")),
        row("in a CA", available(extensions=NONE, ca=True), problem("a CA certificate has noRevAvail", key="ca")),
        row("none", leaf(), na("no noRevAvail")),
    ),
    "rev.crldp-complete": (
        *(row(what, pointed(point)) for what, point in {"a name": NAME, "a name with reasons": NAME + REASONS, "an issuer": ISSUER, "an issuer with reasons": REASONS + ISSUER}.items()),
        *(row(what, pointed(NAME, point), LEADS_NOWHERE) for what, point in {"nothing": b"", "reasons": REASONS, "an empty name": b"\xa0\x00"}.items()),
        row("none", cert("a"), NO_POINTS),
    ),
    "rev.public-urls": (
        *(row(url, at(url)) for url in ("http://crl.example/1", "http://8.8.8.8/1", "http://a.local.example/", "ldap:///cn=a", "http://11.0.0.0/1")),
        *(row(url, at(url), problem(f"{url} is not on the public Internet", key=url)) for url in ("http://crl/1", "http://10.0.0.1/1", "http://[fd00::1]/1", "http://ca.corp/1", "http://CA.LOCAL/1")),
        row("none", cert("a"), na("no URL of a CRL, an OCSP responder or an issuer")),
    ),
    "rev.status": (
        row("a good staple", evidence(staple=make_staple(LEAF, CA))),
        row("a good CRL", evidence(("1.crl", make_crl(CA)))),
        row("a revocation in the staple", evidence(staple=make_staple(LEAF, CA, status="revoked", reason=1)), "revoked at 2026-06-13 12:00:00 UTC (keyCompromise), according to the staple"),
        row("a revocation in a CRL", evidence(("1.crl", make_crl(CA, LEAF, reason=x509.ReasonFlags.key_compromise))), "revoked (keyCompromise), according to a CRL"),
        row("a CRL with another certificate", evidence(("1.crl", make_crl(CA, ROOT)))),
        row("no answer, where one is asked for", evidence(("1.crl", make_crl(ROOT)), mode=Revocation.HARD), nc("no answer")),
        row("no answer, where one is welcome", evidence(mode=Revocation.SOFT), warning("revocation status unknown: no answer", key="undetermined")),
    ),
}  # fmt: skip
