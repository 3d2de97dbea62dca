"""The chain as sent, and the paths that can be built from it."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

from certgate.checks.framework.premise import Premise
from certgate.lab.pki import CLOCK, issue
from certgate.model.finding import Severity
from certgate.model.target import Role
from certgate.x509.certificate import parse_certificate
from tests.checks.tables.paths import CA, LEAF, ROOT, STRANGER, UPPER, path, sent
from tests.checks.tables.row import Table, cert, key, na, nc, problem, row, warning

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
SERVER, CLIENT, ANY = (
    p.dotted_string for p in (Purpose.SERVER_AUTH, Purpose.CLIENT_AUTH, Purpose.ANY_EXTENDED_KEY_USAGE)
)
END = parse_certificate(LEAF.der).not_after
ROOT_END = parse_certificate(ROOT.der).not_after
BELOW_ROOT = issue("leaf", issuer=ROOT)
UNREAD = nc("a certificate that was sent cannot be read")
DENIES = {"denies": Premise.READABLE}
NULL = b"\x05\x00"
STOPS = "the chain stops at CN=leaf, issued by CN=CA, which was neither sent nor is trusted: send the intermediate, or trust CN=CA"
NOT_FIRST = "the first certificate is not the leaf: it issued certificate 2 (leaf)"
OTHER, SELF_SIGNED = issue("", issuer=CA, sans=["other.example"]), issue("dev.example", sans=["dev.example"])
CROSS = issue("Upper", issuer=STRANGER, key=UPPER.key, ca=True)
ODD = issue("Odd", ca=True, policies=(), raw_extensions=[("2.5.29.32", False, NULL)])
NAMES = x509.NameConstraints([x509.DNSName("corp.example")], None)
STRICT = issue("CA", issuer=ROOT, ca=True, extensions={x509.NameConstraints: (NAMES, True)})
WITH_POLICY = issue("CA", issuer=ROOT, ca=True, policies=["1.2.3.1"])
TOO_MANY = x509.NameConstraints([x509.DNSName("corp.example")] * 500, None)
MUST_STAPLE = {x509.TLSFeature: (x509.TLSFeature([x509.TLSFeatureType.status_request]), True)}
URL = x509.UniformResourceIdentifier("http://ca.lab.example/upper.der")
ACCESS = x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, URL)])


@cache
def ca(name="CA", *, issuer=ROOT, **contents):
    return issue(
        name,
        issuer=issuer,
        **({"ca": True, "days": 3650} | {k: list(v) if isinstance(v, tuple) else v for k, v in contents.items()}),
    )


def below(*issuers, leaf=BELOW_ROOT):
    """A path through these CAs to the root."""
    return path(leaf, *issuers)


def wrong_order(numbers, severity=None):
    return problem(
        f"wrong order: the path from the leaf takes the certificates in the order {numbers}", severity=severity
    )


def second(number, name, first="leaf", line=0):
    where = f"certificate {number} (line {line})" if line else f"certificate {number}"
    message = f"second leaf: {where}, {name}, is never served, because servers take {first} as the leaf"
    return problem(message, key=name, evidence={"line": str(line)} if line else {})


def in_file(*chain, lines=()):
    return sent(*chain, lines=lines)


def another(start, end):
    """The chain with another certificate of the upper CA, valid from and to so many seconds from the clock."""
    cross = issue(
        "Upper", issuer=ROOT, key=UPPER.key, ca=True, not_before=CLOCK + start * SECOND, not_after=CLOCK + end * SECOND
    )
    return sent(LEAF, CA, UPPER, cross)


def outside(state, number=4):
    return problem(f"certificate {number} (Upper) {state}, while another path holds", key="Upper")


def left(start, end):
    return below(issue("CA", issuer=ROOT, ca=True, not_before=CLOCK + start, not_after=CLOCK + end))


def soon(text, end, **more):
    return problem(f"issuer 1 (CA) {text}", key="issuer 1", evidence={"not_after": (CLOCK + end).isoformat()}, **more)


def not_for(where, purpose, allowed):
    label = where.split(" (")[0]
    return problem(f"{where} is not for {purpose}: extendedKeyUsage allows {allowed}", key=f"{label} {purpose}")


def unknown(where, oid, who="certgate does"):
    return problem(
        f"{where} has the critical extension {oid}, which {who} not process",
        key=f"{where.split(' (')[0]} {oid.split('(')[-1].rstrip(')')}",
    )


def too_deep(count, where, most):
    noun = "CA" if count == 1 else "CAs"
    return problem(f"{count} {noun} below {where}, at most {most} allowed by its path length", key=where.split(" (")[0])


def leaf_with(**contents):
    return issue("leaf", issuer=ROOT, **contents)


def identified(serial, name="Root"):
    names = [x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))]
    found = parse_certificate(ca().der)
    aki = x509.AuthorityKeyIdentifier(found.ski, names, found.serial + serial)
    return path(issue("leaf", issuer=ca(), extensions={type(aki): (aki, False)}), ca())


def aged(made):
    return path(LEAF, to=issue("Root", ca=True, not_before=made, days=9132))


def ages():
    """Rows of chain.root-age: when a root was made, and the days on which Chrome and Mozilla end their trust in it."""
    for made, chrome, mozilla in [
        ((2005, 12, 31, 23, 59, 59), (2026, 4, 15), (2025, 4, 15)),
        ((2006, 1, 1), (2026, 4, 15), (2026, 4, 15)),
        ((2007, 12, 31), (2026, 4, 15), (2026, 4, 15)),
        ((2008, 1, 1), (2027, 4, 15), (2027, 4, 15)),
        ((2009, 12, 31, 23, 59, 59), (2027, 4, 15), (2027, 4, 15)),
        ((2010, 1, 1), (2028, 4, 15), (2028, 4, 15)),
        ((2011, 12, 31, 23, 59, 59), (2028, 4, 15), (2028, 4, 15)),
        ((2012, 1, 1), (2029, 4, 15), (2029, 4, 15)),
        ((2014, 4, 14), (2029, 4, 15), (2029, 4, 15)),
        ((2014, 4, 15), (2029, 4, 15), (2029, 4, 15)),
        ((2014, 4, 16), (2029, 4, 16), (2029, 4, 16)),
        ((2020, 6, 15), (2035, 6, 16), (2035, 6, 16)),
    ]:
        start = datetime(*made, tzinfo=UTC)
        for program, end in (("Chrome", chrome), ("Mozilla", mozilla)):
            day = datetime(*end, tzinfo=UTC)
            over = trusted(start, f"{program} until {day:%Y-%m-%d}")
            yield row(f"made {start}, a second before {program}'s", aged(start), now=day - SECOND, programs=(program,))
            yield row(f"made {start}, from {program}'s day on", aged(start), over, now=day, programs=(program,))
    old, later = datetime(2005, 1, 1, tzinfo=UTC), datetime(2007, 1, 1, tzinfo=UTC)
    in_turn, at_once = "Mozilla until 2025-04-15, Chrome until 2026-04-15", "Chrome and Mozilla until 2026-04-15"
    yield row("one program after the other", aged(old), trusted(old, in_turn), now=CLOCK)
    yield row("both at once", aged(later), trusted(later, at_once), now=CLOCK)


def trusted(made, text):
    message = f"the root Root dates from {made:%Y-%m-%d}; it is trusted by {text}"
    return problem(message, evidence={"not_before": made.isoformat()})


FORGED = issue("leaf", issuer=CA, signing_key=key("P-384"))
UPPER_CASE = issue("leaf", issuer=CA, issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")]))
ENCODED = "the issuer name in leaf differs in encoding from its issuer's subject, CN=CA"
OTHER_KEY = x509.AuthorityKeyIdentifier(b"another", None, None)

TABLE: Table = {
    "chain.leaf-first": (
        row("the leaf first", sent(LEAF, CA, UPPER)),
        row("its issuer first", sent(CA, LEAF, UPPER), problem(NOT_FIRST, denies=Premise.LEAF)),
        row("a CA before its own issuers", sent(CA, UPPER, ROOT)),
        row("the leaf last, which another rule reports", sent(UPPER, CA, LEAF, leaf_at=2)),
        row("a container", sent(CA, LEAF, container="PKCS#7"), na("certificates in PKCS#7 have no order")),
        row("the first one unreadable", sent(None, LEAF), nc("the first certificate cannot be read")),
    ),
    "chain.order": (
        row("in order", sent(LEAF, CA, UPPER)),
        row("issuers in the wrong order", sent(LEAF, UPPER, CA), wrong_order("1, 3, 2")),
        row("the same under TLS 1.2", sent(LEAF, UPPER, CA, tls_version="TLSv1.2"), wrong_order("1, 3, 2")),
        row("the same under TLS 1.3", sent(LEAF, UPPER, CA, tls_version="TLSv1.3"), wrong_order("1, 3, 2", Severity.WARNING)),
        row("a root in the middle", sent(LEAF, CA, ROOT, UPPER), wrong_order("1, 2, 4, 3")),
        row("the leaf last", sent(UPPER, CA, LEAF, leaf_at=2), problem("wrong order: certificate 3 (leaf) is the leaf, but certificate 1 (Upper) is sent first", key="leaf")),
        row("an issuer first", sent(CA, LEAF, UPPER), na("the first certificate is not the leaf (see chain.leaf-first)")),
        row("a container", sent(LEAF, UPPER, CA, container="PKCS#7"), na("certificates in PKCS#7 have no order")),
        row("one unreadable", sent(LEAF, CA, UPPER, None), UNREAD),
    ),
    "chain.complete": (
        row("every intermediate", sent(LEAF, CA, UPPER)),
        row("none", sent(LEAF), problem(STOPS, evidence={"ca_issuers": ""}, cause="spiffe.trust-domain-bundle")),
        row("the upper one alone", sent(LEAF, UPPER), problem(STOPS, evidence={"ca_issuers": ""}, cause="spiffe.trust-domain-bundle")),
        row("one unreadable", sent(LEAF, None), problem(STOPS, evidence={"ca_issuers": ""}, cause="chain.readable")),
        row("the upper one missing, whose URL is named", sent(issue("leaf", issuer=(sub := issue("CA", issuer=UPPER, ca=True, extensions={x509.AuthorityInformationAccess: (ACCESS, False)}))), sub), problem(STOPS.replace("CN=leaf", "CN=@").replace("CN=CA", "CN=Upper").replace("CN=@", "CN=CA"), evidence={"ca_issuers": URL.value}, cause="spiffe.trust-domain-bundle")),
        row("a root that nobody trusts", sent(LEAF, CA, UPPER, ROOT, trust=STRANGER)),
        row("self-signed", sent(STRANGER)),
        row("a search that ended early", sent(LEAF, limit="max-links"), nc("the path search reached its limit max-links")),
    ),
    "chain.root-sent": (
        row("not sent", sent(LEAF, CA, UPPER)),
        row("sent", sent(LEAF, CA, UPPER, ROOT), problem(f"certificate 4 (Root) is a trusted root, which wastes {len(ROOT.der)} bytes", key="Root")),
        row("a cross-certificate of its key", sent(LEAF, CA, UPPER, issue("Root", issuer=STRANGER, key=ROOT.key, ca=True), STRANGER)),
        row("a leaf that is the root", sent(ROOT)),
    ),
    "chain.extraneous": (
        row("the chain alone", sent(LEAF, CA, UPPER)),
        row("an unrelated certificate", sent(LEAF, STRANGER, CA, UPPER), problem("certificate 2 (Stranger) does not belong to the leaf's chain", key="Stranger")),
        row("a namesake with another key", sent(LEAF, CA, issue("CA", issuer=UPPER, ca=True), UPPER), problem("certificate 3 (CA) does not belong to the leaf's chain", key="CA")),
        row("two of them twice", sent(LEAF, CA, UPPER, CA, LEAF), problem("certificate 4 (CA) is a duplicate", key="twice CA"), problem("certificate 5 (leaf) is a duplicate", key="twice leaf")),
        row("an alternative", sent(LEAF, CA, CROSS, UPPER, STRANGER)),
        row("an unrelated certificate on no path", sent(LEAF, STRANGER)),
        row("one unreadable", sent(LEAF, CA, UPPER, None), UNREAD),
    ),
    "chain.readable": (
        row("an alternative", sent(LEAF, CA, UPPER, CROSS)),
        row("no certificate", sent(LEAF, CA, UPPER, None), problem("certificate 4: bad", key="unreadable 1", **DENIES)),
        row("unreadable policies", sent(LEAF, CA, UPPER, ODD), problem("certificate 4: certificatePolicies (2.5.29.32): it is not a SEQUENCE, but has the tag 0x5", key="4 2.5.29.32", **DENIES)),
        row("the path alone", sent(LEAF, CA, UPPER), na("only certificates of the path were sent")),
    ),
    "chain.second-leaf": (
        *(row(what, in_file(*chain)) for what, chain in {"one": (LEAF, CA, UPPER), "one twice": (LEAF, LEAF), "one behind its issuer": (CA, LEAF), "no leaf": (ROOT, STRANGER), "a root of version 1": (LEAF, issue("Old root", version=1))}.items()),
        row("two", in_file(LEAF, OTHER), second(2, "other.example")),
        row("one behind the issuers", in_file(LEAF, CA, UPPER, OTHER, CA), second(4, "other.example")),
        row("two more", in_file(OTHER, LEAF, SELF_SIGNED), second(2, "leaf", "other.example"), second(3, "dev.example", "other.example")),
        row("with its line", in_file(LEAF, CA, OTHER, lines=(1, 20, 40)), second(3, "other.example", line=40)),
        row("an endpoint", sent(LEAF, OTHER), na("an endpoint serves one chain (see chain.extraneous for what else it sends)")),
        row("one unreadable", in_file(LEAF, OTHER, None), nc("a certificate in the file cannot be read")),
    ),
    "chain.alt-path": (
        row("no alternative", sent(LEAF, CA, UPPER, ROOT, STRANGER)),
        row("one that ends this second", another(-60, 0)),
        row("one that ended a second ago", another(-60, -1), outside("is outside its dates")),
        row("one that begins this second", another(0, 60)),
        row("one that begins in a second", another(1, 60), outside("is outside its dates")),
        row("one that leads nowhere", sent(LEAF, CA, CROSS, UPPER), outside("is on a path that does not hold", 3)),
        row("no path", sent(LEAF, CA), na("no path holds at this time")),
    ),
    "chain.self-signed-leaf": (
        row("issued by a CA", LEAF),
        row("self-signed", cert(), problem("the leaf is self-signed", denies=Premise.ISSUED)),
        row("its issuer's name, another key", cert("CA", issuer=CA)),
    ),
    "chain.signature": (
        *(row(kind, path(issue("leaf", issuer=(top := issue("Root", ca=True, key=key(kind)))), to=top)) for kind in ("P-256", "P-384", "P-521", "RSA-2048", "Ed25519", "Ed448")),
        *(row(name, path(issue("leaf", issuer=(top := issue("Root", ca=True, key=key("RSA-2048"))), hash_name=name), to=top)) for name in ("md5", "sha1")),
        row("a false one on the leaf", path(FORGED, CA, UPPER), problem("leaf: the signature does not verify with the signer's key", key="leaf")),
        row("a false one on an issuer", path(LEAF, issue("CA", issuer=UPPER, ca=True, key=CA.key, signing_key=key("P-384")), UPPER), problem("issuer 1: the signature does not verify with the signer's key", key="issuer 1")),
        row("a false one on the root", path(LEAF, CA, UPPER, to=issue("Root", ca=True, key=ROOT.key, signing_key=key("P-384")))),
    ),
    "chain.name-chaining": (
        row("byte for byte", path(LEAF, CA, UPPER)),
        row("another case", path(UPPER_CASE, CA, UPPER), problem(ENCODED, key="leaf")),
        row("another case, which the policy tolerates", path(UPPER_CASE, CA, UPPER), warning(ENCODED, key="leaf"), byte_equal=False),
    ),
    "chain.aki-ski": (
        row("the same", path(LEAF, CA, UPPER)),
        row("another key", path(issue("leaf", issuer=CA, extensions={x509.AuthorityKeyIdentifier: (OTHER_KEY, False)}), CA, UPPER), problem("authorityKeyIdentifier of leaf differs from its issuer's subjectKeyIdentifier", key="leaf")),
        row("the issuer's serial number", identified(0)),
        row("the next serial number", identified(1), problem("authorityKeyIdentifier of leaf names another certificate by issuer and serial number", key="leaf issuer")),
        row("the issuer's own name", identified(0, "CA"), problem("authorityKeyIdentifier of leaf names another certificate by issuer and serial number", key="leaf issuer")),
        row("no identifier in the leaf", path(issue("leaf", issuer=CA, extensions={x509.AuthorityKeyIdentifier: None}), CA, UPPER)),
        row("no identifier in the issuer", path(LEAF, issue("CA", issuer=ROOT, ca=True, key=CA.key, extensions={x509.SubjectKeyIdentifier: None}))),
    ),
    "chain.depth": (
        row("3 intermediates", below(ca("A"), ca("B"), ca("C"))),
        row("4 intermediates", below(ca("A"), ca("B"), ca("C"), ca("D")), "4 intermediates, at most 3 allowed"),
        row("2 of 2", below(ca("A"), ca("B")), max_intermediates=2),
        row("2 of 1", below(ca("A"), ca("B")), "2 intermediates, at most 1 allowed", max_intermediates=1),
        row("a self-issued one besides", below(ca("A", issuer=ca("A")), ca("B")), max_intermediates=1),
    ),
    "chain.pathlen": (
        row("1 CA below 1", below(ca("A"), ca("Top", path_length=1))),
        row("2 CAs below 1", below(ca("A"), ca("B"), ca("Top", path_length=1)), too_deep(2, "issuer 3 (Top)", 1)),
        row("a self-issued one below 0", below(ca("Top", issuer=ca("Top", path_length=0)), ca("Top", path_length=0))),
        row("a self-issued one below 0, for Go", below(ca("Top", issuer=ca("Top", path_length=0)), ca("Top", path_length=0)), too_deep(1, "issuer 2 (Top)", 0), clients=("go",)),
        row("a CA that may not sign", below(ca("A"), ca("Top", path_length=0, key_usage=("crl_sign",)))),
        row("the leaf's own", below(ca("A"), leaf=ca("leaf", path_length=0))),
        row("a CA below 0 that issues nothing", path(ca("Judged"), ca("Top", path_length=0))),
        row("a CA below 0 that is to issue", path(ca("Judged"), ca("Top", path_length=0)), too_deep(1, "issuer 1 (Top)", 0), leaf_issues=True),
    ),
    "chain.issuer-ca": (
        row("CAs", below(ca())),
        row("CA:FALSE", below(ca("False", ca=False)), problem("issuer 1 (False) is an issuer but not a CA: basicConstraints says CA:FALSE", key="issuer 1")),
        row("no basicConstraints", below(issue("Absent", issuer=ROOT, ca=True, extensions={x509.BasicConstraints: None})), problem("issuer 1 (Absent) is an issuer but not a CA: it has no basicConstraints", key="issuer 1")),
    ),
    "chain.issuer-keycertsign": (
        row("keyCertSign", below(ca())),
        row("cRLSign alone", below(ca(key_usage=("crl_sign",))), problem("issuer 1 (CA) lacks keyCertSign in keyUsage", key="issuer 1")),
        row("no keyUsage", below(ca(key_usage=()))),
    ),
    "chain.intermediate-expiry": (
        row("30 days", left(-3650 * DAY, 30 * DAY)),
        row("a second less", left(-3650 * DAY, 30 * DAY - SECOND), soon("has 29 days left, at least 30 days required", 30 * DAY - SECOND)),
        row("a tenth of 10 days", left(SECOND - 9 * DAY, DAY)),
        row("a second less than a tenth", left(SECOND - 9 * DAY, DAY - SECOND), soon("has 23 hours left, at least 23 hours required", DAY - SECOND)),
        row("its last second", left(-30 * DAY, 0 * DAY), soon("has 0 seconds left, at least 3 days required", 0 * DAY)),
        row("a second later", left(-30 * DAY, -SECOND), soon("expired 1 second ago, at least 3 days required", -SECOND, cause="validity.expired")),
        row("a CA that issues nothing", path(ca("Old", not_before=CLOCK - 355 * DAY, days=365))),
        row("a CA that is to issue", path(ca("Old", not_before=CLOCK - 355 * DAY, days=365)), problem("leaf (Old) has 9 days left, at least 30 days required", key="leaf", evidence={"not_after": (CLOCK + 10 * DAY - SECOND).isoformat()}), leaf_issues=True),
    ),
    "chain.leaf-outlives-issuer": (
        row("the same second", below(ca(not_after=END))),
        row("an hour before the leaf", below(ca(not_after=END - HOUR)), problem("issuer 1 (CA) expires 1 hour before the leaf", key="issuer 1")),
        row("a second before the leaf", below(ca(not_after=END - SECOND)), problem("issuer 1 (CA) expires 1 second before the leaf", key="issuer 1")),
        row("two days before the leaf", below(ca(not_after=END - 2 * DAY)), problem("issuer 1 (CA) expires 2 days before the leaf", key="issuer 1")),
        row("a root that ends first", path(ca(not_after=ROOT_END + SECOND))),
        row("a root that ends first, which counts", path(ca(not_after=ROOT_END + SECOND)), problem("the root (Root) expires 1 second before the leaf", key="root"), include_root=True),
        row("a root that ends in the same second", path(ca(not_after=ROOT_END)), include_root=True),
    ),
    "chain.eku-nesting": (
        row("no purposes", below(ca(ekus=())), purposes=("server", "client")),
        row("both", below(ca(ekus=(SERVER, CLIENT))), purposes=("server", "client")),
        row("any", below(ca(ekus=(ANY,))), purposes=("server", "client"), clients=("go",)),
        row("any, for OpenSSL", below(ca(ekus=(ANY,))), not_for("issuer 1 (CA)", "server", "anyExtendedKeyUsage"), clients=("openssl",)),
        row("one of two", below(ca(ekus=(CLIENT,))), not_for("issuer 1 (CA)", "server", "clientAuth"), purposes=("client", "server")),
        row("that one", below(ca(ekus=(CLIENT,))), purposes=(CLIENT,)),
        row("the leaf for another purpose", path(leaf_with(ekus=[CLIENT]))),
        row("the leaf, where it is asked", path(leaf_with(ekus=[CLIENT])), not_for("leaf (leaf)", "server", "clientAuth"), include_leaf=True),
        row("no purpose", below(), na("the policy gives no purpose"), purposes=()),
    ),
    "chain.name-constraints": (
        row("names within them", path(issue("", issuer=STRICT, sans=["a.corp.example"]), STRICT)),
        row("one outside", path(issue("", issuer=STRICT, sans=["a.corp.example", "b.example"]), STRICT), problem("DNS b.example in leaf violates the name constraints of issuer 1 (CA): it is outside the permitted names: DNS corp.example", key="leaf DNS b.example")),
        row("none", below(ca()), na("no CA on the path has name constraints")),
        row("unreadable", path(issue("", issuer=(odd := issue("CA", issuer=ROOT, ca=True, raw_extensions=[("2.5.29.30", True, b"\x30\x00")]))), odd), problem("the name constraints of issuer 1 (CA) cannot be applied to leaf: the name constraints are empty", key="issuer 1")),
        row("100,000 comparisons", path(issue("", issuer=(many := issue("CA", issuer=ROOT, ca=True, extensions={x509.NameConstraints: (TOO_MANY, True)})), sans=["corp.example"] * 200), many)),
        row("500 more", path(issue("", issuer=many, sans=["corp.example"] * 201), many), nc("names times constraints exceed the limit max-name-comparisons (100000)")),
    ),
    "chain.policy-valid": (
        row("no policy in common", path(issue("leaf", issuer=WITH_POLICY, policies=["1.2.3.2"]), WITH_POLICY)),
        row("no policy in common, where one is required", path(issue("leaf", issuer=WITH_POLICY, policies=["1.2.3.2"]), WITH_POLICY), problem("no valid policy at leaf, where an explicit policy is required"), require_explicit=True),
        row("the one that is required", path(issue("leaf", issuer=WITH_POLICY, policies=["1.2.3.1"]), WITH_POLICY), require_explicit=True, initial_policies=("1.2.3.1",)),
        row("another one", path(issue("leaf", issuer=WITH_POLICY, policies=["1.2.3.1"]), WITH_POLICY), "no accepted policy holds for the path", require_explicit=True, initial_policies=("1.2.3.2",)),
    ),
    "chain.unknown-critical": (
        row("known ones", path(LEAF, CA, UPPER)),
        row("not critical", path(leaf_with(raw_extensions=[("1.2.3.5", False, NULL)]))),
        row("in the leaf", path(leaf_with(raw_extensions=[("1.2.3.4", True, NULL)])), unknown("leaf (leaf)", "1.2.3.4")),
        row("in an issuer", below(issue("CA", issuer=ROOT, ca=True, raw_extensions=[("1.2.3.6", True, NULL)])), unknown("issuer 1 (CA)", "1.2.3.6")),
        row("one that the policy knows", path(leaf_with(raw_extensions=[("1.2.3.4", True, NULL)])), known_oids=("1.2.3.4",)),
        row("a TLS feature", below(issue("CA", issuer=ROOT, ca=True, extensions=MUST_STAPLE))),
        row("a TLS feature, for OpenSSL and Go", below(issue("CA", issuer=ROOT, ca=True, extensions=MUST_STAPLE)), unknown("issuer 1 (CA)", "tlsFeature (1.3.6.1.5.5.7.1.24)", "OpenSSL and Go do"), clients=("openssl", "go")),
    ),
    "chain.subca-lifetime": (
        row("1096 days", cert("CA", ca=True, days=1096)),
        row("a second more", cert("CA", ca=True, not_before=CLOCK, not_after=CLOCK + 1096 * DAY), "valid for 1097 days, at most 1096 allowed", role=Role.ISSUER),
    ),
    "chain.root-age": (*ages(), row("no root", path(LEAF, to=None), na("the path has no trusted root"))),
}  # fmt: skip
