"""What each engine cannot judge: a chain for every row of the table in docs/concepts/trust.md, and no disagreement over it."""

from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from certgate.lab.pki import CLOCK, Credential, issue
from certgate.trust.build import build_paths
from certgate.trust.engines import ENGINES
from certgate.trust.engines.interface import EngineState, PathQuestion
from certgate.trust.problem import Kind
from certgate.trust.store import TrustStore
from certgate.trust.validation import validate
from certgate.x509.certificate import parse_certificate
from certgate.x509.purposes import ANY_PURPOSE, CLIENT_AUTH

ROOT = issue("Root", ca=True, days=3650)
CA = issue("CA", issuer=ROOT, ca=True)


def ask(*chain: Credential, to: Credential = ROOT, now=CLOCK) -> PathQuestion:
    leaf, *others = (parse_certificate(c.der) for c in chain)
    return PathQuestion(leaf, tuple(others), TrustStore("root", (parse_certificate(to.der),)), now)


def leaf(issuer: Credential = CA, **changes) -> Credential:
    return issue(**({"subject": "a.example", "sans": ["a.example"], "issuer": issuer} | changes))


def ca(issuer: Credential = ROOT, **changes) -> Credential:
    return issue(**({"subject": "CA", "issuer": issuer, "ca": True} | changes))


def constrained(*permitted: x509.GeneralName, excluded=(), critical=True, **changes) -> Credential:
    value = x509.NameConstraints(permitted or None, excluded or None)
    return ca(**({"extensions": {x509.NameConstraints: (value, critical)}} | changes))


def below(issuer: Credential, to: Credential = ROOT, **changes) -> PathQuestion:
    return ask(leaf(issuer, **changes), issuer, to=to)


def under_root(root: Credential, **changes) -> PathQuestion:
    return ask(leaf(root, **changes), to=root)


