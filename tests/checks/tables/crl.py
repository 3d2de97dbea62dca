"""CRLs on their own, before they are published, and CRLs that are to tell a certificate's status."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.name import _ASN1Type

from certgate.checks.framework.registry import Passed
from certgate.lab.crl import crl_entry, make_crl
from certgate.lab.pki import CLOCK, issue
from certgate.x509.certificate import parse_certificate
from tests.checks.tables.published import CA, DAY, HOUR, LEAF, ROOT, SECOND, as_crl, evidence
from tests.checks.tables.row import Table, key, na, nc, problem, row, warning

SKI, END = parse_certificate(CA.der).ski, parse_certificate(CA.der).not_after
URI = x509.UniformResourceIdentifier
URL = [URI("http://crl.a.example/1.crl")]
FRESHEST = x509.FreshestCRL([x509.DistributionPoint([URI("http://a.example/d.crl")], None, None, None)])
NO_ENTRIES, NO_POINT = na("the CRL lists nothing"), na("no issuingDistributionPoint")
SUPERSEDED = frozenset({x509.ReasonFlags.superseded})
ENTRY = "the entry of serial number 5"
FILE, FETCHED = "ca.crl", "http://crl.lab.example/1.crl"
NULL = b"\x05\x00"
PRINTABLE = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "CA", _ASN1Type.PrintableString)])
OTHER_TYPE = issue(PRINTABLE, issuer=ROOT, ca=True, key=CA.key)
NAMELESS = issue("", issuer=ROOT, ca=True)
NOT_FOR_CRLS = issue("CA", issuer=ROOT, ca=True, key=CA.key, key_usage=["key_cert_sign"])
INDIRECT = {"full_name": URL, "indirect_crl": True}
NAMES = x509.CertificateIssuer([x509.DirectoryName(x509.Name.from_rfc4514_string("CN=Other"))]).public_bytes()
NO_ISSUER = nc("its issuer CA is not in the trust store ca.pem: name its file with --trust")
SIGNED = Passed("signed by CA")
NOT_SAME = "the algorithm in the signed part differs from the one beside the signature"


def crl(*entries, issuers=(), **options):
    return as_crl(make_crl(CA, *entries, **options), *issuers)


def numbered(octets, *, critical=False):
    return crl(number=None, raw_extensions=[("2.5.29.20", critical, octets)])


def with_aki(identifier, *issuers, critical=False):
    return crl(issuers=issuers, extensions=[(x509.AuthorityKeyIdentifier(identifier, None, None), critical)])


def pointing(hexadecimal, *, critical=True):
    return crl(raw_extensions=[("2.5.29.28", critical, bytes.fromhex(hexadecimal))])


def scoped(**scope):
    return crl(scope=scope)


def entry(oid, der, *, critical=False, **options):
    return crl(crl_entry(5, raw_extensions=[(oid, critical, der)]), **options)


def because(reason, **options):
    return crl(crl_entry(5, reason=reason), **options)


def reason(code, tag=b"\x0a", **options):
    return entry("2.5.29.21", tag + bytes([1, code]), **options)


def delta_of(base, *, critical=True, more=()):
    return crl(number=5, extensions=[(x509.DeltaCRLIndicator(base), critical), *more])


def dated(moment):
    at = CLOCK - HOUR
    return crl(crl_entry(1), crl_entry(7, revoked_at=at + moment), this_update=at)


def lasting(span, **options):
    return crl(this_update=CLOCK - DAY, next_update=CLOCK - DAY + span, **options)


def edited(old, new, *entries):
    der = make_crl(CA, *entries, this_update=CLOCK)
    assert old in der
    return as_crl(der.replace(old, new))


def both(found):
    """The problem of a file and of a fetched CRL."""
    return problem(f"{FILE}: {found}", key=FILE), warning(f"{FETCHED}: {found}", key=FETCHED)


def evidence_rows(what, der, found):
    """Rows of a rule on a CRL that is to tell the leaf's status: as a file, and as it was fetched."""
    for source, answer in zip((FILE, FETCHED), both(found), strict=True):
        yield row(f"{what}: {source}", evidence((source, der)), answer)


def told(span, most, whose=""):
    return f"the CRL is valid for {span} days, at most {most} allowed{whose}"


