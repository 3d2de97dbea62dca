"""OCSP responses: stapled, and on their own before they are published."""

from cryptography import x509

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Passed
from certgate.lab.ocsp import issue_responder, make_staple, unsuccessful_staple
from certgate.lab.pki import CLOCK, issue
from certgate.model.evidence import Evidence, EvidenceKind
from certgate.model.finding import Severity
from certgate.x509.certificate import parse_certificate
from tests.checks.tables.published import CA, DAY, HOUR, LEAF, OTHER, PATH, ROOT, SECOND, as_response, evidence, stapled
from tests.checks.tables.row import Table, key, na, nc, problem, row, warning

RESPONDER, STRANGER = issue_responder(CA), issue("Stranger", ca=True)
END = parse_certificate(RESPONDER.der).not_after
CA_END = parse_certificate(CA.der).not_after
SERIAL, OTHER_SERIAL = (f"{parse_certificate(one.der).serial:x}" for one in (LEAF, OTHER))
FEATURE = x509.TLSFeature([x509.TLSFeatureType.status_request])
MUST = issue("leaf", issuer=CA, sans=["a.example"], extensions={x509.TLSFeature: (FEATURE, False)})
URL = "http://ocsp.lab.example/"
ACCESS = x509.AccessDescription(x509.AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(URL))
NAMED = issue(
    "leaf", issuer=CA, extensions={x509.AuthorityInformationAccess: (x509.AuthorityInformationAccess([ACCESS]), False)}
)
UNSEEN = "the staple cannot be read: it breaks the handshake (not DER, or over 16 kB)"
NO_STAPLE, BROKEN = na("no staple"), nc(UNSEEN)
NO_ISSUER, NO_SIGNER = nc("the leaf's issuer is not known"), nc("the signer of the response is not known")
BY_ISSUER, NO_END = na("the response is signed by the issuer itself"), na("the response has no nextUpdate")
BAD, FOREIGN = (
    "the signature does not verify with the signer's key",
    "the responder's certificate was not issued by the leaf's issuer",
)
SIGNED, SIGNING = Passed("signed for CA"), "1.3.6.1.5.5.7.3.9"
NULL = b"\x05\x00"
REASON_CODE = [("2.5.29.21", False, b"\x0a\x01\x01")]
REASONS = {
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    8: "removeFromCRL",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}


def at(this, end, produced=None):
    """thisUpdate, nextUpdate and producedAt, in seconds from the clock."""
    moments = {"this_update": this, "next_update": end, "produced_at": produced}
    return {name: None if one is None else CLOCK + one * SECOND for name, one in moments.items()}


def staple(issuer=CA, **options):
    return stapled(make_staple(LEAF, CA, **options), issuer=issuer)


def spanning(span):
    return staple(this_update=CLOCK, next_update=CLOCK + span)


def without_content():
    return row("no staple", stapled(None), NO_STAPLE), row(
        "a staple that breaks the handshake", stapled(None, broken=True), BROKEN
    )


def response(*issuers, **options):
    return as_response(make_staple(LEAF, CA, **options), *issuers)


def revoked(*issuers, reason=None, **options):
    return response(*issuers, status="revoked", reason=reason, **options)


def of_ca(span, *issuers):
    return as_response(make_staple(CA, ROOT, this_update=CLOCK, next_update=CLOCK + span - SECOND), *issuers)


def lasting(span, *issuers):
    return response(*issuers, this_update=CLOCK, next_update=CLOCK + span - SECOND)


def edited(old, new, **options):
    der = make_staple(LEAF, CA, **options)
    assert old in der
    return as_response(der.replace(old, new))


def delegate(**options):
    return staple(responder=issue_responder(CA, **options))


def answered(returned=None, sent=None):
    extensions = [] if returned is None else [("1.3.6.1.5.5.7.48.1.2", False, b"\x04\x20" + returned)]
    content = make_staple(LEAF, CA, extensions=extensions)
    one = Evidence(kind=EvidenceKind.OCSP, source=URL, content=content, about=PATH.leaf.sha256, nonce=sent)
    return evidence(responses=(one,))