def renamed(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def with_generalized_time() -> PathQuestion:
    def generalized(moment):
        return b"\x18\x0f" + moment.strftime("%Y%m%d%H%M%SZ").encode()

    with patch("certgate.lab.pki.encoded_time", generalized):
        return ask(leaf(), CA)


def with_policy_constraints() -> PathQuestion:
    constraints = x509.PolicyConstraints(None, 0)
    return below(ca(extensions={x509.PolicyConstraints: (constraints, True)}))


def with_self_issued() -> PathQuestion:
    old = ca(path_length=0)
    new = ca(old, path_length=0)
    return ask(leaf(new), new, old)


def without_the_policy_asked_for() -> PathQuestion:
    constraints = x509.PolicyConstraints(0, None)
    return below(ca(policies=["1.2.3"], extensions={x509.PolicyConstraints: (constraints, False)}), policies=["1.2.4"])


URIS = [x509.UniformResourceIdentifier("corp.example")]

REFUSED: dict[tuple[str, str], Callable[[], PathQuestion]] = {
    (
        "OpenSSL",
        "names under name constraints where no DNS name is in the subjectAltName: the CN counts as one",
    ): lambda: below(constrained(x509.DNSName("b.example")), sans=["spiffe://corp.example/a"]),
    ("OpenSSL", "critical extensions that it has no code for (authorityInfoAccess, TLS feature and others)"): lambda: (
        ask(leaf(extensions={x509.TLSFeature: (x509.TLSFeature([x509.TLSFeatureType.status_request]), True)}), CA)
    ),
    ("cryptography", "names that differ in encoding: it compares bytes"): lambda: ask(
        leaf(issuer_name=renamed("ca")), CA
    ),
    ("cryptography", "certificates of version 1 or 2: refused"): lambda: ask(leaf(version=1), CA),
    ("cryptography", "serial numbers that are negative or too long: refused"): lambda: ask(leaf(serial=-5), CA),
    ("cryptography", "keys of CAs other than RSA from 2048 bits and P-256, P-384, P-521: refused"): lambda: below(
        ca(key="Ed25519")
    ),
    ("cryptography", "signatures other than RSA and ECDSA with SHA-2: refused"): lambda: ask(
        leaf(hash_name="sha1"), CA
    ),
    ("cryptography", "dates to 2049 as GeneralizedTime: refused"): with_generalized_time,
    ("cryptography", "issuers without a name: refused"): lambda: below(ca(subject="")),
    ("cryptography", "parts that are not strict DER, or hold characters that they should not: refused"): lambda: ask(
        leaf(sans=(), raw_extensions=[("2.5.29.17", True, b"\x30\x05\x81\x03a@\xff")]), CA
    ),
    (
        "cryptography",
        "critical extensions that it has no code for (policyConstraints and others): refused",
    ): with_policy_constraints,
    ("cryptography", "issuers without key usage, or with the wrong extensions critical: refused"): lambda: below(
        ca(key_usage=())
    ),
    ("cryptography", "self-issued intermediates: they count towards path lengths"): with_self_issued,
    (
        "cryptography",
        "name constraints for URIs, directory names and further kinds, and names in the subject",
    ): lambda: below(constrained(*URIS), sans=["a.example", "spiffe://corp.example/a"]),
    (
        "cryptography",
        "the purpose of a server's leaf without a DNS name or IP address of the form that it knows",
    ): lambda: ask(leaf(sans=["a.*.example"]), CA),
    ("cryptography", "anyExtendedKeyUsage in a leaf: it does not stand for a purpose"): lambda: ask(
        leaf(ekus=[ANY_PURPOSE]), CA
    ),
}
OVERLOOKED: dict[tuple[str, str], tuple[Kind, Callable[[], PathQuestion]]] = {
    ("OpenSSL", "purposes (extended key usage)"): (Kind.PURPOSE, lambda: ask(leaf(ekus=[CLIENT_AUTH]), CA)),
    ("OpenSSL", "certificate policies"): (Kind.POLICIES, without_the_policy_asked_for),
    ("OpenSSL", "the anchor's extended key usage, and an anchor with keyCertSign that lacks basicConstraints"): (
        Kind.ANCHOR_CONSTRAINTS,
        lambda: under_root(issue("Root", ca=True, ekus=[CLIENT_AUTH])),
    ),
    ("cryptography", "certificate policies"): (Kind.POLICIES, without_the_policy_asked_for),
    (
        "cryptography",
        "name constraints for URIs, directory names and further kinds, and names in the subject",
    ): (
        Kind.NAMES,
        lambda: below(constrained(excluded=(x509.DirectoryName(renamed("a.example")),), critical=False)),
    ),
    (
        "cryptography",
        "the purpose of a server's leaf without a DNS name or IP address of the form that it knows",
    ): (Kind.PURPOSE, lambda: ask(leaf(sans=["spiffe://corp.example/a"], ekus=[CLIENT_AUTH]), CA)),
}
BY_NAME = {engine.name: engine for engine in ENGINES}


def own(question: PathQuestion):
    (path,) = build_paths(question.presented, question.store).paths
    return validate(path, question.now, question.purposes)


@pytest.mark.parametrize("row", REFUSED, ids=": ".join)
def test_what_an_engine_refuses_by_a_policy_of_its_own_is_unsupported(row):
    engine, title = row
    question = REFUSED[row]()

    assert own(question) == ()
    assert BY_NAME[engine]._verify(question).state is EngineState.FAIL
    result = BY_NAME[engine].judge(question)
    assert (result.state, result.words) == (EngineState.UNSUPPORTED, title)


@pytest.mark.parametrize("row", OVERLOOKED, ids=": ".join)
def test_what_an_engine_does_not_look_at_is_known_of_it(row):
    engine, title = row
    kind, make = OVERLOOKED[row]
    question = make()

    assert {problem.kind for problem in own(question)} == {kind}
    assert BY_NAME[engine].judge(question).state is EngineState.PASS
    assert BY_NAME[engine].overlooks[kind].title == title
    assert BY_NAME[engine].overlooked(kind, question)


def rows_of_the_code():
    return [
        (engine.name, title)
        for engine in ENGINES
        for title in dict.fromkeys(limit.title for limit in (*engine.refuses, *engine.overlooks.values()))
    ]


def test_every_limit_has_a_chain_here():
    assert set(rows_of_the_code()) == REFUSED.keys() | OVERLOOKED.keys()


def test_the_table_in_the_docs_is_that_of_the_code():
    lines = (Path(__file__).parents[3] / "docs" / "concepts" / "trust.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("| engine | cannot judge |") + 2
    table = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[start:]]
    assert [row for row in table if len(row) == 2] == rows_of_the_code()
