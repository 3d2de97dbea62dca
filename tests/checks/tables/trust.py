"""Whether a path ends at an anchor, whether clients accept that anchor, and through which keys the path may go."""

from base64 import b64encode
from datetime import timedelta

from cryptography import x509

from certgate.lab.pki import CLOCK, issue
from certgate.x509.certificate import parse_certificate
from certgate.x509.purposes import CLIENT_AUTH
from tests.checks.tables.paths import CA, LEAF, ROOT, UPPER, path, sent
from tests.checks.tables.row import Table, key, na, nc, problem, row, warning

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
NO_PATH = "no path to a trusted root: "
FALSE_SIGNATURE = problem(f"{NO_PATH}a signature on the path to CN=Root does not verify", cause="chain.signature")
NO_ROOT, LEAF_TRUSTED = na("the path has no trusted root"), na("the leaf itself is trusted")
NO_KEY = nc("pins: an entry is not the SHA-256 of a key in hexadecimal digits or Base64")
NOT_ALLOWED = "the leaf is issued by CN=CA, which is not an allowed issuer"
PATH = path(LEAF, CA, UPPER)
INTERNAL = issue("", issuer=CA, sans=["db.int.example"])
NULL = b"\x05\x00"


def digest(credential):
    return parse_certificate(credential.der).key.sha256


def pin(credential):
    return "sha256/" + b64encode(bytes.fromhex(digest(credential))).decode()


def dated(start, end):
    """The path to a root that is valid from and to these moments."""
    return path(
        LEAF, CA, UPPER, to=issue("Root", ca=True, key=ROOT.key, not_before=CLOCK + start, not_after=CLOCK + end)
    )


def gone(text, end):
    return problem(f"the root Root {text}", evidence={"not_after": (CLOCK + end).isoformat()})


def ends(left, least, end, make=warning):
    return make(
        f"{left} left of the root Root, at least {least} required", evidence={"not_after": (CLOCK + end).isoformat()}
    )


def begins(text, start):
    return problem(f"the root Root is not valid until {text}", evidence={"not_before": (CLOCK + start).isoformat()})


def under(**contents):
    """A leaf under one CA under a root with these contents."""

    def made():
        top = issue(**({"subject": "Root", "ca": True, "key": key()} | contents))
        ca = issue("CA", issuer=top, ca=True)
        return path(issue("leaf", issuer=ca, sans=["a.example"]), ca, to=top)()

    return made


def permitted(name):
    value = x509.NameConstraints([x509.DNSName(name)], None)
    return under(extensions={type(value): (value, True)})


def wrong(text, key):
    return problem(f"the root Root {text}", key=key)


def denied(credential):
    certificate = parse_certificate(credential.der)
    found = certificate.key.sha256
    return problem(f"the key of {certificate.subject.text} is denied (SHA-256 {found})", key=found)


def certified(name):
    return problem(f"the internal name {name} is certified by Root, a public CA", key=name)


PUBLIC = {"public_keys": (digest(ROOT),)}
NAMESAKE = issue("CA", issuer=issue("Elsewhere", ca=True), ca=True)
NO_AKI = issue("leaf", issuer=CA, extensions={x509.AuthorityKeyIdentifier: None})
REFUSAL = "fails (no path at depth 1): unable to get local issuer certificate"

