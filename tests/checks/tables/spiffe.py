"""X.509-SVIDs, the certificates that sign them, the bundles that verify them, and who may call whom."""

from dataclasses import replace
from datetime import timedelta

from cryptography import x509

from certgate.checks.framework.premise import Premise
from certgate.checks.framework.registry import Passed
from certgate.checks.framework.subjects import (
    CertificatePath,
    HelperFiles,
    PresentedChain,
    ServedSvid,
    TargetFacts,
    Vantages,
)
from certgate.lab.pki import CLOCK, issue
from certgate.model.bundle_facts import BundleFacts, BundleSource
from certgate.model.mutual_tls import ClientKind, MutualTls, probe_of
from certgate.model.observation import Observation, Vantage
from certgate.model.peers import Peers
from certgate.model.probe import ProbeAnswer, ProbeOutcome
from certgate.model.target import Endpoint, Role, Target, Visit
from certgate.trust.build import build_paths
from certgate.trust.store import TrustStore
from certgate.x509.certificate import parse_certificate
from tests.checks.tables.ku import usage
from tests.checks.tables.paths import path
from tests.checks.tables.row import Table, cert, na, nc, problem, row, warning

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
DB, DOMAIN = "spiffe://corp.example/db", "spiffe://corp.example"
SERVER, CLIENT = BOTH = ("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2")
NO_URI, NO_ID, NOT_ONE = (
    na("no URI in the subjectAltName"),
    na("no SPIFFE ID"),
    na("the leaf does not have one SPIFFE ID"),
)
LONGEST = f"{DOMAIN}/" + "a" * (2048 - len(DOMAIN) - 1)
NAMES = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(DB)])
ROOT = issue("Root", ca=True, sans=[DOMAIN])
CA = issue("CA", issuer=ROOT, ca=True)
ALLOWED = ((DB,), ("spiffe://other.example/a", DB), (f"{DOMAIN}/*",), ("SPIFFE://CORP.example/db",))
NOT_ALLOWED = (
    f"{DOMAIN}/DB",
    DOMAIN,
    f"{DOMAIN}/d*",
    f"{DB}/*",
    "spiffe://other.example/*",
    "spiffe://corp.example.evil.example/*",
    "*",
    "/*",
    "",
    f"{DOMAIN}/d/*",
)


def svid(*uris, **options):
    return cert("", sans=uris or [DB], **({"ekus": BOTH} | options))


def signer(*uris, **options):
    return cert("Signer", sans=uris, ca=True, **options)


def of(uri, text):
    return problem(f"{uri} {text}", key=uri)


def forms(good, bad):
    """Rows of a rule on the SPIFFE ID of a leaf."""
    return (
        *(row(uri, svid(uri)) for uri in good),
        *(row(uri, svid(uri), of(uri, text)) for uri, text in bad.items()),
        row("no URI", svid("db.corp.example"), NO_URI),
    )


def bit(name):
    return problem(f"keyUsage has {name}", key=name)


def for_leaves(name):
    return warning(f"keyUsage has {name}, which is for leaves", key=name)


NOT_CRITICAL, ABSENT = problem("keyUsage is not critical", key="critical"), problem("no keyUsage", key="absent")
OTHER_CHARACTERS = "has a trust domain with characters other than a-z, 0-9, dot, dash and underscore"
LONG_DOMAIN = f"spiffe://{'a' * 255}/x"


# --- bundles ---

FILE = BundleFacts(
    trust_domain="corp.example",
    source=BundleSource.FILE,
    location="corp.json",
    obtained_at=CLOCK,
    written_at=CLOCK - 300 * SECOND,
    sequence=7,
    refresh_hint=300,
)
SERVED = replace(FILE, source=BundleSource.ENDPOINT, location="https://corp.example/", written_at=None)
OLD = CLOCK - 301 * SECOND
LEAF = issue("", issuer=ROOT, sans=[DB])
END = parse_certificate(ROOT.der).not_after


def bundled(*origins, leaf=LEAF, domains=("corp.example",)):
    """A leaf sent alone, with bundles of these trust domains."""

    def made():
        known = {domain: TrustStore(domain, (parse_certificate(ROOT.der),)) for domain in domains}
        anchors = tuple(one for store in known.values() for one in store.anchors)
        store = TrustStore("bundles", anchors, known, origins)
        return PresentedChain(certificates=(leaf and parse_certificate(leaf.der),), paths=(), store=store)

    return made


def leaf(*uris):
    return issue("", issuer=CA, sans=uris)