def at(this, end):
    return {"this_update": CLOCK + this * SECOND, "next_update": None if end is None else CLOCK + end * SECOND}


DATES = {
    (-60, 0): None,
    (-60, -1): "the CRL expired at 2026-06-15 11:59:59 UTC",
    (300, 400): None,
    (301, 400): "thisUpdate is in the future (2026-06-15 12:05:01 UTC)",
}
"""thisUpdate and nextUpdate in seconds from the clock, and what is wrong with them."""
TEN_DAYS = make_crl(CA, this_update=CLOCK, next_update=CLOCK + 10 * DAY)
LONGER = make_crl(CA, this_update=CLOCK, next_update=CLOCK + 10 * DAY + SECOND)
OF_ROOT = make_crl(ROOT, this_update=CLOCK, next_update=CLOCK + 366 * DAY)
FIFTY_NINE = crl(*(crl_entry(number) for number in range(1, 60)))
UNKNOWN = ("1.2.3.4", True, NULL)
NO_DATE = b"\x30\x03\x02\x01\x07"

TABLE: Table = {
    "crl.form": (
        row("readable", crl(crl_entry(1), scope={"only_contains_ca_certs": True})),
        row("a number that is none", numbered(b"\x04\x00"), "cRLNumber of the CRL cannot be read: it is not an INTEGER, but has the tag 0x4"),
        *(
            row(f"{name} that is none", crl(number=None, raw_extensions=[(one, True, NULL)]), f"{name} of the CRL cannot be read: {found}")
            for one, name, found in [
                ("2.5.29.28", "issuingDistributionPoint", "it is not a SEQUENCE, but has the tag 0x5"),
                ("2.5.29.35", "authorityKeyIdentifier", "it is not a SEQUENCE, but has the tag 0x5"), ("2.5.29.27", "deltaCRLIndicator", "it is not an INTEGER, but has the tag 0x5"),
            ]
        ),
        row("a number twice", crl(raw_extensions=[("2.5.29.20", False, b"\x02\x01\x05")]), "the list of extensions of the CRL cannot be read: one of them is present twice"),
        row("two entries without a date", crl(crl_entry(1), NO_DATE, NO_DATE), "the entry of serial number 7, and 1 more: it is not a serial number, a date and extensions"),
    ),
    "crl.version": (
        row("version 2", crl()),
        *(row(f"version {shown}", crl(version=version), f"the CRL has version {shown}, version 2 required") for shown, version in {"1": None, "3": 3}.items()),
        row("version 1 written out", crl(version=1), "the CRL has version 1, version 2 required"),
    ),
    "crl.algorithms": (
        row("the same twice", crl()),
        row("another inside", crl(inner_hash="sha384"), NOT_SAME),
    ),
    "crl.number": (
        row("0", numbered(b"\x02\x01\x00")),
        row("-1", numbered(b"\x02\x01\xff"), "cRLNumber is negative"),
        row("20 octets", numbered(b"\x02\x14\x7f" + b"\xff" * 19)),
        row("21 octets", numbered(b"\x02\x15\x00\x80" + b"\x00" * 19), "cRLNumber has 160 bits, at most 159 allowed"),
        row("critical", numbered(b"\x02\x01\x05", critical=True), "cRLNumber is critical"),
        row("none", crl(number=None), "there is no cRLNumber"),
    ),
    "crl.key-identifier": (
        row("the issuer's", with_aki(SKI, CA)),
        row("another", with_aki(b"x", CA), "authorityKeyIdentifier is not the subjectKeyIdentifier of the CRL's issuer"),
        row("of an unknown issuer", with_aki(b"x")),
        row("critical", with_aki(SKI, CA, critical=True), "authorityKeyIdentifier is critical"),
        row("names alone", crl(raw_extensions=[("2.5.29.35", False, b"\x30\x00")]), "authorityKeyIdentifier has no key identifier"),
        row("none", crl(), "there is no authorityKeyIdentifier"),
    ),
    "crl.unknown-critical": (
        row("not critical", crl(raw_extensions=[("1.2.3.4", False, NULL)])),
        row("critical", crl(raw_extensions=[UNKNOWN]), "the critical extension 1.2.3.4 is unknown to clients"),
        row("critical in an entry", crl(crl_entry(1, raw_extensions=[("1.2.3.5", True, NULL)])), "the critical extension 1.2.3.5 is unknown to clients"),
    ),
    "crl.delta": (
        row("a complete CRL", crl(), na("no delta CRL, and none is named")),
        row("one that names a delta", crl(extensions=[(FRESHEST, False)])),
        row("critically", crl(extensions=[(FRESHEST, True)]), "freshestCRL is critical"),
        row("an older base", delta_of(4)),
        row("a base of the same number", delta_of(5), "the base CRL 5 is not older than this CRL, number 5"),
        row("not critical", delta_of(4, critical=False), "deltaCRLIndicator is not critical"),
        row("a delta that names a delta", delta_of(4, more=[(FRESHEST, False)]), "a delta CRL has freshestCRL"),
    ),
    "crl.size": (
        row("2 KiB of 2", FIFTY_NINE, max_kib=2),
        row("2 KiB of 1", FIFTY_NINE, "the CRL has 2 KiB, at most 1 allowed", max_kib=1),
    ),
    "crl.point-form": (
        row("one kind of certificate", pointing("30038101ff")),
        row("empty", pointing("3000"), "issuingDistributionPoint is empty"),
        row("two kinds", pointing("30068101ff8201ff"), "issuingDistributionPoint has both onlyContainsUserCerts and onlyContainsCACerts"),
        row("not critical", pointing("30038101ff", critical=False), "issuingDistributionPoint is not critical"),
        row("none", crl(), NO_POINT),
    ),
    "crl.point-public": (
        row("a URL", scoped(full_name=URL)),
        row("no URL", scoped(only_contains_user_certs=True), "issuingDistributionPoint names no URL"),
        row("an e-mail address too", scoped(full_name=[*URL, x509.RFC822Name("a@a.example")]), "issuingDistributionPoint has a name that is not a URL"),
        row("indirect", crl(scope=INDIRECT), "the CRL is indirect"),
        row("attribute certificates", scoped(full_name=URL, only_contains_attribute_certs=True), "the CRL covers only attribute certificates"),
        row("some reasons", scoped(full_name=URL, only_some_reasons=SUPERSEDED), warning("the CRL covers only some reasons", key="reasons")),
        row("none", crl(), NO_POINT),
    ),
    "crl.empty-list": (
        row("no list", crl()),
        row("one entry", crl(crl_entry(1))),
        row("an empty list", crl(b""), "the list of entries is present and empty"),
    ),
    "crl.serials": (
        row("two", crl(crl_entry(1), crl_entry(2))),
        row("two of them twice", crl(*(crl_entry(n) for n in (31, 2, 31, 2))), "a serial number is listed again: the entry of serial number 1f, and 1 more"),
        row("twice in an indirect CRL", crl(crl_entry(1), crl_entry(1), scope=INDIRECT)),
        row("0", crl(crl_entry(0)), "a serial number is not positive: the entry of serial number 0"),
        row("none", crl(), NO_ENTRIES),
    ),
    "crl.revocation-dates": (
        row("the second of the CRL", dated(0 * SECOND)),
        row("a second later", dated(SECOND), "the entry of serial number 7 is dated 2026-06-15 11:00:01 UTC"),
        row("none", crl(), NO_ENTRIES),
    ),
    "crl.reasons": (
        *(row(str(one and one.value), because(one)) for one in (None, x509.ReasonFlags.superseded, x509.ReasonFlags.certificate_hold)),
        *(row(f"code {code}", reason(code)) for code in (6, 9, 10)),
        *(row(f"code {code}", reason(code), f"reasonCode is the unknown reason {code}: {ENTRY}") for code in (7, 11)),
        row("an INTEGER", reason(1, b"\x02"), f"reasonCode is a reason that cannot be read: {ENTRY}"),
        row("removeFromCRL", reason(8), f"reasonCode is removeFromCRL, which only a delta CRL may use: {ENTRY}"),
        row("removeFromCRL in a delta", reason(8, extensions=[(x509.DeltaCRLIndicator(0), True)])),
        row("unspecified", reason(0), warning(f"reasonCode is unspecified: {ENTRY}", key="reasonCode is unspecified", cause="crl.reasons-public")),
        row("critical", reason(1, critical=True), f"reasonCode is critical: {ENTRY}"),
        row("no entry", crl(), NO_ENTRIES),
    ),
    "crl.reasons-public": (
        *(row(str(one and one.value), because(one)) for one in (None, x509.ReasonFlags.superseded)),
        row("on hold", because(x509.ReasonFlags.certificate_hold), problem(f"reasonCode is certificateHold: {ENTRY}", key="certificateHold")),
        row("a CA", because(x509.ReasonFlags.ca_compromise), warning(f"reasonCode is cACompromise, which is not listed: {ENTRY}", key="cACompromise")),
        row("unspecified", reason(0), f"reasonCode is unspecified: {ENTRY}"),
        row("removeFromCRL in a delta", reason(8, extensions=[(x509.DeltaCRLIndicator(0), True)])),
        row("two CAs without a reason", as_crl(make_crl(ROOT, crl_entry(5), crl_entry(6)), ROOT), f"there is no reasonCode for the certificate of a CA: {ENTRY}, and 1 more"),
        row("a CA with one", as_crl(make_crl(ROOT, crl_entry(5, reason=x509.ReasonFlags.superseded)), ROOT)),
        row("no entry", crl(), NO_ENTRIES),
    ),
    "crl.entry-extensions": (
        row("a date", entry("2.5.29.24", b"\x18\x0f20260601000000Z")),
        row("a critical date", entry("2.5.29.24", b"\x18\x0f20260601000000Z", critical=True), f"invalidityDate is critical: {ENTRY}"),
        row("a date without seconds", entry("2.5.29.24", b"\x18\x0d202606010000Z"), f"invalidityDate is not a GeneralizedTime of the form YYYYMMDDHHMMSSZ: {ENTRY}"),
        row("UTCTime", entry("2.5.29.24", b"\x17\x0d260601000000Z"), f"invalidityDate cannot be read: it is not of the tag 0x18, but has the tag 0x17: {ENTRY}"),
        row("an issuer in an indirect CRL", entry("2.5.29.29", NAMES, critical=True, scope=INDIRECT)),
        row("not critical", entry("2.5.29.29", NAMES, scope=INDIRECT), f"certificateIssuer is not critical: {ENTRY}"),
        row("an issuer in another CRL", entry("2.5.29.29", NAMES, critical=True), f"certificateIssuer is present, but the CRL is not indirect: {ENTRY}"),
        row("no entry", crl(), NO_ENTRIES),
    ),
    "crl.signature": (
        row("the issuer's key", crl(issuers=[CA]), SIGNED),
        row("another CA beside it", crl(issuers=[ROOT, CA]), SIGNED),
        row("no issuer", crl(), NO_ISSUER),
        row("another CA alone", crl(issuers=[ROOT]), NO_ISSUER),
        row("another key", crl(issuers=[CA], signing_key=key("P-384")), "the signature does not verify with the key of CA: the signature does not verify with the signer's key"),
        row("a CA that may not", crl(issuers=[NOT_FOR_CRLS]), "the keyUsage of CA lacks cRLSign"),
        row("a CA that may not, and one that may", crl(issuers=[NOT_FOR_CRLS, CA]), SIGNED),
        row("the CA's last second", crl(issuers=[CA]), SIGNED, now=END),
        row("a second later", crl(issuers=[CA]), "the certificate of CA is valid only from 2026-05-16 12:00:00 to 2028-11-01 11:59:59 UTC", now=END + SECOND),
    ),
    "crl.signature-hash": (
        row("SHA-256", crl()),
        row("SHA-1", crl(hash_name="sha1"), "the CRL is signed with SHA1"),
    ),
    "crl.issuer-name": (
        row("as in the CA's certificate", crl(issuers=[CA])),
        row("no CA known", crl()),
        row("another string type", crl(issuers=[OTHER_TYPE]), "the issuer's name is not encoded as in the certificate of the CA"),
        row("empty", as_crl(make_crl(NAMELESS)), "the issuer's name is empty"),
    ),
    "crl.time-encoding": (
        row("before 2050", crl(crl_entry(5))),
        row("from 2050 on", crl(next_update=datetime(2050, 1, 1, tzinfo=UTC))),
        row("without Z", edited(b"260615120000Z", b"260615120000X"), "thisUpdate is not a UTCTime of the form YYMMDDHHMMSSZ"),
        row("an entry without Z", crl(crl_entry(4), crl_entry(5).replace(b"Z", b"X")), f"revocationDate is not a UTCTime of the form YYMMDDHHMMSSZ: {ENTRY}"),
    ),
    "crl.next-update": (
        row("a second after thisUpdate", crl(**at(-60, -59))),
        row("the same second", crl(**at(-60, -60)), "nextUpdate (2026-06-15 11:59:00 UTC) is not after thisUpdate (2026-06-15 11:59:00 UTC)"),
        row("none", crl(next_update=None), "nextUpdate is missing, so the CRL never expires"),
    ),
    "crl.current": tuple(row(f"from {this} to {end} seconds", crl(**at(this, end)), *filter(None, [found])) for (this, end), found in DATES.items()),
    "crl.interval": (
        *(
            one
            for what, days, whose, scope in [("everything", 10, "", None), ("subscribers", 10, "", {"only_contains_user_certs": True}), ("CAs", 366, " for a CRL of CAs", {"only_contains_ca_certs": True})]
            for one in (
                row(f"{days} days for {what}", lasting(days * DAY, scope=scope)),
                row(f"an hour more for {what}", lasting(days * DAY + HOUR, scope=scope), told(f"{days}.0", days, whose)),
            )
        ),
        row("366 days of a root", as_crl(OF_ROOT, ROOT)),
        row("366 days of an unknown issuer", as_crl(OF_ROOT), told("366.0", 10)),
        row("366 days of a root, of 365", as_crl(OF_ROOT, ROOT), told("366.0", 365, " for a CRL of CAs"), max_ca_days=365),
        row("no end", crl(next_update=None), na("the CRL has no nextUpdate")),
    ),
    "crl.fresh": (
        *(row(f"from {this} to {end} seconds", evidence((FILE, make_crl(CA, **at(this, end)))), *([both(found)[0]] if found else [])) for (this, end), found in DATES.items()),
        *evidence_rows("no end", make_crl(CA, next_update=None), "nextUpdate is missing, so the CRL never expires"),
        *evidence_rows("a crooked date", make_crl(CA).replace(b"260618120000Z", b"261318120000Z"), "nextUpdate of the CRL cannot be read: it is not a valid date"),
        row("10 days", evidence((FILE, TEN_DAYS)), max_days=10),
        row("a second more", evidence((FILE, LONGER)), both(told("10.0", 10))[0], max_days=10),
        row("longer, without a limit", evidence((FILE, LONGER))),
        row("366 days for a CA", evidence((FILE, OF_ROOT), index=1), max_days=10, max_ca_days=366),
        row("366 days for a CA, of 365", evidence((FILE, OF_ROOT), index=1), both(told("366.0", 365))[0], max_ca_days=365),
        row("another issuer's", evidence((FILE, make_crl(ROOT))), na("no CRL for the certificate")),
    ),
    "crl.scope": (
        row("of the issuer", evidence((FETCHED, make_crl(CA)))),
        row("of the root, for the issuer", evidence((FILE, make_crl(ROOT)), index=1)),
        row("another issuer's", evidence((FILE, make_crl(ROOT))), na("no CRL for the certificate")),
        *evidence_rows("a bad signature", make_crl(CA, signing_key=ROOT.key), "the CRL of CN=CA has a bad signature"),
        *evidence_rows("SHA-1", make_crl(CA, hash_name="sha1"), "the CRL is signed with sha1, which is not secure"),
        *evidence_rows("CAs alone", make_crl(CA, scope={"only_contains_ca_certs": True}), "the CRL covers only CA certificates"),
        *evidence_rows("another point", make_crl(CA, scope={"full_name": [URI("http://crl.lab.example/2.crl")]}), "the CRL is for another distribution point"),
        *evidence_rows("some reasons", make_crl(CA, scope={"only_some_reasons": SUPERSEDED}), "no CRL covers all reasons"),
        *evidence_rows("a delta alone", make_crl(CA, extensions=[(x509.DeltaCRLIndicator(1), True)]), "no base CRL fits the delta CRL"),
        *evidence_rows("a certificate", LEAF.der, "the CRL cannot be read: the signed part is not that of a CRL"),
        *evidence_rows("nothing", b"", "the CRL cannot be read: it is empty"),
    ),
}  # fmt: skip