TABLE: Table = {
    "trust.anchor": (
        row("a root", PATH),
        row("an expired root", dated(-9 * DAY, -DAY)),
        row("the leaf itself", path(LEAF, to=LEAF)),
        row("a self-signed end", path(LEAF, CA, UPPER, ROOT, to=None), f"{NO_PATH}the chain stops at CN=Root, which is self-signed and not trusted"),
        row("an early end", path(LEAF, to=None), problem(f"{NO_PATH}the chain stops at CN=leaf, issued by CN=CA, which was neither sent nor is trusted", cause="chain.complete")),
        row("a false signature", path(issue("leaf", issuer=CA, signing_key=key()), CA, UPPER), FALSE_SIGNATURE),
        row("a root with another key", path(LEAF, CA, UPPER, to=issue("Root", ca=True)), FALSE_SIGNATURE),
    ),
    "trust.anchor-expiry": (
        row("its last second", dated(-10 * DAY, 0 * DAY), warn_days=0),
        row("a second later", dated(-10 * DAY, -SECOND), gone("expired just now (2026-06-15 11:59:59 UTC)", -SECOND)),
        row("the skew allowed for clocks", dated(300 * SECOND, 900 * DAY)),
        row("a second more", dated(301 * SECOND, 900 * DAY), begins("2026-06-15 12:05:01 UTC, in 5 minutes", 301 * SECOND)),
        row("no skew", dated(SECOND, 900 * DAY), begins("2026-06-15 12:00:01 UTC, in 1 second", SECOND), skew_s=0),
        row("90 days of 20 years", dated(-7210 * DAY, 90 * DAY)),
        row("a second less", dated(-7210 * DAY, 90 * DAY - SECOND), ends("89 days", "90 days", 90 * DAY - SECOND)),
        row("a tenth of 90 days", dated(SECOND - 81 * DAY, 9 * DAY)),
        row("a second less than a tenth", dated(SECOND - 81 * DAY, 9 * DAY - SECOND), ends("8 days", "8 days", 9 * DAY - SECOND)),
        row("365 days, which the policy asks for", dated(-DAY, 365 * DAY), min_days=365),
        row("a second less than 365 days", dated(-DAY, 365 * DAY - SECOND), ends("364 days", "365 days", 365 * DAY - SECOND, problem), min_days=365),
        row("no root", path(LEAF, to=None), NO_ROOT),
        row("the leaf itself", path(LEAF, to=LEAF), LEAF_TRUSTED),
    ),
    "trust.anchor-constraints": (
        *(row(what, under(**contents)) for what, contents in {"nothing special": {}, "version 1": {"version": 1}, "no keyUsage": {"key_usage": []}, "a path length of 1": {"path_length": 1}, "a false signature of its own": {"signing_key": key("P-384")}, "an unknown extension": {"raw_extensions": [("1.2.3.4", False, NULL)]}}.items()),
        row("the name", permitted("a.example")),
        row("another name", permitted("b.example"), problem("DNS a.example in leaf violates the name constraints of the root Root: it is outside the permitted names: DNS b.example", key="nameConstraints leaf DNS a.example")),
        row("no basicConstraints", under(extensions={x509.BasicConstraints: None}), wrong("is an issuer but not a CA: it has no basicConstraints", "basicConstraints")),
        row("CA:FALSE", under(ca=False, key_usage=[], ekus=[]), wrong("is an issuer but not a CA: basicConstraints says CA:FALSE", "basicConstraints")),
        row("no keyCertSign", under(key_usage=["crl_sign"]), wrong("lacks keyCertSign in keyUsage", "keyUsage")),
        row("a path length of 0", under(path_length=0), problem("1 CA below the root Root, at most 0 allowed by its path length", key="pathLenConstraint")),
        row("another purpose", under(ekus=[CLIENT_AUTH]), wrong("is not for server: extendedKeyUsage allows clientAuth", "extKeyUsage server")),
        row("that purpose", under(ekus=[CLIENT_AUTH]), purposes=("client",)),
        row("an unknown critical extension", under(raw_extensions=[("1.2.3.4", True, NULL)]), wrong("has the critical extension 1.2.3.4, which certgate does not process", "critical 1.2.3.4")),
        row("an extension twice", under(raw_extensions=[("1.2.3.4", False, NULL)] * 2), wrong("has the extension 1.2.3.4 2 times", "twice 1.2.3.4")),
        row("serial number 0, for Go", under(serial=0), clients=("go",)),
        row("serial number -1, for Go", under(serial=-1), wrong("has a negative serial number, which Go refuses", "serial"), clients=("go",)),
        row("serial number -1, for OpenSSL", under(serial=-1), clients=("openssl",)),
        row("no root", path(LEAF, to=None), NO_ROOT),
        row("the leaf itself", path(LEAF, to=LEAF), LEAF_TRUSTED),
    ),
    "trust.issuer-allow": (
        *(row(what, PATH, issuers=("CN=Other", allowed)) for what, allowed in {"by name": "CN=CA", "in other case": "CN=ca", "by key": digest(CA), "in capitals": digest(CA).upper(), "in Base64": pin(CA)}.items()),
        row("the one above it", PATH, NOT_ALLOWED, issuers=("CN=Upper", digest(UPPER))),
        row("a key that is not known", path(LEAF, to=None), NOT_ALLOWED, issuers=(digest(CA),)),
        row("a word that is none", PATH, nc("issuers: 'CA' is neither a distinguished name (RFC 4514) nor the SHA-256 of a key"), issuers=("CN=CA", "CA")),
        row("no list", PATH, na("the policy lists no issuer")),
    ),
    "trust.pin": (
        *(row(f"the {what}'s key", PATH, pins=(digest(one), "00" * 32)) for what, one in {"leaf": LEAF, "issuer": CA, "root": ROOT}.items()),
        row("no key", PATH, "no key on the path is pinned", pins=("00" * 32, "11" * 32)),
        row("no backup", PATH, warning("no backup pin: every pinned key is in use", key="backup"), pins=(digest(LEAF), pin(CA))),
        row("no backup, which the policy does not ask for", PATH, pins=(digest(LEAF),), require_backup=False),
        row("a pin that is none", PATH, NO_KEY, pins=(digest(LEAF), "00")),
        row("no list", PATH, na("the policy lists no pin")),
    ),
    "trust.denied": (
        row("other keys", PATH, keys=("0" * 64,)),
        *(row(f"the {what}'s key", PATH, denied(one), keys=("0" * 64, digest(one))) for what, one in {"leaf": LEAF, "issuer": CA, "root": ROOT}.items()),
        row("a key that is none", PATH, nc("keys: an entry is not the SHA-256 of a key in hexadecimal digits or Base64"), keys=("0" * 64, "00")),
        row("no list", PATH, na("no key is denied")),
    ),
    "trust.public-on-internal": (
        row("a private root", PATH, public_keys=("00" * 32,)),
        row("an internal name", path(INTERNAL, CA, UPPER), certified("db.int.example"), domains=("int.example",), **PUBLIC),
        row("the domain itself", path(issue("", issuer=CA, sans=["int.example"]), CA, UPPER), certified("int.example"), domains=("int.example",), **PUBLIC),
        row("a name that ends alike", path(issue("", issuer=CA, sans=["print.example"]), CA, UPPER), domains=("int.example",), **PUBLIC),
        row("any name", path(INTERNAL, CA, UPPER), certified("db.int.example"), **PUBLIC),
        row("no name", PATH, "the internal leaf is certified by Root, a public CA", **PUBLIC),
        row("no root", path(INTERNAL, CA, to=None), nc("the path has no trusted root, so the CA is not known")),
        row("no root, no public policy", path(issue("", issuer=CA, sans=["db.int.example"], policies=["1.2.3"]), CA, to=None)),
        row("a key that is none", PATH, nc("public_keys: an entry is not the SHA-256 of a key in hexadecimal digits or Base64"), public_keys=(digest(ROOT), digest(ROOT)[:-1])),
        row("no public key known", PATH, nc("the public CAs are not known")),
    ),
    "trust.engines-agree": (
        row("a path", sent(LEAF, CA, UPPER)),
        row("no path", sent(LEAF)),
        row("a namesake without key identifiers", sent(NO_AKI, NAMESAKE, CA, UPPER), problem(f"OpenSSL {REFUSAL}, but certgate finds a valid path", key="OpenSSL", evidence={"certgate": "finds a valid path", "OpenSSL": REFUSAL, "cryptography": "pass"})),
        row("a search that ended early", sent(LEAF, CA, limit="max-links"), nc("certgate's own path validation has no result")),
        row("one unreadable", sent(LEAF, CA, None), nc("a certificate that was sent cannot be read")),
    ),
}  # fmt: skip