def facts(source, *authorities):
    location = "unix:///run/agent.sock" if source is BundleSource.WORKLOAD_API else "https://corp.example/"
    return BundleFacts(
        trust_domain="corp.example", source=source, location=location, obtained_at=CLOCK, authorities=authorities
    )


def delivered(credential, *, key=None, root=ROOT, **more):
    def made():
        trust = TrustStore("bundle.pem", (parse_certificate(root.der),))
        found = build_paths((parse_certificate(credential.der),), trust).paths[0]
        spki = None if key is None else parse_certificate(key.der).spki
        return HelperFiles(path=found, store=trust, bundle="bundle.pem", public_key=spki, **more)

    return made


MOMENTS = ". spiffe-helper writes one file after the other, so they can be of different moments: check again when it has written all of them"
NO_SVID = "so it is not an SVID"


# --- agents ---


def aged(seconds, id=DB):
    made = issue("", sans=[id], not_before=CLOCK - seconds * SECOND, days=1)
    return parse_certificate(made.der)


CURRENT, BEFORE = aged(600), aged(3600)


def serving(shown, *given, problem=""):
    return ServedSvid(shown, "unix:///run/agent.sock", given, problem)


def old(shown, given):
    message = f"an old SVID is served, issued at {shown.not_before:%Y-%m-%d %H:%M:%S}; the agent gives one of {given.not_before:%Y-%m-%d %H:%M:%S}"
    return problem(message, evidence={"served": shown.sha256, "current": given.sha256})


SHORT = issue("Root", ca=True, not_before=CLOCK - 2 * HOUR, not_after=CLOCK + 30 * 60 * SECOND)


def ending(seconds):
    """An SVID that began ten minutes ago, and ends so many seconds before its root."""
    made = issue(
        "", issuer=SHORT, sans=[DB], not_before=CLOCK - 600 * SECOND, not_after=CLOCK + (30 * 60 - seconds) * SECOND
    )
    return path(made, to=SHORT)


# --- peers ---

API, WEB, JOB = (f"{DOMAIN}/{name}" for name in ("pay/api", "pay/web", "job"))
PEERS = (Peers(clients=(WEB,), servers=(f"{DOMAIN}/pay/*",)),)
TARGET = Target(id="api:443", ordinal=0, source=Endpoint("api", 443, visit=Visit(mtls=MutualTls())), peers=PEERS)
IN, OUT = ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED_AFTER_HANDSHAKE


def named(*ids, target=TARGET):
    return lambda: TargetFacts(target=target, path=CertificatePath((parse_certificate(issue("", sans=ids).der),)))


def admitted(id, outcome, target=TARGET, kind=ClientKind.CONTROL):
    def made():
        answer = ProbeAnswer(what=probe_of(kind), outcome=outcome, client_id=id, requested=True)
        look = Observation(
            observed_at=CLOCK,
            presented=(issue("", sans=[API]).der,),
            vantage=Vantage("192.0.2.1:443"),
            probes=(answer,),
        )
        return Vantages(target, (look,))

    return made