def shown(moment):
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def profile(text, name):
    return problem(f"the responder's certificate {text}", key=name)


NOCHECK = profile("lacks a well-formed id-pkix-ocsp-nocheck", "nocheck")
USAGE = problem("keyUsage of the responder's certificate is not exactly digitalSignature", key="ku")
EXPIRED = "the response expired at 2026-06-15 11:59:59 UTC"
FUTURE = "is in the future (2026-06-15 12:05:01 UTC)"
NEW, OLD = b"n" * 32, b"m" * 32
STALE = "the staple is old: a newer response was due at"
DUE = {10 * HOUR: 5 * HOUR, 16 * HOUR: 8 * HOUR, 16.5 * HOUR: 8.5 * HOUR, 72 * HOUR: 64 * HOUR, 168 * HOUR: 96 * HOUR}
"""How long a response lasts, and when a newer one is due."""
NO_NOCHECK = {"extensions": {x509.CRLDistributionPoints: None}}
OUTLIVED = f"nextUpdate is after {shown(END)}, when the signer's certificate expires"

TABLE: Table = {
    "ocsp.must-staple": (
        row("a staple that is required", stapled(make_staple(MUST, CA), MUST)),
        row("none", stapled(None, MUST), "no staple, but the certificate requires one"),
        row("one that breaks the handshake", stapled(None, MUST, broken=True), f"the certificate requires a staple, but {UNSEEN}"),
        row("an error", stapled(unsuccessful_staple(3), MUST), "the certificate requires a staple, but the OCSP responder answered with the error tryLater"),
        row("nothing", stapled(b"", MUST), "the certificate requires a staple, but not a DER OCSP response: it is empty"),
        row("a certificate that requires none", stapled(None), na("the certificate does not require a staple")),
    ),
    "ocsp.stapled": (
        row("a staple", stapled(make_staple(NAMED, CA), NAMED)),
        row("none", stapled(None, NAMED), "no staple, but the certificate names an OCSP responder"),
        row("one that breaks the handshake", stapled(None, NAMED, broken=True), UNSEEN),
        row("no responder", stapled(None), na("the certificate names no OCSP responder")),
    ),
    "ocsp.signature": (
        row("the issuer's key", staple()),
        row("a delegate's", staple(responder=RESPONDER, by_name=True)),
        row("another key", staple(signing_key=key()), problem(BAD, denies=Premise.SIGNER)),
        row("a stranger's", staple(responder=STRANGER), problem(FOREIGN, denies=Premise.SIGNER)),
        row("the delegate's last second", staple(responder=RESPONDER), now=END),
        row("a second later", staple(responder=RESPONDER), problem("the responder's certificate is valid only from 2026-05-16 12:00 to 2026-08-14 11:59 UTC"), now=END + SECOND),
        row("an unknown critical extension", staple(extensions=[("1.2.3.4", True, NULL)]), problem("the response has the unknown critical extension 1.2.3.4", key="critical")),
        row("an error", stapled(unsuccessful_staple(6)), problem("the OCSP responder answered with the error unauthorized", denies=Premise.READABLE)),
        row("an unknown issuer", staple(issuer=None), NO_ISSUER),
        row("no staple", stapled(None), NO_STAPLE),
        row("one that breaks the handshake", stapled(None, broken=True), UNSEEN),
    ),
    "ocsp.certid": (
        row("this certificate", staple()),
        row("another one", stapled(make_staple(OTHER, CA)), "the staple is about another certificate"),
        row("the same serial number of another CA", stapled(make_staple(LEAF, ROOT)), "the staple is about another certificate"),
        row("an unknown issuer", staple(issuer=None), NO_ISSUER),
        *without_content(),
    ),
    "ocsp.fresh": (
        row("this second", staple(**at(0, 0))),
        row("a second after nextUpdate", staple(**at(-60, -1)), problem(EXPIRED, key="nextUpdate")),
        row("the skew allowed for clocks", staple(**at(300, 400))),
        row("thisUpdate a second later", staple(**at(301, 400, 0)), problem(f"thisUpdate {FUTURE}", key="thisUpdate")),
        row("producedAt with the skew", staple(**at(-60, 60, 300))),
        row("producedAt a second later", staple(**at(-60, 60, 301)), problem(f"producedAt {FUTURE}", key="producedAt")),
        row("a skew of a second", staple(**at(1, 400)), skew_s=1),
        row("no skew", staple(**at(1, 400, 0)), problem("thisUpdate is in the future (2026-06-15 12:00:01 UTC)", key="thisUpdate"), skew_s=0),
        row("no end", staple(**at(-60, None)), problem("nextUpdate is missing, so the response never expires", key="nextUpdate")),
        row("an end before the start", staple(**at(200, 100)), problem("nextUpdate (2026-06-15 12:01:40 UTC) is before thisUpdate (2026-06-15 12:03:20 UTC)", key="nextUpdate")),
        *without_content(),
    ),
    "ocsp.interval": (
        row("8 hours", spanning(8 * HOUR - SECOND)),
        row("a second less", spanning(8 * HOUR - 2 * SECOND), problem("the response is valid for 8.0 h, at least 8 hours required", key="short")),
        row("10 days", spanning(240 * HOUR - SECOND)),
        row("a second more", spanning(240 * HOUR), problem("the response is valid for 10 d 0.0 h, at most 10 days allowed", key="long")),
        row("no end", staple(next_update=None), NO_END),
        *without_content(),
    ),
    "ocsp.stale": (
        *(
            one
            for span, due in DUE.items()
            for one in (
                row(f"of {span}, when a newer one is due", spanning(span), now=CLOCK + due),
                row(f"of {span}, a second later", spanning(span), f"{STALE} {shown(CLOCK + due)}", now=CLOCK + due + SECOND),
            )
        ),
        row("no end", staple(next_update=None), NO_END),
        *without_content(),
    ),
    "ocsp.next-update-bound": (
        row("the issuer's last second", staple(next_update=CA_END)),
        row("a second later", staple(next_update=CA_END + SECOND), f"nextUpdate is after the expiry of the signer's certificate ({shown(CA_END)})"),
        row("the delegate's last second", staple(responder=RESPONDER, next_update=END)),
        row("a second after the delegate", staple(responder=RESPONDER, next_update=END + SECOND), f"nextUpdate is after the expiry of the signer's certificate ({shown(END)})"),
        row("an unknown issuer", staple(issuer=None), NO_ISSUER),
        row("no end", staple(next_update=None), NO_END),
        *without_content(),
    ),
    "ocsp.reason-ext": (
        row("another extension", staple(single_extensions=[("1.2.3", False, b"")])),
        row("a reason", staple(status="revoked", single_extensions=REASON_CODE), "the response has the CRL entry extension reasonCode"),
        *without_content(),
    ),
    "ocsp.delegate-profile": (
        row("the profile", staple(responder=RESPONDER)),
        row("no nocheck", delegate(**NO_NOCHECK), NOCHECK),
        row("a nocheck that is not NULL", delegate(**NO_NOCHECK, raw_extensions=[("1.3.6.1.5.5.7.48.1.5", False, b"\x04\x00")]), NOCHECK),
        row("a distribution point", delegate(extensions={x509.OCSPNoCheck: (x509.OCSPNoCheck(), False)}), profile("has cRLDistributionPoints", "cRLDistributionPoints")),
        row("another purpose", delegate(ekus=[SIGNING, "1.3.6.1.5.5.7.3.1"]), problem("extendedKeyUsage of the responder's certificate is not exactly OCSPSigning", key="eku")),
        row("another usage", delegate(key_usage=["digital_signature", "key_encipherment"]), USAGE),
        row("no usage", delegate(key_usage=[]), USAGE),
        row("a name", delegate(sans=["ocsp.lab.example"]), profile("has subjectAltName", "subjectAltName")),
        row("a CA", delegate(ca=True, key_usage=["digital_signature", "key_cert_sign"]), USAGE, profile("is a CA certificate", "ca")),
        row("the issuer", staple(), BY_ISSUER),
        row("a stranger", staple(responder=STRANGER), NO_SIGNER),
        row("an unknown issuer", staple(issuer=None, responder=RESPONDER), NO_SIGNER),
        *without_content(),
    ),
    "ocsp.nonce": (
        row("the same", answered(NEW, NEW)),
        row("none", answered(None, NEW), problem(f"no nonce in the response of {URL}", key=URL)),
        row("another", answered(OLD, NEW), problem(f"wrong nonce in the response of {URL}", key=URL)),
        row("none sent", answered(), na("no response to a request with a nonce")),
    ),
    "ocsp.response-signature": (
        *(row(f"named by {one}", response(ROOT, CA, id_hash=one), SIGNED) for one in ("sha1", "sha256")),
        row("a delegate's", response(CA, responder=RESPONDER), SIGNED),
        row("another key", response(CA, signing_key=key()), BAD),
        row("a stranger's", response(CA, responder=issue_responder(ROOT)), problem(FOREIGN, denies=Premise.SIGNER)),
        row("the delegate's last second", response(CA, responder=RESPONDER), SIGNED, now=END),
        row("a second later", response(CA, responder=RESPONDER), problem("the signer's certificate is valid only from 2026-05-16 12:00:00 UTC to 2026-08-14 11:59:59 UTC"), now=END + SECOND),
        row("SHA-1", response(CA, hash_name="sha1"), problem("the response is signed with sha1, which is not secure", cause="ocsp.response-hash", denies=Premise.SIGNER)),
        row("no issuer", response(ROOT), nc("the issuer of the certificates it is about is not in the trust store ca.pem: name its file with --trust")),
    ),
    "ocsp.response-hash": (
        row("SHA-256", response()),
        row("SHA-1", response(hash_name="sha1"), problem("the response is signed with SHA1", evidence={"hash": "sha1"})),
    ),
    "ocsp.response-responder": (
        row("the profile", response(CA, responder=RESPONDER)),
        row("a name", response(CA, responder=issue_responder(CA, sans=["ocsp.a.example"])), "the responder's certificate has subjectAltName"),
        row("the issuer", response(CA), BY_ISSUER),
        row("no issuer", response(), NO_SIGNER),
    ),
    "ocsp.response-current": (
        row("its last second", response(**at(-60, 0))),
        row("a second later", response(**at(-60, -1)), EXPIRED),
        row("the skew allowed for clocks", response(**at(300, 400))),
        row("a second more", response(**at(301, 400)), problem(f"producedAt {FUTURE}", key="producedAt"), problem(f"thisUpdate {FUTURE}", key=f"thisUpdate {SERIAL}")),
        row("an end before the start", response(**at(-60, -61)), "nextUpdate (2026-06-15 11:58:59 UTC) is before thisUpdate (2026-06-15 11:59:00 UTC)"),
        row("no end", response(**at(-60, None))),
        row("two statuses", response(next_update=CLOCK - SECOND, also=[OTHER]), *(problem(f"{EXPIRED} (serial number {one})", key=f"nextUpdate {one}") for one in (OTHER_SERIAL, SERIAL))),
    ),
    "ocsp.response-next-update": (
        row("an end", response()),
        row("none", response(next_update=None), problem("nextUpdate is missing", key=SERIAL)),
    ),
    "ocsp.response-interval": (
        row("8 hours", lasting(8 * HOUR)),
        row("a second less", lasting(8 * HOUR - SECOND, CA), "valid for 8.0 h, at least 8 hours required"),
        row("10 days", lasting(10 * DAY, CA)),
        row("a second more", lasting(10 * DAY + SECOND), "valid for 10 d 0.0 h, at most 10 days allowed"),
        row("an hour for a CA", of_ca(HOUR, ROOT)),
        row("366 days for a CA", of_ca(366 * DAY, ROOT)),
        row("a second more for a CA", of_ca(366 * DAY + SECOND, ROOT), "valid for 366 d 0.0 h, at most 366 days allowed"),
        row("366 days for who knows", of_ca(366 * DAY), "valid for 366 d 0.0 h, at most 10 days allowed"),
        row("no end", response(next_update=None), NO_END),
    ),
    "ocsp.response-outlives": (
        row("the delegate's last second", response(next_update=END, responder=RESPONDER)),
        row("a second later", response(next_update=END + SECOND, responder=RESPONDER), OUTLIVED),
        row("that second of the issuer", response(CA, next_update=END + SECOND)),
        row("no issuer", response(next_update=END), nc("the issuer of the certificates it is about is not known")),
    ),
    "ocsp.response-form": (
        row("16 certificates", response(embed=[CA] * 16)),
        row("17 certificates", response(embed=[CA] * 17), problem("1 of the embedded certificates cannot be read, or are too many", key="certificates")),
        row("a revocation", revoked(reason=1)),
        row("a date that is none", edited(b"20260613120000Z", b"20261313120000Z", status="revoked", reason=1), problem("the date of a revocation cannot be read", key="date")),
        row("a reason that is none", edited(b"\xa0\x03\x0a\x01\x01", b"\xa0\x03\x02\x01\x01", status="revoked", reason=1), problem("the reason of a revocation cannot be read", key="reason")),
    ),
    "ocsp.response-times": (
        row("seconds", response()),
        row("a fraction", edited(b"\x18\x0f20260618120000Z", b"\x18\x0f202606181200.5Z"), "nextUpdate is not a GeneralizedTime of the form YYYYMMDDHHMMSSZ"),
    ),
    "ocsp.response-statuses": (
        row("one", response()),
        row("two certificates", response(also=[OTHER]), problem("the response is about 2 certificates", key="several", severity=Severity.INFO)),
        row("two of one", revoked(reason=1, also=[LEAF]), problem(f"the serial number {SERIAL} is there 2 times: good and revoked", key="twice")),
    ),
    "ocsp.response-certid": (
        *(row(one, response(id_hash=one)) for one in ("sha1", "sha256")),
        row("sha512", response(id_hash="sha512"), problem("the certificate is named by sha512", key="sha512")),
    ),
    "ocsp.response-reasons": (
        row("none", revoked(CA)),
        *(row(REASONS[code], revoked(CA, reason=code)) for code in (1, 3, 4, 5, 9)),
        *(row(REASONS[code], revoked(reason=code), problem(f"the reason is {REASONS[code]}", key=REASONS[code])) for code in (6, 8)),
        *(row(REASONS[code], revoked(reason=code), warning(f"the reason is {REASONS[code]}", key=REASONS[code])) for code in (2, 10)),
        row("unspecified", revoked(reason=0), problem("the reason is unspecified", key="unspecified")),
        row("none for a CA", as_response(make_staple(CA, ROOT, status="revoked"), ROOT), problem("there is no reason for the revocation of a CA's certificate", key="absent")),
        row("in an extension", response(single_extensions=REASON_CODE), problem("a status has the CRL entry extension reasonCode", key="extension")),
    ),
    "ocsp.response-critical": tuple(
        one
        for where in ("extensions", "single_extensions")
        for one in (
            row(f"{where}, not critical", response(**{where: [("1.2.3.4", False, NULL)]})),
            row(f"{where}, critical", response(**{where: [("1.2.3.4", True, NULL)]}), problem("the critical extension 1.2.3.4 is unknown to clients", key="1.2.3.4")),
        )
    ),
}  # fmt: skip