TABLE: Table = {
    "spiffe.single-uri": (
        row("one", svid()),
        row("one, and a host", svid(DB, "db.corp.example")),
        row("none", svid("db.corp.example"), "0 URIs in the subjectAltName, 1 required"),
        row("two", svid(DB, DB), "2 URIs in the subjectAltName, 1 required"),
    ),
    "spiffe.scheme": forms(
        (DB, "SPIFFE://Corp.example/db"),
        {"https://corp.example/db": "has the scheme https, not spiffe", f"{DB}?a=b": "has a query", f"{DB}#a": "has a fragment", "spiffe:///db": "names no trust domain"},
    ),
    "spiffe.trust-domain": (
        *forms(
            (DB, "spiffe://a_b-c.0/db", "spiffe://192.0.2.1/db", LONG_DOMAIN),
            {"spiffe://Corp.example/db": OTHER_CHARACTERS, "spiffe://u@corp.example/db": "has a user in its trust domain", "spiffe://corp.example:443/db": "has a port in its trust domain", "spiffe://corp%2eexample/db": "has a percent-encoded character in its trust domain"},
        ),
        row("256 bytes", svid(f"spiffe://a{'a' * 255}/x"), problem(f"spiffe://{'a' * 91}… has a trust domain of more than 255 bytes", key=f"spiffe://{'a' * 91}…")),
    ),
    "spiffe.path": forms(
        (DB, DOMAIN, f"{DOMAIN}/a/B_0.-"),
        {f"{DOMAIN}/a/../db": "has a relative path segment", f"{DOMAIN}/./db": "has a relative path segment", f"{DOMAIN}/a//db": "has an empty path segment", f"{DB}/": "has a path that ends in a slash", f"{DOMAIN}/d%62": "has a percent-encoded character in its path", f"{DOMAIN}/d~b": "has a path with characters other than letters, digits, dot, dash and underscore"},
    ),
    "spiffe.length": (
        row("2048 bytes", svid(LONGEST)),
        row("2049 bytes", svid(f"{LONGEST}a"), problem(f"{LONGEST[:100]}… has 2049 bytes, at most 2048 allowed", key=f"{LONGEST[:100]}…")),
        row("no URI", svid("db.corp.example"), NO_URI),
    ),
    "spiffe.leaf-path": forms((DB,), {DOMAIN: "has no path", f"{DOMAIN}/": "has no path"}),
    "spiffe.k8s-shape": forms(
        (f"{DOMAIN}/ns/a/sa/b",),
        dict.fromkeys((DB, f"{DOMAIN}/ns/a/sa/b/c", f"{DOMAIN}/ns//sa/b"), "is not of the form spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT"),
    ),
    "spiffe.id-allowed": (
        *(row(", ".join(ids), svid(), ids=ids) for ids in ALLOWED),
        *(row(f"only {one or 'nothing'}", svid(), f"SPIFFE ID {DB} is not allowed, only {one or 'none'}", ids=(one,)) for one in NOT_ALLOWED),
        row("an ID that is none", svid(f"{DOMAIN}/a/../db"), f"SPIFFE ID {DOMAIN}/a/../db is not allowed, only {DOMAIN}/*", ids=(f"{DOMAIN}/*",)),
        row("two", svid(DB, DB), "2 URIs in the subjectAltName, exactly 1 required for an identity", ids=(DB,)),
        row("no list", svid(), na("no expected SPIFFE ID (spiffe_ids)")),
    ),
    "spiffe.san-critical": (
        row("critical", svid()),
        row("not critical", svid(extensions={type(NAMES): (NAMES, False)}), "the subject is empty, but the subjectAltName is not critical"),
        row("a subject", cert("db", sans=[DB]), na("the subject is not empty")),
    ),
    "spiffe.leaf-not-ca": (
        row("CA:FALSE", svid()),
        row("no basicConstraints", svid(extensions={x509.BasicConstraints: None})),
        row("CA:TRUE", svid(ca=True), problem("the leaf is a CA: basicConstraints says CA:TRUE", cause="spiffe.signer-as-leaf", denies=Premise.LEAF)),
    ),
    "spiffe.signer-as-leaf": (
        row("a leaf", svid()),
        row("a CA that may not sign", svid(ca=True, key_usage=["crl_sign"])),
        row("a leaf that may sign", svid(key_usage=["key_cert_sign"])),
        row("a signing certificate", svid(ca=True), "the leaf is a signing certificate: CA:TRUE and keyCertSign"),
    ),
    "spiffe.leaf-ku": (
        row("digitalSignature", svid()),
        row("not critical", svid(extensions=usage("digital_signature", critical=False)), NOT_CRITICAL),
        row("without digitalSignature", svid(key_usage=["key_agreement"]), problem("keyUsage lacks digitalSignature", key="digitalSignature")),
        row("for CRLs and certificates", svid(key_usage=["digital_signature", "crl_sign", "key_cert_sign"]), bit("cRLSign"), bit("keyCertSign")),
        row("absent", svid(key_usage=[]), ABSENT),
    ),
    "spiffe.leaf-ku-extra": (
        row("what SVIDs may have", svid(key_usage=["digital_signature", "key_encipherment", "key_agreement"])),
        row("nonRepudiation", svid(key_usage=["digital_signature", "content_commitment"]), bit("nonRepudiation")),
        row("absent", svid(key_usage=[]), na("no keyUsage")),
    ),
    "spiffe.leaf-eku": (
        row("both", svid()),
        row("serverAuth alone", svid(ekus=[SERVER]), problem("extendedKeyUsage lacks clientAuth", key="clientAuth")),
        row("clientAuth alone", svid(ekus=[CLIENT]), problem("extendedKeyUsage lacks serverAuth", key="serverAuth")),
        row("absent", svid(ekus=[]), warning("no extendedKeyUsage", key="absent")),
    ),
    "spiffe.signer-ca": (
        row("keyCertSign and cRLSign", signer()),
        row("keyCertSign alone", signer(key_usage=["key_cert_sign"])),
        row("no CA", cert("Signer", key_usage=[]), problem("not a CA: basicConstraints does not say CA:TRUE", key="cA", cause="chain.issuer-ca"), ABSENT),
        row("cRLSign alone, not critical", signer(extensions=usage("crl_sign", critical=False)), NOT_CRITICAL, problem("keyUsage lacks keyCertSign", key="keyCertSign", cause="chain.issuer-keycertsign")),
        row("digitalSignature and keyAgreement too", signer(key_usage=["key_cert_sign", "digital_signature", "key_agreement"]), for_leaves("digitalSignature"), for_leaves("keyAgreement")),
    ),
    "spiffe.signer-id-no-path": (
        row("no path", signer(DOMAIN)),
        *(row(uri, signer(uri), problem(f"SPIFFE ID {uri} has a path", key=uri)) for uri in (f"{DOMAIN}/ca", f"{DOMAIN}/", "SPIFFE://corp.example/ca")),
        row("no URI", signer(), NO_ID),
        row("another URI", signer("https://corp.example/ca"), NO_ID),
    ),
    "spiffe.signer-is-svid": (
        row("an ID", signer(DOMAIN)),
        row("none", signer(), "0 URIs in the subjectAltName, 1 SPIFFE ID required"),
        row("two", signer(DOMAIN, DOMAIN), "2 URIs in the subjectAltName, 1 SPIFFE ID required"),
        row("another URI", signer("https://corp.example"), "https://corp.example has the scheme https, not spiffe"),
        row("an ID of no trust domain", signer("spiffe://Corp.example"), f"spiffe://Corp.example {OTHER_CHARACTERS}"),
    ),
    "spiffe.signer-domain": (
        row("the leaf's", path(leaf(DB), issue("CA", issuer=ROOT, ca=True, sans=[DOMAIN]), to=ROOT)),
        row("another one", path(leaf(DB), issue("CA", issuer=ROOT, ca=True, sans=["spiffe://other.example"]), to=ROOT), problem("leaf of trust domain corp.example is signed by trust domain other.example", key="leaf other.example")),
        row("no ID in the leaf", path(leaf("db.corp.example"), CA, to=ROOT), na("the leaf has no SPIFFE ID")),
        row("two trust domains in the leaf", path(leaf(DB, "spiffe://b.example/x"), CA, to=ROOT), na("the leaf has SPIFFE IDs of several trust domains")),
    ),
    "spiffe.trust-domain-bundle": (
        row("its own", bundled(leaf=leaf("spiffe://CORP.example/db"))),
        row("its own and another", bundled(domains=("other.example", "corp.example"))),
        row("another alone", bundled(domains=("other.example",)), "no bundle of trust domain corp.example; bundles: other.example"),
        row("no ID", bundled(leaf=leaf("https://a.example")), "the leaf has no SPIFFE ID, so no bundle belongs to it"),
        row("two trust domains", bundled(leaf=leaf(DB, "spiffe://b.example/x")), "the leaf has several SPIFFE IDs, so no bundle belongs to it"),
        row("unreadable", bundled(leaf=None), nc("the leaf cannot be read")),
        row("a plain store", bundled(domains=())),
        row("a plain store and no ID", bundled(leaf=leaf("a.example"), domains=()), na("neither a SPIFFE ID in the leaf nor a bundle in the trust store")),
    ),
    "spiffe.bundle-fresh": (
        row("as old as its hint", bundled(FILE)),
        row("a second older", bundled(replace(FILE, written_at=OLD)), warning("corp.json was written 5 minutes ago, at most 300 seconds allowed by its spiffe_refresh_hint", key="age corp.json", evidence={"written_at": OLD.isoformat()})),
        row("a second older than the policy allows", bundled(replace(FILE, written_at=OLD, refresh_hint=None)), problem("corp.json was written 5 minutes ago, at most 300 seconds allowed", key="age corp.json", evidence={"written_at": OLD.isoformat()}), max_age=300),
        row("as old as the policy allows", bundled(replace(FILE, written_at=OLD)), max_age=301),
        row("a hint as long as the policy allows", bundled(SERVED), max_age=300),
        row("a hint a second longer", bundled(SERVED), problem("https://corp.example/: consumers look for a newer bundle every 300 seconds, at most 299 seconds allowed", key="hint https://corp.example/"), max_age=299),
        row("two of the same sequence", bundled(FILE, SERVED)),
        row("one of a lower sequence", bundled(FILE, replace(SERVED, sequence=8)), problem("corp.json has spiffe_sequence 7, but https://corp.example/ has 8", key="sequence corp.json")),
        row("the sequence of the bootstrap bundle", bundled(replace(SERVED, known_sequence=7))),
        row("a lower one", bundled(replace(SERVED, known_sequence=8)), problem("https://corp.example/ has spiffe_sequence 7, but the bootstrap bundle of https://corp.example/ has 8", key="sequence https://corp.example/")),
        row("the last second of its authority", bundled(SERVED), now=END),
        row("a second later", bundled(SERVED), problem("every authority of the bundle has expired, the last one 1 second ago", key="expired", evidence={"not_after": END.isoformat()}, cause="trust.anchor-expiry"), now=END + SECOND),
        row("unreadable", bundled(FILE, leaf=None), nc("the leaf cannot be read")),
        row("nothing known of its age", bundled(), na("the trust store has no bundle of which it is known how old it may be")),
    ),
    "spiffe.bundle-agrees": (
        row("the same", bundled(facts(BundleSource.WORKLOAD_API, "a", "b"), facts(BundleSource.ENDPOINT, "a", "b"))),
        row("the agent lacks one", bundled(facts(BundleSource.WORKLOAD_API, "a"), facts(BundleSource.ENDPOINT, "a", "b")), problem("unix:///run/agent.sock and https://corp.example/ differ: the agent lacks 1 authority of the endpoint", "lacking https://corp.example/", evidence={"agent": "a", "endpoint": "a, b"})),
        row("the endpoint alone", bundled(facts(BundleSource.ENDPOINT, "a")), na("the trust store does not name both an agent and a bundle endpoint of its trust domain")),
    ),
    "spiffe.helper-files": (
        row("they belong together", delivered(LEAF, key=LEAF)),
        row("no key", delivered(LEAF), Passed("no private key was named (--key)")),
        row("another key", delivered(LEAF, key=leaf(DB)), problem(f"the private key does not belong to the SVID{MOMENTS}", key="key")),
        row("no ID", delivered(plain := issue("a", issuer=ROOT, sans=["a.example"]), key=plain), problem(f"the leaf has no SPIFFE ID, {NO_SVID}", key="id")),
        row("a locked key", delivered(LEAF, key_problem="the key is locked"), nc("the key is locked")),
    ),
    "spiffe.served-is-current": (
        row("the one that the agent gives", serving(CURRENT, aged(60, API), CURRENT)),
        row("the one before", serving(BEFORE, CURRENT), old(BEFORE, CURRENT)),
        row("the one before, up to two minutes", serving(BEFORE, young := aged(119)), Passed(f"the agent gives a new SVID since {young.not_before:%H:%M:%S}, and the one before is served")),
        row("the one before, after two minutes", serving(BEFORE, late := aged(120)), old(BEFORE, late)),
        row("another identity", serving(aged(600, API), CURRENT), f"{API} is served, but the agent gives {DB}"),
        row("another agent's", serving(CURRENT, BEFORE), "another SVID is served than this agent gives, and not an older one"),
        row("no agent", serving(CURRENT, problem="no agent"), nc("no agent")),
    ),
    "spiffe.lifetime-cut": (
        row("a second before its issuer", ending(1), ttl="1h"),
        row("with its issuer", ending(0), "valid for 40 minutes instead of 1 hour: it ends with its issuer CN=Root", ttl="1h"),
        row("with its issuer, as long as it should be", ending(0), ttl="40m"),
        row("a second after its issuer", ending(-1), ttl="1h"),
        row("a lifetime that is none", ending(0), nc("ttl: 'soon' is not a duration such as 1h or 1h30m"), ttl="soon"),
        row("no ID", path(leaf("a.example"), to=ROOT), na("the leaf has no SPIFFE ID")),
    ),
    "spiffe.peer-named": (
        row("a server that is named", named(API)),
        row("one that is not", named(JOB), f"{JOB} is in no to of the peers"),
        row("a client that is named", named(WEB, target=replace(TARGET, roles=frozenset({Role.CLIENT})))),
        row("two IDs", named(API, WEB), NOT_ONE),
        row("no peers", named(API, target=replace(TARGET, peers=None)), na("the configuration declares no peers")),
    ),
    "spiffe.peer-admitted": (
        row("a client that may call", admitted(WEB, IN)),
        row("a client that may not, refused", admitted(JOB, OUT)),
        row("a client that may not, let in", admitted(JOB, IN), problem(f"{JOB} may not call {API} by peers, but is let in", key="corp.example/job", evidence={"address": "192.0.2.1:443"})),
        row("a client that may, refused", admitted(WEB, OUT, kind=ClientKind.WRONG_ID), f"{WEB} may call {API} by peers, but is refused"),
        row("silence", admitted(JOB, ProbeOutcome.SILENT), nc(f"it is not known whether {JOB} is let in: silent")),
        row("no peers", admitted(WEB, IN, replace(TARGET, peers=None)), na("the configuration declares no peers")),
    ),
}  # fmt: skip
